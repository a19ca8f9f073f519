"""Facts: what the rules may look at. Built once from a snapshot, read by every rule, changed by none."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.controller import estate as azure
from auditor.controller.asked import Asked
from auditor.controller.estate import Estate
from auditor.controller.placement import Placement
from auditor.model import ids
from auditor.model.azure import Frontend, LoadBalancer, PrivateLinkService, Subnet
from auditor.model.policy import Policy
from auditor.model.service import Declared, Event, Live, Node, ServiceKey
from auditor.model.snapshot import Facts as ClusterFacts
from auditor.model.snapshot import Gap, Snapshot

Families = tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """A Service as the manifest and intent rules judge it: declared, or live where Git does not declare it."""

    service: Declared | Live
    asked: Asked
    live: Live | None
    families: Families
    """IP families as far as they are known."""

    @property
    def key(self) -> ServiceKey:
        """Namespace and name."""
        return self.service.key

    @property
    def only_v6(self) -> bool:
        """Known to be IPv6 and nothing else."""
        return self.families == ("IPv6",)

    @property
    def side(self) -> str:
        """Where the judged value stands: `git` or `cluster`."""
        return "git" if isinstance(self.service, Declared) else "cluster"


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A Service that is both declared and live."""

    declared: Declared
    live: Live
    here: Asked
    """As declared."""
    there: Asked
    """As live."""


