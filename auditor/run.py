"""The shell: gather → audit → publish. It owns the clock, the environment, the threads and the exit code.

Whatever gathers is a function without arguments that returns a Snapshot: a recording, a folder of manifests,
a live cluster. The rest is the same for all. Several clusters are audited side by side, and one that breaks leaves the
verdicts of the others as they are.
"""

import gc
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from auditor import logs
from auditor.audit import report as reported
from auditor.errors import UsageError, failure
from auditor.judge import Judged, judged
from auditor.metrics.runs import Run
from auditor.model.finding import Report, Severity
from auditor.model.policy import Policy, Scope
from auditor.model.snapshot import Snapshot
from auditor.publish import PLACE, Delivery, check_several, publish
from auditor.reports.outcome import BROKEN, exit_code, worst
from auditor.reports.summary import headline, summarise
from auditor.runid import run_id
from auditor.sources.side_by_side import start
from auditor.warnings import of_nothing, of_the_unlisted


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One cluster: what to gather and how to judge it."""

    gather: Callable[[], Snapshot]
    cluster: str = ""
    """Its name, where it is known before anything is read."""
    run_id: str = ""
    """Empty: made of what is read, so that the same recording has the same."""
    policy: Policy = field(default_factory=Policy)
    scope: Scope = field(default_factory=Scope)
    families: frozenset[str] | None = None
    """Only rules of these families; None: all."""
    revise: Callable[[Report], Report] = field(default=lambda report: report)
    """A last look at the report before it is written."""
    judged: MutableMapping[str, Judged] | None = None
    """Where what was judged is found, and kept, by cluster; None: nowhere. It holds on to all that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one audit."""

    audit: Audit
    started_at: datetime
    finished_at: datetime
    durations: dict[str, float]
    """Seconds by phase: `gather`, `judge`."""
    report: Report | None = None
    error: Exception | None = None

    @property
    def cluster(self) -> str:
        """The name of the cluster, as far as it is known."""
        return self.report.cluster if self.report else self.audit.cluster

    def measured(self) -> Run:
        """The same, as the metrics want it."""
        return Run(
            cluster=self.cluster, report=self.report, started_at=self.started_at, finished_at=self.finished_at,
            durations=self.durations, requests=self.report.requests if self.report else (),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is audited, where the reports go and what fails."""

    audits: tuple[Audit, ...]
    deliveries: list[Delivery]
    least: Severity = Severity.INFO
    fail_on: Severity | None = Severity.HIGH
    exit_zero_on_drift: bool = False
    colour: bool = True
    concurrency: int = 1
    also: Callable[[list[Outcome]], None] = field(default=lambda _: None)
    """What else is done with the outcomes: metrics."""


def run(request: Request) -> int:
    """Do the audits, publish their reports, and return the exit code.

    The error of an only audit is raised once its metrics are out; of several, and where JSON is logged, it is a line.
    """
    of_the_unlisted(request.least, request.fail_on)
    if len(request.audits) > 1:
        check_several(request.deliveries)
    with _collector_off():
        outcomes = audited(request)
        reports = [one.report for one in outcomes if one.report]
        colour = request.colour and not os.environ.get("NO_COLOR")
        try:
            publish(reports, request.deliveries, request.least, colour=colour)
        finally:
            request.also(outcomes)
    _tell(request, outcomes)
    codes = [exit_code(one, request.fail_on, exit_zero_on_drift=request.exit_zero_on_drift) for one in reports]
    return worst([*codes, *(BROKEN for one in outcomes if one.error)])


def audited(request: Request) -> list[Outcome]:
    """Do the audits, side by side where there are several."""
    places = threading.Semaphore(request.concurrency)
    if len(request.audits) == 1:
        return [_once(request.audits[0], places)]
    # Not a pool: its threads would keep an interrupted process alive until the last source has answered.
    tasks = [start(one.cluster, partial(_once, one, places)) for one in request.audits]
    return [task.result() for task in tasks]


