"""Maps in Helm values and in other owners, judged without a cluster.

What they list is looked at, what they leave out is not: a chart has defaults that nobody sees here.
"""

import dataclasses
from collections.abc import Iterable, Mapping

from auditor.controller import keys
from auditor.model.finding import Confidence, Finding, Report
from auditor.model.service import LOAD_BALANCER, Declared, Partial, ServiceKey
from auditor.model.snapshot import Gap
from auditor.rules.settle import gap_of

NEEDED: Mapping[str, tuple[str, ...]] = {
    "ha-ports-ineffective": (keys.INTERNAL,),
    "ip-private-on-public-service": (keys.INTERNAL,),
    "pls-on-public-service": (keys.INTERNAL,),
    "subnet-without-internal": (keys.INTERNAL,),
    "pls-annotations-without-create": (keys.PLS_CREATE,),
    "pls-auto-approval-ineffective": (keys.PLS_VISIBILITY,),
    "pls-static-ips-exceed-count": (keys.PLS_COUNT,),
}
"""What a rule concludes from, and must not conclude from its absence."""
NEVER = frozenset({"pls-proxy-breaks-probe", "ip-dual-stack-half-pinned", "sctp-on-public-service"})
"""Rules about what is missing, and nothing else."""
BY_CHART = frozenset({"HelmRelease", "Application"})
SUMMARY = "correct it where it is written"


def unknown(partials: Iterable[Partial]) -> tuple[Gap, ...]:
    """The gaps of releases whose values are not all among the files."""
    return tuple(
        gap_of(one, one.unknown) for one in partials
        if one.unknown and one.owner.kind == "HelmRelease" and not one.speaks
    )  # fmt: skip


def declared(partials: Iterable[Partial], taken: Iterable[ServiceKey]) -> tuple[Declared, ...]:
    """A Service for each partial declaration, named after its object; `taken` are names of others."""
    used = set(taken)
    found = []
    for one in (partial for partial in partials if partial.speaks):
        key = ServiceKey(one.owner.namespace, one.owner.name)
        if key in used:
            key = key._replace(name=f"{key.name} {one.where}")
        while key in used:
            key = key._replace(name=f"{key.name}'")
        used.add(key)
        found.append(_declared(key, one))
    return tuple(found)


def _declared(key: ServiceKey, one: Partial) -> Declared:
    spoken = {*one.annotations, *(place for place in one.places if place.startswith("spec."))}
    return Declared(
        **{"type": LOAD_BALANCER, **one.fields}, namespace=key.namespace, name=key.name, labels={},
        annotations=one.annotations, source=one.source, path=one.path, line=one.line, places=one.places,
        not_strings=one.not_strings, declared_by=one.owner, speaks_for=frozenset(spoken),
    )  # fmt: skip


def revise(report: Report, partial: Iterable[Declared]) -> Report:
    """Of what was found of such Services, keep what their maps say themselves."""
    by_key = {one.key: one for one in partial}
    if not by_key:
        return report
    kept = [told for one in report.findings if (told := _told(one, by_key)) is not None]
    ids = {one.id for one in kept}
    linked = tuple(one if one.caused_by in ids else dataclasses.replace(one, caused_by=None) for one in kept)
    states = {one.service for one in linked}
    services = tuple(
        dataclasses.replace(one, state="ok") if one.service in by_key and one.service not in states else one
        for one in report.services
    )
    return dataclasses.replace(report, findings=linked, services=services)


def _told(finding: Finding, by_key: Mapping[ServiceKey, Declared]) -> Finding | None:
    one = by_key.get(finding.service) if finding.service else None
    if one is None:
        # Which Services are of one cluster is not known where they are named after their objects.
        names = (f" {key} " for key in by_key)
        return None if finding.family == "intent" and any(name in f" {finding.message} " for name in names) else finding
    if finding.family != "manifest" or finding.rule in NEVER or not _listed(finding, one):
        return None
    confidence = finding.confidence
    if finding.rule == "annotation-not-a-string" and one.declared_by and one.declared_by.kind in BY_CHART:
        confidence = Confidence.MEDIUM  # a chart may put it in quotes
    return dataclasses.replace(finding, confidence=confidence, summary=SUMMARY, commands=())


def _listed(finding: Finding, one: Declared) -> bool:
    needed = [keys.canonical(key) for key in NEEDED.get(finding.rule, ())]
    if finding.field is not None and finding.rule not in NEEDED:
        needed.append(keys.canonical(finding.field))
    spoken = {keys.canonical(key) for key in one.speaks_for or ()}
    return all(key in spoken for key in needed)
