"""Lists as the Kubernetes API and `kubectl get … -o json` print them, to the model.

A Service without a name cannot be spoken of, so it is a DecodeError; other items of a list are left out.

A page of a longer list is taken only where `part` says that somebody reads the others too: in a file it is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern
from typing import Any, TypeVar

import msgspec

from auditor.model.service import Event, Live, Node, Port
from auditor.sources.api_json import kubernetes_shapes as k8s
from auditor.sources.api_json.wire import DecodeError, decode, shared, shared_map

T = TypeVar("T")

_PAGE = msgspec.json.Decoder(k8s.Page)
_ITEMS = msgspec.json.Decoder(k8s.List[msgspec.Raw])
_HEAD = msgspec.json.Decoder(k8s.Head)
_SERVICE = msgspec.json.Decoder(k8s.Service)
_EVENT = msgspec.json.Decoder(k8s.Event)
_NODE = msgspec.json.Decoder(k8s.Node)
_SERVICES = msgspec.json.Decoder(k8s.List[k8s.Service])
_EVENTS = msgspec.json.Decoder(k8s.List[k8s.Event])
_NODES = msgspec.json.Decoder(k8s.List[k8s.Node])

_NO_METADATA = k8s.Metadata()
_NO_SPEC = k8s.Spec()


def decode_services(data: bytes, *, part: bool = False) -> tuple[Live, ...]:
    """The Services of a list, or one Service. Raises DecodeError."""
    items = _items(data, "Service", _SERVICES, _SERVICE, part=part)
    return tuple(_live(i, raw) for i, raw in enumerate(items) if raw.kind in (None, "Service"))


def decode_nodes(data: bytes, *, part: bool = False) -> tuple[Node, ...]:
    """The Nodes of a list, or one Node. Raises DecodeError."""
    items = _items(data, "Node", _NODES, _NODE, part=part)
    return tuple(_node(raw) for raw in items if raw.kind in (None, "Node"))


def decode_events(data: bytes, *, part: bool = False) -> tuple[Event, ...]:
    """The Events about Services. Raises DecodeError."""
    return tuple(
        _event(raw, raw.involved_object.uid or "")
        for raw in _items(data, "Event", _EVENTS, _EVENT, part=part)
        if raw.involved_object is not None and raw.involved_object.kind == "Service"
    )


def continuation(data: bytes) -> str | None:
    """What to ask the next page with; None if this is the last one, or no list. Raises DecodeError."""
    metadata = decode(data, _PAGE).metadata
    if metadata and metadata.remaining and not metadata.next_page:
        raise DecodeError(f"lacks {metadata.remaining} objects, and does not say how to ask for them")
    return (metadata.next_page or None) if metadata else None


def raw_items(data: bytes) -> list[bytes]:
    """The JSON of each item of a list, or of the one object. Raises DecodeError."""
    items = decode(data, _ITEMS).items
    return [data] if items is None else [bytes(item) for item in items]


def joined(items: Iterable[bytes]) -> bytes:
    """A v1 List of the JSON of objects, as `kubectl get -o json` prints one."""
    return b'{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""},"items":[' + b",".join(items) + b"]}"


def _items(
    data: bytes, kind: str, many: msgspec.json.Decoder[k8s.List[T]], one: msgspec.json.Decoder[T], *, part: bool
) -> list[T]:
    found = decode(data, many)
    if not part and found.metadata is not None and (found.metadata.next_page or found.metadata.remaining):
        raise DecodeError("is only a part of a list (`metadata.continue` is set): all pages are needed")
    if found.items is not None:
        if found.kind not in (None, "List", f"{kind}List"):
            raise DecodeError(f"is a {found.kind}, not a list of {kind}s")
        kinds = {str(name) for item in found.items if (name := getattr(item, "kind", None))}
        if kinds and kind not in kinds:
            raise DecodeError(f"is a list of {min(kinds)}s, not of {kind}s")
        return found.items
    head = decode(data, _HEAD)
    if head.kind == kind:
        return [decode(data, one)]
    if head.kind == "Status":
        raise DecodeError(f"is an error of the API: {head.message}")
    raise DecodeError(f"is not a list of {kind}s: it has no `items`")


def _live(index: int, raw: k8s.Service) -> Live:
    metadata = raw.metadata or _NO_METADATA
    if not metadata.name:
        raise DecodeError(f"has a Service without a name at items[{index}]")
    spec = raw.spec or _NO_SPEC
    changed = _last_change(metadata)
    return Live(
        namespace=shared(metadata.namespace) or "default",
        name=metadata.name,
        annotations=shared_map(metadata.annotations),
        labels=shared_map(metadata.labels),
        type=shared(spec.type) or "ClusterIP",
        load_balancer_class=spec.load_balancer_class,
        load_balancer_ip=spec.load_balancer_ip,
        source_ranges=_tuple(spec.load_balancer_source_ranges),
        ports=None if spec.ports is None else tuple(map(_port, spec.ports)),
        ip_families=_tuple(spec.ip_families),
        ip_family_policy=shared(spec.ip_family_policy),
        external_traffic_policy=shared(spec.external_traffic_policy),
        session_affinity=shared(spec.session_affinity),
        allocate_node_ports=spec.allocate_load_balancer_node_ports,
        health_check_node_port=spec.health_check_node_port,
        uid=metadata.uid or "",
        resource_version=metadata.resource_version or "",
        created_at=metadata.creation_timestamp,
        changed_at=changed.time if changed else None,
        changed_by=shared(changed.manager) if changed else None,
        deleted_at=metadata.deletion_timestamp,
        finalizers=_tuple(metadata.finalizers) or (),
        owners=tuple((one.kind or "", one.name or "") for one in metadata.owner_references or ()),
        ingress=_ingress(raw.status),
    )


def _tuple(items: list[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(map(intern, items))


def _port(raw: k8s.Port) -> Port:
    return Port(
        port=raw.port,
        protocol=shared(raw.protocol) or "TCP",
        name=shared(raw.name) or "",
        target_port=raw.target_port or raw.port,
        app_protocol=shared(raw.app_protocol) or None,
        node_port=raw.node_port or None,
    )


def _ingress(status: k8s.Status | None) -> tuple[str, ...]:
    balancer = status.load_balancer if status else None
    return tuple(one.ip for one in (balancer.ingress or ()) if one.ip) if balancer else ()


def _last_change(metadata: k8s.Metadata) -> k8s.ManagedFields | None:
    """The latest write that was not one of the status."""
    writes = [one for one in metadata.managed_fields or () if one.time is not None and one.subresource != "status"]
    return max(writes, key=_time, default=None)


def _time(write: k8s.ManagedFields) -> Any:
    return write.time


def _event(raw: k8s.Event, uid: str) -> Event:
    metadata = raw.metadata or _NO_METADATA
    seen = raw.series.last_observed_time if raw.series else None
    return Event(
        uid=uid,
        reason=raw.reason or "",
        message=raw.message or "",
        at=raw.last_timestamp or seen or raw.event_time or raw.first_timestamp or metadata.creation_timestamp,
        resource_version=metadata.resource_version or "",
    )


def _node(raw: k8s.Node) -> Node:
    metadata = raw.metadata or _NO_METADATA
    addresses = raw.status.addresses if raw.status else None
    return Node(
        name=metadata.name or "",
        labels=metadata.labels or {},
        addresses=tuple(one.address for one in addresses or () if one.type == "InternalIP" and one.address),
        provider_id=(raw.spec.provider_id or None) if raw.spec else None,
    )
