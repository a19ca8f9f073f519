"""What the audits found: of each cluster the latest outcome, success and report, and how often which source was asked.

Written by the thread of a run, read by those of the web server; what is handed out never changes.
"""

import dataclasses
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor import reports
from auditor.config.durations import spelled
from auditor.errors import failure
from auditor.metrics.runs import Run
from auditor.model.finding import Report
from auditor.reports.options import WIDEST, Options
from auditor.reports.unseen import line, unseen
from auditor.run import Outcome
from auditor.serve.cut import CutError

SUCCEEDED, FAILED, CUT, SKIPPED = ENDS = ("succeeded", "failed", "cut", "skipped")
"""What becomes of an audit that is due."""
MOST_GAPS = 10
"""Gaps that are told of an audit that saw nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report, written once for all who ask."""

    report: Report
    finished_at: datetime
    text: str
    json: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is known of a cluster."""

    cluster: str
    latest: Outcome | None = None
    told: Told | None = None
    """The latest report of a run that saw something; of the latest run, if none ever has."""
    good: Run | None = None
    """The latest run that succeeded."""
    requests: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Source and status code to the number since the daemon started."""
    ended: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(ENDS, 0))
    """How many audits ended how since the daemon started."""

    @property
    def failure(self) -> str:
        """Why the latest audit failed, or what kept it from seeing anything; empty if it did not."""
        if self.latest is None:
            return ""
        if self.latest.error:
            return failure(self.latest.error)
        report = self.latest.report
        return "" if report is None or self.latest.measured().succeeded else _blind(report)

    def runs(self) -> tuple[Run, ...]:
        """What the metrics are made of: the latest run, and the latest that succeeded."""
        if self.latest is None:
            return ()
        requests = tuple((source, code, number) for (source, code), number in sorted(self.requests.items()))
        latest = dataclasses.replace(self.latest.measured(), cluster=self.cluster, requests=requests)
        return (latest,) if self.good is None or latest.succeeded else (self.good, latest)

    def unready(self, limit: timedelta, now: datetime) -> str:
        """Why nobody should rely on what is known of the cluster; empty if they may."""
        because = f": {_line(self.failure)}" if self.failure else ""
        if self.latest is None:
            return "no audit has ended yet"
        if self.good is None:
            return f"no audit has succeeded yet{because}"
        if now - self.good.finished_at > limit:
            moment = f"{self.good.finished_at:%Y-%m-%d %H:%M:%S} UTC"
            return f"the last success was at {moment}, more than {spelled(limit)} ago{because}"
        return ""


def _blind(report: Report) -> str:
    said = [line(one.gap) for one in unseen(report)]
    more = [f"and {len(said) - MOST_GAPS} more"] if len(said) > MOST_GAPS else []
    return "\n".join(["nothing could be read whole", *said[:MOST_GAPS], *more])


def _line(text: str) -> str:
    return " ".join(text.split())


class Results:
    """The results of all clusters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, Result] = {}

    def of(self, clusters: Iterable[str]) -> tuple[Result, ...]:
        """Return what is known of these, in their order."""
        with self._lock:
            return tuple(self._of.get(name) or Result(cluster=name) for name in clusters)

    def keep(self, clusters: Iterable[str]) -> None:
        """Forget all others."""
        with self._lock:
            self._of = {name: self._of[name] for name in clusters if name in self._of}

    def record(self, cluster: str, outcome: Outcome) -> Outcome:
        """Take an outcome in, and return it; a report that cannot be written makes it a failure."""
        told = None
        try:
            if outcome.report:
                told = _told(outcome.report, outcome.finished_at)
        except Exception as error:  # noqa: BLE001  (a bug in a format must not end the daemon)
            outcome = dataclasses.replace(outcome, report=None, error=error)
        run = outcome.measured()
        with self._lock:
            before = self._of.get(cluster) or Result(cluster=cluster)
            requests, ended = Counter(before.requests), Counter(before.ended)
            ended[_end(outcome, run)] += 1
            for source, code, number in run.requests:
                requests[source, code] += number
            shown = told if told and (run.succeeded or before.good is None) else before.told
            self._of[cluster] = Result(
                cluster=cluster, latest=outcome, told=shown,
                good=dataclasses.replace(run, cluster=cluster) if run.succeeded else before.good, requests=requests,
                ended=ended,
            )  # fmt: skip
        return outcome

    def skip(self, clusters: Iterable[str]) -> None:
        """Count an audit of these that was due and did not begin."""
        with self._lock:
            for name in clusters:
                before = self._of.get(name) or Result(cluster=name)
                ended = {**before.ended, SKIPPED: before.ended[SKIPPED] + 1}
                self._of[name] = dataclasses.replace(before, ended=ended)


def _end(outcome: Outcome, run: Run) -> str:
    if run.succeeded:
        return SUCCEEDED
    return CUT if isinstance(outcome.error, CutError) else FAILED


def _told(report: Report, finished_at: datetime) -> Told:
    text, json = (reports.renderer(name)(report, Options(width=WIDEST)) for name in ("text", "json"))
    return Told(
        report=report, finished_at=finished_at,
        text=text.decode() if isinstance(text, bytes) else text,
        json=json if isinstance(json, bytes) else json.encode("utf-8", "backslashreplace"),
    )  # fmt: skip
