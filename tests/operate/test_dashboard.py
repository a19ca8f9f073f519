"""The dashboard: sound JSON for Grafana, nothing in it that the auditor does not export, and series for every query."""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from auditor.audit import audit
from auditor.metrics import definitions as known
from auditor.metrics.definitions import Series
from auditor.metrics.registry import exposition, registry
from auditor.metrics.runs import Run
from auditor.model.policy import Policy
from auditor.sources.snapshots.snapshot import read_snapshot
from tests.injected.raw import GOLDEN
from tests.operate import servers
from tests.operate.generated import RULES
from tests.operate.shipped import LABELS, dashboard, grouped_by, queries, selectors

SERIES_WITHIN = 15.0
WIDTH = 24


def test_is_what_grafana_wants() -> None:
    board = dashboard()
    assert (board["schemaVersion"], board["uid"], board["editable"]) == (39, "aks-drift-auditor", True)
    assert "__inputs" not in board, "it is provisioned, not imported by hand"
    variables = {v["name"]: v["type"] for v in board["templating"]["list"]}
    assert variables == {"datasource": "datasource", "cluster": "query"}
    ids = [panel["id"] for panel in board["panels"]]
    assert sorted(set(ids)) == sorted(ids)
    titles = [panel["title"] for panel in board["panels"]]
    assert sorted(set(titles)) == sorted(titles)
    for panel in board["panels"]:
        if panel["type"] != "row":
            assert panel["description"], panel["title"]
            assert panel["targets"], panel["title"]
            sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
            assert {source["uid"] for source in sources} == {"${datasource}"}


def test_panels_stand_beside_each_other() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= WIDTH, panel["title"]
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert cell not in taken, f"{panel['title']} overlaps {taken[cell]}"
            taken[cell] = panel["title"]


@pytest.mark.parametrize(("title", "expression"), [*queries()])
def test_uses_only_what_is_exported(title: str, expression: str) -> None:
    used = selectors(expression)
    assert used, title
    for selector in used:
        assert {label for label, _, _ in selector.matchers} <= {*LABELS[selector.metric]}
    assert grouped_by(expression) <= {label for selector in used for label in LABELS[selector.metric]}


def test_shows_every_metric() -> None:
    shown = {selector.metric for _, expression in queries() for selector in selectors(expression)}
    assert {*LABELS} - shown == set()


# -- against a real Prometheus ------------------------------------------------------------------------------------------


def golden() -> bytes:
    """The metrics of a golden audit with drift in it, as an auditor serves them."""
    snapshot = read_snapshot(GOLDEN / "drift-01-drifted")
    now = snapshot.captured_at
    assert now is not None
    run = Run(
        cluster=snapshot.cluster, report=audit(snapshot, Policy(), now), started_at=now, finished_at=now,
        durations={"gather": 2.5, "audit": 0.1}, requests=(("azure", "200", 4), ("kubernetes", "200", 3)),
    )  # fmt: skip
    extra: Series = {
        known.RUNS: {(snapshot.cluster, "succeeded"): 1},
        known.CONFIG_RELOADED: {(snapshot.cluster,): 1},
        known.CONFIG_RELOADED_AT: {(snapshot.cluster,): now.timestamp()},
    }
    return exposition(registry([run], info_limit=1000, interval=timedelta(hours=1), extra=extra))


class _Metrics(BaseHTTPRequestHandler):
    def __init__(self, *arguments: object, content: bytes) -> None:
        self.content = content
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(content: bytes) -> Iterator[str]:
    """Serve metrics; gives the address."""
    with ThreadingHTTPServer((servers.LOOPBACK, 0), partial(_Metrics, content=content)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{servers.LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Prometheus]:
    """A Prometheus that has scraped a golden audit and evaluated the alerts."""
    folder = tmp_path_factory.mktemp("prometheus")
    rules = servers.hurried(RULES, folder)
    with serving(golden()) as address, servers.prometheus(folder, {"auditor": [address]}, [rules]) as prometheus:
        servers.eventually(lambda: prometheus.query("aks_auditor_build_info"), within=SERIES_WITHIN)
        yield prometheus


@pytest.mark.server
def test_every_query_finds_series(fed: servers.Prometheus) -> None:
    assert [(title, expression) for title, expression in queries() if not fed.query(expression)] == []


CLEAN, INCOMPLETE, DRIFT, STALE = range(4)
VERDICTS: dict[str, tuple[int, int, int | None, int | None, int | None, int]] = {
    # findings, is every source complete, minutes of the latest run, of the latest success, the interval; the verdict
    "clean": (0, 1, 90, 90, 60, CLEAN),
    "blind": (0, 0, 90, 90, 60, INCOMPLETE),
    "drift": (2, 1, 90, 90, 60, DRIFT),
    "both": (2, 0, 90, 90, 60, DRIFT),
    "failed": (0, 0, 90, 30, 60, STALE),
    "drift-failed": (2, 0, 90, 30, 60, STALE),
    "never": (0, 0, 90, None, 60, STALE),
    "stopped": (0, 1, 70, 70, 10, STALE),
    "no-interval": (0, 1, 0, 0, None, CLEAN),
}


@pytest.mark.server
@pytest.mark.parametrize("title", ["Verdict", "Verdict over time"])
def test_the_verdict_is_that_of_the_report_while_it_is_fresh(title: str, tmp_path: Path) -> None:
    series: dict[str, int] = {}
    for cluster, (findings, complete, run, success, interval, _) in VERDICTS.items():
        labels = f'cluster="{cluster}"'
        series[f'aks_auditor_findings{{{labels},rule="pls-missing",severity="high",state="drift"}}'] = findings
        series[f'aks_auditor_source_complete{{{labels},source="git"}}'] = 1
        series[f'aks_auditor_source_complete{{{labels},source="azure"}}'] = complete
        minutes = {"last_run_timestamp": run, "last_success_timestamp": success, "run_interval": interval}
        series |= {f"aks_auditor_{k}_seconds{{{labels}}}": 60 * v for k, v in minutes.items() if v is not None}
    expected = [{"labels": f'{{cluster="{cluster}"}}', "value": case[-1]} for cluster, case in VERDICTS.items()]
    expression = next(expression for name, expression in queries() if name == title)
    test = {
        "interval": "1m",
        "input_series": [{"series": one, "values": f"{value}+0x100"} for one, value in series.items()],
        "promql_expr_test": [{"expr": expression, "eval_time": "95m", "exp_samples": expected}],
    }
    (tmp_path / "verdict.yaml").write_text(json.dumps({"tests": [test]}))

    done = subprocess.run(
        [servers.program("promtool"), "test", "rules", "verdict.yaml"], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.server
def test_the_alerts_of_a_drifted_cluster(fed: servers.Prometheus) -> None:
    def firing() -> set[str]:
        return {a["labels"]["alertname"] for a in fed.alerts() if a["state"] == "firing"}

    expected = {"AksDriftExposure", "AksAuditorLate"}
    assert servers.eventually(lambda: firing() >= expected, within=SERIES_WITHIN), firing()


@pytest.mark.server
def test_variables_find_the_cluster(fed: servers.Prometheus) -> None:
    definition = dashboard()["templating"]["list"][1]["definition"]
    metric, label = definition.removeprefix("label_values(").removesuffix(")").split(", ")
    found = fed.get(f"/api/v1/label/{label}/values", **{"match[]": metric})["data"]
    assert found == [read_snapshot(GOLDEN / "drift-01-drifted").cluster]
