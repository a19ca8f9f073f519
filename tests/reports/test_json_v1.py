"""The JSON report keeps its schema and its sums, whatever is in it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from auditor.model.finding import Report, Severity
from auditor.reports import json_v1
from auditor.reports.options import Options
from tests.reports import factory
from tests.reports.strategies import made_up

SCHEMA = json.loads((Path(json_v1.__file__).with_name("report-v1.schema.json")).read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def document(report: Report, **options: Any) -> dict[str, Any]:
    """Return the report as a reader of JSON gets it, after a look at the schema."""
    read: dict[str, Any] = json.loads(json_v1.render(report, Options(**options)))
    VALIDATOR.validate(read)
    return read


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("report", [factory.drifted(), factory.clean(), factory.blind()])
@pytest.mark.parametrize("least", Severity)
def test_reports_keep_the_schema(report: Report, least: Severity) -> None:
    assert document(report, min_severity=least)["schema"] == "aks-auditor/report-v1"


@given(made_up())
def test_any_report_keeps_schema_and_sums(report: Report) -> None:
    for least in Severity:
        read = document(report, min_severity=least)
        summary, listed = read["summary"], read["findings"]
        assert summary["total"] == sum(summary["bySeverity"].values()) == sum(summary["byState"].values())
        assert summary["total"] == summary["causes"] + summary["consequences"]
        assert summary["total"] + summary["suppressed"] == len(listed) + summary["hidden"] == len(report.findings)
        assert summary["services"]["total"] == len(read["services"])


def test_findings_have_every_key_of_the_contract() -> None:
    exposed = document(factory.report(factory.exposed()))["findings"][0]

    assert list(exposed) == SCHEMA["$defs"]["finding"]["required"]
    assert exposed["service"] == {
        "namespace": "payments",
        "name": "ledger-api",
        "uid": "11111111-2222-4333-8444-555555555555",
    }
    assert exposed["resource"]["type"] == "Microsoft.Network/privateLinkServices"
    assert list(exposed["values"]) == ["git", "cluster", "expected", "azure"]


def test_findings_keep_the_order_of_the_report() -> None:
    report = factory.drifted()

    assert [f["id"] for f in document(report)["findings"]] == [f.id for f in report.findings]


def test_sets_are_sorted() -> None:
    values = {"git": frozenset({"b", "a", "c"}), "azure": [{"x": {2, 1}}]}

    read = document(factory.report(factory.finding(values=values)))

    assert read["findings"][0]["values"] == {"git": ["a", "b", "c"], "azure": [{"x": [1, 2]}]}


def test_no_control_character_reaches_a_terminal() -> None:
    written = json_v1.render(factory.report(factory.finding(message="\x1b[2J\x9b\x7f\x00·ü")), Options())

    assert not set(written) & ({*range(0x20)} - {0x0A} | {0x7F})
    assert b"\xc2\x9b" not in written
    assert json.loads(written)["findings"][0]["message"] == "\x1b[2J\x9b\x7f\x00·ü"


def test_lone_surrogates_are_spelt_out() -> None:
    read = document(factory.report(factory.finding(message="a\ud800b", values={"git": ["\udfff"]})))

    assert read["findings"][0]["message"] == r"a\ud800b"
    assert read["findings"][0]["values"] == {"git": [r"\udfff"]}


def test_ends_with_a_newline_and_is_indented() -> None:
    written = json_v1.render(factory.clean(), Options())

    assert written.startswith(b'{\n  "schema": ')
    assert written.endswith(b"}\n")
