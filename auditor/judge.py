"""Run the rules over the facts: claims come out, and what could not be judged, with the reason."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor import rules as _all_rules  # noqa: F401 - importing the room registers its rules
from auditor.model.finding import Blind, Claim, NotJudged
from auditor.model.policy import Scope
from auditor.model.service import Service, ServiceKey
from auditor.model.snapshot import Gap
from auditor.rules.facts import Facts
from auditor.rules.registry import RULES, Rule


@dataclass(slots=True)
class Judgement:
    """What the rules said."""

    claims: list[tuple[Rule, Claim]] = field(default_factory=list)
    not_judged: list[NotJudged] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    """Rules that crashed: a gap like any other."""


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


def judge(facts: Facts, unusable: Mapping[str, Gap], scope: Scope, families: frozenset[str] | None) -> Judgement:
    """Run every rule of the families whose evidence is there, on every subject in scope."""
    out = Judgement()
    by_per: dict[str, list[Rule]] = {}
    for rule in RULES.values():
        if families is not None and rule.family not in families:
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
    unread = Gap(source="auditor", scope=said.subject, kind=said.kind, reason="was not read")
    because = facts.gaps.get(said.kind, [unread])[0]
    out.not_judged.append(NotJudged(rule=rule.id, subject=said.subject, because=because))
