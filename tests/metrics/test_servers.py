"""The real Pushgateway takes what is pushed, and promtool finds no fault with it."""

import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.config.settings import Pushgateway
from auditor.metrics.definitions import DEFINITIONS
from auditor.metrics.pushgateway import push
from auditor.metrics.registry import exposition, registry
from auditor.metrics.runs import Run
from auditor.model.finding import Report
from tests.metrics.runs import LIMIT, NOON, Values, pick, read, run
from tests.reports import factory
from tests.reports.factory import finding, report

pytestmark = pytest.mark.server


def installed(binary: str, package: str) -> str:
    """Return the path of a binary; skip where there is none."""
    path = shutil.which(binary)
    if path is None:
        pytest.skip(f"{binary} is not installed (Debian: {package})")
    return path


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Pushgateway that runs on a port of its own choice."""
    folder = tmp_path_factory.mktemp("gateway")
    log = folder / "log"
    command = [
        installed("prometheus-pushgateway", "prometheus-pushgateway"),
        "--web.listen-address=127.0.0.1:0",
        f"--persistence.file={folder / 'metrics'}",  # Debian's would otherwise share one file in /var/lib
    ]
    with log.open("wb") as file, subprocess.Popen(command, stderr=file) as process:
        try:
            yield f"http://{_listening(log)}"
        finally:
            process.terminate()


def _listening(log: Path) -> str:
    for _ in range(200):
        found = re.search(r"(?:address|listen_address)=(127\.0\.0\.1:(?!0\b)\d+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def pushed(gateway: str, *runs: Run, job: str = "aks-drift-auditor") -> Values:
    """Push the runs; return what the gateway then says, of this job."""
    push(Pushgateway(url=gateway, job=job), runs, info_limit=LIMIT, interval=timedelta(hours=1))
    with urllib.request.urlopen(f"{gateway}/metrics") as answer:  # noqa: S310
        values = read(answer.read())
    return {key: value for key, value in values.items() if ("job", job) in key[1]}


def test_what_was_mended_vanishes(gateway: str) -> None:
    before = pushed(gateway, run(report(finding()), "mended"))
    after = pushed(gateway, run(report(), "mended", minutes=60))

    assert pick(before, "finding_info", cluster="mended") == [1]
    assert pick(after, "finding_info", cluster="mended") == []
    assert sum(pick(after, "findings", cluster="mended")) == 0


@pytest.mark.parametrize("failed", [None, factory.report(coverage=())])
def test_the_success_and_what_was_found_survive_a_failing_run(gateway: str, failed: Report | None) -> None:
    pushed(gateway, run(report(finding()), "failing", durations={"gather": 1, "judge": 1}))
    values = pushed(gateway, run(failed, "failing", minutes=60, durations={"gather": 9}))

    assert pick(values, "last_success_timestamp_seconds", cluster="failing") == [NOON.timestamp()]
    assert pick(values, "last_run_timestamp_seconds", cluster="failing") == [NOON.timestamp() + 3600]
    assert pick(values, "run_duration_seconds", cluster="failing") == [9]
    assert pick(values, "finding_info", cluster="failing") == [1]


def test_two_clusters_do_not_disturb_each_other(gateway: str) -> None:
    pushed(gateway, run(report(finding()), "one"), run(report(), "two"))
    values = pushed(gateway, run(factory.drifted(), "two", minutes=60))

    assert sum(pick(values, "findings", cluster="one")) == 1
    assert sum(pick(values, "findings", cluster="two")) == 6
    assert pick(values, "last_run_timestamp_seconds", cluster="one") == [NOON.timestamp()]


@pytest.mark.parametrize(
    "name", ["a/b", "a b", "a+b", "größe 東京", "a%2Fb", 'q"\\', "x@base64", "a?b#c", "line\nbreak"]
)
def test_names_of_clusters_survive(gateway: str, name: str) -> None:
    values = pushed(gateway, run(report(finding()), name), job=f"job/{name}".replace("\n", ""))

    assert pick(values, "finding_info", cluster=name.replace("\n", "\\n")) == [1]
    assert sum(pick(values, "findings")) == 1


def test_a_cluster_without_a_name(gateway: str) -> None:
    assert sum(pick(pushed(gateway, run(report(finding()), ""), job="nameless"), "findings")) == 1


# -- promtool ---------------------------------------------------------------------------------------------------------


def test_promtool_finds_no_fault() -> None:
    promtool = installed("promtool", "prometheus")
    hostile = replace(finding(), resource='\x00\n"\\ \ud800')
    full = run(report(*factory.drifted().findings, hostile), durations={"gather": 1}, requests=(("azure", "200", 1),))
    for runs in ([full, run(report(), "other")], [run(None)], []):
        text = exposition(registry(runs, info_limit=3, interval=timedelta(hours=1)))
        result = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
        assert (result.returncode, result.stdout + result.stderr) == (0, b"")


def test_the_example_queries_are_promql(tmp_path: Path) -> None:
    promtool = installed("promtool", "prometheus")
    lines = [f"  - alert: A{i}\n    expr: '{d.query}'\n" for i, d in enumerate(DEFINITIONS)]
    (tmp_path / "rules.yaml").write_text("groups:\n- name: examples\n  rules:\n" + "".join(lines))
    result = subprocess.run(
        [promtool, "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr
