"""Live audits of the lab, in this process and with the real SDKs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.lab.server import Lab
from auditor.sources.live import gather
from auditor.sources.session import Session
from auditor.sources.snapshot_write import Recording

CLOCK = datetime(2026, 11, 22, 11, tzinfo=UTC)
"""For recordings that were made by hand, and do not say when."""
Enter = Callable[[Path], Lab]


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Enter]:
    """Serve a snapshot directory, and point azure-identity at it, until the test ends."""
    entered: list[Lab] = []

    def lab(directory: Path) -> Lab:
        served = Lab(directory, page_size=2)
        entered.append(served.__enter__())
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        return served

    yield lab
    for served in entered:
        served.__exit__(None, None, None)


def session(folder: Path, lab: Lab) -> Session:
    """A session whose clock is that of the recording."""
    captured = lab.captured_at or CLOCK
    return Session(cache_dir=folder, request_timeout=timedelta(seconds=10), clock=lambda: captured, pinned=True)


def read(lab: Lab, folder: Path, *, record: bool = False) -> Recording:
    """Read the lab as `auditor run` reads a cluster."""
    return gather(lab.settings(), session(folder, lab), record=record)
