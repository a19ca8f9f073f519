"""Where recorded states and the oracle are found."""

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = HERE if HERE.is_dir() else Path("/work/shared/golden")
STATES = tuple(sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()))


@pytest.fixture
def golden_dir() -> Path:
    """The folder of the golden states."""
    return GOLDEN


@pytest.fixture(scope="session")
def kubectl() -> str:
    """The kubectl on PATH; it needs no cluster for what is asked of it."""
    found = shutil.which("kubectl")
    if found is None:
        pytest.skip("kubectl is not on PATH, so YAML could not be compared with what Go makes of it")
    return found
