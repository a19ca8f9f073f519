"""JSON text to the trees of `nodes`, for what is JSON but not YAML.

YAML refuses surrogate pairs, tabs before the first brace, several objects in a row and other things that JSON allows.
The json module judges whether it is JSON; the tokens then only have to be told apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from yaml import Mark

from auditor.sources.yaml_text.nodes import MAX_DEPTH, SURROGATE, Mapping, Node, Scalar, Sequence, YamlError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\],:"]+')
_SPACE = re.compile(r"[ \t\r\n]*")


def load(text: str) -> list[Node] | None:
    """The root of each of the objects in a row; None if this is not JSON. Raises YamlError if it is too deep."""
    if not text.lstrip().startswith(("{", "[")) or not _is_json(text):
        return None
    roots: list[Node] = []
    stack: list[tuple[Any, str | None]] = []
    into: Any = roots
    key: str | None = None
    node: Any
    for word, mark in _tokens(text):
        if word in "{[":
            if len(stack) >= MAX_DEPTH:
                raise YamlError(f"is nested more than {MAX_DEPTH} levels deep", mark.line + 1, mark.column + 1)
            stack.append((into, key))
            into, key = Mapping() if word == "{" else Sequence(), None
            into.start_mark = mark
            continue
        if word in "}]":
            node = into
            into, key = stack.pop()
        elif key is None and type(into) is Mapping:
            key = _unquoted(word)
            continue
        else:
            node = _scalar(word, mark)
        if key is None:
            into.append(node)
        else:
            into[key], key = node, None
    return roots


def _is_json(text: str) -> bool:
    """True if the text is one JSON value after another."""
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    try:
        while at < len(text):
            _, end = decoder.raw_decode(text, at)
            at = _after_space(text, end)
    except (ValueError, RecursionError):
        return False
    return True


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _tokens(text: str) -> Iterator[tuple[str, Mark]]:
    line = line_start = before = 0
    for match in _TOKEN.finditer(text):
        at = match.start()
        if breaks := text.count("\n", before, at):
            line += breaks
            line_start = text.rindex("\n", before, at) + 1
        before = at
        yield match.group(), Mark("", at, line, at - line_start, None, 0)


def _scalar(word: str, mark: Mark) -> Scalar:
    quoted = word.startswith('"')
    return Scalar(_unquoted(word) if quoted else word, mark, plain=not quoted)


def _unquoted(word: str) -> str:
    """The text of a string; half of a surrogate pair is replaced, as Go does, since it cannot be printed."""
    return SURROGATE.sub("\ufffd", str(json.loads(word)))
