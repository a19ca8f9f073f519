"""Azure's side, indexed: the managed load balancers of the cluster and what hangs on their frontends.

Ids are joined lower-cased; the frontends are called spots, since one needs to know where a frontend stands.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from sys import intern

from auditor.controller import grammar, naming
from auditor.model import ids
from auditor.model.azure import (
    Frontend,
    LbRule,
    LoadBalancer,
    OtherRule,
    PrivateLinkService,
    Probe,
    PublicIp,
    Subnet,
    VirtualNetwork,
)
from auditor.model.snapshot import Facts

CLUSTER_TAG = "k8s-azure-cluster-name"
OWNER_TAG = "k8s-azure-owner-service"


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A frontend and the managed load balancer it is on."""

    lb: LoadBalancer
    frontend: Frontend
    internal: bool
    """It is on an internal load balancer."""
    key: str
    """The id, lower-cased."""
    address: str | None
    """Private address, or that of its public IP; None where that is not known."""

    @property
    def v6(self) -> bool:
        """True for an IPv6 frontend."""
        if self.frontend.version:
            return self.frontend.version.lower() == "ipv6"
        if self.address is None:
            return self.frontend.name.lower().endswith(naming.V6_SUFFIX.lower())
        return ":" in self.address

    @property
    def family_known(self) -> bool:
        """False where neither version nor address was read: a public frontend without its public IP."""
        return bool(self.frontend.version) or self.address is not None

    @property
    def base(self) -> str:
        """The first 32 characters of its name: the base name of a Service, where the controller made it."""
        return self.frontend.name[:32]


@dataclass(slots=True)
class Estate:
    """The indexes."""

    lbs: list[LoadBalancer] = field(default_factory=list)
    """Managed load balancers."""
    kinds: frozenset[bool] = frozenset()
    """The kinds of load balancer there are: True for internal."""
    spots: dict[str, Spot] = field(default_factory=dict)
    by_base: dict[str, list[Spot]] = field(default_factory=lambda: defaultdict(list))
    by_address: dict[tuple[bool, str], list[Spot]] = field(default_factory=lambda: defaultdict(list))
    """(internal, lower-cased address)"""
    rules_by_base: dict[str, list[tuple[LoadBalancer, LbRule]]] = field(default_factory=lambda: defaultdict(list))
    probes_by_base: dict[str, list[tuple[LoadBalancer, Probe]]] = field(default_factory=lambda: defaultdict(list))
    rules_on: dict[str, list[LbRule]] = field(default_factory=lambda: defaultdict(list))
    """Rules by the frontend they use."""
    others_on: dict[str, list[OtherRule]] = field(default_factory=lambda: defaultdict(list))
    pls_on: dict[str, list[PrivateLinkService]] = field(default_factory=lambda: defaultdict(list))
    shared_probe_lbs: set[str] = field(default_factory=set)
    """Lower-cased ids of load balancers in shared-probe mode."""
    subnets: dict[str, tuple[VirtualNetwork, Subnet]] = field(default_factory=dict)
    public_ips: dict[str, PublicIp] = field(default_factory=dict)


def managed_names(facts: Facts) -> set[str]:
    """The names, lower-cased and without `-internal`, that the configured load balancers have."""
    return {facts.cluster_name.lower(), *(name.lower() for name in facts.multiple_load_balancers or ())}


def managed(lbs: Iterable[LoadBalancer], facts: Facts, live_bases: frozenset[str] | set[str]) -> list[LoadBalancer]:
    """The load balancers of this cluster's controller (contract.md, *Managed load balancers*)."""
    group = (facts.node_resource_group or "").lower()
    names = managed_names(facts)
    found = []
    for lb in lbs:
        if group and ids.parse(lb.id).resource_group != group:
            continue
        plain = lb.name.lower().removesuffix(naming.INTERNAL_SUFFIX)
        if plain in names or (not facts.multiple_load_balancers and _serves(lb, live_bases)):
            found.append(lb)
    return sorted(found, key=lambda lb: lb.id.lower())


def _serves(lb: LoadBalancer, live_bases: frozenset[str] | set[str]) -> bool:
    return any(f.name[:32] in live_bases for f in lb.frontends) or any(
        r.name[:32].lower() in live_bases for r in lb.rules
    )


def build(
    lbs: Sequence[LoadBalancer],
    private_links: Iterable[PrivateLinkService],
    networks: Iterable[VirtualNetwork],
    public_ips: Iterable[PublicIp],
) -> Estate:
    """Index the managed load balancers `lbs` and what refers to them."""
    estate = Estate(lbs=list(lbs), kinds=frozenset(naming.is_internal_load_balancer(lb.name) for lb in lbs))
    estate.public_ips = {pip.id.lower(): pip for pip in public_ips}
    for network in networks:
        for subnet in network.subnets:
            estate.subnets[subnet.id.lower()] = (network, subnet)
    for lb in lbs:
        _index(estate, lb)
    for pls in sorted(private_links, key=lambda pls: pls.id.lower()):
        for frontend_id in dict.fromkeys(f.lower() for f in pls.frontend_ids):
            estate.pls_on[frontend_id].append(pls)
    return estate


def _index(estate: Estate, lb: LoadBalancer) -> None:
    internal = naming.is_internal_load_balancer(lb.name)
    for frontend in lb.frontends:
        pip = estate.public_ips.get((frontend.public_ip_id or "").lower())
        address = pip.ip if pip else None if frontend.public_ip_id else frontend.ip
        # Several indexes go by this text: it is kept once.
        spot = Spot(lb, frontend, internal, intern(frontend.id.lower()), address)
        estate.spots[spot.key] = spot
        if naming.made_by_controller(frontend.name):
            estate.by_base[spot.base].append(spot)
        if address:
            estate.by_address[internal, address.lower()].append(spot)
    for rule in lb.rules:
        if naming.made_by_controller(rule.name):
            estate.rules_by_base[rule.name[:32].lower()].append((lb, rule))
        if rule.frontend_id:
            estate.rules_on[intern(rule.frontend_id.lower())].append(rule)
    for other in lb.other_rules:
        for frontend_id in other.frontend_ids:
            estate.others_on[intern(frontend_id.lower())].append(other)
    for probe in lb.probes:
        if probe.name.lower() == naming.SHARED_PROBE:
            estate.shared_probe_lbs.add(lb.id.lower())
        elif naming.made_by_controller(probe.name):
            estate.probes_by_base[probe.name[:32].lower()].append((lb, probe))


def tagged_ours(pls: PrivateLinkService, cluster_name: str) -> bool:
    """True if its cluster tag, under its exact key, is this controller's (azure_privatelinkservice.go:744)."""
    return grammar.trim(pls.tags.get(CLUSTER_TAG, "")).lower() == cluster_name.lower()


def owner_of(pls: PrivateLinkService) -> str | None:
    """The owner tag under its exact key, lower-cased `namespace/name`; None where there is none."""
    text = pls.tags.get(OWNER_TAG)
    return None if text is None else grammar.trim(text).lower()
