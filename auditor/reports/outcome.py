"""From a report to the exit code; every format, summary line and metric that speaks of the outcome agrees with it."""

from collections.abc import Iterable

from auditor.model.finding import Finding, Report, Severity, State

CLEAN = 0
DRIFT = 1
BROKEN = 2
INCOMPLETE = 3


def confirmed(finding: Finding) -> bool:
    """Return True if it is drift that nobody has muted."""
    return finding.state is State.DRIFT and finding.suppressed is None


def incomplete(report: Report) -> bool:
    """Return True if anything that was to be looked at could not be seen or judged."""
    return bool(report.not_judged) or not all(c.complete for c in report.coverage)


def exit_code(report: Report, fail_on: Severity | None, *, exit_zero_on_drift: bool = False) -> int:
    """Return 1 for a confirmed finding at or above `fail_on` (None: never), else 3 if evidence is incomplete, else 0.

    Drift wins over incomplete. `exit_zero_on_drift` turns 1 into 0 and nothing else: drift that was seen is data,
    also where more could not be seen.
    """
    if fail_on is not None and any(f.severity >= fail_on and confirmed(f) for f in report.findings):
        return CLEAN if exit_zero_on_drift else DRIFT
    return INCOMPLETE if incomplete(report) else CLEAN


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of several audits: broken, else drift, else incomplete, else clean."""
    return max(codes, key=(CLEAN, INCOMPLETE, DRIFT, BROKEN).index, default=CLEAN)
