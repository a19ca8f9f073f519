"""The core as one function: snapshot, policy and clock in, report out. The same in gives the same out."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from auditor import judge, triage
from auditor.model.finding import Coverage, Finding, InventoryEntry, NotJudged, Report, Severity, State, Verdict
from auditor.model.policy import Policy, Scope
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap, Snapshot

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
    return report(judge.judged(snapshot, policy, scope, families), snapshot, now, run_id=run_id)


def report(judged: judge.Judged, snapshot: Snapshot, now: datetime, *, run_id: str = "") -> Report:
    """The report on a snapshot, of which all is judged that does not hang on the time: now, or in an audit before."""
    facts, said = judge.at(now, snapshot, judged)
    snapshot = facts.snapshot
    findings = triage.grade(said.claims, facts)
    not_judged = tuple(sorted(said.not_judged, key=lambda n: (n.rule, n.subject)))
    implied = tuple(gap for found in facts.gaps.values() for gap in found)
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
        services=tuple(_inventory(judged.services, findings, not_judged)),
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
    services: tuple[InventoryEntry, ...], findings: list[Finding], not_judged: tuple[NotJudged, ...]
) -> Iterator[InventoryEntry]:
    """Every audited Service in scope, in name order, with its state."""
    by_service: dict[ServiceKey, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.service is not None and finding.suppressed is None and finding.severity > Severity.INFO:
            by_service[finding.service].append(finding)
    blind = {n.subject for n in not_judged}
    azure_blind = any(n.subject == "*" and n.rule == "frontend-missing" for n in not_judged)
    for entry in services:
        mine = by_service.get(entry.service)
        if mine:
            yield replace(entry, state="drift" if any(f.state is State.DRIFT for f in mine) else "pending")
        elif azure_blind or str(entry.service) in blind:
            yield replace(entry, state="unknown")
        else:
            yield entry