def _once(asked: Audit, places: threading.Semaphore) -> Outcome:
    """Do an audit in its turn that will not be done again: nobody needs what was judged."""
    with places:
        found = outcome(asked)
    (asked.judged if asked.judged is not None else {}).pop(asked.cluster, None)
    return found


def outcome(asked: Audit) -> Outcome:
    """Do one audit; an error is an outcome too."""
    started, durations = datetime.now(UTC), dict[str, float]()
    report, error = None, None
    with logs.about(run=asked.run_id, cluster=asked.cluster), _collector_paused():
        try:
            report = _report(asked, durations)
        except Exception as broken:  # noqa: BLE001  (told by the caller; the other clusters must not suffer from it)
            error = broken
            logs.logger().debug(f"the audit failed:\n{traceback.format_exc()}")
    return Outcome(
        audit=asked, started_at=started, finished_at=datetime.now(UTC), durations=durations, report=report, error=error
    )


def _report(asked: Audit, durations: dict[str, float]) -> Report:
    """Gather and judge; when it returns, what was gathered is let go of."""
    with _timed("gather", durations):
        snapshot = asked.gather()
    of_nothing(snapshot, asked.scope)
    with _timed("judge", durations):
        return asked.revise(_judged(asked, snapshot))


def _judged(asked: Audit, snapshot: Snapshot) -> Report:
    now = clock(snapshot)
    before = asked.judged.get(asked.cluster) if asked.judged is not None else None
    found = judged(snapshot, asked.policy, asked.scope, asked.families, before)
    if asked.judged is not None:
        asked.judged[asked.cluster] = found if found.final else replace(found, final=True)
    return reported(found, snapshot, now, run_id=asked.run_id or run_id(snapshot, now))


def clock(snapshot: Snapshot) -> datetime:
    """Return the moment of the audit: that of the recording, else SOURCE_DATE_EPOCH, else now."""
    return snapshot.captured_at or pinned() or datetime.now(UTC).replace(microsecond=0)


def pinned() -> datetime | None:
    """Return the moment that SOURCE_DATE_EPOCH names, if it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch} is no number of seconds since 1970") from error


def _tell(request: Request, outcomes: list[Outcome]) -> None:
    """One line for each audit; that an only one broke the caller tells a person."""
    for one in outcomes:
        with logs.about(run=one.report.run_id if one.report else one.audit.run_id, cluster=one.cluster):
            if one.report is None:
                if len(outcomes) == 1 and one.error and not logs.for_programs():
                    raise one.error
                logs.logger().error(f"{one.cluster}: {failure(one.error or RuntimeError('no report'))}")
                continue
            said = f"{one.cluster}: {one.report.verdict}: {headline(one.report, summarise(one.report, request.least))}"
            files = [d.path.replace(PLACE, one.cluster) for d in request.deliveries if not d.to_stdout]
            where = f" -> {', '.join(files)}" if files else ""
            seconds = {phase: round(taken, 3) for phase, taken in one.durations.items()}
            logs.summary(said + where, verdict=str(one.report.verdict), shown=not files, seconds=seconds)


@contextmanager
def _timed(phase: str, durations: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        durations[phase] = time.perf_counter() - start
        logs.logger().debug(f"{phase} took {durations[phase]:.3f} s")


@contextmanager
def _collector_off() -> Iterator[None]:
    """Keep the cyclic garbage collector away: an audit makes many objects and hardly a circle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


_YOUNG = 1
"""Generations of what was made since the collector ran last; what is older it looks at by itself, now and then."""
_PAUSES: list[bool] = []
"""One for each audit at work: whether the collector is to go on when all have ended."""
_PAUSING = threading.Lock()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector away while an audit is at work, also beside others; then have it look once."""
    with _PAUSING:
        was = gc.isenabled() or any(_PAUSES)
        _PAUSES.append(was)
        gc.disable()
    try:
        yield
    finally:
        with _PAUSING:
            _PAUSES.remove(was)
            if was and not _PAUSES:
                gc.enable()
        if was:
            # After each, not after the last only: one that hangs must not let the circles of others pile up.
            gc.collect(_YOUNG)
