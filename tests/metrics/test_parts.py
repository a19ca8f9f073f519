"""A look at a part is not the audit that the configuration's ways out tell of: nothing that was found may vanish."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.lab.server import Lab
from auditor.metrics.registry import registry
from auditor.metrics.textfile import write_textfile
from tests.live.command import Command
from tests.metrics.runs import LIMIT, pick, read, run
from tests.operate.estate import GOLDEN
from tests.reports.factory import finding, report

DRIFTED = GOLDEN.parent / "drift-01-drifted"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A drifted cluster."""
    with Lab(DRIFTED) as found:
        yield found


@pytest.fixture
def command(lab: Lab, tmp_path: Path) -> Command:
    """The live command over that cluster and one of the same kind, called `other`."""
    made = Command(tmp_path, lab)
    made.clusters.append(json.loads(json.dumps(made.clusters[0])) | {"name": "other"})
    return made


def with_a_file(document: dict[str, Any]) -> None:
    document["metrics"] = {"textfile": "auditor.prom", "pushgateway": {"url": "http://127.0.0.1:1"}}


@pytest.mark.parametrize(
    "part",
    [
        ("--namespace", "data"),
        ("--selector", "app=web"),
        ("--ref", "HEAD", "--cluster", "other"),
        ("--snapshot", str(DRIFTED)),
    ],
)
def test_a_part_is_not_delivered(command: Command, part: tuple[str, ...]) -> None:
    file = command.folder / "auditor.prom"
    file.write_text("as it was\n")

    result = command.call(*part, "-o", "text=/dev/null", change=with_a_file)

    assert result.exit_code in {0, 1}, result.stderr
    assert file.read_text() == "as it was\n"
    assert "cannot push" not in result.stderr
    assert f"no metrics go to metrics.textfile or metrics.pushgateway: with {part[0]} " in result.stderr


def test_a_part_is_delivered_where_a_flag_says_so(command: Command) -> None:
    file = command.folder / "part.prom"
    result = command.call("-n", "data", "--metrics-textfile", file, "-o", "text=/dev/null", change=with_a_file)

    assert sum(pick(read(file.read_bytes()), "findings", cluster="other", state="drift")) == 9
    assert "no metrics go to metrics.pushgateway: with --namespace " in result.stderr


def test_an_audit_of_one_cluster_leaves_what_the_file_says_of_the_others(command: Command) -> None:
    def only_a_file(document: dict[str, Any]) -> None:
        document["metrics"] = {"textfile": "auditor.prom"}

    file = command.folder / "auditor.prom"
    command.call("-o", "text=/dev/null", change=only_a_file)
    before = read(file.read_bytes())
    result = command.call("--cluster", "other", "-o", "text=/dev/null", change=only_a_file)
    after = read(file.read_bytes())

    assert "no metrics go to" not in result.stderr
    assert set(after) == set(before)
    (first,) = {name for _, labels in before for key, name in labels if key == "cluster"} - {"other"}
    assert {k: v for k, v in after.items() if ("cluster", first) in k[1]} == {
        k: v for k, v in before.items() if ("cluster", first) in k[1]
    }


def test_a_cluster_that_is_no_more_leaves_the_file(tmp_path: Path) -> None:
    file = tmp_path / "auditor.prom"
    runs = [run(report(finding())), run(report(finding()), "b"), run(report(finding()), "c")]
    write_textfile(file, registry(runs, info_limit=LIMIT))
    write_textfile(file, registry(runs[:1], info_limit=LIMIT), ["b"])

    values = read(file.read_bytes())
    assert len(pick(values, "last_run_timestamp_seconds", cluster="b")) == 1
    assert pick(values, "last_run_timestamp_seconds", cluster="c") == []
