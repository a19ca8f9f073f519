"""The maps in Helm values that speak of a Service: annotations of ours, and the fields of the spec beside them.

Where a chart makes no Service of a map, as the values themselves say (`enabled: false`), the map says nothing. What
holds a template or a variable is not compared: nobody knows what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from auditor.controller import keys
from auditor.model.service import LOAD_BALANCER, Owner, Partial, Place, ServiceKey
from auditor.sources.declarations import declared
from auditor.sources.declarations.declared import Origin
from auditor.sources.yaml_text import goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Scalar, Sequence, place

FIELDS = (
    "type", "loadBalancerIP", "loadBalancerSourceRanges", "externalTrafficPolicy", "loadBalancerClass", "ipFamilies",
    "ipFamilyPolicy",
)  # fmt: skip
_WORDS = {
    "type": {LOAD_BALANCER, "ClusterIP", "NodePort"},
    "external_traffic_policy": {"Cluster", "Local"},
    "ip_family_policy": {"SingleStack", "PreferDualStack", "RequireDualStack"},
}
"""What a field may say; charts use the same names for other things too."""
_NO_TEXT = frozenset({"null", "list", "map"})


class Found(NamedTuple):
    """A map that speaks of a Service."""

    where: str
    annotations: Mapping
    beside: tuple[Mapping, ...] = ()
    """Maps that may hold fields of the spec."""
    fields: tuple[str, ...] = FIELDS


class Speaker(NamedTuple):
    """The object that speaks."""

    owner: Owner
    origin: Origin
    line: int
    release: ServiceKey | None = None


def is_ours(key: str) -> bool:
    """True for the key of an annotation that the controller reads, or that was meant to be one."""
    return "/" in key and (keys.is_ours(key) or keys.is_mistaken(key))


def maps_in(values: Mapping, where: str) -> Iterator[Found]:
    """The maps in Helm values that speak of a Service, in their order."""
    pending: list[tuple[Any, str, str]] = [(values, where, "")]
    while pending:
        node, path, name = pending.pop()
        if isinstance(node, Sequence):
            pending += reversed([(item, f"{path}[{i}]", name) for i, item in enumerate(node)])
        elif isinstance(node, Mapping) and not _off(node) and not _is_manifest(node):
            yield from _said(node, path, name, top=path == where)
            pending += reversed([(child, f"{path}.{key}", key) for key, child in node.items()])


def _said(node: Mapping, path: str, name: str, *, top: bool) -> Iterator[Found]:
    if _not_made(node, path):
        return
    ours = [key for key, child in node.items() if isinstance(child, Mapping) and any(map(is_ours, child))]
    spec = node.get("spec")
    beside = (node, spec) if isinstance(spec, Mapping) else (node,)
    for key in ours:
        at = path if key == "annotations" else f"{path}.{key}"
        yield Found(at, node[key], beside, FIELDS[1:] if top else FIELDS)
    kind = node.get("type")
    balances = isinstance(kind, Scalar) and kind.text == LOAD_BALANCER
    if not ours and not top and name.lower().endswith("service") and balances and "loadBalancerIP" in node:
        given = node.get("annotations")
        yield Found(path, given if isinstance(given, Mapping) else Mapping(), beside)


def _off(node: Mapping) -> bool:
    enabled = node.get("enabled")
    return isinstance(enabled, Scalar) and goscalar.value(enabled) is False


def _not_made(node: Mapping, path: str) -> bool:
    """The chart ingress-nginx: its second Service is made where that is enabled, its first one may be switched off."""
    external, enabled = node.get("external"), node.get("enabled")
    if path.endswith("controller.service.internal"):
        return not (isinstance(enabled, Scalar) and goscalar.value(enabled) is True)
    return path.endswith("controller.service") and isinstance(external, Mapping) and _off(external)


def _is_manifest(node: Mapping) -> bool:
    """A whole object among the values: it has a name of its own."""
    return "apiVersion" in node and "kind" in node


def spoken(found: Found, speaker: Speaker) -> Iterator[Partial | ShapeError]:
    """The partial declaration of a map, if it says anything; and what in it cannot be compared."""
    places: dict[str, Place] = {}
    not_strings: dict[str, str] = {}
    annotations = declared.texts_of(found.annotations, places, not_strings)
    for key, node in found.annotations.items():
        places[key] = _at(node)
    spec = dict(_fields(found, places))
    unknown = sorted(key for key, text in (annotations | _texts(spec, places)).items() if declared.is_open(text))
    silent = {*unknown, *(key for key, kind in not_strings.items() if kind in _NO_TEXT)}
    told = {key: text for key, text in annotations.items() if key not in silent}
    fields = {name: value for name, (path, value) in spec.items() if path not in silent}
    owner = speaker.owner
    if unknown:
        what = f"{unknown[0]} holds" if len(unknown) == 1 else f"{unknown[0]} and {len(unknown) - 1} more hold"
        reason = f"{owner} ({found.where}): {what} a variable or a template, so it is not compared"
        error = ShapeError(reason, found.annotations or found.beside[0])
        error.line = places[unknown[0]].line
        yield error
    if told or fields:
        yield Partial(
            owner=owner, release=speaker.release, where=found.where, annotations=told, fields=fields,
            source=speaker.origin.source, path=speaker.origin.path, line=_line(places, silent, speaker),
            places={key: at for key, at in places.items() if key not in silent},
            not_strings={key: kind for key, kind in not_strings.items() if key not in silent},
        )  # fmt: skip


def _fields(found: Found, places: dict[str, Place]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Attribute of Service to the field of the spec and its value; what is empty is not set."""
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
            if value and (name not in _WORDS or value in _WORDS[name]):
                places[path] = _at(node)
                yield name, (path, value)


def _texts(spec: dict[str, tuple[str, Any]], places: dict[str, Place]) -> dict[str, str]:
    given = ((path, value) for path, value in spec.values() if path in places)
    return {path: value if isinstance(value, str) else " ".join(value) for path, value in given}


def _at(node: Any) -> Place:
    return Place(*place(node), getattr(node.start_mark, "path", ""))


def _line(places: dict[str, Place], silent: Iterable[str], speaker: Speaker) -> int:
    """The first line of the object's own file on which it speaks of the Service."""
    away = set(silent)
    lines = [at.line for key, at in places.items() if key not in away and not at.path]
    return min(lines, default=speaker.line)
