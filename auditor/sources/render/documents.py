"""What a tool printed to documents that may declare something, each value with its place in Git."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.model.service import Declared, Partial, Place
from auditor.model.snapshot import Gap
from auditor.sources.builds import Build
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations, mentions_service
from auditor.sources.declarations.partials_sources import refers_to_values
from auditor.sources.render import blocks
from auditor.sources.render.errors import BuildError
from auditor.sources.render.indexed import Indexed, Leaf, index
from auditor.sources.render.origins import Document, joined, line_of, parted
from auditor.sources.render.substitute import DISABLED, Substituted, substitute
from auditor.sources.yaml_text.nodes import Node, YamlError
from auditor.sources.yaml_text.yamldoc import load

MAX_BYTES = 16 * 1024 * 1024
"""Of what may speak of Services: some 30,000 of them."""
_SPLIT = re.compile(rb"^---[ \t]*(?:#[^\n]*)?\r?\n", re.MULTILINE)
_ADDED = re.compile(
    r"^    (alpha\.config\.kubernetes\.io/transformations|config\.kubernetes\.io/origin): \|\n((?:      .*\n?)+)",
    re.MULTILINE,
)
_EMPTIED = re.compile(r"^  annotations:\n(?!    )", re.MULTILINE)
_PATH = re.compile(r"^ *(?:- )?(path|configuredIn): (.+)$", re.MULTILINE)
_SOURCE = re.compile(r"\A# Source: (.+)$", re.MULTILINE)
_SILENT = re.compile(rb"^kind: [\"']?(?:Secret|CustomResourceDefinition)[\"']?\s*$", re.MULTILINE)
"""Documents that say nothing of a Service, however often they name one."""

Find = Callable[[Leaf, frozenset[str], Indexed, "Piece"], Place | None]
Home = Callable[[Indexed | None, "Piece"], tuple[str, int]]


@dataclass(slots=True)
class Piece:
    """One document as a tool printed it."""

    text: str
    origin: str = ""
    """The file that it comes from."""
    by: list[str] = field(default_factory=list)
    """The kustomizations that changed it, in that order."""


class Places(NamedTuple):
    """How places are found."""

    find: Find
    home: Home
    lines: Callable[[str], list[str]]
    """Of a file."""
    file: Callable[[str], str | None]
    """The file that has nothing but this text."""
    in_time: Callable[[], None] = lambda: None
    """Raises BuildError once it has taken too long."""


def pieces(output: bytes) -> Iterator[Piece]:
    """The documents of a tool's output that may speak of a Service; no Secrets, no CRDs. Raises BuildError."""
    parts = [part for part in _SPLIT.split(output) if part.strip() and not _SILENT.search(part)]
    refers = any(refers_to_values(part) for part in parts)
    parts = [part for part in parts if mentions_service(part) or (refers and b"ConfigMap" in part)]
    if sum(map(len, parts)) > MAX_BYTES:
        raise BuildError(f"it makes more than {MAX_BYTES >> 20} MiB of manifests that speak of Services; split it up")
    for part in parts:
        yield _piece(part.decode(errors="replace"))


def _piece(text: str) -> Piece:
    made = Piece(text)
    for found in _ADDED.finditer(text):
        paths = [(name, _unquoted(path)) for name, path in _PATH.findall(found[2])]
        if found[1].startswith("alpha"):
            made.by = [path for name, path in paths if name == "configuredIn"]
        else:
            made.origin = next((path for _, path in paths), "")
    made.text = _EMPTIED.sub("", _ADDED.sub("", text))
    if source := _SOURCE.match(text):
        made.origin = source[1].strip()
    return made


def _unquoted(path: str) -> str:
    """A path as kustomize wrote it, from our own folder, as one of the repository."""
    return path.strip().strip("\"'").removeprefix("../tree/")


def documents(output: bytes, build: Build, source: str, namespace: str, places: Places) -> bytes:
    """One file of what a build declares, with the places of its values (origins.py). Raises BuildError."""
    made: list[Document] = []
    before: list[Indexed | None] = []
    kept: list[Piece] = []
    for piece in pieces(output):
        places.in_time()
        one = Document(namespace=namespace, root=build.path)
        first = next(iter(index("", piece.text.encode())), None)
        one.path, one.line = places.home(first, piece)
        text = _substituted(piece, one, build, source)
        if text is None:
            continue
        one.text = text.encode()
        made.append(one)
        before.append(first)
        kept.append(piece)
    _place(made, before, kept, Origin(source, build.path or ".", namespace), places)
    return joined(made)


