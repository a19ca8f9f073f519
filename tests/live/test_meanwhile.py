"""What changes while it is read: neither side is wrong, and what nobody waits for costs only itself."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import audit
from auditor.lab.server import Lab
from auditor.model.policy import Policy
from auditor.sources.live import gather
from auditor.sources.session import Session
from tests.live.changing import (
    BALANCERS,
    NAME,
    SERVICES,
    address,
    audited,
    before_azure,
    confirmed,
    drift,
    removal,
    then,
    visibility,
)
from tests.live.command import Command, gaps, report
from tests.live.conftest import CLOCK, Enter, session


def single(lab: Lab) -> list[str]:
    """Services that were read one by one."""
    return [one.target.rpartition("/")[2] for one in lab.requests if "/namespaces/" in one.target]


@pytest.mark.parametrize(("change", "name"), [(address, NAME), (visibility, "pls-visibility")])
def test_a_service_that_changes_before_azure_is_read(
    enter: Enter, folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], name: str
) -> None:
    lab = enter(folder)
    before_azure(lab, then(lab, folder, change))
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    assert [one for one in found.coverage if not one.complete] == []
    assert single(lab) == [name]


def test_what_differs_for_good_is_confirmed(enter: Enter, folder: Path, tmp_path: Path) -> None:
    drift(folder)
    lab = enter(folder)
    found = audited(lab, tmp_path / "cache")

    assert "frontend-ip-drifted" in confirmed(found)
    assert len(single(lab)) == 1


def test_a_service_that_changes_after_azure_was_read(enter: Enter, folder: Path, tmp_path: Path) -> None:
    lab = enter(folder)
    lab.fault("/privateLinkServices", times=1, meanwhile=then(lab, folder, address))
    found = gather(lab.settings(), session(tmp_path / "cache", lab)).snapshot
    # However long the rest took: what changed since the audit began is not certain.
    report_ = audit(found, Policy(settle=timedelta()), found.captured_at or CLOCK)

    assert confirmed(report_) == set()


def test_a_service_that_git_has_and_that_goes_meanwhile(enter: Enter, folder: Path, tmp_path: Path) -> None:
    lab = enter(folder)
    lab.fault(SERVICES, times=1, meanwhile=then(lab, folder, removal))
    lab.fault(BALANCERS, times=1, delay=1.0)
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    reasons = [one.reason or "" for one in found.coverage if not one.complete]
    assert any(f"{NAME} was deleted during the audit" in one for one in reasons)


def test_a_service_that_cannot_be_read_again_is_not_called_deleted(enter: Enter, folder: Path, tmp_path: Path) -> None:
    drift(folder)
    lab = enter(folder)
    lab.fault(rf"/services/{NAME}$|/services\?limit=\d+$", status=403)
    found = audited(lab, tmp_path / "cache")

    assert confirmed(found) == set()
    reasons = [one.reason or "" for one in found.coverage if not one.complete]
    assert any("may not get services" in one for one in reasons)
    assert not any("deleted" in one for one in reasons)


def test_a_cluster_whose_turn_comes_late_has_gone_on_since_the_fetch(
    enter: Enter, folder: Path, tmp_path: Path
) -> None:
    lab = enter(folder)
    now = [lab.captured_at or CLOCK]
    run = Session(cache_dir=tmp_path / "cache", request_timeout=timedelta(seconds=10), clock=lambda: now[0]).run()
    then(lab, folder, visibility)()  # which is in Git by now, but not in what the run has fetched
    now[0] += timedelta(hours=1)
    run.pinned = True
    found = gather(lab.settings(), run).snapshot
    report_ = audit(found, Policy(), found.captured_at or CLOCK)

    assert "annotation-drifted" in {one.rule for one in report_.findings}
    assert confirmed(report_) == set()


def test_namespaces_that_were_asked_for_are_read_where_the_cluster_may_not_be(command: Command) -> None:
    command.labs[0].fault(r"^/api/v1/(services|events)", status=403)
    found = report(command.call("-f", "json", "-n", "web"))

    assert "of the namespaces only web could be asked for" in gaps(found)[0]["reason"]
    assert {one["namespace"] for one in found["services"]} == {"web"}
