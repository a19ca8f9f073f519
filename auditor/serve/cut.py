"""Audits side by side until a deadline: what has not ended is left behind, and what it says later is not heard."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue

from auditor.config.durations import spelled
from auditor.errors import AuditorError
from auditor.run import Audit, Outcome, outcome


class CutError(AuditorError):
    """An audit had not ended when its run was cut."""


def audited(
    audits: Sequence[Audit],
    *,
    concurrency: int,
    within: timedelta,
    started: Callable[[threading.Thread], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Yield the outcome of each audit as soon as it has ended; at the deadline, failures of the rest.

    `started` is told of each thread. They do not keep the process alive.
    """
    waiting, done = SimpleQueue[int](), SimpleQueue[tuple[int, Outcome]]()
    cut = threading.Event()

    def work() -> None:
        while not cut.is_set():
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            done.put((index, _whole(audits[index])))

    begun, end = datetime.now(UTC), time.monotonic() + within.total_seconds()
    for index in range(len(audits)):
        waiting.put(index)
    for _ in range(min(concurrency, len(audits))):
        thread = threading.Thread(target=work, name="audit", daemon=True)
        thread.start()
        started(thread)
    left = set(range(len(audits)))
    try:
        while left:
            index, found = done.get(timeout=max(0.0, end - time.monotonic()))
            left.remove(index)
            yield found
    except Empty:
        error = CutError(f"the audit had not ended after {spelled(within)} and was cut; see what holds it up, or set a "
                         "longer serve.deadline")  # fmt: skip
        for index in sorted(left):
            yield failed(audits[index], error, begun)
    finally:
        cut.set()


def failed(audit: Audit, error: Exception, started_at: datetime) -> Outcome:
    """Return the outcome of an audit that came to nothing."""
    return Outcome(audit=audit, started_at=started_at, finished_at=datetime.now(UTC), durations={}, error=error)


def _whole(audit: Audit) -> Outcome:
    """The shell turns exceptions into outcomes; an exit that some library asks for must not end a worker either."""
    begun = datetime.now(UTC)
    try:
        return outcome(audit)
    except BaseException as error:  # noqa: BLE001  (as above)
        return failed(audit, RuntimeError(f"{type(error).__name__}: {error}"), begun)
