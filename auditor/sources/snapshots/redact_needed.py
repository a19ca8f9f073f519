"""Which scalars among Helm values a replay needs: what tells a map that speaks of a Service, and fields beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from auditor.sources.declarations.partials_maps import FIELDS, SPEAKING, is_ours
from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.nodes import Mapping, Scalar, YamlError
from auditor.sources.yaml_text.nodes import Sequence as List
from auditor.sources.yaml_text.yamldoc import load

_OBJECT = ("apiVersion", "kind")
_PAIR = ("name", "key")


def needed(text: str) -> set[tuple[int, int]]:
    """The lines and columns of such scalars in a text of YAML, counting from 0; none where it is no YAML."""
    try:
        found = load(text.encode(), lambda root: [one.start_mark for one in _wanted(root)])
    except (YamlError, UnicodeEncodeError):
        return set()
    return {(mark.line, mark.column) for marks in found for mark in marks}


def _wanted(root: Any) -> Iterator[Scalar]:
    pending: list[tuple[Any, str]] = [(root, "")]
    while pending:
        node, name = pending.pop()
        if isinstance(node, Mapping):
            yield from _of(node, name)
            pending += [(child, key) for key, child in node.items()]
        elif isinstance(node, List):
            pending += [(child, name) for child in node]


def _of(node: Mapping, name: str) -> Iterator[Scalar]:
    """What is needed of one map: of a name and a value, of a whole object, or beside annotations."""
    named = next((found for key in _PAIR if isinstance(found := node.get(key), Scalar)), None)
    if named is not None and is_ours(named.text):
        yield from _scalars((named, node.get("value")))
    word, metadata, spec = fields.word(node, "kind"), node.get("metadata"), node.get("spec")
    if "apiVersion" in node and (word == "Service" or word in SPEAKING):
        yield from _scalars(node.get(key) for key in _OBJECT)
        if word == "Service" and isinstance(metadata, Mapping) and _holds_ours(metadata.get("annotations")):
            yield from _scalars([metadata.get("name"), *_fields(spec)])
    if any(map(_holds_ours, node.values())) or (name.lower().endswith("service") and "loadBalancerIP" in node):
        yield from _scalars([*_fields(node), *_fields(spec)])


def _holds_ours(node: Any) -> bool:
    if isinstance(node, List):
        return any(map(_is_pair, node))
    if isinstance(node, Scalar):
        return "/azure-" in node.text
    return _is_map(node)


def _is_pair(node: Any) -> bool:
    names = [node.get(key) for key in _PAIR] if isinstance(node, Mapping) else []
    return any(isinstance(one, Scalar) and is_ours(one.text) for one in names) or _is_map(node)


def _is_map(node: Any) -> bool:
    return isinstance(node, Mapping) and any(map(is_ours, node))


def _fields(node: Any) -> list[Any]:
    return [node[key] for key in FIELDS if key in node] if isinstance(node, Mapping) else []


def _scalars(nodes: Iterable[Any]) -> Iterator[Scalar]:
    for node in nodes:
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, List):
            yield from (item for item in node if isinstance(item, Scalar))
