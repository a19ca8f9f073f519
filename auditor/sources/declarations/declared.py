"""One parsed Service manifest to the Service that it declares, each value with its place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from sys import intern
from typing import Any, NamedTuple

from auditor.controller import keys
from auditor.model.service import Declared, Place, Port
from auditor.sources.yaml_text import fields, goscalar
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Node, Scalar, place

_SHOWN = 60
ENCRYPTED = "ENC[AES256_GCM,"
_PLAIN = frozenset({"ClusterIP", "NodePort", "ExternalName"})


class Origin(NamedTuple):
    """Where a document comes from."""

    source: str
    path: str
    namespace: str
    """The namespace of Services that name none."""


def declare(document: Mapping, origin: Origin) -> Declared:
    """The Service of a v1 Service document. Raises ShapeError."""
    metadata = fields.mapping(document, "metadata", "metadata")
    if metadata is None:
        raise ShapeError("has no metadata", document)
    places: dict[str, Place] = {}
    not_strings: dict[str, str] = {}
    return Declared(
        name=_name(metadata),
        namespace=fields.text(metadata, "namespace", "metadata.namespace") or origin.namespace,
        annotations=texts_of(
            fields.mapping(metadata, "annotations", "metadata.annotations") or Mapping(), places, not_strings
        ),
        labels=_labels(metadata),
        source=origin.source,
        path=origin.path,
        line=document.start_mark.line + 1,
        places=places,
        not_strings=not_strings,
        **_spec(document, places),
    )


def unreplaced(one: Declared) -> str:
    """Of a Service that may be a load balancer, the first text with a variable or a template; empty: there is none."""
    ours = {key: text for key, text in one.annotations.items() if keys.is_ours(key) or keys.is_mistaken(key)}
    if one.type in _PLAIN and not ours:
        return ""
    ports = [str(word) for port in one.ports or () for word in (port.name, port.target_port)]
    spec = (one.type, one.load_balancer_ip, one.load_balancer_class, one.external_traffic_policy, one.ip_family_policy)
    texts = (one.name, one.namespace, *ours.values(), *spec, *(one.source_ranges or ()), *ports)
    found = next((text for text in texts if text and is_open(text)), "")
    return " ".join(found.split())[:_SHOWN]


def is_open(text: str) -> bool:
    """True if a text holds a variable or a template that nobody has replaced, or is encrypted."""
    return "${" in text or "{{" in text or is_encrypted(text)


def is_encrypted(text: str) -> bool:
    """True if SOPS has encrypted a text."""
    return text.startswith(ENCRYPTED)


def _name(metadata: Mapping) -> str:
    name = fields.text(metadata, "name", "metadata.name")
    if name:
        return name
    if fields.given(metadata, "generateName") is not None:
        raise ShapeError("has only metadata.generateName, so nobody knows its name; give it a metadata.name", metadata)
    raise ShapeError("has no metadata.name", metadata)


def texts_of(given: Mapping, places: dict[str, Place], not_strings: dict[str, str]) -> dict[str, str]:
    """The texts that were meant; what is no string, and where each value stands, goes into the other two."""
    found: dict[str, str] = {}
    for text, node in given.items():
        key, mark = intern(text), node.start_mark
        places[key] = _place(mark.line + 1, mark.column + 1)
        if type(node) is not Scalar:
            not_strings[key] = "map" if isinstance(node, Mapping) else "list"
            continue
        kind = goscalar.kind(node)
        if kind != "string":
            not_strings[key] = kind
        if kind != "null":
            found[key] = _meant(node)
    return found


def _labels(metadata: Mapping) -> dict[str, str]:
    labels = fields.mapping(metadata, "labels", "metadata.labels") or Mapping()
    return {
        intern(key): _meant(node) for key, node in labels.items() if type(node) is Scalar and not goscalar.is_null(node)
    }


def _meant(node: Scalar) -> str:
    """The text that was meant: `true` for every spelling of it, a number as it is written."""
    found = goscalar.value(node)
    if isinstance(found, str):
        return intern(found)
    if isinstance(found, bool):
        return "true" if found else "false"
    return intern(node.text)


_place = functools.lru_cache(maxsize=4096)(Place)
"""Manifests resemble each other: most places are the same line and column of another file."""


def _spec(document: Mapping, places: dict[str, Place]) -> dict[str, Any]:
    spec = fields.mapping(document, "spec", "spec") or Mapping()
    found: dict[str, Any] = {}
    for key, node in spec.items():
        reader = READERS.get(key)
        if reader is None or goscalar.is_null(node):
            continue
        field, read = reader
        path = f"spec.{key}"
        places[path] = Place(*place(node))
        found[field] = read(node, path)
    if found.get("type") == "":
        del found["type"]
    return found


def _ports(node: Node, path: str) -> tuple[Port, ...]:
    return tuple(_port(item, f"{path}[{i}]") for i, item in enumerate(fields.items(node, path)))


def _port(node: Node, path: str) -> Port:
    if not isinstance(node, Mapping):
        raise ShapeError(f"has a {path} that is not a mapping", node)
    given = fields.given(node, "port")
    if given is None:
        raise ShapeError(f"has no {path}.port", node)
    port = fields.number(given, f"{path}.port")
    node_port = fields.given(node, "nodePort")
    return Port(
        port=port,
        protocol=fields.text(node, "protocol", f"{path}.protocol") or "TCP",
        name=fields.text(node, "name", f"{path}.name") or "",
        target_port=_target(fields.given(node, "targetPort"), f"{path}.targetPort") or port,
        app_protocol=fields.text(node, "appProtocol", f"{path}.appProtocol") or None,
        node_port=None if node_port is None else fields.number(node_port, f"{path}.nodePort") or None,
    )


def _target(node: Node | None, path: str) -> int | str | None:
    """A string names a port of the Pods, even `"8080"`."""
    if type(node) is Scalar and isinstance(found := goscalar.value(node), str):
        return found
    return None if node is None else fields.number(node, path)


READERS: dict[str, tuple[str, Callable[[Node, str], Any]]] = {
    "type": ("type", fields.string),
    "ports": ("ports", _ports),
    "loadBalancerIP": ("load_balancer_ip", fields.string),
    "loadBalancerSourceRanges": ("source_ranges", fields.strings),
    "loadBalancerClass": ("load_balancer_class", fields.string),
    "ipFamilies": ("ip_families", fields.strings),
    "ipFamilyPolicy": ("ip_family_policy", fields.string),
    "externalTrafficPolicy": ("external_traffic_policy", fields.string),
    "sessionAffinity": ("session_affinity", fields.string),
    "allocateLoadBalancerNodePorts": ("allocate_node_ports", fields.boolean),
    "healthCheckNodePort": ("health_check_node_port", fields.number),
}
"""Fields of the spec: the attribute of Service, and how it is read."""
