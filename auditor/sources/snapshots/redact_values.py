"""Objects that hold Helm values, without what they hold beside what is compared: values are where passwords stand.

Every scalar that is not needed becomes empty in its place, comments go too, and lines and columns stay.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from auditor.sources.declarations.partials import FLEET_INTERNAL
from auditor.sources.declarations.partials_maps import holds_ours, is_ours
from auditor.sources.declarations.partials_values import split
from auditor.sources.snapshots.redact_needed import needed
from auditor.sources.yaml_text.nodes import Mapping, YamlError
from auditor.sources.yaml_text.yamldoc import load, parser

OWN = frozenset({
    "loadBalancerSourceRanges", "apiVersion", "kind", "name", "namespace", "releaseName", "targetNamespace",
    "valuesKey", "targetPath", "optional", "forceString", "path", "server", "valuesFile", "valuesFiles", FLEET_INTERNAL,
})  # fmt: skip
"""What is needed of an object itself; among its values these are anybody's."""
_VALUES = frozenset({"values", "valuesObject", "data"})
_SWITCH = re.compile(r"true|false", re.IGNORECASE)
_DATA = frozenset({"data", "stringData", "binaryData"})
"""Of ConfigMaps and Secrets: what stands there is a value, whatever its key is called."""
_NO_MAP = "'-'"
_COMMENT = re.compile(r"(^|\s)#[^\r\n]*", re.MULTILINE)
_NOT_BREAKS = re.compile(r"[^\r\n]+")

Places = Collection[tuple[int, int]]
"""Lines and columns, counting from 1, of the values that are compared."""


class UnseparableError(Exception):
    """What is compared cannot be told from what is secret."""


class _Leaf(NamedTuple):
    """A scalar that is a value, with the key above it, the key above that, and whether it is among Helm values."""

    event: Any
    key: str
    above: str
    inside: bool


def masked(text: str, keep: Places, line: int = 1, column: int = 1, *, values: bool = False) -> str:
    """A text of YAML that begins at a place, with nothing in it but structure and what is kept.

    `values`: it is Helm values, and no object that has some. Raises UnseparableError.
    """
    try:
        leaves = list(_leaves(text, inside=values))
    except yaml.YAMLError:
        raise UnseparableError from None
    told = {(at[0] + line, at[1] + column) for at in needed(text)}
    parts: list[str] = []
    at = 0
    for leaf, start, end in leaves:
        parts.append(_COMMENT.sub(lambda found: found[1] + " " * (len(found[0]) - len(found[1])), text[at:start]))
        chunk = text[start:end]
        parts.append(chunk if leaf is None else _value(leaf, chunk, keep, told, (line, column)))
        at = end
    parts.append(_COMMENT.sub(lambda found: found[1], text[at:]))
    return "".join(parts)


def _value(leaf: _Leaf, chunk: str, keep: Places, told: Places, begin: tuple[int, int]) -> str:
    mark, text = leaf.event.start_mark, leaf.event.value
    first = mark.line + begin[0]
    at = first, mark.column + begin[1]
    whole = leaf.key == "values" or leaf.above == "data" or holds_ours(text)
    if at in keep and not (whole and "\n" in text):
        return chunk
    if leaf.above not in _DATA and (_is_needed(leaf) or (leaf.inside and at in told)):
        return chunk
    last = leaf.event.end_mark.line + begin[0]
    if whole and any(first <= line <= last for line, _ in keep):
        if leaf.event.style != "|":
            raise UnseparableError
        return _block(text, chunk, keep, first + 1, values=True)
    if leaf.key == "patch" and leaf.event.style == "|":
        with contextlib.suppress(UnseparableError):
            return _block(text, chunk, (), first + 1, values=False)
    anchor = f"&{leaf.event.anchor} " if leaf.event.anchor else ""
    nothing = anchor + (("''" if _is_map(text) else _NO_MAP) if leaf.above == "data" else "~")
    breaks = _NOT_BREAKS.sub("", chunk)
    return nothing + breaks if breaks else nothing.ljust(len(chunk)) if chunk else ""


def _is_map(text: str) -> bool:
    """True if values may come from such a text: a replay must not find some where there were none."""
    try:
        found = load(text.encode(), lambda root: isinstance(root, Mapping))
    except (YamlError, UnicodeEncodeError):
        return False
    return found in ([], [True])


def _is_needed(leaf: _Leaf) -> bool:
    if leaf.inside:
        switch = leaf.key == "enabled" and _SWITCH.fullmatch(leaf.event.value) is not None
        return switch or is_ours(leaf.key)
    return leaf.key in OWN or is_ours(leaf.key)


def _block(value: str, chunk: str, keep: Places, line: int, *, values: bool) -> str:
    """A literal block, masked inside."""
    head, *raw = chunk.splitlines(keepends=True)
    inner = split(value)
    full = next((i for i, text in enumerate(inner) if text.strip()), None)
    if full is None or full >= len(raw):
        raise UnseparableError
    indent = len(raw[full].rstrip("\r\n")) - len(inner[full])
    lines = split(masked(value, keep, line, indent + 1, values=values))
    body = []
    for i, text in enumerate(raw):
        told = lines[i] if i < len(lines) else ""
        end = text[len(text.rstrip("\r\n")) :]
        body.append((" " * indent + told if told.strip() else "") + end)
    return head + "".join(body)


def _leaves(text: str, *, inside: bool) -> Iterator[tuple[_Leaf | None, int, int]]:
    """Every scalar with its indexes: keys without, values with what stands above them."""
    events = parser(text)
    stack: list[list[str | None] | None] = [None]
    while type(event := events.get_event()) is not StreamEndEvent:
        kind = type(event)
        into = stack[-1]
        if kind in (MappingEndEvent, SequenceEndEvent):
            stack.pop()
            _filled(stack[-1])
        elif kind is MappingStartEvent:
            stack.append([None])
        elif kind is SequenceStartEvent:
            stack.append(None)
        elif kind is AliasEvent:
            _filled(into)
        elif kind is ScalarEvent:
            start, end = event.start_mark.index, event.end_mark.index
            if into is not None and into[0] is None:
                into[0] = event.value
                yield None, start, end
            else:
                named = [one[0] or "" for one in stack if one is not None]
                key, above = [*named[::-1], "", ""][:2]
                yield _Leaf(event, key, above, inside or not _VALUES.isdisjoint(named[:-1])), start, end
                _filled(into)


def _filled(into: list[str | None] | None) -> None:
    """The value of a key has been read."""
    if into is not None:
        into[0] = None
