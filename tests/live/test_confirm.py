"""A cluster that goes on while it is read: a Service that comes or goes between two requests is no drift."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.audit import audit
from auditor.lab.server import Lab
from auditor.model.finding import Report
from auditor.model.policy import Policy
from tests.live.changing import confirmed
from tests.live.command import GOLDEN
from tests.live.conftest import CLOCK, Enter, read
from tests.live.recorded import NAME, NAMESPACE, Recorded

SERVICE = f"/services/{NAME}$"
SERVICES = r"/api/v1/services\?"
BALANCERS, LINKS = "/loadBalancers", "/privateLinkServices"
GIVEN_UP = "which a second look did not confirm: "


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
