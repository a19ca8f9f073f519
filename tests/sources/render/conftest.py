"""Real repositories and the real tools; a test that needs a tool which is not there is skipped."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from auditor.config import settings
from auditor.model.service import Declared
from auditor.sources.builds import Build
from auditor.sources.gathered import Deadline
from auditor.sources.git.cache import BlobCache
from auditor.sources.git.source import GitRead, read_git
from tests.sources.git.repositories import Repository

Rendered = Callable[..., GitRead]


def tool(name: str) -> Path:
    """A program, out of the folder of test tools or from PATH; skips if there is none."""
    folder = os.environ.get("AUDITOR_TEST_TOOLS", "")
    found = shutil.which(name, path=f"{folder}:{os.environ['PATH']}" if folder else None)
    if found is None:
        pytest.skip(f"there is no {name}: .ci/tools brings it, AUDITOR_TEST_TOOLS names its folder")
    return Path(found)


@pytest.fixture
def kustomize() -> Path:
    """The program that builds kustomize roots."""
    return tool("kubectl")


@pytest.fixture
def helm() -> Path:
    """The program that renders charts."""
    return tool("helm")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository(tmp_path / "fleet")


@pytest.fixture
def render(tmp_path: Path, repository: Repository, request: pytest.FixtureRequest) -> Rendered:
    """Read the repository, with builds or by the fields of its settings; `tools`: fields of those settings."""

    def reading(
        *builds: Build, tools: dict[str, Any] | None = None, blobs: BlobCache | None = None, record: bool = False,
        seconds: float = 30, **fields: Any,
    ) -> GitRead:  # fmt: skip
        helm_asked = fields.get("render") == "helm" or any(one.kind == "helm" for one in builds)
        given = {"helm" if helm_asked else "kustomize": request.getfixturevalue("helm" if helm_asked else "kustomize")}
        return read_git(
            settings.Git(**{"name": "main", "path": repository.directory, **fields}),
            cache_dir=tmp_path / "cache",
            deadline=Deadline(timedelta(seconds=seconds)),
            blobs=BlobCache() if blobs is None else blobs,
            record=record,
            builds=builds,
            tools=settings.Tools(**(given | (tools or {}))),
        )

    return reading


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """A server on loopback on `PORT`, and what it was asked."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(404)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        seen.append(f"127.0.0.1:{server.server_port}")
        yield seen
        server.shutdown()


def only(found: GitRead) -> Declared:
    """The one Service that was declared."""
    assert found.gaps == ()
    assert found.declared is not None
    (one,) = found.declared
    return one


def reason(found: GitRead) -> str:
    """The one gap of a root, without any path of this machine; nothing was declared."""
    assert found.declared == ()
    (gap,) = found.gaps
    assert (gap.source, gap.kind) == ("git", "manifests")
    assert "auditor-render" not in gap.reason
    assert "\n" not in gap.reason
    return gap.reason
