"""The daemon without its web server: the scheduler, the runs, what they found, and the configuration they go by."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from auditor import logs
from auditor.errors import AuditorError
from auditor.serve.plan import Plan, of_no_use, token
from auditor.serve.results import Result, Results
from auditor.serve.runner import Runner
from auditor.serve.schedule import Schedule, schedule

MOST_LEFT_BEHIND = 8
"""Threads that hang for ever are cured by a restart only."""


class Scheduler(BackgroundScheduler):  # type: ignore[misc]  # has no types
    """A scheduler that can tell whether it is alive."""

    @property
    def alive(self) -> bool:
        """Whether its thread is at work."""
        return self._thread is not None and self._thread.is_alive()


class Daemon:
    """Audits by a plan that may change.

    `load` reads the configuration and raises AuditorError if it cannot be; `file` is watched for changes.
    """

    def __init__(
        self,
        load: Callable[[], Plan],
        file: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.clock = clock
        self.fault = ""
        """Why the present configuration could not be taken up; empty if it was."""
        self._load = load
        self._file = file
        self._digest = self._read()
        plan = load()
        self._schedule = self._checked(plan)
        self.read_at = clock()
        """When a configuration was read last and found good."""
        self.results = Results()
        self.runner = Runner(plan, self.results)
        self.scheduler = Scheduler(timezone=UTC)
        self._job: Any = None

    @property
    def plan(self) -> Plan:
        """The configuration that is gone by."""
        return self.runner.plan

    @property
    def interval(self) -> timedelta:
        """The longest time between two audits that are due."""
        return self._schedule.interval

    @property
    def limit(self) -> timedelta:
        """How old a success may be: two audits may not be missed."""
        return 2 * self._schedule.interval + self.plan.serve.jitter

    @property
    def next_due(self) -> datetime | None:
        """When the next audit is due."""
        moment: datetime | None = self._job.next_run_time if self._job else None
        return moment

    def start(self) -> None:
        """Start the first audit now, and the others when they are due."""
        self._warn()
        self._job = self.scheduler.add_job(
            self.runner.due, self._schedule.trigger, coalesce=True, misfire_grace_time=None, max_instances=1
        )
        self.scheduler.start()
        self.runner.start()

    def stop(self, grace: float) -> bool:
        """Start nothing any more, and let the run that is at work end; False if it did not within `grace` seconds."""
        self.runner.stop()
        if self.scheduler.alive:
            self.scheduler.shutdown(wait=False)
        return self.runner.wait(grace)

    def ill(self) -> str:
        """Why only a restart helps; empty while all is well."""
        if not self.scheduler.alive:
            return "the scheduler has died"
        hanging = self.runner.left_behind
        return f"{hanging} audits that were cut are still at work" if hanging > MOST_LEFT_BEHIND else ""

    def found(self) -> tuple[Result, ...]:
        """What is known of each cluster."""
        return self.results.of(self.plan.clusters)

    def unready(self) -> dict[str, str]:
        """Which clusters nobody should rely on, and why."""
        now = self.clock()
        said = {result.cluster: result.unready(self.limit, now) for result in self.found()}
        return {cluster: why for cluster, why in said.items() if why}

    def reload_if_changed(self) -> None:
        """Take the configuration up if the file has other content than when it was read last, or is broken no more."""
        if self._file is not None and (self._read() != self._digest or (self.fault and self._mended())):
            self.reload()

    def _mended(self) -> bool:
        """Whether a file that the configuration names has come, as a Secret that is mounted after it."""
        try:
            self._checked(self._load())
        except Exception:  # noqa: BLE001  (what is wrong was said when the configuration was read)
            return False
        return True

    def reload(self) -> None:
        """Take the configuration up; one that cannot be leaves the former in place."""
        self._digest = self._read()
        try:
            plan = self._load()
            found = self._checked(plan)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with it, the former one is good)
            known = isinstance(error, AuditorError)
            self.fault = str(error) if known else f"{type(error).__name__}: {error}"
            for line in (*self.fault.splitlines(), "the configuration was not taken up; the former one holds"):
                logs.logger().error(line)
            return
        self.fault, self.read_at = "", self.clock()
        self._take_up(plan, found)

    def _take_up(self, plan: Plan, found: Schedule) -> None:
        before = self.plan
        if plan == before:
            logs.logger().info("the configuration was read again; nothing in it has changed")
            return
        if plan.serve.listen != before.serve.listen:
            logs.logger().warning(f"serve.listen is {plan.serve.listen} now, which needs a restart")
        self.runner.plan, self._schedule = plan, found
        self.results.keep(plan.clusters)
        if self._job:
            self._job.reschedule(found.trigger)
        logs.logger().info("the new configuration was taken up; an audit starts")
        self._warn()
        self.runner.start(after=True)

    def _warn(self) -> None:
        if said := of_no_use(self.plan.settings):
            logs.logger().warning(said)

    def _checked(self, plan: Plan) -> Schedule:
        token(plan.serve)
        return schedule(plan.serve, self.clock())

    def _read(self) -> bytes | None:
        """A digest of the file; the time of a change says nothing where a mounted ConfigMap flips a link."""
        if self._file is None:
            return None
        try:
            return hashlib.sha256(self._file.read_bytes()).digest()
        except OSError as error:
            return os.strerror(error.errno or 0).encode()
