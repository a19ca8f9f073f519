"""One run at a time: it audits all clusters, records what became of each and tells it."""

import dataclasses
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from auditor import logs
from auditor.errors import failure
from auditor.model.snapshot import Snapshot
from auditor.reports.summary import headline, summarise
from auditor.reports.unseen import line, unseen
from auditor.run import Audit, Outcome
from auditor.serve.cut import audited, failed
from auditor.serve.plan import Plan
from auditor.serve.results import Results

MOST_GAPS = 20
"""Gaps that are told one by one in the log."""


class Runner:
    """Starts runs of a plan, which may be replaced."""

    def __init__(self, plan: Plan, results: Results) -> None:
        self.plan = plan
        self.results = results
        self.skipped = 0
        """Times that an audit was due while another was at work."""
        self._lock = threading.Lock()
        self._running: str | None = None
        self._again = self._stopped = False
        self._idle = threading.Event()
        self._idle.set()
        self._threads: list[threading.Thread] = []

    @property
    def running(self) -> str | None:
        """The id of the run that is at work."""
        return self._running

    @property
    def left_behind(self) -> int:
        """How many threads of runs that were cut are still at work."""
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            return 0 if self._running else len(self._threads)

    def start(self, *, after: bool = False) -> str | None:
        """Start a run and return its id; None if another is at work, or the daemon ends.

        `after`: start one as soon as that has ended.
        """
        with self._lock:
            if self._stopped:
                return None
            if self._running is not None:
                self._again = self._again or after
                return None
            self._again = False
            self._running = run = str(uuid.uuid4())
            self._idle.clear()
        threading.Thread(target=self._carry_out, args=(run, self.plan), name="run", daemon=True).start()
        return run

    def due(self) -> None:
        """Start the run that is due, or skip it."""
        if self.start() is None and not self._stopped:
            self.skipped += 1
            self.results.skip(self.plan.clusters)
            logs.logger().warning(
                f"an audit is due and the one before is still at work: skipped, for the {_th(self.skipped)} time",
                run=self._running,
            )

    def stop(self) -> None:
        """Start nothing any more."""
        with self._lock:
            self._stopped = True

    def wait(self, seconds: float) -> bool:
        """Wait until no run is at work; False if one still is after that time."""
        return self._idle.wait(seconds)

    def _started(self, thread: threading.Thread) -> None:
        with self._lock:
            self._threads.append(thread)

    def _carry_out(self, run: str, plan: Plan) -> None:
        try:
            with logs.about(run=run):
                for cluster, outcome in self._outcomes(run, plan):
                    if cluster in self.plan.clusters:  # else a reload has taken it out meanwhile
                        _tell(cluster, self.results.record(cluster, outcome))
        except Exception as error:  # noqa: BLE001  (the next run is to find the daemon alive)
            logs.logger().error(failure(error))
        finally:
            with self._lock:
                self._running = None
                again = self._again
            self._idle.set()
            if again:
                self.start()

    def _outcomes(self, run: str, plan: Plan) -> Iterator[tuple[str, Outcome]]:
        begun = datetime.now(UTC)
        try:
            audits = [dataclasses.replace(audit, run_id=run) for audit in plan.audits()]
        except Exception as error:  # noqa: BLE001  (as an audit that fails)
            for cluster in plan.clusters:
                yield cluster, failed(Audit(gather=_nothing, cluster=cluster, run_id=run), error, begun)
            return
        found = audited(
            audits, concurrency=plan.settings.concurrency, within=plan.serve.deadline, started=self._started
        )
        for outcome in found:
            yield outcome.audit.cluster or outcome.cluster, outcome


def _nothing() -> Snapshot:
    raise NotImplementedError


def _tell(cluster: str, outcome: Outcome) -> None:
    """A line for each gap and one for the report; for an audit that failed, as many as its error has."""
    with logs.about(cluster=cluster):
        if outcome.report is None:
            for said in failure(outcome.error or RuntimeError("no report")).splitlines():
                logs.logger().error(f"{cluster}: the audit failed: {said}")
            return
        gaps = [one.gap for one in unseen(outcome.report)]
        for gap in gaps[:MOST_GAPS]:
            logs.logger().warning(f"{cluster}: not seen: {line(gap)}")
        if len(gaps) > MOST_GAPS:
            logs.logger().warning(f"{cluster}: not seen: {len(gaps) - MOST_GAPS} more, which the report names")
        said = headline(outcome.report, summarise(outcome.report))
        seconds = {phase: round(taken, 3) for phase, taken in outcome.durations.items()}
        verdict = str(outcome.report.verdict)
        logs.summary(f"{cluster}: {verdict}: {said}", shown=False, verdict=verdict, seconds=seconds)


def _th(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
