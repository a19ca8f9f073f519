"""Runs in, series out. Pure: the same runs give the same series.

A run that did not succeed says when it was, how long it took, what it asked and that no source is complete; of findings
and Services it says nothing, for a 0 would be an all-clear of something that was not seen.
"""

import platform
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from auditor import __version__
from auditor import rules as _all_rules  # noqa: F401 - importing the room registers its rules
from auditor.blindness import KINDS
from auditor.metrics import definitions as known
from auditor.metrics.definitions import Definition, Series
from auditor.metrics.labels import OWN, SOURCES, fit, severities, source_of
from auditor.metrics.runs import Run
from auditor.model.finding import Finding, Report, State
from auditor.rules.registry import RULES

STATES = ("ok", "drift", "pending", "unknown")

_Values = dict[tuple[str, ...], float]


def series(
    runs: Iterable[Run],
    *,
    info_limit: int,
    interval: timedelta | None = None,
    last_success: Mapping[str, datetime] | None = None,
) -> Series:
    """Return all series of these runs.

    Of several runs of a cluster the latest says how it went, and the latest that succeeded what was found: a daemon
    gives both. `info_limit` is for each cluster; `last_success` tells of runs that are not among these.
    """
    out: dict[Definition, _Values] = {definition: {} for definition in known.DEFINITIONS}
    by_cluster: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_cluster[fit(run.cluster)].append(run)
    earlier = {fit(name): moment for name, moment in (last_success or {}).items()}
    for name, found in by_cluster.items():
        mine = sorted(found, key=lambda run: run.finished_at)
        _how_it_went(out, name, mine[-1], interval)
        good = [run for run in mine if run.succeeded]
        moments = [run.finished_at for run in good] + ([earlier[name]] if name in earlier else [])
        if moments:
            out[known.LAST_SUCCESS][name,] = max(moments).timestamp()
        if good and good[-1].report is not None:
            _what_was_found(out, name, good[-1].report, info_limit)
    out[known.BUILD_INFO][__version__, platform.python_version()] = 1
    return out


def _how_it_went(out: Mapping[Definition, _Values], cluster: str, run: Run, interval: timedelta | None) -> None:
    out[known.LAST_RUN][cluster,] = run.finished_at.timestamp()
    if interval is not None:
        out[known.RUN_INTERVAL][cluster,] = interval.total_seconds()
    for phase, seconds in run.durations.items():
        out[known.RUN_DURATION][cluster, fit(phase)] = seconds
    for source, code, number in run.requests:
        out[known.API_REQUESTS][cluster, fit(source), fit(code)] = number
    for source, complete in _completeness(run.report).items():
        out[known.SOURCE_COMPLETE][cluster, source] = complete


def _completeness(report: Report | None) -> dict[str, bool]:
    """For each source: was it read at all, without a gap, and is no rule unjudged for its sake?

    Without a report nothing was seen; whether a rule would have failed is not known.
    """
    if report is None:
        return dict.fromkeys(KINDS, False)
    read = {source_of(c.source, c.kind) for c in report.coverage}
    lacking = {source_of(c.source, c.kind) for c in report.coverage if not c.complete}
    lacking |= {source_of(n.because.source, n.because.kind) for n in report.not_judged}
    return {
        source: source not in lacking and source in {*read, OWN} for source in (*SOURCES, *sorted(lacking - {*SOURCES}))
    }


def _what_was_found(out: Mapping[Definition, _Values], cluster: str, report: Report, info_limit: int) -> None:
    heard = [f for f in report.findings if f.suppressed is None]
    out[known.SUPPRESSED_FINDINGS][cluster,] = len(report.findings) - len(heard)
    counted = Counter((cluster, fit(f.rule), f.severity.word, f.state.value) for f in heard)
    out[known.FINDINGS].update(dict.fromkeys(_every_rule(cluster), 0.0) | counted)
    states = Counter(entry.state for entry in report.services)
    out[known.SERVICES].update({(cluster, state): states[state] for state in STATES})
    shown, omitted = _infos(cluster, [f for f in heard if f.state is State.DRIFT], info_limit)
    out[known.FINDING_INFO].update(dict.fromkeys(shown, 1.0))
    out[known.FINDING_INFO_OMITTED][cluster,] = omitted


def _every_rule(cluster: str) -> list[tuple[str, ...]]:
    return [
        (cluster, rule.id, severity.word, state.value)
        for rule in RULES.values()
        for severity in severities(rule)
        for state in State
    ]


def _infos(cluster: str, findings: Sequence[Finding], limit: int) -> tuple[list[tuple[str, ...]], int]:
    """The labels that fit under the limit, worst first, and how many findings they leave out."""
    standing: Counter[tuple[str, ...]] = Counter()
    for f in sorted(findings, key=lambda f: -f.severity):
        namespace, service = f.service or ("", "")
        labels = (cluster, namespace, service, f.rule, f.severity.word, f.resource or "")
        standing[tuple(map(fit, labels))] += 1
    numbers = list(standing.items())
    return [labels for labels, _ in numbers[:limit]], sum(number for _, number in numbers[limit:])
