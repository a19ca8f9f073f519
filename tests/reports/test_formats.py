"""A format is one file, and its file name is its name."""

import importlib
from pathlib import Path

import pytest

from auditor import reports


def test_formats_of_today() -> None:
    assert {"text", "json", "json-v1"} <= set(reports.names())


@pytest.mark.parametrize("name", sorted(set(reports.names()) - set(reports.ALIASES)))
def test_name_is_the_file_name(name: str) -> None:
    module = importlib.import_module(f"auditor.reports.{name.replace('-', '_')}")

    assert name == module.NAME
    assert callable(module.render)


def test_shared_modules_exist_and_are_no_formats() -> None:
    folder = Path(reports.__path__[0])

    assert {path.stem for path in folder.glob("*.py")} >= reports.SHARED
    assert not reports.SHARED & set(reports.names())


def test_json_is_an_alias_of_the_current_version() -> None:
    assert reports.renderer("json") is reports.renderer("json-v1")
