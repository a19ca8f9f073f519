"""Live audits of the lab, in this process and with the real SDKs."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.lab.server import Lab
from auditor.sources.live import gather
from auditor.sources.session import Session
from auditor.sources.snapshots.snapshot_write import Recording
from tests.live.command import GOLDEN, Command

CLOCK = datetime(2026, 11, 22, 11, tzinfo=UTC)
"""For recordings that were made by hand, and do not say when."""
Enter = Callable[..., Lab]


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Enter]:
    """Serve a snapshot directory, and point azure-identity at it, until the test ends."""
    entered: list[Lab] = []

    def lab(directory: Path, git_token: str | None = None) -> Lab:
        served = Lab(directory, page_size=2, git_token=git_token)
        entered.append(served.__enter__())
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        return served

    yield lab
    for served in entered:
        served.__exit__(None, None, None)


@pytest.fixture(scope="session")
def _drifted() -> Iterator[Lab]:
    with Lab(GOLDEN / "drift-01-drifted", page_size=4) as entered:
        yield entered


@pytest.fixture
def drifted(_drifted: Lab) -> Iterator[Lab]:
    """A lab of a cluster with drift in it, that all tests share; without faults."""
    yield _drifted
    _drifted.clear_faults()


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def command(drifted: Lab, tmp_path: Path, _folder: Path) -> Command:
    """The command, configured for that lab; the cache of repositories is shared."""
    made = Command(tmp_path, drifted)
    made.variables["XDG_CACHE_HOME"] = str(_folder)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording in which nothing differs."""
    return Path(shutil.copytree(GOLDEN / "drift-00-baseline", tmp_path / "recording"))


def session(folder: Path, lab: Lab) -> Session:
    """A session whose clock is that of the recording."""
    captured = lab.captured_at or CLOCK
    return Session(cache_dir=folder, request_timeout=timedelta(seconds=10), clock=lambda: captured, pinned=True)


def read(lab: Lab, folder: Path, *, record: bool = False) -> Recording:
    """Read the lab as `auditor run` reads a cluster."""
    return gather(lab.settings(), session(folder, lab), record=record)
