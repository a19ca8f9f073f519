"""Wrong usage: one sentence with the way out, exit code 2, no traceback."""

import re
from pathlib import Path

import pytest

from auditor import reports
from tests.cli.conftest import Call


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_the_exit_codes(call: Call, flag: str) -> None:
    result = call(flag)

    assert result.exit_code == 0
    assert "3  nothing at that level, but something could not be seen" in result.output


@pytest.mark.parametrize("command", ["run", "lint", "snapshot", "demo", "serve"])
def test_every_flag_has_a_variable(call: Call, command: str) -> None:
    said = " ".join(call(command, "--help").output.split())

    flags = set(re.findall(r"--([a-z][a-z-]+)", said.split("Options:")[1])) - {"help"}
    for flag in flags:
        assert f"AUDITOR_{flag.replace('-', '_').upper()}" in said


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_version(call: Call, flag: str) -> None:
    assert re.fullmatch(r"auditor \d+\.\d+\.\d+\n", call(flag).output)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--snapshot", "/no/such/folder"], "/no/such/folder: there is no such directory"),
        (["run", "--snapshot", "/etc/passwd"], "/etc/passwd: is not a directory"),
        (["run", "--sapshot", "x"], "--snapshot"),
        (["run", "--snapshot", ".", "-f", "yaml"], f"'yaml' is not one of {', '.join(map(repr, reports.names()))}"),
        (["run", "--snapshot", ".", "-o", "yaml=x"], "there is no format `yaml`"),
        (["run", "--snapshot", ".", "--fail-on", "severe"], "'severe' is not one of 'critical', 'high'"),
        (["run", "--snapshot", ".", "-l", "a=b=c"], "is no label requirement"),
        (["run", "--snapshot", ".", "-o", "/no/such/folder/x"], "there is no folder /no/such/folder"),
        (["run", "--snapshot", ".", "--pushgateway", "http://x:1?y"], "--pushgateway: has a `?` or a `#` in it"),
        (["rum"], "No such command 'rum'"),
        (["lint"], "Missing argument 'PATH...'"),
        (["lint", "/no/such/file.yaml"], "cannot read /no/such/file.yaml: No such file or directory"),
        (["explain", "pls-missng"], " or probe-missing?\n"),
        (["snapshot", "--snapshot", "."], "Missing option '-o' / '--output'"),
        (["snapshot", "-o", "x", "--snapshot", "/no/such/folder"], "/no/such/folder: there is no such directory"),
        (["explain", "zzz"], "There is no rule `zzz`; `auditor explain` lists them all."),
    ],
)
def test_wrong_usage(call: Call, arguments: list[str], says: str) -> None:
    result = call(*arguments)

    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_another_cluster_than_recorded(call: Call, recording: Path) -> None:
    result = call("run", "--snapshot", recording, "--cluster", "elsewhere")

    assert result.exit_code == 2
    assert re.search(r"--cluster elsewhere: .* is a recording of the cluster \S+", result.stderr)


def test_variables_stand_for_flags(call: Call) -> None:
    result = call("run", env={"AUDITOR_SNAPSHOT": "/no/such/folder"})

    assert "/no/such/folder: there is no such directory" in result.stderr


def test_several_outputs_in_a_variable(call: Call, recording: Path, tmp_path: Path) -> None:
    assert "in the variable with `:` between" in " ".join(call("run", "--help").output.split())

    result = call("run", "--snapshot", recording, env={"AUDITOR_OUTPUT": f"text=-:json={tmp_path}/a b.json"})

    assert result.exit_code == 1
    assert result.stdout
    assert (tmp_path / "a b.json").read_text().startswith("{")


def test_an_error_from_outside_cannot_drive_the_terminal(call: Call) -> None:
    assert "\x1b" not in call("run", "--snapshot", "/no/\x1b[2J").output
