"""What an audit could not see, and what was not judged because of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.model.finding import NotJudged, Report
from auditor.model.snapshot import Gap

ORDER = {"git": 0, "kubernetes": 1, "azure": 2}
"""Sources as a reader follows them; others come after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A gap and the rules that it left unjudged."""

    gap: Gap
    rules: tuple[str, ...]


def unseen(report: Report) -> list[Unseen]:
    """Return every gap once: those of the coverage in its order, then those that only a rule met."""
    rules = _by_gap(report.not_judged)
    gaps = [
        Gap(source=c.source, scope=c.scope, kind=c.kind, reason=c.reason or "no reason was given")
        for c in report.coverage
        if not c.complete
    ]
    return [Unseen(gap=gap, rules=tuple(sorted(rules.get(gap, ())))) for gap in dict.fromkeys([*gaps, *rules])]


def subject(gap: Gap) -> str:
    """Say what was not seen: `events`, or `services of team-a`; the scope only if it is one and the reason lacks it."""
    scope = "" if gap.scope in {"", "*"} or gap.scope in gap.reason else f" of {gap.scope}"
    return f"{gap.kind}{scope}"


def line(gap: Gap) -> str:
    """Say what was not seen of which source, and why."""
    return f"{gap.source} {subject(gap)}: {gap.reason}"


def _by_gap(not_judged: Iterable[NotJudged]) -> dict[Gap, set[str]]:
    found: dict[Gap, set[str]] = {}
    for entry in not_judged:
        found.setdefault(entry.because, set()).add(entry.rule)
    return found


def completeness(report: Report) -> str:
    """Say for each source whether it was read whole: `git complete · azure incomplete`."""
    whole: dict[str, bool] = {}
    for entry in sorted(report.coverage, key=lambda c: ORDER.get(c.source, len(ORDER))):
        whole[entry.source] = whole.get(entry.source, True) and entry.complete
    return " · ".join(f"{source} {'complete' if complete else 'incomplete'}" for source, complete in whole.items())
