"""`--output`: which format goes where."""

from pathlib import Path

import pytest

from auditor import reports
from auditor.errors import UsageError
from auditor.publish import Delivery, deliveries


def test_standard_output_unless_told() -> None:
    assert deliveries("text", ()) == [Delivery(format="text", path="-")]


def test_several_places(tmp_path: Path) -> None:
    places = deliveries("text", ("-", f"json={tmp_path}/a.json", f"JSON-V1={tmp_path}/b=c.json"))

    assert [(d.format, d.path) for d in places] == [
        ("text", "-"),
        ("json", f"{tmp_path}/a.json"),
        ("json-v1", f"{tmp_path}/b=c.json"),
    ]


def test_a_path_may_hold_an_equals_sign(tmp_path: Path) -> None:
    assert deliveries("json", (f"{tmp_path}/a=b",)) == [Delivery(format="json", path=f"{tmp_path}/a=b")]


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        (("yaml=x",), f"there is no format `yaml`; there are {', '.join(reports.names())}"),
        (("json=",), "say where to write it"),
        (("-", "json=-"), "names standard output twice"),
        (("a.txt", "json=a.txt"), "names a.txt twice"),
        (("/nowhere/at/all/report.json",), "there is no folder /nowhere/at/all"),
        ((".",), "it is a folder"),
    ],
)
def test_what_cannot_be_is_said_before_the_audit(outputs: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        deliveries("text", outputs)
