"""Claims in, findings out: each gets its id, grade, state and evidence; causes are linked; the order is fixed."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from auditor.model.finding import Claim, Evidence, Finding, State
from auditor.model.service import Declared, Live, ServiceKey
from auditor.model.snapshot import RECONCILING, GitSource
from auditor.rules.facts import Facts
from auditor.rules.registry import Rule

CLOCKS = timedelta(seconds=5)
"""What the clocks of the auditor and of the API server may differ by without that anybody corrects it."""
MOVING = frozenset({"updating", "deleting"})
PUBLIC_BY_MISTAKE = ("internal-not-exactly-true", "internal-not-a-boolean")
MEANT_PRIVATE = frozenset({
    "subnet-without-internal", "ip-private-on-public-service", "pls-on-public-service", "ha-ports-ineffective",
    "sctp-on-public-service",
})  # fmt: skip
NO_FRONTEND = ("load-balancer-missing", "frontend-missing", "frontend-on-wrong-load-balancer")
UNDONE = frozenset({
    "load-balancer-missing", "frontend-missing", "frontend-on-wrong-load-balancer", "frontend-on-both-load-balancers",
    "frontend-duplicated", "frontend-misnamed", "frontend-ip-drifted", "frontend-subnet-drifted", "status-ip-drifted",
    "lb-rule-missing", "lb-rule-extra", "lb-rule-drifted", "probe-missing", "probe-extra", "probe-drifted",
    "pls-missing", "pls-hijacked", "pls-nat-ips-drifted",
})  # fmt: skip
"""What a controller that fails at a Service leaves undone."""
FRONTEND_BLOCKERS = (
    "subnet-unknown", "subnet-not-a-name", "ip-invalid", "ip-not-in-subnet", "ip-reserved", "ip-taken",
    "ip-port-claimed-twice", "ip-private-on-public-service", "probe-invalid", "idle-timeout-invalid",
    "node-ports-needed", "sctp-on-public-service",
)  # fmt: skip
PLS_BLOCKERS = ("pls-name-claimed-twice", "subnet-unknown", "ip-not-in-subnet", "ip-reserved", "ip-taken")


def grade(claims: Iterable[tuple[Rule, Claim]], facts: Facts) -> list[Finding]:
    """Turn claims into findings, in their final order."""
    etags = _etags(facts)
    declared = {d.key: d.service for d in facts.declarations if isinstance(d.service, Declared)}
    live = {s.key: s for s in facts.snapshot.services or ()}
    found: dict[str, Finding] = {}
    causes: dict[str, str] = {}
    for rule, claim in claims:
        sides = (declared.get(claim.service), live.get(claim.service)) if claim.service else (None, None)
        finding = _finding(rule, claim, facts, etags, sides)
        if found.setdefault(finding.id, finding) is finding and claim.cause:
            causes[finding.id] = claim.cause
    linked = _link(found, causes)
    return sorted(linked, key=_order)


def _order(finding: Finding) -> tuple[Any, ...]:
    service = finding.service or ServiceKey("", "")
    return (-finding.severity, service, finding.rule, finding.resource or "", finding.field or "")


def finding_id(rule: Rule, claim: Claim, cluster: str) -> str:
    """The stable id: rule, cluster and subject; never values or line numbers."""
    subject = {"service": "", "field": claim.field or "", "resource": (claim.resource or "").lower()}[rule.subject]
    text = "\n".join((rule.id, cluster, str(claim.service or ""), subject))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _finding(
    rule: Rule, claim: Claim, facts: Facts, etags: Mapping[str, str | None], sides: tuple[Declared | None, Live | None]
) -> Finding:
    here, there = sides
    pending = claim.pending or _unsettled(rule, claim, facts)
    return Finding(
        id=finding_id(rule, claim, facts.snapshot.cluster), rule=rule.id, family=rule.family,
        severity=rule.severity if claim.severity is None else claim.severity, confidence=claim.confidence,
        state=State.PENDING if pending else State.DRIFT, service=claim.service, uid=there.uid if there else None,
        resource=claim.resource, field=claim.field, values=_values(claim, here, there), message=claim.message,
        evidence=tuple(_evidence(claim, facts, etags, here, there)), summary=claim.summary, commands=claim.commands,
    )  # fmt: skip


def _decided(claim: Claim, here: Declared) -> bool:
    """True if Git decides a field that the claim is about."""
    return here.speaks(k for k in (claim.field, *claim.about) if k)


def _spoken(claim: Claim, here: Declared | None) -> bool:
    """False if Git says nothing of what the claim is about: what its declaration holds there is the cluster's."""
    keys = [k for k in (claim.field, *claim.about) if k and ("/" in k or k.startswith("spec."))]
    return here is not None and (not keys or here.speaks(keys))


