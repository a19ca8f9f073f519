"""A Kubernetes Service, as Git declares it and as the API server answered it."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

LOAD_BALANCER = "LoadBalancer"
MAX_ALSO = 9
CLEANUP_FINALIZER = "service.kubernetes.io/load-balancer-cleanup"


class Place(NamedTuple):
    """Where a value stands in a manifest; line and column count from 1."""

    line: int
    column: int
    path: str = ""
    """The file, where it is another than that of the declaration: a patch, a base. Without a line (0) the object of the
    GitOps tool that lays the value over what it builds."""


class Owner(NamedTuple):
    """An object through which Git speaks of a Service: a HelmRelease, an Application, a Gateway."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class ServiceKey(NamedTuple):
    """The name of a Service within one cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One entry of `spec.ports`, with the API server's defaults filled in."""

    port: int
    protocol: str = "TCP"
    name: str = ""
    target_port: int | str | None = None
    app_protocol: str | None = None
    node_port: int | None = None
    """None where it is not set (or is 0), as in most manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What both sides know of a Service. None: the field is not set there."""

    namespace: str
    name: str
    annotations: Mapping[str, str]
    labels: Mapping[str, str]
    type: str = "ClusterIP"
    load_balancer_class: str | None = None
    load_balancer_ip: str | None = None
    source_ranges: tuple[str, ...] | None = None
    ports: tuple[Port, ...] | None = None
    ip_families: tuple[str, ...] | None = None
    ip_family_policy: str | None = None
    external_traffic_policy: str | None = None
    session_affinity: str | None = None
    allocate_node_ports: bool | None = None
    health_check_node_port: int | None = None

    @property
    def key(self) -> ServiceKey:
        """Namespace and name."""
        return ServiceKey(self.namespace, self.name)

    @property
    def in_scope(self) -> bool:
        """True if the Azure cloud controller looks at it: domain.md §5.1 (service controller, controller.go:862)."""
        return self.type == LOAD_BALANCER and not self.load_balancer_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(Service):
    """A Service as Git declares it at one commit."""

    source: str
    """Name of the Git source."""
    path: str
    """The file, relative to the root of the source."""
    line: int
    """The line on which its document begins to speak of it."""
    places: Mapping[str, Place] = dataclasses.field(default_factory=dict)
    """Annotation keys and `spec.…` fields to the place of their value."""
    not_strings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Annotation keys whose YAML value is no string, to what it is: `bool`, `number`, `null`, `alias`, `list` or `map`.

    `annotations` holds the text that was meant (a null is left out there)."""
    root: str | None = None
    """What was built to get it: a kustomize root or a chart; None: `path` is its whole manifest."""
    declared_by: Owner | None = None
    """None: the Service has a manifest of its own."""
    speaks_for: frozenset[str] | None = None
    """Annotation keys and `spec.…` fields that Git decides; what it says beside them is the cluster's. None: all."""
    also: tuple["Declared", ...] = ()
    """Other declarations of the same Service for the same cluster, which come before this one: the first MAX_ALSO."""

    @property
    def undecided(self) -> bool:
        """True if there are so many declarations that not all of them are known."""
        return len(self.also) >= MAX_ALSO

    def speaks(self, keys: Iterable[str]) -> bool:
        """True if Git decides one of these annotation keys or `spec.…` fields."""
        return self.speaks_for is None or any(key in self.speaks_for for key in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What an object in Git says of a Service that another makes of it: some annotations, some fields of the spec.

    It may say nothing: then the object is only known to be in Git.
    """

    owner: Owner
    release: ServiceKey | None = None
    """Of a HelmRelease: namespace and name of the Helm release, where they are not its own."""
    where: str = ""
    """Where in the object the map stands, as `spec.values.controller.service`."""
    service: str = ""
    """The name of the Service, where the object says it."""
    unknown: str = ""
    """Why nobody knows what the Services of the object get: a clause. It matters where the object made any."""
    elsewhere: bool = False
    """True if the object names another cluster than the one in which it is."""
    annotations: Mapping[str, str] = dataclasses.field(default_factory=dict)
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """By attribute of Service: `type`, `load_balancer_ip`, `source_ranges`, `external_traffic_policy`, …"""
    source: str
    path: str
    line: int
    places: Mapping[str, Place] = dataclasses.field(default_factory=dict)
    not_strings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def speaks(self) -> bool:
        """True if it says anything of a Service."""
        return bool(self.annotations or self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live(Service):
    """A Service as the API server answered it."""

    uid: str
    resource_version: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    """Latest known write that was not one of its status; None where nothing says so."""
    changed_by: str | None = None
    """The field manager of that write."""
    deleted_at: datetime | None = None
    finalizers: tuple[str, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    """Kind and name of its ownerReferences."""
    ingress: tuple[str, ...] = ()
    """IPs of `status.loadBalancer.ingress`."""

    @property
    def owned(self) -> bool:
        """True if it has an ownerReference."""
        return bool(self.owners)

    @property
    def held(self) -> bool:
        """True if it carries the finalizer of the service controller."""
        return CLEANUP_FINALIZER in self.finalizers


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A Kubernetes Event about a Service."""

    uid: str
    """UID of the Service."""
    reason: str
    message: str
    at: datetime | None
    resource_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A Kubernetes Node: its labels and its InternalIP addresses."""

    name: str
    labels: Mapping[str, str]
    addresses: tuple[str, ...] = ()
    provider_id: str | None = None
    """`azure://` and the resource id of its virtual machine."""
