"""The generated parts of the documentation agree with the code."""

from pathlib import Path

import pytest

from tests import docs


@pytest.mark.parametrize("path", docs.documents(), ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert docs.renewed(text) == text, "run `make docs`"


def test_parts_in_a_line_and_in_lines_of_their_own() -> None:
    begin, end = "<!-- begin: rule-count -->", "<!-- end: rule-count -->"
    text = f"a {begin}x{end} b\n{begin}\n{end}\n"

    number = docs.BLOCKS["rule-count"]()

    assert docs.renewed(text) == f"a {begin}{number}{end} b\n{begin}\n{number}\n{end}\n"
