"""The kinds that the Kubernetes API of the lab has, their objects with what selectors ask for, and discovery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.lab.exchange import Answer, as_json

_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_META = ("metadata.name", "metadata.namespace")
_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource of the API."""

    plural: str
    name: str
    short: tuple[str, ...]
    fields: frozenset[str]
    """What a field selector may name."""
    namespaced: bool = True


KINDS = {
    one.plural: one
    for one in (
        Kind("services", "Service", ("svc",), frozenset((*_META, "spec.clusterIP", "spec.type"))),
        Kind(
            "events",
            "Event",
            ("ev",),
            frozenset((*_META, *(f"involvedObject.{name}" for name in _INVOLVED), "reason", "type")),
        ),
        Kind("nodes", "Node", ("no",), frozenset(("metadata.name",)), namespaced=False),
    )
}


class _Metadata(msgspec.Struct, rename="camel"):
    name: str | None = None
    namespace: str | None = None
    labels: dict[str, str] | None = None
    resource_version: str | None = None


class _Head(msgspec.Struct, rename="camel"):
    """What is looked at; the rest is passed on as it is."""

    metadata: _Metadata
    spec: dict[str, Any] | None = None
    involved_object: dict[str, Any] | None = None
    reason: str | None = None
    type: str | None = None


_HEAD = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class Item:
    """One object."""

    key: str
    """Namespace and name: the order in which etcd has them."""
    namespace: str
    version: int
    labels: Mapping[str, str]
    fields: Mapping[str, str]
    body: bytes
    """Its JSON without kind and apiVersion, which the server leaves out in lists."""


def item(kind: Kind, raw: bytes) -> Item:
    """An object of its JSON."""
    head = _HEAD.decode(raw)
    metadata, name, namespace = head.metadata, head.metadata.name or "", head.metadata.namespace or ""
    parts = _PARTS.decode(raw)
    parts.pop("kind", None)
    parts.pop("apiVersion", None)
    found: dict[str, Any] = {
        "metadata.name": name,
        "metadata.namespace": namespace,
        "reason": head.reason,
        "type": head.type,
    }
    found |= {f"spec.{key}": (head.spec or {}).get(key) for key in ("type", "clusterIP")}
    found |= {f"involvedObject.{key}": (head.involved_object or {}).get(key) for key in _INVOLVED}
    version = metadata.resource_version or ""
    return Item(
        key=f"{namespace}/{name}" if kind.namespaced else name,
        namespace=namespace,
        version=int(version) if version.isascii() and version.isdigit() else 0,
        labels=metadata.labels or {},
        fields={name: str(found.get(name) or "") for name in kind.fields},
        body=msgspec.json.encode(parts),
    )


def status(code: int, message: str, details: dict[str, Any] | None = None) -> Answer:
    """A failure in the API server's form."""
    return as_json(
        code,
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": _REASONS.get(code, "Unknown"),
            **({"details": details} if details else {}),
            "code": code,
        },
    )


def namespace_named(name: str) -> Answer:
    """A Namespace: kubectl asks for it when an object in it was not found."""
    document = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}, "status": {"phase": "Active"}}
    return as_json(200, document)


def discovery(server: str) -> dict[str, Any]:
    """The documents, by path, that kubectl reads before it asks for anything."""
    resources = [
        {
            "name": kind.plural,
            "singularName": kind.name.lower(),
            "namespaced": kind.namespaced,
            "kind": kind.name,
            "verbs": ["get", "list"],
            "shortNames": list(kind.short),
        }
        for kind in KINDS.values()
    ]
    return {
        "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0", "platform": "linux/amd64"},
        "/api": {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server}],
        },
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": resources},
    }
