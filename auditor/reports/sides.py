"""The sides of one finding as a table: what Git, the cluster and Azure say, what is expected, and where that stands."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from auditor.model.finding import Evidence, Finding
from auditor.reports.safe import neutral, wrapped

SIDES = ("git", "cluster", "expected", "azure")
SOURCE_OF = {"git": "git", "cluster": "kubernetes", "azure": "azure"}
INDENT = " " * 6
LABEL = 10
GAP = 4
ETAG = 7
"""As many characters of an etag as of a commit."""


def side_lines(finding: Finding, width: int) -> list[str]:
    """Return a line or more for each side that the finding has."""
    rows = list(_rows(finding))
    fits = [len(value) for _, value, where in rows if where and _fits(value, where, width)]
    column = max(fits, default=0)
    rows += [("cause", one.details["cause"], "") for one in finding.evidence if one.details.get("cause")]
    return [line for row in rows for line in _row(*row, column, width)]


def _rows(finding: Finding) -> Iterable[tuple[str, str, str]]:
    """Yield side, value and place; Git has a row also where only its place is known."""
    for side in SIDES:
        places = [place(e) for e in finding.evidence if e.source == SOURCE_OF.get(side)]
        if side in finding.values:
            yield side, shown(finding.values[side]), next(iter(places), "")
            places = places[1:]
        if side == "git":
            yield from (
                ("at" if i == 0 and side not in finding.values else "also", p, "") for i, p in enumerate(places)
            )


def _fits(value: str, where: str, width: int) -> bool:
    return len(INDENT) + LABEL + len(value) + GAP + len(where) <= width


def _row(label: str, value: str, where: str, column: int, width: int) -> list[str]:
    head = f"{INDENT}{label:<{LABEL}}"
    if where and _fits(value.ljust(column), where, width):
        return [f"{head}{value:<{column + GAP}}{where}"]
    lines = wrapped(value, width, " " * len(head))
    lines[0] = head + lines[0].lstrip() if lines else head.rstrip()
    return lines + (wrapped(where, width, " " * len(head)) if where else [])


def place(evidence: Evidence) -> str:
    """Say where a value stands: a line of a file, a write of a manager, a read of a resource."""
    details = evidence.details
    if evidence.source == "git":
        where = f"{details['path']}:{details['line']}" if details.get("line") else str(details.get("path", ""))
        return neutral(f"{where} ({_owner(owner)})" if (owner := details.get("declaredBy")) else where)
    said = _write(details) or [_etag(details.get("etag")), _read(details.get("readAt"))]
    return neutral(", ".join(s for s in said if s))


def _owner(owner: Mapping[str, str]) -> str:
    """The object through which Git speaks of a Service: `HelmRelease web/ingress`."""
    return f"{owner['kind']} {'/'.join(filter(None, (owner['namespace'], owner['name'])))}"


def _write(details: Mapping[str, Any]) -> list[str]:
    """Who wrote it last and when; nothing where that is not known."""
    said = [str(details.get("changedBy") or ""), _moment(details.get("changedAt"), "%Y-%m-%d %H:%M")]
    return [s for s in said if s]


def _etag(etag: Any) -> str:
    text = str(etag or "").removeprefix("W/").strip('"')
    return f"etag {text if len(text) <= ETAG else f'{text[:ETAG]}…'}" if text else ""


def _read(at: Any) -> str:
    moment = _moment(at, "%H:%M:%S")
    return f"read {moment}" if moment else ""


def _moment(at: Any, form: str) -> str:
    """Write a time as short as `form`; what is no time as it is."""
    try:
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    except (TypeError, ValueError):
        return str(at or "")
    return moment.strftime(form)


def shown(value: Any) -> str:
    """Return a value in one line: lists with two blanks between, what is absent or empty said in words."""
    if isinstance(value, Mapping):
        return " ".join(f"{neutral(str(k))}={shown(v)}" for k, v in value.items()) or "(empty)"
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return _shown_list(value)
    if value is None:
        return "(absent)"
    if isinstance(value, bool):
        return str(value).lower()
    text = neutral(str(value))
    return text if text and text == text.strip() else f'"{text}"'


def _shown_list(values: Sequence[Any]) -> str:
    between = "; " if any(isinstance(v, Mapping) for v in values) else "  "
    return between.join(shown(v) for v in values) or "(none)"
