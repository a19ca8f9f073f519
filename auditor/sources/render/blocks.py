"""Values inside a text: of YAML in a ConfigMap or an Application the place in Git of each line, not of the whole.

A literal block has its lines in Git as it has them where it was built; a generator made it of a file of these lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from auditor.model.service import Place
from auditor.sources.render.indexed import Leaf

_LITERAL = re.compile(r"(?:[&!]\S*\s+)*\|")

Spot = tuple[int, int]
"""Line and column in a document that was built, from 1."""


def around(spot: Spot, leaves: Iterable[Leaf]) -> Leaf | None:
    """The text of several lines in which a place lies."""
    held = (
        leaf for leaf in leaves
        if leaf.text is not None and "\n" in leaf.text and leaf.line < spot[0] <= leaf.line + leaf.text.count("\n") + 1
    )  # fmt: skip
    return max(held, key=lambda leaf: leaf.line, default=None)


def in_block(spot: Spot, leaf: Leaf, built: Sequence[str], at: Place, written: Sequence[str]) -> Place:
    """The place in Git of one inside a text that begins at `at`: its beginning, if that is no literal block."""
    line = at.line + spot[0] - leaf.line
    if line > len(written) or not _LITERAL.match(written[at.line - 1][at.column - 1 :]):
        return at
    shift = _indent(written[line - 1]) - _indent(built[spot[0] - 1])
    return Place(line, max(spot[1] + shift, 1), at.path)


def in_file(spot: Spot, leaf: Leaf, built: Sequence[str], path: str) -> Place:
    """The place of one inside a text that is a whole file."""
    line = spot[0] - leaf.line
    shift = _indent((leaf.text or "").split("\n")[line - 1]) - _indent(built[spot[0] - 1])
    return Place(line, max(spot[1] + shift, 1), path)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
