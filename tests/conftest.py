"""What every test starts from: nothing that another test has set up in this process."""

import logging
import signal
from collections.abc import Iterator

import pytest
import structlog

from auditor.logs import SDKS


def pytest_configure() -> None:
    """Undo what a shell does to jobs in the background: whoever is started here would ignore an interrupt too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _logs_as_at_the_start() -> Iterator[None]:
    """Take back what `logs.configure` did: it says where the whole process writes."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    for name in SDKS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
