"""Run the rules over the facts: claims come out, and what could not be judged, with the reason.

Most rules never ask what time it is, nor when something was read. What they say is a function of what was read, of the
policy and of what was asked for, and where all that is as before it need not be found out again. That they do not ask
is certain, since they are given Facts in which there is no time.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor import blindness
from auditor import rules as _all_rules  # noqa: F401 - importing the room registers its rules
from auditor.controller.placement import Placement
from auditor.model.finding import Blind, Claim, InventoryEntry, NotJudged, Severity
from auditor.model.policy import Policy, Scope
from auditor.model.service import Service, ServiceKey
from auditor.model.snapshot import Gap, Snapshot
from auditor.rules.attach import attached
from auditor.rules.build import build
from auditor.rules.facts import Declaration, Facts
from auditor.rules.registry import RULES, Rule


@dataclass(slots=True)
class Judgement:
    """What the rules said."""

    claims: list[tuple[Rule, Claim]] = field(default_factory=list)
    not_judged: list[NotJudged] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    """Rules that crashed: a gap like any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What does not hang on the time, and all that it follows from. Nobody changes it, so threads may share it."""

    snapshot: Snapshot
    """Without its times."""
    policy: Policy
    scope: Scope
    families: frozenset[str] | None
    facts: Facts
    said: Judgement
    services: tuple[InventoryEntry, ...]
    """Those in scope, in name order, as if all were well with them."""
    final: bool = False
    """It is what an audit ended with, not what it saw at first sight."""

    def is_of(self, snapshot: Snapshot, policy: Policy, scope: Scope, families: frozenset[str] | None) -> bool:
        """True if the same would be judged again, whatever the time is."""
        asked = (policy, scope, families)
        return (self.policy, self.scope, self.families) == asked and self.snapshot == _timeless(snapshot)


def judged(
    snapshot: Snapshot, policy: Policy, scope: Scope, families: frozenset[str] | None, before: Judged | None = None
) -> Judged:
    """Run every rule that has no clock on every subject in scope, unless `before` is of the same."""
    if before and before.is_of(snapshot, policy, scope, families):
        return before
    given = _timeless(snapshot)
    whole = attached(given, scope.namespaces)
    facts = build(whole, policy, blindness.by_kind(whole))
    said = _judge(facts, scope, families, clock=False)
    return Judged(snapshot=given, policy=policy, scope=scope, families=families, facts=facts, said=said,
                  services=tuple(_services(facts, scope)))  # fmt: skip


def at(now: datetime, snapshot: Snapshot, timeless: Judged) -> tuple[Facts, Judgement]:
    """What all rules say at a moment, and of which facts; `snapshot` is what `timeless` was judged by."""
    times = {name: getattr(snapshot, name) for name in TIMES}
    facts = timeless.facts.at(now, dataclasses.replace(timeless.facts.snapshot, **times))
    said, more = timeless.said, _judge(facts, timeless.scope, timeless.families, clock=True)
    both = Judgement(
        claims=said.claims + more.claims, not_judged=said.not_judged + more.not_judged, gaps=said.gaps + more.gaps
    )
    return facts, both


def suspects(judged: Judged) -> AbstractSet[ServiceKey]:
    """The Services of claims that may be drift, and that rest on more than one thing that was read.

    Only those have to be looked at again: where nothing differs, nothing was read too early or too late.
    """
    return {
        claim.service
        for rule, claim in judged.said.claims
        if claim.service
        and rule.needs
        and (rule.severity if claim.severity is None else claim.severity) > Severity.INFO
    }


TIMES = ("captured_at", "reads", "endpoints", "requests")
"""Fields of a snapshot that tell how and when it was read, not what."""


def _timeless(snapshot: Snapshot) -> Snapshot:
    return dataclasses.replace(snapshot, captured_at=None, reads=(), endpoints=(), requests=())


def matches(service: Service, scope: Scope) -> bool:
    """True if the user asked about this Service."""
    if scope.whole:
        return True
    if scope.namespaces and service.namespace not in scope.namespaces:
        return False
    return all(_label(service.labels, *requirement) for requirement in scope.labels)


def _label(labels: Mapping[str, str], key: str, operator: str, values: frozenset[str]) -> bool:
    if operator in {"in", "notin"}:
        return (labels.get(key) in values) == (operator == "in")
    return (key in labels) == (operator == "exists")


def _judge(facts: Facts, scope: Scope, families: frozenset[str] | None, *, clock: bool) -> Judgement:
    """Run the rules of the families whose evidence is there, with a clock or without, on every subject in scope."""
    out = Judgement()
    by_per: dict[str, list[Rule]] = {}
    unusable = blindness.unusable(facts.snapshot, facts.gaps)
    for rule in RULES.values():
        if rule.clock != clock or (families is not None and rule.family not in families):
            continue
        blind = sorted(rule.needs & unusable.keys())
        if blind:
            out.not_judged.append(NotJudged(rule=rule.id, subject="*", because=unusable[blind[0]]))
        else:
            by_per.setdefault(rule.per, []).append(rule)
    wanted = functools.partial(matches, scope=scope)
    _judge_declarations(out, facts, by_per, wanted)
    for pair in facts.pairs:
        if wanted(pair.live):
            _run(out, by_per.get("pair", ()), facts, pair, pair.live.key)
    for place in facts.placements.values():
        if wanted(place.live):
            if place.live.deleted_at is None:
                _run(out, by_per.get("service", ()), facts, place, place.live.key)
            _run(out, by_per.get("deleting-too", ()), facts, place, place.live.key)
            facts.forget()
    _run(out, by_per.get("estate", ()), facts, None, None)
    if not scope.whole:
        kept = {d.key for d in facts.declarations if wanted(d.live or d.service)}
        out.claims = [(rule, claim) for rule, claim in out.claims if claim.service in kept]
    return out


def _judge_declarations(
    out: Judgement, facts: Facts, by_per: Mapping[str, list[Rule]], wanted: Callable[[Service], bool]
) -> None:
    in_scope, of_any_type = by_per.get("declaration", ()), by_per.get("any-declaration", ())
    for it in facts.declarations:
        if wanted(it.live or it.service):
            if it.service.in_scope:
                _run(out, in_scope, facts, it, it.key)
            _run(out, of_any_type, facts, it, it.key)


def _run(out: Judgement, rules: Iterable[Rule], facts: Facts, subject: Any, key: ServiceKey | None) -> None:
    for rule in rules:
        try:
            said = rule.judge(facts) if subject is None else rule.judge(subject, facts)
            if said is not None:
                for one in (said,) if isinstance(said, (Claim, Blind)) else said:
                    _note(out, rule, one, facts)
        except Exception as error:  # noqa: BLE001 - a rule that crashes is a gap, not the end of the audit
            gap = Gap(source="auditor", scope=f"{rule.id} on {key or 'the estate'}", kind="rule",
                      reason=f"the rule failed: {type(error).__name__}: {error}")  # fmt: skip
            out.gaps.append(gap)
            out.not_judged.append(NotJudged(rule=rule.id, subject=str(key or "*"), because=gap))


def _note(out: Judgement, rule: Rule, said: Claim | Blind, facts: Facts) -> None:
    if isinstance(said, Claim):
        out.claims.append((rule, said))
        return
    unread = Gap(source="auditor", scope=said.subject, kind=said.kind, reason=said.reason)
    because = facts.gaps.get(said.kind, [unread])[0]
    out.not_judged.append(NotJudged(rule=rule.id, subject=said.subject, because=because))


def _services(facts: Facts, scope: Scope) -> Iterator[InventoryEntry]:
    for it in facts.declarations:
        service = it.live or it.service
        if (it.service.in_scope or service.in_scope) and matches(service, scope):
            yield _entry(facts, it, facts.placements.get(it.key))


def _entry(facts: Facts, it: Declaration, place: Placement | None) -> InventoryEntry:
    if place is None:
        return InventoryEntry(service=it.key, uid=None, internal=it.asked.internal, state="ok")
    spots = place.spots
    pls = facts.attached(place)
    return InventoryEntry(
        service=it.key, uid=place.live.uid, internal=place.asked.internal, state="ok",
        load_balancer=spots[0].lb.name if spots else None, frontends=tuple(s.frontend.name for s in spots),
        ips=tuple(s.address for s in spots if s.address) or place.live.ingress, pls=pls.name if pls else None,
        alias=pls.alias if pls else None, connections=len(pls.connections) if pls else None,
    )  # fmt: skip
