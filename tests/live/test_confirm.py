"""A cluster that goes on while it is read: a Service that comes or goes between two requests is no drift."""

import json
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import audit
from auditor.controller.naming import base_name
from auditor.lab.server import Lab
from auditor.model.finding import Report, State
from auditor.model.policy import Policy
from tests.live.command import GOLDEN
from tests.live.conftest import CLOCK, Enter, read

NAMESPACE, NAME = "data", "pls-nat"
UID = "377a1220-3ac6-4995-9ce3-1d86df618682"
BASE = base_name(UID)
SERVICE = f"/services/{NAME}$"
SERVICES = r"/api/v1/services\?"
BALANCERS, LINKS = "/loadBalancers", "/privateLinkServices"
PARTS = ("frontendIPConfigurations", "loadBalancingRules", "probes")
GIVEN_UP = "which a second look did not confirm: "


class Recorded:
    """A recording without drift, in which one Service with a Private Link Service comes and goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(GOLDEN / "drift-00-baseline", folder))
        next((folder / "git").rglob(f"{NAME}.yaml")).unlink()
        self._whole = {path: path.read_bytes() for path in folder.rglob("*.json")}

    def service(self) -> None:
        """Delete the Service."""
        self._change("kubernetes/services.json", lambda document: _keep(document["items"], _other_service))

    def frontend(self) -> None:
        """Delete its frontend, its rules and its probes."""

        def change(balancers: list[dict[str, Any]]) -> None:
            for one in balancers:
                for part in PARTS:
                    _keep(one["properties"][part], lambda it: not it["name"].startswith(BASE))

        self._change("azure/loadBalancers.json", change)

    def link(self) -> None:
        """Delete its Private Link Service."""
        self._change("azure/privateLinkServices.json", lambda links: _keep(links, lambda it: it["name"] != NAME))

    def everything(self) -> None:
        """Delete all of that, as the controller does."""
        self.service()
        self.frontend()
        self.link()

    def as_it_was(self) -> None:
        """Undo all changes."""
        for path, data in self._whole.items():
            path.write_bytes(data)

    def renamed(self, number: int) -> None:
        """Give what is in Azure to a Service that never was."""
        for name in ("azure/loadBalancers.json", "azure/privateLinkServices.json"):
            path = self.folder / name
            path.write_text(re.sub(f"{BASE}|a[0-9a-f]{{3}}0{{28}}", f"a{number:03x}{'0' * 28}", path.read_text()))

    def _change(self, name: str, change: Callable[[Any], None]) -> None:
        path = self.folder / name
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document))


def _keep(items: list[dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]) -> None:
    items[:] = [one for one in items if wanted(one)]


def _other_service(item: dict[str, Any]) -> bool:
    return bool(item["metadata"]["uid"] != UID)


@pytest.fixture
def state(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path / "recording")


def then(lab: Lab, *changes: Callable[[], None]) -> Callable[[], None]:
    """Change the recording, and serve it so."""

    def change() -> None:
        for one in changes:
            one()
        lab.reload()

    return change


def report(lab: Lab, cache: Path) -> Report:
    snapshot = read(lab, cache).snapshot
    return audit(snapshot, Policy(), snapshot.captured_at or CLOCK)


def confirmed(found: Report) -> set[str]:
    """The rules of confirmed findings, but for what is true of the recording at any time."""
    return {one.rule for one in found.findings if one.state is State.DRIFT} - {"pls-limit-near"}


def asked(lab: Lab, pattern: str) -> int:
    return sum(re.search(pattern, one.target) is not None for one in lab.requests)


def gaps(found: Report) -> list[tuple[str, str]]:
    return [(one.kind, one.scope) for one in found.coverage if not one.complete]


def test_where_all_fits_nothing_is_read_twice(enter: Enter, state: Recorded, tmp_path: Path) -> None:
    lab = enter(state.folder)
    found = report(lab, tmp_path)

    assert confirmed(found) == {"service-not-in-git"}
    assert asked(lab, SERVICES) == asked(lab, f"{BALANCERS}\\?") == 1
    assert asked(lab, "/namespaces/") == asked(lab, SERVICE) == 1


def test_where_nothing_differs_no_service_is_read_again(enter: Enter, tmp_path: Path) -> None:
    lab = enter(GOLDEN / "drift-00-baseline")

    assert confirmed(report(lab, tmp_path)) == set()
    assert asked(lab, SERVICES) == asked(lab, f"{BALANCERS}\\?") == 1
    assert asked(lab, "/namespaces/") == 0


def test_what_is_removed_after_it_was_read_is_no_orphan(enter: Enter, state: Recorded, tmp_path: Path) -> None:
    state.service()
    lab = enter(state.folder)
    lab.fault(f"{LINKS}\\?", times=1, meanwhile=then(lab, state.everything))
    found = report(lab, tmp_path)

    assert confirmed(found) == set()
    assert gaps(found) == []
    assert asked(lab, f"{BALANCERS}\\?") == 2


def test_an_orphan_is_confirmed_by_one_more_look(enter: Enter, state: Recorded, tmp_path: Path) -> None:
    state.service()
    lab = enter(state.folder)
    found = report(lab, tmp_path)

    assert "orphaned-frontend" in confirmed(found)
    assert gaps(found) == []
    assert asked(lab, f"{BALANCERS}\\?") == asked(lab, SERVICES) == 2


@pytest.mark.parametrize("selected", [True, False], ids=["server 1.31", "a server without the selector"])
def test_what_is_made_for_a_new_service_is_no_orphan(
    enter: Enter, state: Recorded, tmp_path: Path, *, selected: bool
) -> None:
    state.service()
    lab = enter(state.folder)
    if not selected:
        lab.fault("fieldSelector", status=400)
    lab.fault(SERVICES, times=1, meanwhile=then(lab, state.as_it_was))
    found = report(lab, tmp_path)

    assert not {one for one in confirmed(found) if one.startswith("orphaned")}
    assert gaps(found) == []


@pytest.mark.parametrize("part", ["frontend", "link"])
def test_what_a_deleted_service_lacks_is_not_missing(enter: Enter, state: Recorded, tmp_path: Path, part: str) -> None:
    state.link()
    if part == "frontend":
        state.frontend()
    lab = enter(state.folder)
    # Services and load balancers are both read as they are now.
    listed = threading.Event()
    lab.fault(SERVICES, times=1, meanwhile=listed.set)
    change = then(lab, state.everything)
    lab.fault(f"{BALANCERS}\\?", times=1, meanwhile=lambda: (listed.wait(5), change()))
    found = report(lab, tmp_path)

    assert confirmed(found) == set()
    assert gaps(found) == []
    assert asked(lab, SERVICE) == 1


@pytest.mark.parametrize(("part", "rule"), [("frontend", "frontend-missing"), ("link", "pls-missing")])
def test_what_a_service_lacks_is_missing(enter: Enter, state: Recorded, tmp_path: Path, part: str, rule: str) -> None:
    state.link()
    if part == "frontend":
        state.frontend()
    lab = enter(state.folder)
    found = report(lab, tmp_path)

    assert rule in confirmed(found)
    assert gaps(found) == []
    assert (asked(lab, SERVICE), asked(lab, f"{BALANCERS}\\?")) == (1, 1)


def test_a_service_that_cannot_be_read_again_is_not_judged(enter: Enter, state: Recorded, tmp_path: Path) -> None:
    state.link()
    state.frontend()
    lab = enter(state.folder)
    lab.fault(SERVICE, status=403)
    found = report(lab, tmp_path)

    assert confirmed(found) == set()
    assert gaps(found) == [("services", NAMESPACE)]


def test_an_orphan_that_cannot_be_confirmed_is_not_judged(enter: Enter, state: Recorded, tmp_path: Path) -> None:
    state.service()
    lab = enter(state.folder)
    lab.fault(f"{BALANCERS}\\?", times=1)
    lab.fault(f"{BALANCERS}\\?", status=403)
    found = report(lab, tmp_path)

    assert confirmed(found) == set()
    assert gaps(found) == [("services", "*")]
    reason = next(one.reason for one in found.coverage if not one.complete)
    assert f"{GIVEN_UP}the identity " in (reason or "")
    assert "orphaned-frontend" in {one.rule for one in found.not_judged}


def test_a_cluster_that_never_rests_is_not_judged(enter: Enter, state: Recorded, tmp_path: Path) -> None:
    state.service()
    state.renamed(1)
    lab = enter(state.folder)
    number = iter(range(2, 100))
    lab.fault(f"{LINKS}\\?", meanwhile=then(lab, lambda: state.renamed(next(number))))
    found = report(lab, tmp_path)

    assert not {one for one in confirmed(found) if one.startswith("orphaned")}
    assert gaps(found) == [("services", "*")]
    reason = next(one.reason for one in found.coverage if not one.complete)
    assert (reason or "").endswith("the cluster changed each time it was looked at; audit again later")
