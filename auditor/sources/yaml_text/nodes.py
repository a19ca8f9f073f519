"""The light tree of a parsed manifest: scalars with text, style and tag, mappings and lists, each with its place."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

MAX_DEPTH = 64
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: no text that has one can be printed."""


class Scalar(NamedTuple):
    """A leaf: its text as the file has it, not yet understood."""

    text: str
    start_mark: Any
    """The parser's mark: `line` and `column` count from 0."""
    plain: bool
    """Not quoted."""
    tag: str | None = None


class Mapping(dict[str, Any]):
    """Keys as JSON would have them; of a key given twice the last value counts, as for kubectl."""

    __slots__ = ("start_mark",)
    start_mark: Any

    @classmethod
    def at(cls, node: Any) -> Mapping:
        """An empty one that stands where a node does."""
        made = cls()
        made.start_mark = node.start_mark
        return made


class Sequence(list[Any]):
    """A list of nodes."""

    __slots__ = ("start_mark",)
    start_mark: Any


Node = Scalar | Mapping | Sequence


class YamlError(Exception):
    """These bytes are no YAML that may be read; the place counts from 1."""

    def __init__(self, reason: str, line: int, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def place(node: Any) -> tuple[int, int]:
    """Line and column of a node or of a parser's event, counting from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def error_at(node: Any, reason: str) -> YamlError:
    """An error about a node or a parser's event."""
    return YamlError(reason, *place(node))
