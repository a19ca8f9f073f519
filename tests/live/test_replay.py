"""A replay of a recording says what the audit said that it was made of, whatever of it failed: the same report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import audit
from auditor.config.settings import Cluster
from auditor.lab.server import Lab
from auditor.model.finding import Severity
from auditor.model.policy import Policy
from auditor.model.snapshot import Snapshot
from auditor.reports import renderer
from auditor.reports.options import Options
from auditor.reports.outcome import exit_code
from auditor.sources.live import gather
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_recording import read_recording
from auditor.sources.snapshots.snapshot_write import write_snapshot
from tests.live.conftest import CLOCK, session

Settings = Callable[[Cluster], Cluster]
LATE = {"Date": "Mon, 23 Nov 2026 03:00:00 GMT"}
LATER = {"Retry-After": "3600"}
"""No retry can help."""


def unchanged(cluster: Cluster) -> Cluster:
    """As the lab says."""
    return cluster


def of(section: str, **fields: Any) -> Settings:
    """Set fields of a section."""

    def change(cluster: Cluster) -> Cluster:
        return cluster.model_copy(update={section: getattr(cluster, section).model_copy(update=fields)})

    return change


def with_(**fields: Any) -> Settings:
    """Set fields of the cluster."""
    return lambda cluster: cluster.model_copy(update=fields)


def two_sources(cluster: Cluster) -> Cluster:
    """One that can be read, and one that cannot."""
    (one,) = cluster.git
    return cluster.model_copy(update={"git": (one, one.model_copy(update={"name": "other", "ref": "gone"}))})


ANYWHERE = of("azure", cluster=None, subscription_id=None, node_resource_group=None)
FAULTS: dict[str, tuple[tuple[str, ...], dict[str, Any], Settings]] = {
    "nothing": ((), {}, unchanged),
    "services": (("/api/v1/services",), {"status": 403}, unchanged),
    "services of namespaces": (("/api/v1/services",), {"status": 403}, of("kubernetes", namespaces=("web", "data"))),
    "one namespace": (
        ("/api/v1/services", "/namespaces/web/"), {"status": 403}, of("kubernetes", namespaces=("web", "data")),
    ),
    "single Services": (("/namespaces/[^/]+/services/",), {"status": 500, "headers": LATER}, unchanged),
    "events": (("/api/v1/events",), {"status": 403}, unchanged),
    "nodes": (("/api/v1/nodes",), {"status": 500, "headers": LATER}, unchanged),
    "Kubernetes": (("/api/v1/",), {"status": 401}, unchanged),
    "load balancers": (("loadBalancers",), {"status": 403}, unchanged),
    "Private Link Services": (("privateLinkServices",), {"status": 403}, unchanged),
    "those of the subscription": (
        ("subscriptions/[^/]+/providers/Microsoft.Network/privateLinkServices",), {"status": 403}, unchanged,
    ),
    "virtual networks": (("virtualNetworks",), {"status": 404}, unchanged),
    "public addresses": (("publicIPAddresses",), {"status": 403}, unchanged),
    "interfaces": (("networkInterfaces",), {"status": 403}, unchanged),
    "the managed cluster": (("managedClusters",), {"status": 403}, unchanged),
    "Azure": (("/subscriptions/",), {"status": 401}, unchanged),
    "Azure is nowhere": (("/api/v1/nodes",), {"status": 403}, ANYWHERE),
    "the token": (("oauth2|/metadata/",), {"status": 400}, unchanged),
    "Git": (("/git/",), {"status": 404}, unchanged),
    "one Git source": ((), {}, two_sources),
    "no Git source": ((), {}, with_(git=())),
    "nothing that feeds it": ((), {}, with_(intent="flux")),
    "a discovery that fails": (("/apis/",), {"status": 403}, with_(intent="argocd")),
    "clock": (("/api/v1/",), {"headers": LATE}, unchanged),
    "Git and Azure": (("/git/", "oauth2|/metadata/"), {"status": 400}, unchanged),
    "all lists": (("/api/v1/", "/providers/Microsoft.Network/"), {"status": 403}, unchanged),
    "everything": (("/api/v1/", "/git/", "/subscriptions/", "oauth2|/metadata/"), {"status": 403}, unchanged),
}  # fmt: skip


def told(snapshot: Snapshot) -> tuple[str, int]:
    """The report without what is of the one run that read something, and the exit code."""
    report = audit(snapshot, Policy(), snapshot.captured_at or CLOCK)
    document: dict[str, Any] = json.loads(renderer("json-v1")(report, Options()))
    document["run"].pop("id")
    document["run"].pop("requests", None)
    document["inputs"].pop("endpoints", None)
    return json.dumps(document, indent=1), exit_code(report, Severity.HIGH)


@pytest.mark.parametrize("case", FAULTS)
def test_a_replay_says_what_the_audit_said(
    drifted: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    for name, value in drifted.environment.items():
        monkeypatch.setenv(name, value)
    patterns, fault, change = FAULTS[case]
    for pattern in patterns:
        drifted.fault(pattern, **fault)
    shared = session(tmp_path / "cache", drifted)
    if case == "clock":
        shared.pinned = False

    recording = gather(change(drifted.settings()), shared, record=True)
    write_snapshot(tmp_path / "once", recording)
    write_snapshot(tmp_path / "twice", read_recording(tmp_path / "once"))

    live = told(recording.snapshot)
    assert bool(recording.snapshot.gaps) == (case not in ("nothing", "interfaces"))
    assert told(read_snapshot(tmp_path / "once")) == live
    assert told(read_snapshot(tmp_path / "twice")) == live
