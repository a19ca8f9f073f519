"""The core as one function: snapshot, policy and clock in, report out. The same in gives the same out."""

from collections import defaultdict
from datetime import datetime

from auditor import blindness, judge, triage
from auditor.controller.placement import Placement
from auditor.model.finding import Coverage, Finding, InventoryEntry, NotJudged, Report, Severity, State, Verdict
from auditor.model.policy import Policy, Scope
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap, Snapshot
from auditor.rules.attach import attached
from auditor.rules.build import build
from auditor.rules.facts import Facts

EVERYTHING = Scope()


def audit(
    snapshot: Snapshot,
    policy: Policy,
    now: datetime,
    *,
    scope: Scope = EVERYTHING,
    families: frozenset[str] | None = None,
    run_id: str = "",
) -> Report:
    """Judge a snapshot.

    `now` is the clock (aware, UTC). `scope` narrows the Services; `families` the rules (None: all).
    """
    snapshot = attached(snapshot)
    gaps = blindness.by_kind(snapshot)
    facts = build(snapshot, policy, now, gaps)
    said = judge.judge(facts, blindness.unusable(snapshot, gaps), scope, families)
    findings = triage.grade(said.claims, facts)
    not_judged = tuple(sorted(said.not_judged, key=lambda n: (n.rule, n.subject)))
    implied = tuple(gap for found in gaps.values() for gap in found)
    coverage = _coverage(snapshot, (*snapshot.gaps, *implied, *said.gaps))
    return Report(
        cluster=snapshot.cluster,
        run_id=run_id,
        started_at=now,
        finished_at=now,
        git=snapshot.git,
        endpoints=dict(snapshot.endpoints),
        counts=_counts(snapshot),
        coverage=coverage,
        verdict=_verdict(findings, coverage, not_judged),
        findings=tuple(findings),
        not_judged=not_judged,
        services=tuple(_inventory(facts, findings, not_judged, scope)),
        requests=snapshot.requests,
    )


def _counts(snapshot: Snapshot) -> dict[str, int]:
    counts = {read.kind: 0 for read in snapshot.reads}
    for read in snapshot.reads:
        counts[read.kind] += read.objects
    return counts


def _coverage(snapshot: Snapshot, gaps: tuple[Gap, ...]) -> tuple[Coverage, ...]:
    """One entry per source and scope that was read, and one per gap."""
    entries = [
        Coverage(
            source=read.source,
            scope=read.scope,
            kind=read.kind,
            complete=True,
            objects=read.objects,
            read_at=read.read_at,
        )
        for read in snapshot.reads
    ]
    entries += [
        Coverage(source=gap.source, scope=gap.scope, kind=gap.kind, complete=False, reason=gap.reason)
        for gap in dict.fromkeys(gaps)
    ]
    return tuple(sorted(entries, key=lambda c: (c.source, c.kind, c.scope, c.complete)))


def _verdict(findings: list[Finding], coverage: tuple[Coverage, ...], not_judged: tuple[NotJudged, ...]) -> Verdict:
    """Drift wins over incomplete; `info` alone is no drift."""
    if any(_confirmed(f) and f.severity > Severity.INFO for f in findings):
        return Verdict.DRIFT
    return Verdict.CLEAN if not not_judged and all(c.complete for c in coverage) else Verdict.INCOMPLETE


def _confirmed(finding: Finding) -> bool:
    return finding.state is State.DRIFT and finding.suppressed is None


def _inventory(
    facts: Facts, findings: list[Finding], not_judged: tuple[NotJudged, ...], scope: Scope
) -> list[InventoryEntry]:
    """Every audited Service in scope, in name order."""
    by_service: dict[ServiceKey, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.service is not None and finding.suppressed is None and finding.severity > Severity.INFO:
            by_service[finding.service].append(finding)
    blind = {n.subject for n in not_judged}
    azure_blind = any(n.subject == "*" and n.rule == "frontend-missing" for n in not_judged)
    entries = []
    for it in facts.declarations:
        service = it.live or it.service
        if not (it.service.in_scope or service.in_scope) or not (scope.whole or judge.matches(service, scope)):
            continue
        mine = by_service.get(it.key, [])
        if mine:
            state = "drift" if any(f.state is State.DRIFT for f in mine) else "pending"
        else:
            state = "unknown" if azure_blind or str(it.key) in blind else "ok"
        entries.append(_entry(facts, it.key, it.asked.internal, state, facts.placements.get(it.key)))
    return entries


def _entry(facts: Facts, key: ServiceKey, internal: bool, state: str, place: Placement | None) -> InventoryEntry:  # noqa: FBT001
    if place is None:
        return InventoryEntry(service=key, uid=None, internal=internal, state=state)
    spots = place.spots
    pls = facts.attached(place)
    return InventoryEntry(
        service=key, uid=place.live.uid, internal=place.asked.internal, state=state,
        load_balancer=spots[0].lb.name if spots else None, frontends=tuple(s.frontend.name for s in spots),
        ips=tuple(s.address for s in spots if s.address) or place.live.ingress, pls=pls.name if pls else None,
        alias=pls.alias if pls else None, connections=len(pls.connections) if pls else None,
    )  # fmt: skip
