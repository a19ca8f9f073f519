"""Rendered manifests that know where they come from: a comment before each document says it, and is obeyed here.

It makes what was built, what the cache kept and what a recording replays the same bytes, with the same places. A line
`# auditor: {...}` after `---` names the file and line of the resource, and to which place in Git each place of the
document below belongs. Files without such comments stay as they are.
"""

from __future__ import annotations

import bisect
import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from auditor.model.service import Declared, Partial, Place
from auditor.model.snapshot import Gap
from auditor.sources.declarations.declared import Origin

_MARK = b"# auditor: "
_GAP = re.compile(r"^(?P<path>.*?):(?P<line>\d+) (?P<reason>.*)$", re.DOTALL)
_OWN = re.compile(rb"\A---\n# auditor: ")
OWN = re.compile(r"---\n# auditor: .*\n")
"""How a rendered document begins."""
_S = TypeVar("_S", Declared, Partial)


@dataclass(slots=True)
class Document:
    """One rendered document."""

    text: bytes = b""
    path: str = ""
    """The file in Git that it comes from."""
    line: int = 1
    namespace: str = ""
    """Of what names none."""
    root: str = ""
    gap: str = ""
    """In place of the text: why nobody knows what it would be."""
    kind: str = "manifests"
    """Of that gap."""
    places: dict[tuple[int, int], Place] = field(default_factory=dict)
    """Line and column in `text`, to the place in Git; with the file always."""
    start: int = 0
    """The line of the file before its text."""


def joined(documents: Iterable[Document]) -> bytes:
    """One file of documents, with their comments."""
    parts: list[bytes] = []
    for one in documents:
        said: dict[str, object] = {"root": one.root, "path": one.path, "line": one.line}
        if one.namespace:
            said["namespace"] = one.namespace
        if one.gap:
            said |= {"gap": one.gap, "kind": one.kind}
        if one.places:
            said["places"] = {f"{line}:{column}": list(at) for (line, column), at in sorted(one.places.items())}
        text = one.text if one.text.endswith(b"\n") or not one.text else one.text + b"\n"
        parts.append(b"---\n" + _MARK + json.dumps(said).encode() + b"\n" + text)
    return b"".join(parts)


def parted(data: bytes) -> list[Document]:
    """The documents of a file, without their text; nothing if it has no such comments."""
    if not _OWN.match(data):
        return []
    found: list[Document] = []
    begins = False
    for number, line in enumerate(data.split(b"\n"), 1):
        if begins and line.startswith(_MARK):
            found.append(_document(line, number))
        begins = line == b"---"
    return found


def _document(line: bytes, number: int) -> Document:
    try:
        said = json.loads(line.removeprefix(_MARK))
        places = {
            (int(key.partition(":")[0]), int(key.partition(":")[2])): Place(int(at[0]), int(at[1]), str(at[2]))
            for key, at in said.get("places", {}).items()
        }
        return Document(
            path=str(said["path"]), line=int(said["line"]), namespace=str(said.get("namespace", "")),
            root=str(said["root"]), gap=str(said.get("gap", "")), places=places, start=number,
            kind=str(said.get("kind", "manifests")),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Document(start=number)  # a hand was at it: places fall back to the rendered file


def origin_of(data: bytes, origin: Origin) -> Origin:
    """The origin under which a rendered file is read: its own default namespace counts."""
    head = _document(data.split(b"\n", 2)[1], 0) if _OWN.match(data) else None
    return origin._replace(namespace=head.namespace) if head and head.namespace else origin


def located(found: Iterable[Declared | Partial | Gap], data: bytes, origin: Origin) -> list[Declared | Partial | Gap]:
    """What a file declares, with the places in Git that its comments name."""
    documents = parted(data)
    if not documents:
        return list(found)
    made: list[Declared | Partial | Gap] = []
    for document in documents:
        if document.gap:
            scope = f"{origin.source}/{document.root}" if document.root else origin.source
            made.append(Gap(source="git", scope=scope, kind=document.kind, reason=document.gap))
    at = _Located(documents)
    for one in found:
        if isinstance(one, Gap):
            made.append(at.gap(one, origin))
        elif isinstance(one, Declared):
            document = at.at(one.line)
            made.append(dataclasses.replace(at.moved(one, document), root=document.root or "."))
        else:
            made.append(at.moved(one, at.at(one.line)))
    return made


class _Located:
    def __init__(self, documents: list[Document]) -> None:
        self._documents = documents
        self._starts = [one.start for one in documents]

    def at(self, line: int) -> Document:
        """The document that a line belongs to."""
        return self._documents[max(bisect.bisect_left(self._starts, line) - 1, 0)]

    def moved(self, one: _S, document: Document) -> _S:
        if not document.path:
            return one
        places = self._places(one.places, document)
        line = document.line
        if isinstance(one, Partial):
            line = min((at.line for at in places.values() if not at.path), default=line)
        return dataclasses.replace(one, path=document.path, line=line, places=places)

    def _places(self, places: Mapping[str, Place], home: Document) -> dict[str, Place]:
        made: dict[str, Place] = {}
        for key, place in places.items():
            document = self.at(place.line)
            fallback = Place(document.line, 1, document.path)
            at = document.places.get((place.line - document.start, place.column), fallback)
            made[key] = Place(at.line, at.column) if at.path == home.path else at
        return made

    def gap(self, gap: Gap, origin: Origin) -> Gap:
        """A gap about a line of the rendered file, told of the file in Git."""
        told = _GAP.match(gap.reason)
        if told is None or told["path"] != origin.path:
            return gap
        document = self.at(int(told["line"]))
        if not document.path:
            return gap
        scope = f"{origin.source}/{document.root}" if document.root else origin.source
        line = int(told["line"]) - document.start
        home = Place(document.line, 1, document.path)
        at = next((at for (number, _), at in sorted(document.places.items()) if number == line), home)
        where = f"{at.path}:{at.line}" if at.line else f"{at.path}:"
        return dataclasses.replace(gap, scope=scope, reason=f"{where} {told['reason']}")


def line_of(gap: Gap, path: str) -> int | None:
    """The line of a file that a gap is about."""
    told = _GAP.match(gap.reason)
    return int(told["line"]) if told is not None and told["path"] == path else None
