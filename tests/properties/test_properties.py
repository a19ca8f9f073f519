"""Properties of the audit as a whole: clean is clean, order and letter case do not matter, blindness never accuses."""

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.audit import audit
from auditor.model.finding import Finding, Report, Verdict
from auditor.model.snapshot import Facts, Gap, Snapshot
from tests.properties.drifts import DRIFTS
from tests.properties.strategies import Change, changes, drifted, small, worlds
from tests.world import NOW, World

COLLECTIONS = {
    "declared": ("git", "manifests"), "services": ("kubernetes", "services"), "events": ("kubernetes", "events"),
    "nodes": ("kubernetes", "nodes"), "load_balancers": ("azure", "loadBalancers"),
    "private_link_services": ("azure", "privateLinkServices"), "virtual_networks": ("azure", "virtualNetworks"),
    "public_ips": ("azure", "publicIPAddresses"),
}  # fmt: skip
"""Field of a snapshot to the source and kind of the gap that says it was not read."""
IDS = frozenset({
    "id", "frontend_id", "frontend_ids", "pool_id", "probe_id", "subnet_id", "public_ip_id", "endpoint_id",
    "user_of_it", "virtual_network", "subscription_id", "node_resource_group", "pls_resource_group",
    "ip_configuration_ids",
})  # fmt: skip
"""Fields of the model that hold ARM ids, or parts of them."""
LINT = {"manifest", "intent"}
"""Families that judge what Git declares, and where Git is not read the Service as it lives: then that is news."""

seeds = st.integers(0, 2**16)


@small
@given(worlds())
def test_what_nobody_touched_is_clean(world: World) -> None:
    report = world.report()

    assert world.found() == []
    assert report.not_judged == ()
    assert report.verdict is Verdict.CLEAN
    assert {entry.state for entry in report.services} == {"ok"}


@small
@given(drifted(), seeds)
def test_order_does_not_matter(world: World, seed: int) -> None:
    snapshot = world.snapshot()

    assert in_order(audited(shuffled(snapshot, chances(seed)), world)) == in_order(audited(snapshot, world))


@small
@given(drifted(), st.sets(st.sampled_from(sorted(COLLECTIONS)), min_size=1, max_size=3))
def test_less_evidence_never_gives_more_findings(world: World, unread: set[str]) -> None:
    snapshot = world.snapshot()
    gaps = [
        Gap(source=COLLECTIONS[name][0], scope="*", kind=COLLECTIONS[name][1], reason="403") for name in sorted(unread)
    ]
    nothing: dict[str, Any] = dict.fromkeys(unread)
    blind = dataclasses.replace(snapshot, gaps=tuple(gaps), **nothing)

    more = news(audited(blind, world), audited(snapshot, world))
    assert {f.rule for f in more if not ("declared" in unread and f.family in LINT)} == set()


@small
@given(drifted(), st.sampled_from(sorted(COLLECTIONS)), seeds)
def test_what_was_read_in_part_never_gives_more_findings(world: World, name: str, seed: int) -> None:
    snapshot = world.snapshot()
    source, kind = COLLECTIONS[name]
    part = tuple(one for one in getattr(snapshot, name) if chances(f"{seed}{one}").random() < 1 / 2)
    gap = Gap(source=source, scope="a part", kind=kind, reason="403")
    partial: dict[str, Any] = {name: part, "gaps": (gap,)}

    more = news(audited(dataclasses.replace(snapshot, **partial), world), audited(snapshot, world))
    assert {f.rule for f in more if not (name == "declared" and f.family in LINT)} == set()


@small
@given(drifted(), seeds)
def test_the_letter_case_of_ids_does_not_matter(world: World, seed: int) -> None:
    snapshot = world.snapshot()
    chance = chances(seed)
    recased = with_ids(snapshot, lambda text: "".join(chance.choice((c.lower(), c.upper())) for c in text))

    assert told(audited(recased, world)) == told(audited(snapshot, world))


@small
@given(worlds(), st.lists(changes, min_size=1, max_size=3), st.integers(1, 1))
def test_ids_of_findings_do_not_depend_on_values(world: World, done: list[Change], value: int) -> None:
    other = world.copy()
    for change in done:
        change.apply(world, 0)
        change.apply(other, value)

    assert identities(world.report()) == identities(other.report())


@small
@given(drifted())
def test_ids_of_findings_are_unique(world: World) -> None:
    found = world.findings()

    assert len({finding.id for finding in found}) == len(found)


@small
@given(drifted())
def test_causes_are_findings_and_never_go_in_circles(world: World) -> None:
    causes = {finding.id: finding.caused_by for finding in world.findings()}

    for start in causes:
        seen: set[str] = set()
        at: str | None = start
        while at is not None:
            assert at in causes
            assert at not in seen
            seen.add(at)
            at = causes[at]


@pytest.mark.parametrize("name", sorted(DRIFTS))
def test_every_change_can_be_seen(name: str) -> None:
    """The changes of the other properties are changes: none of them is silently nothing."""
    asked = {
        "azure-load-balancer-internal": "true",
        "azure-pls-create": "true",
        "azure-load-balancer-internal-subnet": "snet-ilb",
    }
    world = World().service("web/shop", {**asked, "azure-load-balancer-ipv4": "10.241.1.9"})
    assert world.found() == []

    assert Change(name, 0).apply(world).found() != []


def chances(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - dice, not secrets


def audited(snapshot: Snapshot, world: World) -> Report:
    return audit(snapshot, world.policy, NOW, run_id="one")


def in_order(report: Report) -> Report:
    """The report with the commands of each finding sorted: they follow the order of what they are about."""
    findings = (dataclasses.replace(finding, commands=tuple(sorted(finding.commands))) for finding in report.findings)
    return dataclasses.replace(report, findings=tuple(findings))


def identities(report: Report) -> set[tuple[str, str]]:
    return {(finding.rule, finding.id) for finding in report.findings}


def news(report: Report, before: Report) -> list[Finding]:
    """The findings that were not there before."""
    known = identities(before)
    return [finding for finding in report.findings if (finding.rule, finding.id) not in known]


def told(report: Report) -> list[tuple[Any, ...]]:
    """What a finding says but for the ids that it repeats."""
    return [(f.id, f.rule, f.severity, f.confidence, f.state, f.service, f.field, f.caused_by) for f in _by_id(report)]


def _by_id(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda finding: finding.id)


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same with every collection of objects in another order."""
    if isinstance(value, Facts) or not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for one in dataclasses.fields(value):
        given = getattr(value, one.name)
        if (
            isinstance(given, tuple)
            and given
            and dataclasses.is_dataclass(given[0])
            and one.name not in {"git", "ports"}
        ):
            inner = [shuffled(item, chance) for item in given]
            chance.shuffle(inner)
            changed[one.name] = tuple(inner)
    return dataclasses.replace(value, **changed)


def with_ids(value: Any, change: Callable[[str], str], name: str = "") -> Any:
    """The same with every ARM id changed."""
    if isinstance(value, str):
        return change(value) if name in IDS else value
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(with_ids(item, change, name) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return dataclasses.replace(value, **{f.name: with_ids(getattr(value, f.name), change, f.name) for f in fields})
    return value