@dataclass(slots=True, eq=False)
class Facts:
    """Everything a rule may look at."""

    snapshot: Snapshot
    policy: Policy
    now: datetime = field(init=False)
    """The clock; not there, so that whoever reads it fails, until `at` has set it."""
    declarations: list[Declaration] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    placements: dict[ServiceKey, Placement] = field(default_factory=dict)
    """Live Services in scope, those being deleted included."""
    users: Mapping[str, list[Placement]] = field(default_factory=dict)
    """Frontend key to the Services on it."""
    estate: Estate = field(default_factory=Estate)
    events: Mapping[str, list[Event]] = field(default_factory=dict)
    """By UID of the Service."""
    living: frozenset[str] = frozenset()
    """Base names of live Services in scope or with the cleanup finalizer."""
    living_labels: frozenset[str] = frozenset()
    """The same Services as lower-cased `namespace/name`."""
    attachments: dict[Placement, Any] = field(default_factory=dict)
    """The PLS of a Service, looked at once; pls_state.py fills and reads it."""
    sides: dict[Placement, Any] = field(default_factory=dict)
    """Rules and probes of a Service, compared once; lbrules_state.py fills and reads it."""
    gaps: Mapping[str, list[Gap]] = field(default_factory=dict)
    """By the kind of collection that they concern."""
    by_key: Mapping[ServiceKey, Declaration] = field(default_factory=dict)
    address_claims: Mapping[str, list[Declaration]] = field(default_factory=dict)
    """Canonical requested address to the declarations that ask for it, in name order."""
    holders: Mapping[str, list[Node | PrivateLinkService | Frontend]] = field(default_factory=dict)
    """Address to the nodes, Private Link Services and frontends (of any load balancer) that have it."""
    frontend_ids: frozenset[str] = frozenset()
    """Lower-cased ids of the frontends of all load balancers that were read."""
    asked_addresses: frozenset[tuple[bool, str]] = frozenset()
    """(internal, lower-cased address) that live Services in scope ask for."""
    pls_names: Mapping[tuple[str, str], list[Declaration]] = field(default_factory=dict)
    """(resource group, name) of a PLS, lower-cased, to the declarations that ask for it."""

    def at(self, now: datetime, snapshot: Snapshot) -> "Facts":
        """The same at a moment; `snapshot` is the same but for its times."""
        # What rules remember is left behind: nothing that was found with a clock gets to those without.
        found = dataclasses.replace(self, snapshot=snapshot, attachments={}, sides={})
        found.now = now
        return found

    def forget(self) -> None:
        """Let go of what rules have remembered of a Service, when all have judged it."""
        self.attachments.clear()
        self.sides.clear()

    @property
    def cluster(self) -> ClusterFacts:
        """How the cluster and its controller are set up."""
        return self.snapshot.facts

    def blind(self, kind: str) -> bool:
        """True if some of that collection could not be read."""
        return bool(self.gaps.get(kind))

    def id_of(self, *parts: str) -> str:
        """The ARM id that a Network resource of the node resource group would have."""
        group = self.cluster.node_resource_group or "unknown"
        subscription = self.cluster.subscription_id or "unknown"
        return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/" + "/".join(parts)

    def pls_group(self, asked: Asked) -> str:
        """The resource group in which the controller keeps the PLS of a Service, lower-cased; empty if not known."""
        own = asked.pls.resource_group if asked.pls else None
        return (own or self.cluster.pls_resource_group or self.cluster.node_resource_group or "").lower()

    def subnet_named(self, name: str | None) -> Subnet | None:
        """The subnet of the cluster's virtual network (None: its default subnet), in any letter case."""
        wanted = name or self.cluster.subnet
        network = self.cluster.virtual_network
        if not wanted or not network:
            return None
        found = self.estate.subnets.get(f"{network}/subnets/{wanted}".lower())
        return found[1] if found else None

    def in_subnet(self, subnet_id: str, name: str) -> bool:
        """True if the id is that of the subnet of that name, in the cluster's virtual network where that is known."""
        network = self.cluster.virtual_network
        if network and "virtual_network" not in self.cluster.inferred:
            return subnet_id.lower() == f"{network}/subnets/{name}".lower()
        return ids.last(subnet_id).lower() == name.lower()

    @property
    def more_than_a_pair(self) -> bool:
        """True if several load balancers serve the cluster, or one that is not called after the controller."""
        name = self.cluster.cluster_name.lower()
        if any(lb.name.lower() not in {name, f"{name}-internal"} for lb in self.estate.lbs):
            return True
        internal = [lb for lb in self.estate.lbs if lb.name.lower().endswith("-internal")]
        return len(internal) > 1 or len(self.estate.lbs) - len(internal) > 1

    @property
    def network_read(self) -> bool:
        """True if the cluster's virtual network is among those that were read."""
        network = (self.cluster.virtual_network or "").lower()
        return any(n.id.lower() == network for n in self.snapshot.virtual_networks or ())

    def shared_probe_mode(self, lb: LoadBalancer) -> bool:
        """True if the load balancer has the shared health probe."""
        return lb.id.lower() in self.estate.shared_probe_lbs

    def asking(self, frontend: str) -> list[Placement]:
        """The Services of a frontend that ask for a PLS, in name order."""
        return [p for p in self.users.get(frontend, ()) if p.asked.pls]

    def attached(self, place: Placement) -> PrivateLinkService | None:
        """The PLS on the IPv4 frontend of a Service."""
        spot = place.spot(v6=False)
        found = self.estate.pls_on.get(spot.key) if spot else None
        if not found:
            return None
        group = self.pls_group(place.asked)
        return next((pls for pls in found if ids.parse(pls.id).resource_group == group), found[0])


def services_on(facts: Facts, pls: PrivateLinkService) -> Sequence[Placement]:
    """The live Services on any frontend of a PLS, in name order."""
    found = {p.live.key: p for f in pls.frontend_ids for p in facts.users.get(f.lower(), ())}
    return [found[key] for key in sorted(found)]


def which_service(facts: Facts, pls: PrivateLinkService) -> Placement | None:
    """The Service that a finding about a PLS names (contract.md, *Which Service*); None where no live one is on it.

    The owner by tag if it is on the frontend; else, among those that ask (if any, else all), the one the frontend
    is named after, else the first in name order.
    """
    everybody = services_on(facts, pls)
    people = [p for p in everybody if p.live.deleted_at is None] or everybody
    owner = azure.owner_of(pls)
    for place in people:
        if place.label == owner:
            return place
    asking = [p for p in people if p.asked.pls] or list(people)
    bases = {ids.last(f)[:32] for f in pls.frontend_ids}
    return next((p for p in asking if p.base in bases), asking[0] if asking else None)
