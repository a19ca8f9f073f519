"""The doors between the rooms are locked, `--help` stays light, and what is written down twice agrees."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import auditor

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SDKS = {"azure", "git", "jinja2", "kubernetes", "prometheus_client", "pydantic", "rich"}
LINT_IMPORTS = "import importlinter.cli as c; raise SystemExit(c.lint_imports(no_cache=True, no_logo=True))"


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    """Hold the contracts of pyproject.toml against the package in a directory."""
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, ''); {LINT_IMPORTS}"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("model/ids.py", "import os", "pure"),
        ("rules/registry.py", "import time", "pure"),
        ("controller/__init__.py", "from auditor.sources import wire", "layers"),
        ("sources/__init__.py", "import auditor.reports", "layers"),
        ("reports/__init__.py", "import kubernetes", "reports"),
        ("unplaced.py", "", "layers"),
    ],
)
def test_a_contract_says_no(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "auditor", tmp_path / "auditor", ignore=shutil.ignore_patterns("__pycache__", "demo"))
    with (tmp_path / "auditor" / module).open("a") as file:
        file.write(f"\n{line}\n")

    result = lint_imports(tmp_path)

    names = {entry["id"]: entry["name"] for entry in PROJECT["tool"]["importlinter"]["contracts"]}
    assert result.returncode == 1
    assert f"{names[contract]} BROKEN" in " ".join(result.stdout.split()), result.stdout + result.stderr


def test_help_imports_no_sdk() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "auditor", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines()}
    assert "auditor" in imported
    assert not imported & SDKS


def test_versions_agree() -> None:
    command = [sys.executable, "-m", "auditor", "--version"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert importlib.metadata.version("aks-drift-auditor") == auditor.__version__, "run `make dev`"
    assert auditor.__version__ in printed.split()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^([a-z0-9.-]+)==\S+(?: ;[^\\\n]+)? \\\n    --hash=sha256:", text, re.MULTILINE)

    assert set(pins) == set(re.findall(r"^([^\s#=]+)", text, re.MULTILINE))
    assert "://" not in text
    assert "--index" not in text


def test_the_locks_have_what_the_project_asks_for() -> None:
    asked = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["serve"]
    developers = asked + PROJECT["dependency-groups"]["dev"]

    assert {_name(line) for line in asked} <= _pins("requirements.lock")
    assert {_name(line) for line in developers} <= _pins("requirements-dev.lock")


def _name(requirement: str) -> str:
    return re.split(r"[^a-z0-9-]", requirement, maxsplit=1)[0]


def _pins(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / name).read_text(), re.MULTILINE))
