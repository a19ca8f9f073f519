"""YAML bytes to light trees whose every scalar knows its place; never more work than the bytes are worth.

The parser's events are read in a flat loop: PyYAML's own composer recurses (100,000 nested `[` end the process) and
expands `<<` without counting (700 bytes can take hours). Here depth, events and all that an alias repeats are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from auditor.sources.api_json.wire import utf8
from auditor.sources.yaml_text import goscalar, jsondoc
from auditor.sources.yaml_text.nodes import MAX_DEPTH, SURROGATE, Mapping, Node, Scalar, Sequence, YamlError, error_at

MAX_EVENTS = 4_000_000
"""In one document: 6 s of work and 900 MB; `kubectl get services -o yaml` with 10,000 Services has half of it."""
MAX_REPEATED = 100_000
"""How many nodes the aliases of one file may repeat, merges included; and one more for each byte that the file has."""
MAX_REREAD = 4_000_000
"""How many bytes may be read again because of bare `*`."""

T = TypeVar("T")


class PureParser(yaml.SafeLoader):
    """What there is without libyaml, which does not let half of a surrogate pair pass."""

    def get_event(self) -> Any:
        """The next event."""
        event: Any = super().get_event()  # type: ignore[no-untyped-call]
        if type(event) is ScalarEvent and SURROGATE.search(event.value):
            raise error_at(event, "is not YAML: found invalid Unicode character")
        return event


parser: Any = getattr(yaml, "CSafeLoader", PureParser)
_STAND_IN = "x"
"""What a bare `*` is replaced by to read on: one plain character, so that columns stay."""
_new = tuple.__new__


class Star(NamedTuple):
    """Where a bare `*` stood, counting from 0: YAML takes it for an alias without a name."""

    line: int
    column: int


def load(data: bytes, each: Callable[[Node], T]) -> list[T]:
    """What `each` makes of the root of every document that is not empty. Raises YamlError.

    Documents are handed over one by one, so that of a large file never more than one tree is held.
    """
    try:
        data = utf8(data)
    except UnicodeDecodeError as e:
        raise YamlError(f"is not YAML text: {e.reason}", 1) from None
    try:
        return _load_yaml(data, each)
    except YamlError:
        roots = jsondoc.load(data.decode(errors="replace")) if data.lstrip()[:1] in (b"{", b"[") else None
        if roots is None:
            raise
    return [each(root) for root in roots]


def _load_yaml(data: bytes, each: Callable[[Node], T]) -> list[T]:
    stars: frozenset[Star] = frozenset()
    budget = MAX_REREAD
    while True:
        try:
            return _Tree(data, stars).read(each)
        except yaml.YAMLError as e:
            text = data.decode(errors="replace")
            at = _bare_star(e, text)
            budget -= len(data)
            if at is None or budget < 0:
                raise _told(e, data) from None
            mark = e.context_mark  # type: ignore[attr-defined]
            stars |= {Star(mark.line, mark.column)}
            data = f"{text[:at]}{_STAND_IN}{text[at + 1 :]}".encode()


class _Tree:
    """One pass over the events of one file."""

    def __init__(self, data: bytes, stars: frozenset[Star]) -> None:
        self.parser = parser(data)
        self.may_repeat = MAX_REPEATED + len(data)
        self.stars = stars
        self.unseen = set(stars)
        self.repeated = 0
        self.anchors: dict[str, tuple[Node, int]] = {}

    def read(self, each: Callable[[Node], T]) -> list[T]:
        """What `each` makes of every document."""
        results: list[T] = []
        while type(event := self.parser.get_event()) is not StreamEndEvent:
            if type(event) is DocumentStartEvent:
                root = self._document(event)
                if not _is_empty(root):
                    results.append(each(root))
        if self.unseen:
            star = min(self.unseen)
            raise YamlError(
                "is not YAML: did not find a name after `*`; quote the value", star.line + 1, star.column + 1
            )
        return results

    def _document(self, event: Any) -> Node:
        """One document, in a flat loop. `stack` holds what surrounds the container `into` that is being filled."""
        get_event = self.parser.get_event
        self.anchors = {}
        stack: list[tuple[Any, Scalar | None, str | None, int]] = []
        into: Any = []
        key: Scalar | None = None
        node: Any
        for seen in range(MAX_EVENTS):
            event = get_event()
            kind = type(event)
            if kind is ScalarEvent:
                node = _new(Scalar, (event.value, event.start_mark, event.implicit[0], event.tag))
                if event.anchor is not None or self.stars:
                    node = self._scalar(event, node)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node = into
                into, key, anchor, before = stack.pop()
                if anchor is not None:
                    self.anchors[anchor] = (node, seen + self.repeated - before)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((into, key, event.anchor, seen + self.repeated))
                into, key = _open(event, into, key, len(stack)), None
                continue
            elif kind is AliasEvent:
                node = self._alias(event)
            else:
                return into[0]  # type: ignore[no-any-return]
            if type(into) is not Mapping:
                into.append(node)
            elif key is None:
                key = _key(node, event)
            else:
                self._put(into, key, node)
                key = None
        raise error_at(event, f"has more than {MAX_EVENTS:,} values in one document")

    def _scalar(self, event: Any, node: Scalar) -> Scalar:
        """A scalar that has an anchor, or may be the stand-in for a `*`."""
        star = Star(event.end_mark.line, event.end_mark.column - len(_STAND_IN))
        if star in self.stars and node.text == _STAND_IN:
            self.unseen.discard(star)
            node = Scalar("*", event.start_mark, plain=False, tag=goscalar.STAR)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)
        return node

    def _alias(self, event: Any) -> Node:
        known = self.anchors.get(event.anchor)
        if known is None:
            raise error_at(event, f"uses the alias `*{event.anchor}`, which nothing before it defines")
        self._repeat(event, known[1])
        return known[0]

    def _put(self, into: Mapping, key: Scalar, node: Node) -> None:
        if key.text == "<<" and key.plain:
            self._merge(into, node)
        else:
            into[goscalar.key_text(key)] = node

    def _merge(self, into: Mapping, node: Node) -> None:
        """`<<` counts where it stands, as for kubectl: it wins over the keys before it."""
        parts = node if isinstance(node, Sequence) else [node]
        for part in reversed(parts):
            if not isinstance(part, Mapping):
                raise error_at(node, "merges (`<<`) something that is not a mapping")
            self._repeat(part, len(part))
            into.update(part)

    def _repeat(self, where: Any, nodes: int) -> None:
        self.repeated += nodes
        if self.repeated > self.may_repeat:
            raise error_at(where, f"repeats more than {self.may_repeat:,} values through aliases")


def _open(event: Any, parent: Any, key: Scalar | None, depth: int) -> Mapping | Sequence:
    """The container that begins here."""
    if depth > MAX_DEPTH:
        raise error_at(event, f"is nested more than {MAX_DEPTH} levels deep")
    if key is None and type(parent) is Mapping:
        raise error_at(event, "has a list or a mapping as a key (an unquoted template?)")
    into = Mapping() if type(event) is MappingStartEvent else Sequence()
    into.start_mark = event.start_mark
    return into


def _key(node: Node, event: Any) -> Scalar:
    if type(node) is Scalar:
        return node
    raise error_at(event, "has a list or a mapping as a key")


def _is_empty(root: Node) -> bool:
    return type(root) is Scalar and root.plain and root.tag is None and not root.text


def _bare_star(error: yaml.YAMLError, text: str) -> int | None:
    """Index of the bare `*` that broke the file, if that is what did."""
    if getattr(error, "context", None) != "while scanning an alias":
        return None
    at: int = error.context_mark.index  # type: ignore[attr-defined]
    return at if text[at : at + 1] == "*" and text[at + 1 : at + 2] in ("", *" \t\r\n,}]") else None


def _told(error: yaml.YAMLError, data: bytes) -> YamlError:
    """The parser's error in one clause."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "cannot be parsed"
        return YamlError(f"is not YAML: {problem}", mark.line + 1, mark.column + 1)
    at = getattr(error, "position", 0)
    reason = getattr(error, "reason", None) or "unreadable"
    return YamlError(f"is not YAML text: {reason}", data.count(b"\n", 0, at) + 1)
