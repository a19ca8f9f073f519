"""`auditor config`: check, show, schema."""

import json
from pathlib import Path

import pytest
import yaml

from auditor.config.load import load
from tests.cli.conftest import ROOT, Call

EXAMPLE = ROOT / "config" / "auditor.yaml"
TEXT = """
clusters:
- name: a
  git:
  - {name: g, url: "https://git.example/x", auth: {tokenFile: token, username: me}}
  - {name: h, url: "https://git.example/y", auth: {tokenVariable: H_TOKEN}}
  - {name: i, path: clone}
metrics: {textfile: none/x.prom}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration that refers to files and variables."""
    path = tmp_path / "auditor.yaml"
    path.write_text(TEXT)
    return path


def test_the_example_is_fine(call: Call) -> None:
    result = call("config", "check", "-c", EXAMPLE, "--skip-references")

    assert (result.exit_code, result.output) == (0, f"{EXAMPLE}: fine: 1 cluster, 1 Git source\n")


def test_what_it_refers_to_is_not_there(call: Call, file: Path) -> None:
    result = call("config", "check", "-c", file)

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"Error: {file}:5 clusters[0].git[0].auth.tokenFile: cannot read {file.parent}/token: No such file or directory",
        f"{file}:6 clusters[0].git[1].auth.tokenVariable: the environment variable H_TOKEN is not set",
        f"{file}:7 clusters[0].git[2].path: there is no folder {file.parent}/clone",
        f"{file}:8 metrics.textfile: there is no folder {file.parent}/none",
    ]


def test_what_it_refers_to_is_there(call: Call, file: Path) -> None:
    (file.parent / "token").write_text("ghp_secret")
    (file.parent / "clone").mkdir()
    (file.parent / "none").mkdir()

    result = call("config", "check", env={"H_TOKEN": "ghp_secret", "AUDITOR_CONFIG": str(file)})

    assert (result.exit_code, result.output) == (0, f"{file}: fine: 1 cluster, 3 Git sources\n")


def test_faults_are_told_line_by_line(call: Call, file: Path) -> None:
    file.write_text("clusters: [{name: a}]\nsettl: 1m\nserve: 5\n")

    for command in ("check", "show"):
        result = call("config", command, "-c", file)

        assert result.exit_code == 2
        assert result.stderr.splitlines() == [
            f"Error: {file}:2 settl: `settl` is no key; did you mean `settle`?",
            f"{file}:3 serve: expected a mapping, found the number 5",
        ]


def test_without_a_file(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = call("config", "check")

    assert result.exit_code == 2
    assert result.stderr == "Error: cannot read the configuration auditor.yaml: No such file or directory\n"


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_shown_says_the_same(call: Call, file: Path, form: str) -> None:
    environment = {"H_TOKEN": "ghp_secret", "AUDITOR__SETTLE": "1h30m"}

    result = call("config", "show", "-c", file, "--format", form, env=environment)

    shown = file.with_name("shown.yaml")
    shown.write_text(result.stdout)
    assert result.exit_code == 0
    assert "ghp_secret" not in result.output
    assert load(shown, {}) == load(file, environment)
    assert yaml.safe_load(result.stdout)["settle"] == "1h30m"
    assert yaml.safe_load(result.stdout)["serve"]["listen"] == "127.0.0.1:8080"


def test_the_schema(call: Call) -> None:
    result = call("config", "schema")

    assert json.loads(result.stdout) == json.loads(EXAMPLE.with_name("auditor.schema.json").read_text(encoding="utf-8"))