def _values(claim: Claim, here: Declared | None, there: Live | None) -> Mapping[str, Any]:
    """The claim's values, with the text of Git and cluster where the claim is about an annotation."""
    key = next((k for k in (claim.field, *claim.about) if k and "/" in k), None)
    values: dict[str, Any] = {}
    for side, service in (("git", here), ("cluster", there)):
        if side == "git" and here is not None and here.speaks_for is not None and not _decided(claim, here):
            continue
        if side in claim.values:
            values[side] = claim.values[side]
        elif key is not None and service is not None:
            values[side] = service.annotations.get(key)
    values.update((side, claim.values[side]) for side in ("expected", "azure") if side in claim.values)
    return values


def _unsettled(rule: Rule, claim: Claim, facts: Facts) -> bool:
    """The controller, or Azure, may not be done yet (contract.md, *State of a finding*; domain.md §5.2)."""
    if rule.needs and _meanwhile(claim, facts):
        return True
    if rule.family == "sync":
        return _behind(claim, facts)
    if rule.family not in {"azure", "orphans", "connections"}:
        return False
    place = facts.placements.get(claim.service) if claim.service else None
    if place is not None and rule.family == "azure":
        changed = max((t for t in (place.live.created_at, place.live.changed_at) if t), default=None)
        if changed is not None and facts.now - changed <= facts.policy.settle:
            return True
    return _moving(facts, claim, [spot.lb.state for spot in place.spots] if place else [])


def _meanwhile(claim: Claim, facts: Facts) -> bool:
    """The Service changed while the audit read: Git and Azure may be of the time before."""
    it = facts.by_key.get(claim.service) if claim.service else None
    if it is None or it.live is None:
        return False
    return any(at and facts.now - at <= CLOCKS for at in (it.live.created_at, it.live.changed_at))


def _behind(claim: Claim, facts: Facts) -> bool:
    """The cluster has not taken over the commit yet that declares the Service, or is about to."""
    it = facts.by_key.get(claim.service) if claim.service else None
    if it is None or not isinstance(it.service, Declared):
        return False
    if dict(facts.snapshot.causes).get(str(it.service.declared_by), "").startswith(RECONCILING):
        return True
    name = it.service.source
    return any(source.name == name and source.delay for source in facts.snapshot.git)


def _moving(facts: Facts, claim: Claim, states: list[str | None]) -> bool:
    low = (claim.resource or "").lower()
    states += [lb.state for lb in facts.estate.lbs if low == lb.id.lower() or low.startswith(lb.id.lower() + "/")]
    if "/privatelinkservices/" in low:
        states += [p.state for p in facts.snapshot.private_link_services or () if low.startswith(p.id.lower())]
    return any((state or "").lower() in MOVING for state in states)


def _etags(facts: Facts) -> dict[str, str | None]:
    snapshot = facts.snapshot
    balancers, links = snapshot.load_balancers, snapshot.private_link_services
    collections = (balancers, links, snapshot.virtual_networks, snapshot.public_ips)
    return {resource.id.lower(): resource.etag for found in collections for resource in found or ()}


