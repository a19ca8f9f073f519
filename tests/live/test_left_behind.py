"""Requests that outlast every deadline: who makes them is left behind, and costs only what was asked for."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.config.settings import Cluster
from auditor.lab.server import Lab
from auditor.sources import side_by_side
from auditor.sources.kubernetes.client import Client
from tests.live.changing import FILES, NAME, audited, confirmed, drift
from tests.live.conftest import Enter


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Callable[[Lab], Cluster]]]:
    """Let requests hang whose path ends so, beyond all deadlines; the cluster of a lab, with little time."""
    end, get = threading.Event(), Client.get

    def these(path: str) -> Callable[[Lab], Cluster]:
        monkeypatch.setattr(side_by_side, "GRACE", 0.1)
        monkeypatch.setattr(Client, "get", lambda self, asked, query=None: (
            end.wait(20) if asked.endswith(path) else None, get(self, asked, query))[1])  # fmt: skip
        return hurried

    yield these
    end.set()


def hurried(lab: Lab) -> Cluster:
    """The cluster of a lab, whose API server has little time."""
    settings = lab.settings()
    slow = settings.kubernetes.model_copy(update={"timeout": timedelta(seconds=2)})
    short = settings.azure.model_copy(update={"timeout": timedelta(seconds=3)})
    return settings.model_copy(update={"kubernetes": slow, "azure": short})


@pytest.mark.parametrize(("path", "kind"), [("/nodes", "nodes"), ("/events", "events")])
def test_a_list_that_hangs_costs_no_other(
    enter: Enter, folder: Path, tmp_path: Path, hanging: Callable[[str], Callable[[Lab], Cluster]], path: str, kind: str
) -> None:
    lab = enter(folder)
    found = audited(lab, tmp_path / "cache", hanging(path)(lab))

    missed = {one.kind for one in found.coverage if not one.complete}
    assert kind in missed
    assert "services" not in missed
    assert confirmed(found) == set()
    assert found.counts["services"]


def test_a_second_round_that_hangs_costs_no_more_than_what_it_asks_for(
    enter: Enter, folder: Path, tmp_path: Path, hanging: Callable[[str], Callable[[Lab], Cluster]]
) -> None:
    path = folder / FILES[0]
    document = json.loads(path.read_text())
    [one] = [one for one in document["items"] if one["metadata"]["name"] == NAME]
    one["spec"]["type"] = "ClusterIP"
    path.write_text(json.dumps(document))
    lab = enter(folder)
    found = audited(lab, tmp_path / "cache", hanging(f"/services/{NAME}")(lab))

    assert {(one.kind, one.scope) for one in found.coverage if not one.complete} == {("services", "*")}
    assert confirmed(found) == set()
    assert len(found.services) > 1
    left = [one for one in threading.enumerate() if one.name == "worker"]
    assert left
    assert all(one.daemon for one in left), "they would keep the process alive"


def test_what_a_second_look_that_hangs_does_not_confirm_is_not_judged(
    enter: Enter, folder: Path, tmp_path: Path, hanging: Callable[[str], Callable[[Lab], Cluster]]
) -> None:
    drift(folder)
    lab = enter(folder)
    found = audited(lab, tmp_path / "cache", hanging(f"/services/{NAME}")(lab))

    assert {(one.kind, one.scope) for one in found.coverage if not one.complete} == {("services", "*")}
    assert confirmed(found) == set()
