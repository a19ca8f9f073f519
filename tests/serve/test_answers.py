"""Each path of the web server, asked over HTTP."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from auditor.config.settings import Serve
from auditor.metrics.definitions import OF_A_DAEMON
from auditor.model.snapshot import Snapshot
from auditor.serve.results import ENDS
from tests.metrics.runs import pick, read
from tests.operate.servers import program
from tests.serve.running import BASELINE, DRIFTED, Clock, Site, fails, planned, recorded, running

GATHERERS = {DRIFTED: recorded(), BASELINE: recorded(BASELINE), "broken": fails}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A daemon of three clusters, one of which cannot be read, after its first audit."""
    with running(planned(GATHERERS)) as found:
        yield found.settled()


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/healthz", 200, "ok\n"),
        ("GET", "/readyz", 503, "broken: no audit has succeeded yet: kubernetes: <b>nobody</b> answers\n"),
        ("GET", "/report.json", 400, f"which cluster? ?cluster=NAME is one of {DRIFTED}, {BASELINE}, broken\n"),
        ("GET", "/report.json?cluster=x", 404, f"there is no such cluster; there are {DRIFTED}, {BASELINE}, broken\n"),
        ("GET", "/report.json?cluster=broken", 503, "broken: the audit failed: kubernetes: <b>nobody</b> answers\n"),
        ("GET", "/audit", 405, "Method Not Allowed\n"),
        ("POST", "/audit", 403, "not enabled: set serve.tokenFile\n"),
        ("POST", "/", 405, "Method Not Allowed\n"),
        ("DELETE", "/metrics", 405, "Method Not Allowed\n"),
        ("GET", "/metrics/", 404, "Not Found\n"),
        ("GET", "/../../etc/passwd", 404, "Not Found\n"),
        ("GET", "/templates/", 404, "Not Found\n"),
        ("GET", "//evil.example/", 404, "Not Found\n"),
    ],
)
def test_answers_of_one_line(site: Site, method: str, path: str, status: int, body: str) -> None:
    answer = site.ask(path, method)

    assert (answer.status, answer.text) == (status, body)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", f"/report.json?cluster={DRIFTED}"])
def test_head_is_get_without_a_body(site: Site, path: str) -> None:
    asked, headed = site.ask(path), site.ask(path, "HEAD")

    assert headed.status == asked.status
    assert headed.body == b""
    assert headed.headers["content-length"] == asked.headers["content-length"]


def test_the_report_of_a_cluster(site: Site) -> None:
    answer = site.ask(f"/report.json?cluster={DRIFTED}")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["auditor-latest-run"] == "succeeded"
    assert "last-modified" in answer.headers
    assert answer.json["schema"] == "aks-auditor/report-v1"
    assert answer.json["run"]["cluster"] == DRIFTED


def test_the_only_cluster_need_not_be_named() -> None:
    with running(planned({DRIFTED: recorded()})) as site:
        assert site.settled().ask("/report.json").json["run"]["cluster"] == DRIFTED


def test_metrics(site: Site) -> None:
    answer = site.ask("/metrics")
    said = read(answer.body)

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert pick(said, "findings", cluster=DRIFTED, rule="pls-missing", severity="critical", state="drift") == [1]
    assert pick(said, "findings", cluster=BASELINE, rule="pls-missing", severity="critical", state="drift") == [0]
    assert pick(said, "run_interval_seconds", cluster=DRIFTED) == [3600]
    assert pick(said, "last_success_timestamp_seconds", cluster=BASELINE)
    assert pick(said, "last_run_timestamp_seconds", cluster="broken")
    assert not pick(said, "last_success_timestamp_seconds", cluster="broken")
    assert not pick(said, "findings", cluster="broken"), "a 0 would be an all-clear"


def test_metrics_of_the_daemon_itself(site: Site) -> None:
    said = read(site.ask("/metrics").body)

    assert {d.full_name.removeprefix("aks_auditor_") for d in OF_A_DAEMON} <= {name for name, _ in said}
    for cluster, result in ((DRIFTED, "succeeded"), ("broken", "failed")):
        for each in ENDS:
            assert pick(said, "runs_total", cluster=cluster, result=each) == [each == result]
    assert pick(said, "config_last_reload_successful") == [1, 1, 1]


@pytest.mark.server
def test_promtool_finds_no_fault(site: Site) -> None:
    done = subprocess.run(
        [program("promtool"), "check", "metrics"], input=site.ask("/metrics").body, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("[::1]", 200),
        ("10.0.0.4", 200),
        ("rebound.example", 421),
        ("rebound.example:8080", 421),
        ("127.0.0.1.rebound.example", 421),
        ("localhost.rebound.example:1", 421),
        ("[::1].rebound.example", 421),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/report.json?cluster=" + DRIFTED), ("GET", "/metrics")])
def test_on_loopback_only_our_own_names(site: Site, method: str, path: str, host: str, status: int) -> None:
    answer = site.ask(path, method, {"Host": host})

    assert answer.status == status
    assert "rebound" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_failure_after_a_success_keeps_what_was_found_and_says_so() -> None:
    answers = iter([recorded(), fails])

    def gather() -> Snapshot:
        return next(answers)()

    with running(planned({DRIFTED: gather})) as site:
        before = read(site.settled().ask("/metrics").body)
        site.daemon.runner.start()
        after = read(site.settled().ask("/metrics").body)
        report, page = site.ask("/report.json"), site.ask("/")

    assert pick(after, "findings", cluster=DRIFTED) == pick(before, "findings", cluster=DRIFTED)
    assert pick(after, "last_success_timestamp_seconds") == pick(before, "last_success_timestamp_seconds")
    assert pick(after, "last_run_timestamp_seconds") > pick(before, "last_run_timestamp_seconds")
    assert (report.status, report.headers["auditor-latest-run"]) == (200, "failed")
    assert "The latest audit failed" in page.text
    assert "What an earlier audit found" in page.text


def test_ready_while_the_success_is_recent() -> None:
    clock = Clock()
    with running(planned({DRIFTED: recorded()}, Serve(schedule="*/10 * * * *")), clock=clock) as site:
        site.settled()
        clock.ahead = timedelta(minutes=19)
        assert site.ask("/readyz").text == "ok\n"
        clock.ahead = timedelta(minutes=20, seconds=5)
        late = site.ask("/readyz")
        page = site.ask("/").text
        alive = site.ask("/healthz")

    assert late.status == 503
    assert late.text.startswith(f"{DRIFTED}: the last success was at ")
    assert late.text.endswith("more than 20m ago\n")
    assert "Not ready: the last success was at" in page
    assert alive.status == 200


def test_alive_only_while_the_scheduler_is() -> None:
    with running(planned({DRIFTED: recorded()})) as site:
        site.settled().daemon.scheduler.shutdown()
        answer = site.ask("/healthz")

    assert (answer.status, answer.text) == (503, "the scheduler has died\n")
