"""A repository, and one way to read it."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.config import settings
from auditor.sources.gathered import Deadline
from auditor.sources.git.cache import BlobCache
from auditor.sources.git.source import GitRead, read_git
from tests.sources.git.repositories import Repository, Server, children

Reader = Callable[..., GitRead]


@pytest.fixture(autouse=True)
def nobodys_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own ~/.gitconfig does not count."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository on branch `main`."""
    return Repository(tmp_path / "work tree")


@pytest.fixture
def server(repository: Repository) -> Iterator[Server]:
    """The repository over http, on loopback."""
    with Server(repository.directory.parent) as running:
        yield running


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Read a source, named by the fields of its settings."""

    def reading(seconds: float = 20, blobs: BlobCache | None = None, *, record: bool = False, **fields: Any) -> GitRead:
        return read_git(
            settings.Git(**{"name": "main", **fields}),
            cache_dir=tmp_path / "cache",
            deadline=Deadline(timedelta(seconds=seconds)),
            blobs=BlobCache() if blobs is None else blobs,
            record=record,
        )

    return reading


@pytest.fixture(autouse=True)
def no_process_is_left(nobodys_configuration: None) -> Iterator[None]:  # noqa: ARG001  (a HOME of its own tells them)
    """No test leaves a child behind."""
    yield
    until = time.monotonic() + 2
    while children() and time.monotonic() < until:
        time.sleep(0.02)
    assert children() == []
