"""The program in this process, and as a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main

ROOT = Path(__file__).parents[2]
Call = Callable[..., Result]
Spawn = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the program in this process, with none of the variables it reads."""
    for name in ("NO_COLOR", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: str | Path, env: dict[str, str] | None = None, stdin: bytes | None = None) -> Result:
        return CliRunner(env=env).invoke(main, [str(a) for a in arguments], input=stdin, prog_name="auditor")

    return invoke


@pytest.fixture
def spawn() -> Spawn:
    """Call the program as a process."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "auditor", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    return run


@pytest.fixture
def recording() -> Path:
    """A recording of the real controller with drift in it."""
    return ROOT / "tests" / "golden" / "drift-01-drifted"


@pytest.fixture
def undrifted() -> Path:
    """The same cluster before anything drifted."""
    return ROOT / "tests" / "golden" / "drift-00-baseline"
