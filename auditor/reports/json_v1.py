"""The JSON report, version 1: `report-v1.schema.json` describes it; keys are only ever added.

Same report, same bytes: the order of keys is written here, the order of findings is the report's.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from auditor import __version__
from auditor.model import ids
from auditor.model.finding import Coverage, Finding, InventoryEntry, Report, Suppressed
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Gap, GitSource
from auditor.reports.options import Options
from auditor.reports.summary import listed, summarise

NAME = "json-v1"
SCHEMA = "aks-auditor/report-v1"
LEAVES = frozenset({str, int, float, bool, datetime, type(None)})
TERMINAL = re.compile(rb"\x7f|\xc2[\x80-\x9f]")
"""DEL and the C1 controls in UTF-8: JSON allows them, a terminal obeys them."""


def render(report: Report, options: Options) -> bytes:
    """Write the report as JSON in UTF-8, indented, with a newline at its end."""
    text = msgspec.json.format(_encoded(_document(report, options)), indent=2)
    if b"\xc2" in text or b"\x7f" in text:  # far quicker than to search with the pattern
        text = TERMINAL.sub(lambda m: b"\\u%04x" % m[0][-1], text)
    return text + b"\n"


def _encoded(document: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:  # a lone surrogate, as "\ud800" in a recorded JSON file: no UTF-8 has it
        return msgspec.json.encode(_mended(document))


def _mended(value: Any) -> Any:
    """Replace lone surrogates in every string."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_mended(k): _mended(v) for k, v in value.items()}
    return [_mended(v) for v in value] if isinstance(value, list | tuple) else value


def _document(report: Report, options: Options) -> dict[str, Any]:
    cluster = report.cluster
    return {
        "schema": SCHEMA,
        "tool": {"name": "aks-drift-auditor", "version": __version__},
        "run": {
            "id": report.run_id,
            "startedAt": report.started_at,
            "finishedAt": report.finished_at,
            "cluster": cluster,
        },
        "inputs": {
            "git": [_git(g) for g in report.git],
            "endpoints": dict(sorted(report.endpoints.items())),
            "counts": dict(sorted(report.counts.items())),
        },
        "coverage": [_coverage(c) for c in report.coverage],
        "verdict": report.verdict,
        "summary": _summary(report, options),
        "findings": [_finding(f, cluster) for f in listed(report, options.min_severity)],
        "notJudged": [{"rule": n.rule, "subject": n.subject, "because": _gap(n.because)} for n in report.not_judged],
        "services": [_service(s) for s in report.services],
    }


def _git(source: GitSource) -> dict[str, Any]:
    return {"name": source.name, "url": source.url, "ref": source.ref, "commit": source.commit}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"source": gap.source, "scope": gap.scope, "kind": gap.kind, "reason": gap.reason}


def _coverage(entry: Coverage) -> dict[str, Any]:
    return {
        "source": entry.source,
        "scope": entry.scope,
        "kind": entry.kind,
        "complete": entry.complete,
        "reason": entry.reason,
        "objects": entry.objects,
        "readAt": entry.read_at,
    }


def _summary(report: Report, options: Options) -> dict[str, Any]:
    counted = summarise(report, options.min_severity)
    return {
        "total": counted.total,
        "headline": {s.word: n for s, n in counted.headline.items()},
        "bySeverity": {s.word: n for s, n in counted.by_severity.items()},
        "byState": {s.value: n for s, n in counted.by_state.items()},
        "causes": counted.causes,
        "consequences": counted.consequences,
        "suppressed": counted.suppressed,
        "hidden": counted.hidden,
        "services": {"total": len(report.services), **counted.services},
    }


def _finding(finding: Finding, cluster: str) -> dict[str, Any]:
    return {
        "id": finding.id,
        "rule": finding.rule,
        "family": finding.family,
        "severity": finding.severity.word,
        "confidence": finding.confidence,
        "state": finding.state,
        "cluster": cluster,
        "service": _key(finding.service, finding.uid),
        "resource": {"type": ids.resource_type(finding.resource), "id": finding.resource} if finding.resource else None,
        "field": finding.field,
        "values": {side: _plain(value) for side, value in finding.values.items()},
        "message": finding.message,
        "evidence": [{"source": e.source, **{k: _plain(v) for k, v in e.details.items()}} for e in finding.evidence],
        "remediation": {"summary": finding.summary, "commands": finding.commands},
        "causedBy": finding.caused_by,
        "suppressed": _suppressed(finding.suppressed),
    }


def _key(service: ServiceKey | None, uid: str | None) -> dict[str, Any] | None:
    return service and {"namespace": service.namespace, "name": service.name, "uid": uid}


def _suppressed(decision: Suppressed | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "reason": decision.reason,
        "until": decision.until,
        "owner": decision.owner,
        "by": decision.by,
    }


def _service(entry: InventoryEntry) -> dict[str, Any]:
    pls = {"name": ids.last(entry.pls), "alias": entry.alias, "connections": entry.connections} if entry.pls else None
    return {
        "namespace": entry.service.namespace,
        "name": entry.service.name,
        "uid": entry.uid,
        "internal": entry.internal,
        "state": entry.state,
        "loadBalancer": entry.load_balancer,
        "frontends": entry.frontends,
        "ips": entry.ips,
        "privateLinkService": pls,
    }


def _plain(value: Any) -> Any:
    """Return the value as JSON has it, sets in order."""
    if type(value) in LEAVES:
        return value
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(v) for v in value), key=lambda v: (str(type(v)), str(v)))
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return str(value)
