"""Whole reports as users see them. `UPDATE_GOLDEN=1 make test` writes them anew; the diff is the review."""

import os
from pathlib import Path

import pytest

from auditor import reports
from auditor.model.finding import Report, Severity
from auditor.reports.options import Options
from tests.reports import factory

GOLDEN = Path(__file__).parent / "golden"
ALL = Options()
CASES = {
    "drifted.txt": ("text", factory.drifted(), ALL),
    "drifted-wide-coloured.txt": ("text", factory.drifted(), Options(width=100, colour=True)),
    "drifted-critical-only.txt": ("text", factory.drifted(), Options(min_severity=Severity.CRITICAL)),
    "clean.txt": ("text", factory.clean(), ALL),
    "blind.txt": ("text", factory.blind(), ALL),
    "drifted.json": ("json-v1", factory.drifted(), ALL),
    "drifted-critical-only.json": ("json-v1", factory.drifted(), Options(min_severity=Severity.CRITICAL)),
    "clean.json": ("json-v1", factory.clean(), ALL),
    "blind.json": ("json-v1", factory.blind(), ALL),
}


@pytest.mark.parametrize("name", CASES)
def test_report_is_as_agreed(name: str) -> None:
    form, report, options = CASES[name]

    written = _written(form, report, options)

    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(written)
    assert written.decode() == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", reports.names())
def test_same_report_same_bytes(name: str) -> None:
    assert _written(name, factory.drifted(), ALL) == _written(name, factory.drifted(), ALL)


def _written(form: str, report: Report, options: Options) -> bytes:
    content = reports.renderer(form)(report, options)
    return content.encode() if isinstance(content, str) else content
