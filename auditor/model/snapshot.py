"""The snapshot: what was gathered, at one moment, from the three sides, and what could not be seen."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from auditor.model.azure import LoadBalancer, NicAddress, PrivateLinkService, PublicIp, VirtualNetwork
from auditor.model.service import Declared, Event, Live, Node, Owner, Partial

RECONCILING = "reconciling"
"""How one of `Snapshot.causes` begins that passes by itself: what differs from Git meanwhile is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that could not be seen, and why. Absence is not silence."""

    source: str
    """`git`, `kubernetes` or `azure`"""
    scope: str
    """What exactly: the name of a Git source with a path, a namespace, a resource group, a resource id."""
    kind: str
    """What was to be read there: `manifests`, `services`, `events`, `nodes`, `loadBalancers`, `privateLinkServices`,
    `virtualNetworks`, `publicIPAddresses`; `declarations` where two manifests contradict each other.
    A recording may say something else."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One collection that was read: for the coverage block of the report."""

    source: str
    scope: str
    kind: str
    objects: int
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """One Git source of manifests, at one commit."""

    name: str
    path: str = ""
    """Folder of its manifests within a snapshot directory."""
    url: str | None = None
    ref: str | None = None
    commit: str | None = None
    applied: str | None = None
    """The commit that the cluster has taken over, where the GitOps tool says so."""
    delay: str | None = None
    """Why the cluster has not taken `commit` over yet, as `3 commits behind since 10:12`, or `suspended`."""
    owners: tuple[Owner, ...] = ()
    """Objects of the GitOps tool that apply what is read of it: Kustomizations, Applications."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How the cluster and its cloud controller are set up. None: not known."""

    subscription_id: str | None = None
    node_resource_group: str | None = None
    location: str | None = None
    cluster_name: str = "kubernetes"
    """The controller's --cluster-name; on AKS always `kubernetes` (domain.md §0.2)."""
    virtual_network: str | None = None
    """Resource id."""
    subnet: str | None = None
    """Name of the default subnet."""
    pls_resource_group: str | None = None
    """The default resource group of Private Link Services; None = the node resource group."""
    backend_pool_type: str | None = None
    """`nodeIPConfiguration` or `nodeIP`"""
    multiple_load_balancers: tuple[str, ...] | None = None
    inferred: frozenset[str] = frozenset()
    """Names of those fields that were concluded from other objects, not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Differences of Services that the GitOps tool is told to ignore."""

    owner: Owner
    """The Application or Kustomization that says so, of what it applies."""
    name: str = ""
    """Glob of the Service's name; empty: any."""
    namespace: str = ""
    pointers: tuple[str, ...] = ()
    """JSON pointers of what is ignored."""
    managers: tuple[str, ...] = ()
    """What these field managers wrote is ignored. Which fields those are is not known of a Service that was read, so
    all of them count as theirs where the latest write was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything one audit looks at. A collection that is None was not read: a gap says why."""

    cluster: str
    captured_at: datetime | None = None
    facts: Facts = dataclasses.field(default_factory=Facts)
    git: tuple[GitSource, ...] = ()
    declared: tuple[Declared, ...] | None = None
    partials: tuple[Partial, ...] = ()
    """What other objects in Git say of Services that are made of them."""
    services: tuple[Live, ...] | None = None
    events: tuple[Event, ...] | None = None
    nodes: tuple[Node, ...] | None = None
    load_balancers: tuple[LoadBalancer, ...] | None = None
    private_link_services: tuple[PrivateLinkService, ...] | None = None
    virtual_networks: tuple[VirtualNetwork, ...] | None = None
    public_ips: tuple[PublicIp, ...] | None = None
    nic_addresses: tuple[NicAddress, ...] | None = None
    """Optional evidence; no gap if it is absent."""
    gaps: tuple[Gap, ...] = ()
    reads: tuple[Read, ...] = ()
    causes: tuple[tuple[str, str], ...] = ()
    """Why the cluster does not follow Git: object (as `HelmRelease web/shop`) and a clause."""
    ignored: tuple[Ignored, ...] = ()
    """Differences that are none, since the GitOps tool is told so."""
    endpoints: tuple[tuple[str, str], ...] = ()
    """Of a live audit: source and address of each API that was asked."""
    requests: tuple[tuple[str, str, int], ...] = ()
    """Of a live audit: source, status code (`error`: no answer came) and number of requests."""
