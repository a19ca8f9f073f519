"""Work that runs at the same time and can be left behind: a source that hangs holds up nobody, not even the exit."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import TypeVar

from auditor.errors import AuditorError
from auditor.model.snapshot import Gap
from auditor.sources.gathered import SourceError

A = TypeVar("A")
T = TypeVar("T")

GRACE = 3.0
"""Seconds beyond its own deadline that a source has to notice it."""
EVERYTHING = "everything"
"""The kind of a gap that leaves nothing of a source."""


def start(name: str, work: Callable[[], T]) -> Future[T]:
    """Begin the work on a thread of its own, which does not keep the process alive; its log lines are the caller's."""
    future: Future[T] = Future()

    def carry_out() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  (whatever it is, the one who waits is to have it)
            future.set_exception(error)

    threading.Thread(target=contextvars.copy_context().run, args=(carry_out,), name=name, daemon=True).start()
    return future


def side_by_side(work: Callable[[A], T], items: Iterable[A], at_once: int) -> list[T]:
    """What the work gives of each item, in their order. Not a pool, whose threads keep the process alive."""
    given = list(items)
    answers: dict[int, T] = {}
    waiting = SimpleQueue[int]()
    for index in range(len(given)):
        waiting.put(index)

    def take() -> None:
        with contextlib.suppress(Empty):
            while True:
                index = waiting.get_nowait()
                answers[index] = work(given[index])

    for task in [start("worker", take) for _ in range(min(at_once, len(given)))]:
        task.result()
    return [answers[index] for index in range(len(given))]


def finished(future: Future[T], source: str, scope: str, limit: timedelta, kind: str = EVERYTHING) -> T | Gap:
    """What the work gave, or the gap that it leaves; `limit` is the deadline that it set itself."""
    try:
        return future.result(limit.total_seconds() + GRACE)
    except (SourceError, AuditorError) as error:
        reason = str(error)
    except TimeoutError:
        reason = f"was not read within {limit.total_seconds():.0f} s; see what holds it up, or give it a longer timeout"
    except Exception as error:  # noqa: BLE001  (a bug in one source must not spoil the others)
        reason = f"could not be read, which is a bug of the auditor ({type(error).__name__}: {error}); please report it"
    return Gap(source=source, scope=scope, kind=kind, reason=reason)
