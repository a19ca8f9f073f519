"""The values of a YAML file by their path: to find in a patch, a base or a file of values what stands in a manifest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence, YamlError
from auditor.sources.yaml_text.yamldoc import load

EACH = "[]"
"""In a path: any index of a list."""
Path = tuple[str, ...]


class Leaf(NamedTuple):
    """A value, or what holds values (its text is None)."""

    path: Path
    text: str | None
    line: int
    column: int


@dataclass(slots=True)
class Indexed:
    """One document, or one patch."""

    file: str
    kind: str = ""
    name: str = ""
    line: int = 1
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    by_path: dict[Path, list[Leaf]] = field(default_factory=lambda: defaultdict(list))
    by_last: dict[str, list[Leaf]] = field(default_factory=lambda: defaultdict(list))

    def add(self, leaf: Leaf) -> None:
        """Note a value."""
        self.by_path[leaf.path].append(leaf)
        if leaf.path and leaf.text is not None:
            self.by_last[leaf.path[-1]].append(leaf)

    @property
    def leaves(self) -> Iterator[Leaf]:
        """All of them."""
        for leaves in self.by_path.values():
            yield from leaves


class Shift(NamedTuple):
    """Where in a file a text stands that is parsed by itself; a text that is no block is one place."""

    line: int = 0
    column: int = 0
    fixed: bool = False

    def at(self, node: Node) -> tuple[int, int]:
        """Line and column of a node, from 1."""
        if self.fixed:
            return self.line, self.column
        mark = node.start_mark
        return mark.line + 1 + self.line, mark.column + 1 + self.column


def index(file: str, data: bytes, shift: Shift | None = None) -> list[Indexed]:
    """The documents of a file, those inside lists by themselves; nothing of one that is no YAML."""
    moved = shift or Shift()
    try:
        return [one for found in load(data, lambda root: list(_documents(file, root, moved))) for one in found]
    except YamlError:
        return []


def _documents(file: str, root: Node, shift: Shift) -> Iterator[Indexed]:
    if isinstance(root, Mapping):
        items = root.get("items")
        if fields.word(root, "kind").endswith("List") and isinstance(items, Sequence):
            for item in items:
                yield from _documents(file, item, shift)
            return
        metadata = fields.inner(root, "metadata")
        made = Indexed(
            file, fields.word(root, "kind"), fields.word(metadata, "name"), shift.at(root)[0],
            fields.word(metadata, "namespace"), _words(metadata, "labels"), _words(metadata, "annotations"),
        )  # fmt: skip
        _walk(made, root, (), shift)
        yield made
    elif isinstance(root, Sequence) and any(isinstance(one, Mapping) and "op" in one for one in root):
        made = Indexed(file, line=shift.at(root)[0])
        for one in root:
            if isinstance(one, Mapping) and isinstance(pointer := one.get("path"), Scalar) and "value" in one:
                parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.text.split("/")[1:])
                path = tuple(EACH if part.isdecimal() or part == "-" else part for part in parts)
                _walk(made, one["value"], path, shift)
        yield made


def _walk(made: Indexed, root: Node, start: Path, shift: Shift) -> None:
    stack: list[tuple[Node, Path]] = [(root, start)]
    while stack:
        node, path = stack.pop()
        line, column = shift.at(node)
        made.add(Leaf(path, node.text if isinstance(node, Scalar) else None, line, column))
        if isinstance(node, Mapping):
            stack += [(value, (*path, key)) for key, value in node.items()]
        elif isinstance(node, Sequence):
            stack += [(value, (*path, EACH)) for value in node]


def _words(parent: Mapping, name: str) -> dict[str, str]:
    return {key: value.text for key, value in fields.inner(parent, name).items() if isinstance(value, Scalar)}
