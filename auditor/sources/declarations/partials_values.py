"""Helm values as trees whose every scalar knows its place: those of an object, of YAML inside a string, of parameters.

Merged as Helm merges them: maps key by key, all else as a whole, and null takes a key away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import MAX_DEPTH, Mapping, Node, Scalar, YamlError
from auditor.sources.yaml_text.nodes import Sequence as List
from auditor.sources.yaml_text.yamldoc import load

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LITERAL = re.compile(r"(?:^|\s)\|[-+0-9]*\s*(?:#.*)?$")
_TYPED = re.compile(r"true|false|null|0|-?[1-9][0-9]*")
_PARTS = re.compile(r"((?:\\.|[^.\\])*)(?:\.|$)", re.DOTALL)


class Spot(NamedTuple):
    """A mark of ours: where a value stands, counting from 0, and in which file if that is another."""

    line: int
    column: int
    path: str = ""


def split(text: str) -> list[str]:
    """The lines of a file, as the parser counts them."""
    return _BREAK.split(text)


def embedded(scalar: Scalar, lines: Sequence[str], path: str = "") -> Mapping:
    """The values in a string of YAML; in a literal block each keeps its place. Raises ShapeError."""
    try:
        documents = load(scalar.text.encode(), lambda root: root)
    except (YamlError, UnicodeEncodeError) as e:
        raise ShapeError(f"are not YAML: {e}", scalar) from None
    root: Any = documents[0] if documents else Mapping()
    if not isinstance(root, Mapping) or len(documents) > 1:
        raise ShapeError("are not one mapping", scalar)
    found = _moved(root, _mover(scalar, lines, path)) if documents else root
    if not documents:
        found.start_mark = scalar.start_mark
    return found


def elsewhere(values: Scalar, path: str) -> Scalar:
    """The same scalar, said to stand in another file."""
    return values._replace(start_mark=Spot(values.start_mark.line, values.start_mark.column, path))


def _mover(scalar: Scalar, lines: Sequence[str], path: str) -> Callable[[Any], Spot]:
    at = scalar.start_mark
    if at.line < len(lines) and _LITERAL.search(lines[at.line][at.column :]):
        texts = split(scalar.text)
        first = next((i for i, text in enumerate(texts) if text.strip()), 0)
        below = at.line + 1 + first
        indent = len(lines[below]) - len(texts[first]) if below < len(lines) else 0
        return lambda mark: Spot(at.line + 1 + mark.line, mark.column + max(indent, 0), path)
    return lambda _: Spot(at.line, at.column, path)


def _moved(node: Any, move: Callable[[Any], Spot]) -> Any:
    if isinstance(node, Scalar):
        return node._replace(start_mark=move(node.start_mark))
    moved: Any
    if isinstance(node, Mapping):
        moved = Mapping((key, _moved(value, move)) for key, value in node.items())
    else:
        moved = List(_moved(value, move) for value in node)
    moved.start_mark = move(node.start_mark)
    return moved


def merged(base: Mapping, over: Mapping) -> Mapping:
    """Values with others laid over them."""
    found = Mapping(base)
    found.start_mark = over.start_mark
    for key, value in over.items():
        before = found.get(key)
        if goscalar.is_null(value):
            found.pop(key, None)
        elif isinstance(before, Mapping) and isinstance(value, Mapping):
            found[key] = merged(before, value)
        else:
            found[key] = value
    return found


def unescaped(text: str) -> str:
    """A text without the backslashes that `helm --set` takes away."""
    return re.sub(r"\\(.)", r"\1", text)


def keys_of(path: str) -> list[str] | None:
    r"""The keys of `a.b\.c.d`, as `helm --set` reads them; None for a path into a list, or one that is too deep."""
    parts = [unescaped(part) for part in islice(_parts(path), MAX_DEPTH + 1)]
    return None if not all(parts) or "[" in path or len(parts) > MAX_DEPTH else parts


def _parts(path: str) -> Iterator[str]:
    at = 0
    while at < len(path) and (match := _PARTS.match(path, at)):
        yield match[1]
        at = match.end()
        if at == match.start():
            return


def parameter(scalar: Scalar, *, string: bool = False) -> Scalar | None:
    """What `helm --set` makes of a text; None where that is more than one value."""
    text = scalar.text
    if not string and text[:1] == text[-1:] and text[:1] in ("'", '"') and len(text) > 1:
        text, string = text.strip("'\""), True
    elif not string and ("," in text or text[:1] in ("{", "[")):
        return None
    return Scalar(text, scalar.start_mark, plain=not string and _TYPED.fullmatch(text) is not None)


def put(values: Mapping, keys: Sequence[str], node: Node | None) -> Mapping:
    """The values with one of them set; None: taken away, since nobody knows it."""
    found = Mapping(values)
    found.start_mark = values.start_mark
    first, rest = keys[0], keys[1:]
    if rest:
        inner = found.get(first)
        if not isinstance(inner, Mapping):
            inner = Mapping.at(values if node is None else node)
        found[first] = put(inner, rest, node)
    elif node is None or goscalar.is_null(node):
        found.pop(first, None)
    else:
        found[first] = node
    return found
