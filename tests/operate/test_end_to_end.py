"""Drift in a lab becomes the right notification, and its mending takes it back: the real auditor between real servers.

The rules are those that are shipped, but that an alert waits two seconds, and no longer, for what it waits for.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from auditor.lab.server import Lab
from tests.operate import audited, servers
from tests.operate.estate import Estate
from tests.operate.generated import RULES
from tests.operate.servers import Prometheus, Server, eventually
from tests.operate.test_alerts import BASE
from tests.operate.webhook import Receiver, webhook

pytestmark = pytest.mark.server
WAIT = "2s"
EXPOSURE, HIGH, FAILING, INCOMPLETE, LATE, ABSENT = (
    (name, "weu")
    for name in (
        "AksDriftExposure", "AksDriftHigh", "AksAuditorFailing", "AksAuditorIncomplete", "AksAuditorLate",
        "AksAuditorAbsent",
    )
)  # fmt: skip
OF = ("findings", "finding_info", "services", "last_success_timestamp_seconds")
"""What a run that fails leaves as it is."""


@contextmanager
def watched(folder: Path, rules: Path, *targets: str) -> Iterator[tuple[Prometheus, Receiver]]:
    """Prometheus with rules and these targets, and what its Alertmanager notifies; it has evaluated them once."""
    with ExitStack() as stack:
        receiver = stack.enter_context(webhook())
        manager = stack.enter_context(servers.alertmanager(folder, receiver.url))
        scraped = servers.prometheus(folder, {"auditor": targets}, [rules], manager.address, interval="500ms")
        prometheus = stack.enter_context(scraped)
        assert eventually(lambda: prometheus.query("cluster:aks_auditor_run_interval_seconds:max"))
        yield prometheus, receiver


def test_the_daemon(tmp_path: Path) -> None:
    estate = Estate(tmp_path / "estate", "weu")
    rules = servers.hurried(RULES, tmp_path, **{"for": WAIT})
    with Lab(estate.folder) as lab, audited.daemon(tmp_path / "daemon", lab) as daemon:
        assert eventually(lambda: _ready(daemon))
        with watched(tmp_path, rules, daemon.address) as (prometheus, receiver):
            assert quiet(prometheus), prometheus.alerts()

            estate.show_to_everyone()
            estate.drop_a_rule()
            lab.reload()
            daemon.audit()
            told = receiver.groups(2, "firing")
            assert firing(prometheus) == {(*EXPOSURE, "pls-visibility-drifted"), (*HIGH, "lb-rule-missing")}

            estate.mend()
            lab.reload()
            daemon.audit()
            resolved = receiver.groups(2, "resolved")
            assert quiet(prometheus), prometheus.alerts()
        assert receiver.silent
        logged = daemon.lines()

    assert told.keys() == resolved.keys() == {EXPOSURE, HIGH}
    for (name, _), severity in ((EXPOSURE, "critical"), (HIGH, "warning")):
        (alert,) = told[name, "weu"]["alerts"]
        assert alert["labels"]["severity"] == severity
        assert alert["annotations"]["runbook_url"] == f"{BASE}{name}.md"
        assert alert["annotations"]["summary"].startswith("weu: ")
        assert resolved[name, "weu"]["alerts"][0]["labels"] == alert["labels"]
    verdicts = [line["verdict"] for line in logged if "verdict" in line]
    assert [one for one, before in zip(verdicts, [None, *verdicts], strict=False) if one != before] == [
        "clean", "drift", "clean",
    ]  # fmt: skip
    assert all({"run", "cluster", "seconds"} <= line.keys() for line in logged if "verdict" in line)
    assert audited.TOKEN not in daemon.log.read_text()
    assert lab.token not in daemon.log.read_text()


class Pushing:
    """Clusters, each with a lab and an auditor that pushes to one Pushgateway."""

    def __init__(self, folder: Path, gateway: Server) -> None:
        self.folder, self.gateway = folder, gateway

    def run(self, cluster: str, *labs: Lab, code: int = 0) -> str:
        """Audit a cluster and push, and return what the Pushgateway has of it then."""
        configuration = self.folder / cluster / "auditor.yaml"
        if not configuration.exists():
            audited.configured(configuration.parent, *labs)
        done = audited.run(configuration, "--pushgateway", self.gateway.url, "--exit-zero-on-drift", labs=labs)
        assert done.returncode == code, done.stdout + done.stderr
        return self.group(cluster)

    def group(self, cluster: str, *metrics: str) -> str:
        """What the Pushgateway has of a cluster; only some metrics of it, if any are named."""
        lines = [line for line in self.gateway.text("/metrics").splitlines() if f'cluster="{cluster}"' in line]
        return "\n".join(
            one for one in lines if not metrics or one.startswith(tuple(f"aks_auditor_{m}{{" for m in metrics))
        )


def test_two_clusters_on_one_pushgateway(tmp_path: Path) -> None:
    estate, other = Estate(tmp_path / "estate", "weu"), Estate(tmp_path / "other", "neu")
    rules = servers.hurried(RULES, tmp_path, **{"for": WAIT})
    with servers.pushgateway(tmp_path) as gateway, Lab(estate.folder) as weu, Lab(other.folder) as neu:
        pushing = Pushing(tmp_path, gateway)
        audited.configured(tmp_path / "neu", neu, serve={"schedule": "0 */6 * * *"})
        untouched = pushing.run("neu", neu)
        assert pushing.group("neu", "run_interval_seconds").endswith(" 21600")
        pushing.run("weu", weu)
        with watched(tmp_path, rules, gateway.address) as (prometheus, receiver):
            assert quiet(prometheus), prometheus.alerts()

            estate.show_to_everyone()
            weu.reload()
            assert 'aks_auditor_finding_info{cluster="weu"' in pushing.run("weu", weu)
            assert receiver.groups(1, "firing").keys() == {EXPOSURE}
            before = pushing.group("weu", *OF)

            weu.fault(".", status=403)
            pushing.run("weu", weu, code=3)
            told = receiver.groups(2, "firing").keys()
            assert pushing.group("weu", *OF) == before, "a failing run takes back nothing that was found"
            assert FAILING in told
            assert INCOMPLETE not in told, "said once"
            assert (*EXPOSURE, "pls-visibility-drifted") in firing(prometheus)

            weu.clear_faults()
            estate.mend()
            weu.reload()
            assert "aks_auditor_finding_info{" not in pushing.run("weu", weu), "what was mended vanishes"
            assert receiver.groups(2, "resolved").keys() == {EXPOSURE, FAILING}
            assert quiet(prometheus), prometheus.alerts()
        assert pushing.group("neu") == untouched


def test_an_auditor_that_stops(tmp_path: Path) -> None:
    estate = Estate(tmp_path / "estate", "weu")
    rules = servers.hurried(RULES, tmp_path, **{"for": WAIT})
    rules.write_text(rules.read_text().replace("(2 * cluster:", "(2 / 1800 * cluster:"))  # an hour is two seconds
    with servers.pushgateway(tmp_path) as gateway, Lab(estate.folder) as lab:
        pushing = Pushing(tmp_path, gateway)
        assert 'aks_auditor_run_interval_seconds{cluster="weu"' in pushing.run("weu", lab)
        with watched(tmp_path, rules, gateway.address) as (prometheus, receiver):
            assert receiver.groups(1, "firing").keys() == {LATE}
            pushing.run("weu", lab)
            assert receiver.groups(1, "resolved").keys() == {LATE}

            gone = Request(f"{gateway.url}/metrics/job/aks-drift-auditor/cluster/weu", method="DELETE")  # noqa: S310
            urlopen(gone, timeout=10).close()  # noqa: S310 - loopback
            assert ABSENT in receiver.groups(1, "firing")
            assert firing(prometheus) == {(*ABSENT, "")}


def firing(prometheus: Prometheus) -> set[tuple[str, str, str]]:
    """Alert, cluster and rule of what fires."""
    found = [alert["labels"] for alert in prometheus.alerts() if alert["state"] == "firing"]
    return {(labels["alertname"], labels.get("cluster", ""), labels.get("rule", "")) for labels in found}


def quiet(prometheus: Prometheus) -> bool:
    """Wait until no alert fires, and none is about to."""
    return eventually(lambda: not prometheus.alerts())


def _ready(daemon: Server) -> bool:
    try:
        return daemon.text("/readyz") == "ok\n"
    except URLError:
        return False
