"""A daemon looks again at what differs once, not in each audit in which nothing is new."""

import json
from pathlib import Path

import pytest

from auditor import audits
from auditor.config.settings import Settings
from auditor.lab.server import Lab
from auditor.model.finding import Report
from auditor.model.policy import Scope
from auditor.run import outcome
from auditor.sources.session import Session
from tests.live.changing import FILES, LINKS, NAME, before_azure, confirmed, drift, removal, then, unowned
from tests.live.conftest import Enter, session
from tests.live.recorded import Recorded


class Daemon:
    """Audits one lab again and again, as `auditor serve` does."""

    def __init__(self, lab: Lab, shared: Session) -> None:
        self._lab, self._shared = lab, shared
        self._before = 0
        self._settings = Settings(clusters=(lab.settings(),))

    def audit(self) -> Report:
        """The report of one audit."""
        self._before = len(self._lab.requests)
        (one,) = audits.live(self._settings, self._settings.clusters, self._shared, Scope())
        found = outcome(one)
        assert found.report is not None, found.error
        return found.report

    def lists(self, path: str) -> int:
        """How often the last audit asked for a list."""
        return sum(path in one.target for one in self._lab.requests[self._before :])

    def single(self) -> list[str]:
        """The Services that the last audit read one by one."""
        asked = [one.target for one in self._lab.requests[self._before :]]
        return [one.rpartition("/")[2] for one in asked if "/namespaces/" in one]


@pytest.fixture
def orphaned(tmp_path: Path) -> Path:
    """A recording with a frontend that nobody has, and an address that is not the one of Git."""
    recorded = Recorded(tmp_path / "orphaned")
    recorded.service()
    drift(recorded.folder)
    return recorded.folder


def test_what_was_confirmed_is_not_looked_at_again(enter: Enter, orphaned: Path, tmp_path: Path) -> None:
    lab = enter(orphaned)
    daemon = Daemon(lab, session(tmp_path / "cache", lab))
    first = daemon.audit()
    assert {"orphaned-frontend", "frontend-ip-drifted"} <= confirmed(first)
    assert (NAME in daemon.single(), daemon.lists("/services?"), daemon.lists("/loadBalancers?")) == (True, 2, 2)

    again = daemon.audit()
    assert again.findings == first.findings
    assert (daemon.single(), daemon.lists("/services?"), daemon.lists("/loadBalancers?")) == (["pls-nat"], 2, 1)


def test_what_is_new_is_looked_at_again(enter: Enter, folder: Path, tmp_path: Path) -> None:
    lab = enter(folder)
    daemon = Daemon(lab, session(tmp_path / "cache", lab))
    assert confirmed(daemon.audit()) == set()
    drift(folder)
    lab.reload()

    assert "frontend-ip-drifted" in confirmed(daemon.audit())
    assert daemon.single() == [NAME]
    daemon.audit()
    assert daemon.single() == []


def test_what_only_seemed_to_differ_is_never_settled(enter: Enter, folder: Path, tmp_path: Path) -> None:
    lab = enter(folder)
    daemon = Daemon(lab, session(tmp_path / "cache", lab))
    before_azure(lab, then(lab, folder, removal))
    assert confirmed(daemon.audit()) == set()
    assert daemon.single() != []
    assert confirmed(daemon.audit()) == {"service-missing"}


def test_a_second_look_that_failed_confirmed_nothing(enter: Enter, folder: Path, tmp_path: Path) -> None:
    drift(folder)
    lab = enter(folder)
    daemon = Daemon(lab, session(tmp_path / "cache", lab))
    lab.fault(rf"/services/{NAME}$|/services\?limit=\d+$", status=403)
    assert confirmed(daemon.audit()) == set()

    lab.clear_faults()
    assert "frontend-ip-drifted" in confirmed(daemon.audit())
    assert daemon.single() == [NAME]


def test_pages_that_shift_settle_nothing(enter: Enter, folder: Path, tmp_path: Path) -> None:
    path = folder / FILES[2]
    healed = json.loads(path.read_text())
    other = unowned(healed[0])
    path.write_text(json.dumps([other, healed[0], *healed[2:]]))
    lab = enter(folder)
    daemon = Daemon(lab, session(tmp_path / "cache", lab))
    assert confirmed(daemon.audit()) == {"pls-missing"}
    path.write_text(json.dumps([other, *healed]))
    lab.reload()

    def meanwhile() -> None:
        """What was on the second page comes onto the first, which was read already."""
        path.write_text(json.dumps(healed))
        lab.reload()

    lab.fault(LINKS, times=1, meanwhile=meanwhile)
    assert confirmed(daemon.audit()) == set()
