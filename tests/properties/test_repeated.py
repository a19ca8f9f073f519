"""What was judged before is used again only where it is what would be judged anew: report for report, byte for byte."""

import copy
import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.audit import audit, report
from auditor.judge import TIMES, Judged, judged
from auditor.model.finding import Report
from auditor.model.policy import Policy, Scope
from auditor.model.snapshot import Read, Snapshot
from auditor.reports.json_v1 import render
from auditor.reports.options import Options
from auditor.rules.registry import RULES
from auditor.sources.snapshots.snapshot import read_snapshot
from tests.injected.raw import GOLDEN, STATES
from tests.properties.strategies import Change, changes, drifted, small
from tests.world import NOW, World

MINUTES = (0, 5, 11, 20, 24 * 60)
"""Before and after each of the moments at which something is due."""
SCOPES = (Scope(), Scope(namespaces=frozenset({"team-0"})))
FAMILIES = (None, frozenset({"sync", "azure"}))
POLICIES = (Policy(), Policy(settle=timedelta()), Policy(ignored_namespaces=frozenset({"team-0"})))

steps = st.tuples(
    st.one_of(st.none(), changes), st.sampled_from(MINUTES), st.sampled_from((*SCOPES, Scope())),
    st.sampled_from(FAMILIES), st.sampled_from(POLICIES),
)  # fmt: skip


def seen_at(snapshot: Snapshot, moment: datetime) -> Snapshot:
    """The same, read anew at that moment: equal but not identical, and with other times."""
    again = copy.deepcopy(snapshot)
    reads = (Read(source="kubernetes", scope="*", kind="services", objects=1, read_at=moment),)
    return dataclasses.replace(
        again, captured_at=moment, reads=reads, requests=(("azure", "200", moment.minute),),
        endpoints=(("azure", f"https://{moment.minute}.example"),),
    )  # fmt: skip


def told(found: Report) -> bytes:
    """The whole report."""
    return render(found, Options())


def waiting(world: World) -> World:
    """One Service that is new and without an address, and one that is on its way out."""
    if world.live and world.live[0].deleted_at is None:
        world.change_live(world.live[0].name, created_at=NOW, changed_at=NOW, ingress=())
        world.change_live(world.live[-1].name, deleted_at=NOW)
    return world


@small
@given(drifted(), st.lists(steps, min_size=2, max_size=5))
def test_a_report_is_the_same_with_what_was_judged_before(world: World, done: list[Any]) -> None:
    before: Judged | None = None
    moment = NOW
    for number, (change, minutes, scope, families, policy) in enumerate(done):
        moment += timedelta(minutes=minutes)
        if isinstance(change, Change):
            change.apply(waiting(world), number % 2)
        snapshot = seen_at(world.snapshot(), moment)
        before = judged(snapshot, policy, scope, families, before)
        anew = audit(copy.deepcopy(snapshot), policy, moment, scope=scope, families=families, run_id="one")

        assert told(report(before, snapshot, moment, run_id="one")) == told(anew)


@pytest.mark.parametrize("state", STATES)
def test_golden_states_later(state: str) -> None:
    snapshot = read_snapshot(GOLDEN / state)
    before = judged(snapshot, Policy(), Scope(), None)
    assert before.said.gaps == [], "a rule that asks for the time without saying so fails"
    for minutes in MINUTES:
        moment = (snapshot.captured_at or NOW) + timedelta(minutes=minutes)
        again = seen_at(snapshot, moment)
        anew = audit(again, Policy(), moment)

        assert judged(again, Policy(), Scope(), None, before) is before
        assert told(report(before, again, moment)) == told(anew)


@pytest.mark.parametrize(
    "name", sorted({field.name for field in dataclasses.fields(Snapshot)} - {*TIMES, "cluster", "facts"})
)
def test_no_other_field_is_left_out_of_the_comparison(name: str) -> None:
    nothing: dict[str, Any] = {name: ()}
    other: dict[str, Any] = {name: ("another",)}
    snapshot = World().service("web/shop").snapshot()
    before = judged(dataclasses.replace(snapshot, **nothing), Policy(), Scope(), None).snapshot

    assert before != dataclasses.replace(before, **other)
    assert before == dataclasses.replace(before, **nothing)


@pytest.mark.parametrize(
    "asked",
    [(Policy(settle=timedelta()), SCOPES[0], None), (Policy(), SCOPES[1], None), (Policy(), SCOPES[0], FAMILIES[1])],
)
def test_another_question_is_judged_anew(asked: tuple[Policy, Scope, Any]) -> None:
    snapshot = World().service("web/shop").snapshot()
    before = judged(snapshot, Policy(), Scope(), None)

    assert judged(snapshot, *asked, before) is not before


def test_only_these_rules_look_at_the_clock() -> None:
    assert {rule.id for rule in RULES.values() if rule.clock} == {"service-stuck-deleting", "service-pending"}


def test_others_are_given_no_clock_and_no_times() -> None:
    snapshot = seen_at(World().service("web/shop").snapshot(), NOW)
    facts = judged(snapshot, Policy(), Scope(), None).facts

    with pytest.raises(AttributeError):
        assert facts.now is not None
    assert [getattr(facts.snapshot, name) for name in TIMES] == [None, (), (), ()]
