"""A map that speaks of a Service to a partial declaration; a ShapeError for what in it cannot be compared.

What holds a template or a variable is not compared: nobody knows what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from auditor.controller import keys
from auditor.model.service import LOAD_BALANCER, Owner, Partial, Place, ServiceKey
from auditor.sources.declarations import declared
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.partials_maps import Found
from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Scalar, place

_WORDS = {
    "type": {LOAD_BALANCER, "ClusterIP", "NodePort"},
    "external_traffic_policy": {"Cluster", "Local"},
    "ip_family_policy": {"SingleStack", "PreferDualStack", "RequireDualStack"},
}
"""What a field may say; charts use the same names for other things too."""
_EMPTY = frozenset({"load_balancer_ip", "source_ranges"})
"""Fields that are known to be none where they are left empty."""
_RANGES = "loadBalancerSourceRanges"
_NO_TEXT = frozenset({"null", "list", "map"})


class Speaker(NamedTuple):
    """The object that speaks."""

    owner: Owner
    origin: Origin
    line: int
    release: ServiceKey | None = None
    elsewhere: bool = False


def silent(speaker: Speaker, unknown: str = "", line: int | None = None, where: str = "") -> Partial:
    """An object that is in Git and says nothing; `unknown`: why nobody knows what it says."""
    return Partial(
        owner=speaker.owner, release=speaker.release, elsewhere=speaker.elsewhere, unknown=unknown, where=where,
        source=speaker.origin.source, path=speaker.origin.path, line=speaker.line if line is None else line,
    )  # fmt: skip


def spoken(found: Found, speaker: Speaker) -> Iterator[Partial | ShapeError]:
    """The partial declaration of a map, if it says anything; and what in it cannot be compared."""
    if found.problem:
        yield ShapeError(f"{speaker.owner} ({found.where}) {found.problem}", found.annotations)
        return
    places: dict[str, Place] = {}
    not_strings: dict[str, str] = {}
    ours = _ours(found.annotations)
    annotations = declared.texts_of(ours, places, not_strings)
    for key, node in ours.items():
        places[key] = _at(node)
    spec = dict(_fields(found, places))
    texts = annotations | _texts(spec, places)
    open_ = sorted(key for key, text in texts.items() if declared.is_open(text) or declared.is_open(key))
    hushed = {*open_, *(key for key, kind in not_strings.items() if kind in _NO_TEXT)}
    told = {key: text for key, text in annotations.items() if key not in hushed}
    fields = {name: value for name, (path, value) in spec.items() if path not in hushed}
    yield from _not_compared(found, speaker, [(key, texts[key]) for key in open_], places)
    if told or fields:
        yield Partial(
            owner=speaker.owner, release=speaker.release, where=found.where, service=found.service, annotations=told,
            elsewhere=speaker.elsewhere, fields=fields, source=speaker.origin.source, path=speaker.origin.path,
            line=_line(places, hushed, speaker), places={key: at for key, at in places.items() if key not in hushed},
            not_strings={key: kind for key, kind in not_strings.items() if key not in hushed},
        )  # fmt: skip


def _ours(annotations: Mapping) -> Mapping:
    """Those that the controller reads, or that were meant for it: the others are not compared."""
    kept = Mapping((key, node) for key, node in annotations.items() if keys.is_known(key) or keys.is_mistaken(key))
    kept.start_mark = getattr(annotations, "start_mark", None)
    return kept


def _not_compared(
    found: Found, speaker: Speaker, unknown: list[tuple[str, str]], places: dict[str, Place]
) -> Iterator[ShapeError]:
    """What holds variables, and ranges that are no list."""
    if unknown:
        what = f"{unknown[0][0]} holds" if len(unknown) == 1 else f"{unknown[0][0]} and {len(unknown) - 1} more hold"
        kind = "an encrypted text" if declared.is_encrypted(unknown[0][1]) else "a variable or a template"
        reason = f"{speaker.owner} ({found.where}): {what} {kind}, so it is not compared"
        error = ShapeError(reason, found.annotations or found.beside[0])
        error.line = places[unknown[0][0]].line
        yield error
    for beside in found.beside if found.annotations and _RANGES in found.fields else ():
        node = beside.get(_RANGES)
        if node is None or (isinstance(node, Scalar) and not node.text) or goscalar.is_null(node):
            continue
        try:
            declared.READERS[_RANGES][1](node, f"spec.{_RANGES}")
        except ShapeError as e:
            e.reason = f"{speaker.owner} ({found.where}) {e.reason}, so it is not compared; write a list"
            yield e


def _fields(found: Found, places: dict[str, Place]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Attribute of Service to the field of the spec and its value; of several the last that is not empty."""
    seen: set[str] = set()
    for beside in found.beside:
        for key in found.fields:
            node = beside.get(key)
            if node is None or goscalar.is_null(node):
                continue
            name, read = declared.READERS[key]
            path = f"spec.{key}"
            try:
                value = read(node, path)
            except ShapeError:
                continue
            empty = name in _EMPTY and not value and name not in seen
            if empty or (value and (name not in _WORDS or value in _WORDS[name])):
                seen.add(name)
                places[path] = _at(node)
                yield name, (path, value)


def _texts(spec: dict[str, tuple[str, Any]], places: dict[str, Place]) -> dict[str, str]:
    given = ((path, value) for path, value in spec.values() if path in places)
    return {path: value if isinstance(value, str) else " ".join(value) for path, value in given}


def _at(node: Any) -> Place:
    return Place(*place(node), getattr(node.start_mark, "path", ""))


def _line(places: dict[str, Place], hushed: Iterable[str], speaker: Speaker) -> int:
    """The first line of the object's own file on which it speaks of the Service."""
    away = set(hushed)
    lines = [at.line for key, at in places.items() if key not in away and not at.path]
    return min(lines, default=speaker.line)
