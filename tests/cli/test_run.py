"""`auditor run --snapshot`: one recording audited, in every way a report can be asked for."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor import reports
from auditor.model.finding import Severity
from tests.cli.conftest import Call

SCHEMA = Path(reports.__path__[0]) / "report-v1.schema.json"


def audited(call: Call, *arguments: str | Path) -> dict[str, Any]:
    """Return the JSON report, after a look at the schema."""
    document: dict[str, Any] = json.loads(call("run", *arguments, "-f", "json").stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


def test_drift_exits_with_1(call: Call, recording: Path) -> None:
    result = call("run", "--snapshot", recording)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("drift    git complete · kubernetes complete · azure complete")
    assert result.stderr == ""


def test_exit_code_agrees_with_the_json_report(call: Call, recording: Path) -> None:
    document = audited(call, "--snapshot", recording)
    worst = max(Severity[f["severity"].upper()] for f in document["findings"])

    for severity in Severity:
        expected = 1 if severity <= worst else 0
        assert call("run", "--snapshot", recording, "--fail-on", severity.word).exit_code == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--fail-on", "never"], 0),
        (["--exit-zero-on-drift"], 0),
        (["--min-severity", "critical", "--fail-on", "low", "-q"], 1),
    ],
)
def test_flags_of_the_exit_code(call: Call, recording: Path, flags: list[str], expected: int) -> None:
    assert call("run", "--snapshot", recording, *flags).exit_code == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"AUDITOR_FAIL_ON": "never"}, 0),
        ({"AUDITOR_EXIT_ZERO_ON_DRIFT": "1"}, 0),
        ({"AUDITOR_EXIT_ZERO_ON_DRIFT": "false"}, 1),
        ({"AUDITOR_NAMESPACE": "no-such-namespace and-no-other"}, 0),
        ({"AUDITOR_FAIL_ON": "whatever"}, 2),
    ],
)
def test_variables_for_flags(call: Call, recording: Path, variables: dict[str, str], expected: int) -> None:
    assert call("run", "--snapshot", recording, env=variables).exit_code == expected


def test_variable_for_several_outputs(call: Call, recording: Path, tmp_path: Path) -> None:
    call("run", "--snapshot", recording, env={"AUDITOR_OUTPUT": f"{tmp_path}/a b.txt:json={tmp_path}/c.json"})

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b.txt", "c.json"]


def test_same_recording_same_bytes(call: Call, recording: Path) -> None:
    for name in reports.names():
        once, again = (call("run", "--snapshot", recording, "-f", name).stdout_bytes for _ in range(2))
        assert once == again


def test_another_recording_is_another_run(call: Call, recording: Path, undrifted: Path) -> None:
    ids = {audited(call, "--snapshot", folder)["run"]["id"] for folder in (recording, undrifted)}

    assert len(ids) == 2


def test_files_and_a_line_on_standard_error(call: Call, recording: Path, tmp_path: Path) -> None:
    result = call("run", "--snapshot", recording, "-o", tmp_path / "a.txt", "-o", f"json={tmp_path}/a.json")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert ": drift: " in result.stderr
    assert result.stderr.strip().endswith(f"-> {tmp_path}/a.txt, {tmp_path}/a.json")
    assert (tmp_path / "a.txt").read_text().endswith("azure complete\n")
    assert json.loads((tmp_path / "a.json").read_bytes())["verdict"] == "drift"


def test_quiet_says_nothing(call: Call, recording: Path, tmp_path: Path) -> None:
    result = call("run", "--snapshot", recording, "-q", "-o", tmp_path / "a.txt", "--min-severity", "critical")

    assert (result.exit_code, result.output) == (1, "")


def test_verbose_tells_times(call: Call, recording: Path) -> None:
    said = call("run", "--snapshot", recording, "-v").stderr

    assert [line.split(" took ")[0] for line in said.splitlines()] == ["gather", "judge"]


def test_hiding_what_fails_is_warned_of(call: Call, recording: Path) -> None:
    result = call("run", "--snapshot", recording, "--min-severity", "critical", "--fail-on", "low")

    assert result.exit_code == 1
    assert "Warning: --min-severity critical hides findings that --fail-on low fails on" in result.stderr


def test_the_cluster_that_was_recorded(call: Call, recording: Path) -> None:
    name = audited(call, "--snapshot", recording)["run"]["cluster"]

    assert call("run", "--snapshot", recording, "--cluster", name).exit_code == 1


def test_namespace(call: Call, recording: Path) -> None:
    document = audited(call, "--snapshot", recording, "-n", "web")

    assert {s["namespace"] for s in document["services"]} == {"web"}
    assert {f["service"]["namespace"] for f in document["findings"] if f["service"]} == {"web"}


def test_a_misspelt_namespace_does_not_pass_for_clean(call: Call, recording: Path) -> None:
    result = call("run", "--snapshot", recording, "-n", "wbe")

    assert "Warning: no Service of the namespace wbe is in Git or in the cluster" in result.stderr


def test_selector(call: Call, recording: Path) -> None:
    whole = audited(call, "--snapshot", recording)["services"]

    assert audited(call, "--snapshot", recording, "-l", "!no-such-label")["services"] == whole
    assert audited(call, "--snapshot", recording, "-l", "no-such-label")["services"] == []


def test_colour_only_for_a_terminal(call: Call, recording: Path) -> None:
    assert "\x1b" not in call("run", "--snapshot", recording).stdout


def test_text_fits_80_columns_when_piped(call: Call, recording: Path) -> None:
    for line in call("run", "--snapshot", recording).stdout.splitlines():
        assert len(line) <= 80 or line.startswith("      ") or " " not in line.strip()


def test_a_folder_without_anything_is_incomplete(call: Call, tmp_path: Path) -> None:
    result = call("run", "--snapshot", tmp_path, env={"SOURCE_DATE_EPOCH": "1795344600"})

    assert result.exit_code in {2, 3}
    assert "Traceback" not in result.output


def test_source_date_epoch_must_be_a_number(call: Call, tmp_path: Path) -> None:
    (tmp_path / "kubernetes").mkdir()
    (tmp_path / "kubernetes" / "services.json").write_text('{"kind": "List", "apiVersion": "v1", "items": []}')

    result = call("run", "--snapshot", tmp_path, env={"SOURCE_DATE_EPOCH": "yesterday"})

    assert result.exit_code == 2
    assert "SOURCE_DATE_EPOCH=yesterday is no number of seconds" in result.stderr


def test_hand_made_folder_takes_the_given_clock(call: Call, tmp_path: Path) -> None:
    (tmp_path / "kubernetes").mkdir()
    (tmp_path / "kubernetes" / "services.json").write_text('{"kind": "List", "apiVersion": "v1", "items": []}')

    result = call("run", "--snapshot", tmp_path, "-f", "json", env={"SOURCE_DATE_EPOCH": "1795344600"})

    document = json.loads(result.stdout)
    assert (result.exit_code, document["verdict"]) == (3, "incomplete")
    assert document["run"]["startedAt"] == "2026-11-22T10:50:00Z"
