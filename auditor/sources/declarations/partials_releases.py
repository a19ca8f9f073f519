"""A Flux HelmRelease: its values as helm-controller puts them together, `valuesFrom` in order and `values` over them.

What comes from a Secret, or from a ConfigMap that is not among the files, is not known; nor is then what stood before.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from auditor.model.service import Partial, ServiceKey
from auditor.sources.declarations.partials_changes import CHANGED, changes_services, of_its_chart
from auditor.sources.declarations.partials_maps import FIELDS, is_ours, maps_in
from auditor.sources.declarations.partials_sources import ConfigMap, Known
from auditor.sources.declarations.partials_spoken import Speaker, silent, spoken
from auditor.sources.declarations.partials_values import elsewhere, keys_of, merged, parameter, put
from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, place

MAX_NAME = 53
"""Helm allows no longer names of releases; helm-controller cuts them."""
MAX_REFERENCES = 50
_HASH = 12


class _Reference(NamedTuple):
    """One entry of `valuesFrom`."""

    node: Mapping
    kind: str
    name: str
    key: str
    target: str
    optional: bool


class _UnknownError(Exception):
    """A reference whose values nobody knows, and why."""


def release(spec: Mapping, speaker: Speaker, known: Known) -> Iterator[Partial | ShapeError]:
    """What a HelmRelease says. Raises ShapeError."""
    if fields.given(spec, "kubeConfig") is not None:
        return  # it is made in another cluster
    values = Mapping.at(spec)
    named = speaker._replace(release=_named(spec, speaker))
    for one in _references(spec):
        values, why = _with(values, one, speaker, known)
        if why:
            yield silent(named, why, place(one.node)[0])
    own = fields.mapping(spec, "values", "spec.values")
    values = merged(values, own) if own is not None else values
    told = [one for found in maps_in(values, "spec.values", known.lines) for one in spoken(found, named)]
    changed = CHANGED if changes_services(spec) else ""
    if why := of_its_chart(spec, said=bool(told)) or ("" if told else changed):
        yield silent(named, why)
    yield from (dataclasses.replace(one, unknown=changed) if isinstance(one, Partial) else one for one in told)


def sources_of(document: Mapping) -> Iterator[str]:
    """The names of the ConfigMaps that an object takes values from. Raises ShapeError."""
    spec = fields.mapping(document, "spec", "spec")
    yield from (one.name for one in _references(spec or Mapping()) if one.kind == "ConfigMap")


def _named(spec: Mapping, speaker: Speaker) -> ServiceKey:
    """Namespace and name of the Helm release, as helm-controller chooses them."""
    target = fields.text(spec, "targetNamespace", "spec.targetNamespace") or ""
    owner = speaker.owner
    name = fields.text(spec, "releaseName", "spec.releaseName") or "-".join(filter(None, (target, owner.name)))
    if len(name) > MAX_NAME:
        name = f"{name[: MAX_NAME - _HASH - 1]}-{hashlib.sha256(name.encode()).hexdigest()[:_HASH]}"
    return ServiceKey(target or owner.namespace, name)


def _references(spec: Mapping) -> Iterator[_Reference]:
    given = fields.given(spec, "valuesFrom")
    nodes = fields.items(given, "spec.valuesFrom") if given is not None else ()
    if given is not None and len(nodes) > MAX_REFERENCES:
        raise ShapeError(
            f"has more than the {MAX_REFERENCES} entries in spec.valuesFrom that are read; join some", given
        )
    for node in nodes:
        if not isinstance(node, Mapping):
            raise ShapeError("has a spec.valuesFrom with an entry that is not a mapping", node)
        texts = [fields.text(node, key, f"spec.valuesFrom.{key}") or "" for key in ("kind", "name", "valuesKey")]
        target = fields.text(node, "targetPath", "spec.valuesFrom.targetPath") or ""
        optional = fields.given(node, "optional")
        yield _Reference(
            node, texts[0], texts[1], texts[2] or "values.yaml", target,
            optional is not None and fields.boolean(optional, "spec.valuesFrom.optional"),
        )  # fmt: skip


def _with(values: Mapping, one: _Reference, speaker: Speaker, known: Known) -> tuple[Mapping, str]:
    """The values with those of a reference laid over them; if nobody knows them, what is left, and why.

    An optional reference is taken for one that is not there, unless it might change what is known to be said.
    """
    path = keys_of(one.target) if one.target else None
    try:
        node, config_map = _looked_up(one, speaker, known)
        if node is None:
            return values, ""
        away = "" if config_map.path == speaker.origin.path else config_map.path
        if path:
            return put(values, path, parameter(elsewhere(node, away))), ""
        if not one.target:
            return merged(values, config_map.values(one.key, node, away)), ""
        raise _UnknownError(f"its targetPath {one.target[:MAX_NAME]} is not understood; write it in spec.values")  # noqa: TRY301
    except (_UnknownError, ShapeError) as e:
        what = f"{one.kind or 'valuesFrom'} {one.name}"
        detail = f"the {one.key} {e.reason}" if isinstance(e, ShapeError) else str(e)
        why = f"takes values from the {what}, which is not known: {detail}"
    if path:
        told = (len(path) > 1 and is_ours(path[-1])) or path[-1] in FIELDS
        return put(values, path, None), why if told else ""
    lost = next(maps_in(values, "spec.values"), None) is not None
    return Mapping.at(values), why if lost or not one.optional else ""


def _looked_up(one: _Reference, speaker: Speaker, known: Known) -> tuple[Scalar | None, ConfigMap]:
    if one.kind != "ConfigMap":
        way = "write it in spec.values" if one.target else "give each value in it an entry with a targetPath"
        raise _UnknownError(f"Secrets are not read; {way}")
    found = known.maps.get(ServiceKey(speaker.owner.namespace, one.name), ())
    if len(found) != 1:
        raise _UnknownError("it is declared several times; keep one" if found else "it is not among the files; add it")
    node: Node | None = found[0].data.get(one.key)
    if node is None and one.optional:
        return None, found[0]
    if not isinstance(node, Scalar):
        raise _UnknownError(f"it has no {one.key}; add it")
    return node, found[0]
