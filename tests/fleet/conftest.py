"""One cache of what was fetched and built for all tests of the fleet, since what is built of it hardly differs."""

from pathlib import Path

import pytest

from auditor.config.settings import Tools
from auditor.sources.git.cache import BlobCache
from tests.fleet.fleet import Fleet
from tests.sources.render.conftest import tool


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BlobCache]:
    return tmp_path_factory.mktemp("fleet"), BlobCache()


@pytest.fixture
def fleet(tmp_path: Path, _shared: tuple[Path, BlobCache], monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """The fleet, untouched, with kustomize."""
    made = Fleet(tmp_path, *_shared, Tools(kustomize=tool("kubectl"), helm=tool("helm")))
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")
    made.environment = monkeypatch.setenv
    return made
