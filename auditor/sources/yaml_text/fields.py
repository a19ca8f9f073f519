"""Typed access to the fields of a manifest; what has another form than the API server demands is a ShapeError.

A field that is null counts as left out, as it does for the API server.
"""

from __future__ import annotations

from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, Sequence, place


class ShapeError(Exception):
    """A manifest that the API server would not take; the text goes on after "the Service"."""

    def __init__(self, reason: str, node: Node) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = place(node)[0]


def given(parent: Mapping, key: str) -> Node | None:
    """The node of a key that is there and not null."""
    node: Node | None = parent.get(key)
    return None if node is None or goscalar.is_null(node) else node


def word(parent: Mapping, key: str) -> str:
    """The text under a key; empty if there is none."""
    node = parent.get(key)
    return node.text if isinstance(node, Scalar) else ""


def inner(parent: Mapping, key: str) -> Mapping:
    """The mapping under a key; an empty one if there is none."""
    node = parent.get(key)
    return node if isinstance(node, Mapping) else Mapping()


def mapping(parent: Mapping, key: str, path: str) -> Mapping | None:
    """A field that holds a mapping."""
    node = given(parent, key)
    if node is None or isinstance(node, Mapping):
        return node
    raise ShapeError(f"has a {path} that is not a mapping", node)


def text(parent: Mapping, key: str, path: str) -> str | None:
    """A field that holds a string."""
    node = given(parent, key)
    return None if node is None else string(node, path)


def string(node: Node, path: str) -> str:
    """A string."""
    if type(node) is Scalar:
        found = goscalar.value(node)
        if isinstance(found, str):
            return found
    raise ShapeError(f"has a {path} that is not a string", node)


def items(node: Node, path: str) -> Sequence:
    """A list."""
    if isinstance(node, Sequence):
        return node
    raise ShapeError(f"has a {path} that is not a list", node)


def strings(node: Node, path: str) -> tuple[str, ...]:
    """A list of strings; an empty one is declared, not left out."""
    return tuple(string(item, path) for item in items(node, path))


def boolean(node: Node, path: str) -> bool:
    """True or false, not in quotes."""
    found = goscalar.value(node) if type(node) is Scalar else None
    if isinstance(found, bool):
        return found
    raise ShapeError(f"has a {path} that is neither true nor false", node)


def number(node: Node, path: str) -> int:
    """A whole number, also one in quotes: the API server refuses that, but what was meant is plain."""
    found = goscalar.value(node) if type(node) is Scalar else None
    if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < len(str(2**31)):
        return int(found)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise ShapeError(f"has a {path} that is not a whole number", node)
