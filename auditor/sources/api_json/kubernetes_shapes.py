"""The JSON of Kubernetes objects, as far as it is used: every field may be absent or null."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from auditor.sources.api_json.wire import Struct

T = TypeVar("T")


class ManagedFields(Struct):
    manager: str | None = None
    subresource: str | None = None
    time: datetime | None = None


class OwnerReference(Struct):
    kind: str | None = None
    name: str | None = None


class Metadata(Struct, rename="camel"):
    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    finalizers: list[str] | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    managed_fields: list[ManagedFields] | None = None
    owner_references: list[OwnerReference] | None = None


class Port(Struct, rename="camel"):
    port: int
    protocol: str | None = None
    name: str | None = None
    target_port: int | str | None = None
    app_protocol: str | None = None
    node_port: int | None = None


class Spec(Struct, rename="camel"):
    type: str | None = None
    load_balancer_class: str | None = None
    load_balancer_ip: str | None = msgspec.field(default=None, name="loadBalancerIP")
    load_balancer_source_ranges: list[str] | None = None
    ports: list[Port] | None = None
    ip_families: list[str] | None = None
    ip_family_policy: str | None = None
    external_traffic_policy: str | None = None
    session_affinity: str | None = None
    allocate_load_balancer_node_ports: bool | None = None
    health_check_node_port: int | None = None


class Ingress(Struct):
    ip: str | None = None


class LoadBalancer(Struct):
    ingress: list[Ingress] | None = None


class Status(Struct, rename="camel"):
    load_balancer: LoadBalancer | None = None


class Service(Struct):
    kind: str | None = None
    metadata: Metadata | None = None
    spec: Spec | None = None
    status: Status | None = None


class Involved(Struct):
    kind: str | None = None
    uid: str | None = None


class Series(Struct, rename="camel"):
    last_observed_time: datetime | None = None


class Event(Struct, rename="camel"):
    metadata: Metadata | None = None
    involved_object: Involved | None = None
    reason: str | None = None
    message: str | None = None
    last_timestamp: datetime | None = None
    first_timestamp: datetime | None = None
    event_time: datetime | None = None
    series: Series | None = None


class Address(Struct):
    type: str | None = None
    address: str | None = None


class NodeStatus(Struct):
    addresses: list[Address] | None = None


class NodeSpec(Struct):
    provider_id: str | None = msgspec.field(default=None, name="providerID")


class Node(Struct):
    kind: str | None = None
    metadata: Metadata | None = None
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class ListMetadata(Struct):
    next_page: str | None = msgspec.field(default=None, name="continue")
    remaining: int | None = msgspec.field(default=None, name="remainingItemCount")


class List(Struct, Generic[T]):
    items: list[T] | None = None
    metadata: ListMetadata | None = None
    kind: str | None = None


class Page(Struct):
    metadata: ListMetadata | None = None


class Head(Struct):
    kind: str | None = None
    message: str | None = None
