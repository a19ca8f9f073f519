"""The order in which findings are told: per Service, each cause followed by what it explains."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.model.finding import Finding
from auditor.model.service import ServiceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A finding and those that it explains, directly or through others."""

    finding: Finding
    explains: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is told of one Service, or of no Service."""

    service: ServiceKey | None
    stories: tuple[Story, ...]


def blocks(findings: Iterable[Finding]) -> list[Block]:
    """Group findings by Service in the order of their first one; what is of no Service comes last."""
    grouped: dict[ServiceKey | None, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.service, []).append(finding)
    homeless = grouped.pop(None, None)
    if homeless:
        grouped[None] = homeless
    return [Block(service=key, stories=_stories(members)) for key, members in grouped.items()]


def _stories(members: list[Finding]) -> tuple[Story, ...]:
    """Put every finding below the first cause of its chain."""
    by_id = {f.id: f for f in members}
    told: dict[str, list[Finding]] = {}
    for finding in members:
        root = _root(finding, by_id)
        below = told.setdefault(root.id, [])
        if root is not finding:
            below.append(finding)
    first = sorted(told, key=lambda root: -_worst(by_id[root], told[root]))
    return tuple(Story(finding=by_id[root], explains=tuple(told[root])) for root in first)


def _root(finding: Finding, by_id: Mapping[str, Finding]) -> Finding:
    """Follow `caused_by` within one Service; a circle has no beginning, so each of its members begins it."""
    seen = {finding.id}
    root = finding
    while cause := by_id.get(root.caused_by or ""):
        root = cause
        if root.id in seen:
            return finding
        seen.add(root.id)
    return root


def _worst(finding: Finding, explains: Iterable[Finding]) -> int:
    return max(f.severity for f in (finding, *explains))
