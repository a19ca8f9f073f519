"""A context and an Azure cluster that are not the same cluster's: nothing of it is called drift."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.audit import audit
from auditor.model.finding import Report
from auditor.model.policy import Policy
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import write_snapshot
from tests.live.changing import confirmed
from tests.live.conftest import CLOCK, Enter, read

OWN, OTHER = "mc_rg_cluster_eastus", "mc_rg_other_eastus"


def nodes(folder: Path) -> None:
    """The nodes are in another resource group than the one in which Azure is read."""
    path = folder / "kubernetes" / "nodes.json"
    path.write_text(path.read_text().replace(OWN, OTHER))


def one_node(folder: Path) -> None:
    """The same of a single node."""
    path = folder / "kubernetes" / "nodes.json"
    path.write_text(path.read_text().replace(OWN, OTHER, 1))


def services(folder: Path) -> None:
    """The Services have other uids than those for which Azure has something."""
    path = folder / "kubernetes" / "services.json"
    document = json.loads(path.read_text())
    for number, one in enumerate(document["items"]):
        one["metadata"]["uid"] = f"{number:08x}-0000-4000-8000-000000000000"
    path.write_text(json.dumps(document))


def report(enter: Enter, folder: Path, cache: Path) -> Report:
    recording = read(enter(folder), cache, record=True)
    write_snapshot(cache / "written", recording)
    live, replayed = (
        audit(one, Policy(), one.captured_at or CLOCK) for one in (recording.snapshot, read_snapshot(cache / "written"))
    )
    assert [one.id for one in live.findings] == [one.id for one in replayed.findings]
    return live


def test_of_two_clusters_nothing_is_judged(enter: Enter, folder: Path, tmp_path: Path) -> None:
    nodes(folder)
    services(folder)
    found = report(enter, folder, tmp_path)

    assert confirmed(found) == set()
    [gap] = [one for one in found.coverage if not one.complete]
    assert (gap.source, gap.kind) == ("azure", "resources")
    assert OTHER in (gap.reason or "")
    assert "are of two clusters; correct kubernetes.context" in (gap.reason or "")


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        pytest.param([nodes], False, id="the frontends are of the Services"),
        pytest.param([services], True, id="the nodes are there"),
        pytest.param([one_node, services], True, id="some of the nodes are there"),
    ],
)
def test_of_one_cluster_all_is_judged(
    enter: Enter, folder: Path, tmp_path: Path, changes: list[Callable[[Path], None]], *, differs: bool
) -> None:
    for change in changes:
        change(folder)
    found = report(enter, folder, tmp_path)

    assert ("frontend-missing" in confirmed(found)) is differs
    assert [one for one in found.coverage if not one.complete] == []
