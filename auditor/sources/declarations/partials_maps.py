"""The maps in Helm values that speak of a Service: annotations of ours, and the fields of the spec beside them.

Annotations may also be a text, or a list of names and values; a whole Service may stand among the values. Where a chart
makes no Service of a map, as the values themselves say (`enabled: false`), the map says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from auditor.controller import keys
from auditor.model.service import LOAD_BALANCER
from auditor.sources.declarations.declared import is_open
from auditor.sources.declarations.partials_values import embedded
from auditor.sources.yaml_text import fields, goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Scalar
from auditor.sources.yaml_text.nodes import Sequence as List

FIELDS = (
    "type", "loadBalancerIP", "loadBalancerSourceRanges", "externalTrafficPolicy", "loadBalancerClass", "ipFamilies",
    "ipFamilyPolicy",
)  # fmt: skip
SPEAKING = frozenset({
    "List", "HelmRelease", "Application", "ApplicationSet", "Gateway", "EnvoyProxy", "NginxIngressController",
    "MultiClusterService",
})  # fmt: skip
"""Whole objects among values of which a Service may get annotations; they are not read there."""
_KEY = re.compile(re.escape(keys.PREFIX) + r"""(?:azure-|port_)[\w.-]+["']?\s*:""")
"""A key of ours in a text: `args` and filters of other programs name it without a colon."""
_PAIR = 2


class Found(NamedTuple):
    """A map that speaks of a Service."""

    where: str
    annotations: Mapping
    beside: tuple[Mapping, ...] = ()
    """Maps that may hold fields of the spec."""
    fields: tuple[str, ...] = FIELDS
    service: str = ""
    """The name of the Service, where it is said."""
    problem: str = ""
    """Why nobody knows what it says; then there is nothing in it but its place."""


def is_ours(key: str) -> bool:
    """True for the key of an annotation that the controller reads, or that was meant to be one."""
    return "/" in key and (keys.is_ours(key) or keys.is_mistaken(key))


def maps_in(values: Mapping, where: str, lines: Sequence[str] = ()) -> Iterator[Found]:
    """The maps in Helm values that speak of a Service, in their order; `lines`: of the file."""
    pending: list[tuple[Any, str, str]] = [(values, where, "")]
    while pending:
        node, path, name = pending.pop()
        if isinstance(node, List):
            pending += reversed([(item, f"{path}[{i}]", name) for i, item in enumerate(node)])
        elif isinstance(node, Scalar):
            yield from _in_text(node, path, lines)
        elif _is_manifest(node):
            yield from _object(node, path)
        elif not _off(node):
            yield from _said(node, path, name, top=path == where)
            pending += reversed([(child, f"{path}.{key}", key) for key, child in node.items() if not _pairs(child)])


def _said(node: Mapping, path: str, name: str, *, top: bool) -> Iterator[Found]:
    if _not_made(node, path):
        return
    ours = {key: of for key, child in node.items() if (of := _annotations(child)) is not None}
    spec = node.get("spec")
    beside = (node, spec) if isinstance(spec, Mapping) else (node,)
    for key, found in ours.items():
        at = path if key == "annotations" else f"{path}.{key}"
        yield Found(at, found, beside, FIELDS[1:] if top else FIELDS)
    balances = fields.word(node, "type") == LOAD_BALANCER
    if not ours and not top and name.lower().endswith("service") and balances and "loadBalancerIP" in node:
        yield Found(path, fields.inner(node, "annotations"), beside)


def _annotations(node: Any) -> Mapping | None:
    """The annotations in a map, or in a list of them, if any of them is ours."""
    found = node if isinstance(node, Mapping) else _pairs(node)
    return found if found is not None and any(map(is_ours, found)) else None


def _pairs(node: Any) -> Mapping | None:
    """A list of `{name: …, value: …}`, or of maps, as one map, if a key in it is ours."""
    if not isinstance(node, List):
        return None
    found = Mapping.at(node)
    for item in node:
        if not isinstance(item, Mapping):
            return None
        key, value = item.get("name", item.get("key")), item.get("value")
        if isinstance(key, Scalar) and value is not None and len(item) == _PAIR:
            found[key.text] = value
        elif any(map(is_ours, item)):
            found.update(item)
    return found if any(map(is_ours, found)) else None


def holds_ours(text: str) -> bool:
    """True if a text, which may be YAML, has an annotation of ours in it."""
    return keys.PREFIX in text and _KEY.search(text) is not None


def _in_text(node: Scalar, path: str, lines: Sequence[str]) -> Iterator[Found]:
    """Annotations that a chart takes as a text."""
    if not holds_ours(node.text):
        return
    away = getattr(node.start_mark, "path", "")
    try:
        found = embedded(node, () if away else lines, away)
    except ShapeError:
        found = Mapping()
    if any(map(is_ours, found)):
        yield Found(path.removesuffix(".annotations"), found)
    else:
        yield Found(path, Mapping.at(node), problem="is a text with annotations in it, which is not read; write a map")


def _object(node: Mapping, path: str) -> Iterator[Found]:
    """A whole object among the values: a Service is read."""
    word, metadata, spec = fields.word(node, "kind"), node.get("metadata"), node.get("spec")
    if word == "Service" and fields.word(node, "apiVersion") == "v1" and isinstance(metadata, Mapping):
        given, name = _annotations(metadata.get("annotations")), fields.word(metadata, "name")
        if given is not None:
            known = "" if is_open(name) else name
            yield Found(path, given, (spec,) if isinstance(spec, Mapping) else (), service=known)
    elif word in SPEAKING and _any_ours(node):
        problem = f"is a whole {word}, which is not read among values; keep it in a file"
        yield Found(path, Mapping.at(node), problem=problem)


def _any_ours(node: Any) -> bool:
    if isinstance(node, Mapping):
        return any(is_ours(key) or _any_ours(child) for key, child in node.items())
    return any(map(_any_ours, node)) if isinstance(node, List) else holds_ours(node.text)


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
