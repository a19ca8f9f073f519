"""What the auditor says while it works, on standard error: sentences on a terminal, JSON lines everywhere else.

Every line of an audit carries its run id and its cluster. The SDKs are quiet: what they have to say is in our errors.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars

SDKS = ("azure", "git", "kubernetes", "urllib3", "apscheduler", "uvicorn", "msal", "asyncio")
FIRST = ("time", "level", "event", "cluster", "run")
PREFIX = {"warning": "Warning: ", "error": "Error: ", "critical": "Error: "}


def configure(
    *, verbose: int = 0, quiet: bool = False, human: bool | None = None, stream: TextIO | None = None
) -> None:
    """Set up what is written.

    `verbose`: 1 tells what took how long, 2 also lets the SDKs speak. `quiet`: errors only. `human`: sentences, or
    JSON lines; None: as the stream is a terminal or not.
    """
    out = stream or sys.stderr
    human = out.isatty() if human is None else human
    level = logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO
    shared: list[Any] = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level]
    own: list[Any] = [_not_twice, _neutral, _sentence]
    if not human:
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
        own = [stamp, _without_shown, _neutral, _in_order, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *own],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _quieten(verbose)


def _quieten(verbose: int) -> None:
    """Let the SDKs speak only where that was asked for; azure-identity logs tracebacks of what we say in a sentence.

    Of urllib3 that is a line for each request; azure-core adds headers, of which it redacts all but harmless ones. The
    others would show bodies if they said more.
    """
    for name in SDKS:
        sdk = logging.getLogger(name)
        spoken = logging.DEBUG if name == "urllib3" else logging.INFO
        sdk.setLevel(spoken if verbose > 1 else logging.CRITICAL)
        sdk.handlers[:] = [_Line()] if verbose > 1 else []
        sdk.propagate = False


class _Line(logging.Handler):
    """What an SDK says, as a line like ours."""

    def emit(self, record: logging.LogRecord) -> None:
        logger().debug(f"{record.name}: {record.getMessage()}")


def _not_twice(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    if event.get("shown"):
        raise structlog.DropEvent
    return event


def _without_shown(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    event.pop("shown", None)
    return event


def _in_order(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """What a person looks for in a line comes first."""
    return {key: event[key] for key in FIRST if key in event} | event


def _sentence(_: Any, level: str, event: dict[str, Any]) -> str:
    """For a person: what happened, of which cluster it is said where there are several."""
    return f"{PREFIX.get(level, '')}{event['event']}"


def _neutral(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Names of a cluster or a repository may hold what a terminal obeys."""
    from auditor.reports.safe import neutral

    return {key: neutral(value) if isinstance(value, str) else value for key, value in event.items()}


def logger() -> Any:
    """The logger of the program."""
    return structlog.get_logger()


def for_programs() -> bool:
    """True where lines of JSON are written."""
    return any(isinstance(one, structlog.processors.JSONRenderer) for one in structlog.get_config()["processors"])


def summary(text: str, *, shown: bool, **fields: Any) -> None:
    """Tell how an audit ended; a person who has just been `shown` the report does not need it."""
    logger().info(text, shown=shown, **fields)


@contextmanager
def about(**fields: str) -> Iterator[None]:
    """Give every line that is written meanwhile these fields, as the run id; also on threads that copy the context."""
    with bound_contextvars(**fields):
        yield
