"""What outlives an audit in the shell: what was judged, and whether the garbage collector is at work."""

import dataclasses
import gc
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from auditor.judge import Judged
from auditor.model.snapshot import Snapshot
from auditor.run import Audit, Request, audited, outcome
from tests.world import NOW, World


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Left as it was found."""
    was = gc.isenabled()
    gc.enable()
    yield
    gc.enable() if was else gc.disable()


def audits(gather: Callable[[], Snapshot], judged: dict[str, Judged] | None = None) -> Audit:
    return Audit(gather=gather, cluster="here", run_id="one", judged=judged)


def test_what_was_judged_is_kept_until_something_changes() -> None:
    judged: dict[str, Judged] = {}
    world = World().service("web/shop")

    outcome(audits(world.snapshot, judged))
    first = judged["here"]
    outcome(audits(world.snapshot, judged))
    assert judged["here"] is first

    world.change_live("shop", ingress=("10.9.9.9",))
    changed = outcome(audits(world.snapshot, judged)).report
    assert judged["here"] is not first
    assert changed is not None
    assert {finding.rule for finding in changed.findings} == {"status-ip-drifted"}


def test_a_pending_service_becomes_a_finding_with_time_alone() -> None:
    judged: dict[str, Judged] = {}
    world = World().service("web/shop")
    world.change_live("shop", created_at=NOW, changed_at=None, ingress=())

    def at(minutes: int) -> set[str]:
        moment = NOW + timedelta(minutes=minutes)
        found = outcome(audits(lambda: dataclasses.replace(world.snapshot(), captured_at=moment), judged)).report
        assert found is not None
        return {finding.rule for finding in found.findings}

    assert at(1) == set()
    first = judged["here"]
    assert at(11) == {"service-pending"}
    assert judged["here"] is first


def test_a_command_that_audits_once_keeps_nothing() -> None:
    judged: dict[str, Judged] = {}

    (done,) = audited(Request(audits=(audits(World().snapshot, judged),), deliveries=[]))

    assert done.report is not None
    assert judged == {}


def test_the_collector_waits_for_audits() -> None:
    seen: list[bool] = []

    def gather() -> Snapshot:
        seen.append(gc.isenabled())
        return World().snapshot()

    outcome(audits(gather))
    assert (seen, gc.isenabled()) == ([False], True)


def test_the_collector_starts_after_the_last_of_several() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> Snapshot:
        begun.set()
        may_end.wait(10)
        raise OSError("broken")

    task = threading.Thread(target=outcome, args=(audits(slow),))
    task.start()
    begun.wait(10)
    outcome(audits(World().snapshot))
    assert not gc.isenabled()
    may_end.set()
    task.join()
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    outcome(audits(World().snapshot))
    assert not gc.isenabled()
