"""SIGTERM, by which Kubernetes ends a Pod: a run that it cuts short leaves a line in the log."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from auditor import logs

SAID = "SIGTERM ended the run before it was done; what it would have found is not known"


class _TerminatedError(BaseException):
    """Like KeyboardInterrupt: nothing that handles errors is to take it for one."""


@contextmanager
def obeying_sigterm() -> Iterator[None]:
    """Meanwhile SIGTERM closes what is open, logs a line and exits with 143; on the main thread, which gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _came)
    try:
        yield
    except _TerminatedError:
        logs.logger().error(SAID)
        raise SystemExit(128 + signal.SIGTERM) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _came(_number: int, _frame: FrameType | None) -> NoReturn:
    # Not logged here: the signal may have come in the middle of a line.
    raise _TerminatedError