def _substituted(piece: Piece, one: Document, build: Build, source: str) -> str | None:
    """The text with its variables; empty, and a gap in its place, if nobody knows them; None if nothing is lost."""
    text = piece.text
    if build.substitute is not None and "${" in text and not DISABLED.search(text):
        if len(text) + text.count("${") * max(map(len, build.substitute.values()), default=0) > MAX_BYTES:
            one.gap = f"{one.path}:{one.line} is too large once its variables are replaced; use fewer, or shorter ones"
            return ""
        found = substitute(text, build.substitute)
        if why := _open(found, build):
            told = declarations(piece.text.encode(), Origin(source, one.path, one.namespace))
            if not any(each.speaks if isinstance(each, Partial) else True for each in told):
                return None
            if all(isinstance(each, Partial) or (isinstance(each, Gap) and each.kind != one.kind) for each in told):
                one.kind = "declarations"  # an object that only speaks of Services hides none
            one.gap = f"{one.path}:{one.line} depends on {why}"
            return ""
        text = found.text
    try:
        load(text.encode(), _nothing)
    except YamlError as e:
        one.gap = f"{one.path}:{one.line} what is built of it {e.reason}; correct it"
        return ""
    return text


def _open(found: Substituted, build: Build) -> str:
    """What of a text nobody knows."""
    names = ", ".join(f"`{name}`" for name in dict.fromkeys(found.unknown))
    if found.refused:
        return f"the expression `{found.refused[0]}`, which is not evaluated; write its value, or a plain variable"
    if names and build.substitute_missing:
        return f"the variable {names}, which is not known: {build.substitute_missing}"
    return ""


def _nothing(_: Node) -> None:
    """A document is only tried."""


def _place(
    made: list[Document], before: list[Indexed | None], kept: list[Piece], origin: Origin, places: Places
) -> None:
    """Note the place in Git of each place that the declarations of these documents have."""
    data = joined(made)
    starts = [one.start for one in parted(data)]
    wanted: dict[int, set[tuple[int, int]]] = {}
    for found in declarations(data, origin):
        for line, column in _spots(found, data, origin):
            number = bisect.bisect_left(starts, line) - 1
            wanted.setdefault(number, set()).add((line - starts[number], column))
    for number, spots in wanted.items():
        for resource in index("", made[number].text):
            leaves = {(leaf.line, leaf.column): leaf for leaf in resource.leaves}

            def find(leaf: Leaf, resource: Indexed = resource, number: int = number) -> Place | None:
                was = before[number]
                return places.find(leaf, _texts(leaf, was), was or resource, kept[number])

            for spot in spots:
                places.in_time()
                leaf = leaves.get(spot)
                written = find(leaf) if leaf else _inside(spot, leaves.values(), made[number], find, places)
                if written is not None:
                    made[number].places.setdefault(spot, written)


def _inside(
    spot: blocks.Spot, leaves: Iterable[Leaf], made: Document, find: Callable[[Leaf], Place | None], places: Places
) -> Place | None:
    """The place of a value inside a text."""
    leaf = blocks.around(spot, leaves)
    if leaf is None:
        return None
    built = made.text.decode(errors="replace").split("\n")
    at = find(leaf)
    if at is not None:
        return blocks.in_block(spot, leaf, built, at, places.lines(at.path))
    path = places.file(leaf.text or "")
    return blocks.in_file(spot, leaf, built, path) if path else None


def _spots(found: Declared | Partial | Gap, data: bytes, origin: Origin) -> Iterator[blocks.Spot]:
    """The places of what is declared, or of the text that leaves a gap."""
    if not isinstance(found, Gap):
        yield from ((at.line, at.column) for at in found.places.values() if not at.path)
    elif (line := line_of(found, origin.path)) is not None:
        key, colon, _ = data.split(b"\n")[line - 1].partition(b": ")
        if colon:
            yield line, len(f"{key.decode(errors='replace')}: ") + 1


def _texts(leaf: Leaf, before: Indexed | None) -> frozenset[str]:
    """The value as it is, and as it was before variables were replaced."""
    texts = {leaf.text} if leaf.text is not None else set()
    for one in before.by_path.get(leaf.path, ()) if before else ():
        if one.text is not None and "${" in one.text:
            texts.add(one.text)
    return frozenset(texts)