def _evidence(
    claim: Claim, facts: Facts, etags: Mapping[str, str | None], here: Declared | None, there: Live | None
) -> Iterable[Evidence]:
    read_at = facts.snapshot.captured_at
    shown = read_at.isoformat().replace("+00:00", "Z") if read_at else None
    if here is not None and _spoken(claim, here):
        yield _in_git(claim, facts, here)
    if there is not None:
        yield Evidence(source="kubernetes", details={
            "resourceVersion": there.resource_version, "readAt": shown, "changedBy": there.changed_by,
            "changedAt": there.changed_at.isoformat().replace("+00:00", "Z") if there.changed_at else None,
        })  # fmt: skip
    if claim.resource:
        whole = "/".join(claim.resource.lower().split("/")[:9])
        yield Evidence(source="azure", details={"id": claim.resource, "etag": etags.get(whole), "readAt": shown})


def _in_git(claim: Claim, facts: Facts, here: Declared) -> Evidence:
    """Where the value is written, and through which object Git speaks of the Service."""
    source = next((s for s in facts.snapshot.git if s.name == here.source), None)
    place = next((here.places[k] for k in (claim.field, *claim.about) if k and k in here.places), None)
    details: dict[str, Any] = {
        "repository": (source.url if source else None) or here.source, "commit": source.commit if source else None,
        "path": (place.path if place else "") or here.path, "line": (place.line or None) if place else here.line,
        "column": place.column if place else 1,
    }  # fmt: skip
    if here.declared_by is not None:
        details["declaredBy"] = here.declared_by._asdict()
    if cause := _hold(here, source, dict(facts.snapshot.causes)):
        details["cause"] = cause
    if source is not None and source.delay:
        details |= {"applied": source.applied, "delay": source.delay}
    return Evidence(source="git", details=details)


def _hold(here: Declared, source: GitSource | None, causes: Mapping[str, str]) -> str | None:
    """Why the cluster does not follow Git, as the object says that makes the Service, or the one that applies it."""
    if found := causes.get(str(here.declared_by)):
        return found
    if source is None or source.delay:  # which says it already
        return None
    return next((f"{one}: {causes[str(one)]}" for one in source.owners if str(one) in causes), None)


def _link(found: Mapping[str, Finding], causes: Mapping[str, str]) -> list[Finding]:
    """Link each finding to the finding of the same Service that explains it."""
    by_service: dict[ServiceKey, dict[str, Finding]] = defaultdict(dict)
    for finding in found.values():
        if finding.service is not None:
            by_service[finding.service].setdefault(finding.rule, finding)
    linked = []
    for finding in found.values():
        story = by_service.get(finding.service, {}) if finding.service else {}
        cause = _cause(finding, story, causes)
        linked.append(finding if cause is None else replace(finding, caused_by=cause.id))
    return linked


def _cause(finding: Finding, story: Mapping[str, Finding], causes: Mapping[str, str]) -> Finding | None:
    """The finding of the same Service that explains this one: mistakes explain failures, failures explain leftovers."""
    if finding.rule == "sync-failed":
        candidates: Iterable[str] = causes.get(finding.id, "").split()
    elif finding.rule in MEANT_PRIVATE:
        candidates = PUBLIC_BY_MISTAKE
    elif finding.rule == "service-pending":
        candidates = NO_FRONTEND
    elif finding.rule in UNDONE:
        failure = story.get("sync-failed")
        if failure is not None and not _explains(finding.rule, failure, story, causes):
            return failure
        blockers = FRONTEND_BLOCKERS if finding.rule in NO_FRONTEND else ()
        candidates = PLS_BLOCKERS if finding.rule == "pls-missing" else blockers
    else:
        return None
    return next((story[name] for name in candidates if name in story and name != finding.rule), None)


def _explains(rule: str, failure: Finding, story: Mapping[str, Finding], causes: Mapping[str, str]) -> bool:
    """True if the failure names this very rule as its cause: then the arrow points the other way."""
    names = causes.get(failure.id, "").split()
    return next((name for name in names if name in story), None) == rule
