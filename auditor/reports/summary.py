"""The numbers of a report, counted once for all formats."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model.finding import Finding, Report, Severity, State
from auditor.reports.outcome import confirmed
from auditor.reports.safe import plural

SERVICE_STATES = ("ok", "drift", "pending", "unknown")
UNREAD = "Services not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many of what. `causes` + `consequences` = `total` = the sum over severities = the sum over states."""

    total: int
    """Findings that nobody has muted, listed or not."""
    headline: Mapping[Severity, int]
    """Confirmed causes: what a reader has to mend, worst first; only what there is."""
    by_severity: Mapping[Severity, int]
    by_state: Mapping[State, int]
    causes: int
    consequences: int
    """Findings that another one explains."""
    pending_causes: int
    suppressed: int
    hidden: int
    """Findings below the least severity to list."""
    services: Mapping[str, int]
    """State to Services of the inventory."""
    homeless: int
    """Resources of the headline that belong to no Service."""


def listed(report: Report, least: Severity) -> tuple[Finding, ...]:
    """Return the findings to list, in the order of the report."""
    if least is Severity.INFO:
        return report.findings
    return tuple(f for f in report.findings if f.severity >= least)


def summarise(report: Report, least: Severity = Severity.INFO) -> Summary:
    """Count the findings and Services of a report."""
    active = [f for f in report.findings if f.suppressed is None]
    causes = [f for f in active if f.caused_by is None]
    headline = [f for f in causes if confirmed(f)]
    by_severity = Counter(f.severity for f in active)
    by_state = Counter(f.state for f in active)
    grades = Counter(f.severity for f in headline)
    states = Counter(s.state for s in report.services)
    return Summary(
        total=len(active),
        headline={s: grades[s] for s in reversed(Severity) if grades[s]},
        by_severity={s: by_severity[s] for s in reversed(Severity)},
        by_state={s: by_state[s] for s in State},
        causes=len(causes),
        consequences=len(active) - len(causes),
        pending_causes=len(causes) - len(headline),
        suppressed=len(report.findings) - len(active),
        hidden=sum(f.severity < least for f in report.findings),
        services={s: states[s] for s in SERVICE_STATES},
        homeless=len({f.resource or f.id for f in headline if f.service is None}),
    )


def counted(report: Report) -> str:
    """Say how many Services there are, which nobody knows where they could not be read."""
    unread = any(c.source == "kubernetes" and c.kind == "services" and not c.complete for c in report.coverage)
    return UNREAD if unread and not report.services else plural(len(report.services), "Service")


def headline(report: Report, summary: Summary) -> str:
    """Say it in one line: `2 critical, 1 high in 3 of 44 Services; 41 fine, 0 not judged`."""
    grades = ", ".join(f"{n} {s.word}" for s, n in summary.headline.items()) or _nothing(summary)
    states = summary.services
    pending = f"{states['pending']} pending, " if states["pending"] else ""
    rest = f"{states['ok']} fine, {pending}{states['unknown']} not judged"
    where = f" in {_where(summary, len(report.services))}"
    if counted(report) == UNREAD:
        where, rest = where if summary.headline else "", UNREAD
    return f"{grades}{where}; {rest}{_asides(summary)}"


def _nothing(summary: Summary) -> str:
    """Say that there is nothing, or only nothing to mend now."""
    return "nothing confirmed" if summary.total else "no findings"


def _where(summary: Summary, total: int) -> str:
    """Say in how many Services, and in how many resources beside them."""
    hit = summary.services["drift"]
    if not summary.headline:
        return plural(total, "Service")
    places = [f"{hit} of {total} Services"] if hit or not summary.homeless else []
    if summary.homeless:
        places.append(f"{plural(summary.homeless, 'resource')} of no Service")
    return " and ".join(places)


def _asides(summary: Summary) -> str:
    """Say what the headline leaves out."""
    asides = [
        plural(summary.consequences, "consequence") if summary.consequences else "",
        f"{summary.pending_causes} pending" if summary.pending_causes else "",
        f"{summary.suppressed} suppressed" if summary.suppressed else "",
        f"{summary.hidden} below --min-severity not listed" if summary.hidden else "",
    ]
    said = ", ".join(a for a in asides if a)
    return f" (+{said})" if said else ""
