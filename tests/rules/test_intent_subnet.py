"""Intent rules about subnets: does the wanted address exist there, and is it free?"""

import dataclasses
from typing import Any

import pytest

from auditor.model import azure
from auditor.model.service import Node
from auditor.model.snapshot import Gap
from tests.rules.test_manifest_table import (
    INTERNAL,
    PLS,
    TLS,
    Case,
    Found,
    blind,
    check,
    fires,
    internal,
    linked,
    one,
    only_git,
    quiet,
)
from tests.world import NODES, VNET, World

V4, V6, SUBNET = "azure-load-balancer-ipv4", "azure-load-balancer-ipv6", "azure-load-balancer-internal-subnet"
NAT, STATIC, COUNT = (
    "azure-pls-ip-configuration-subnet",
    "azure-pls-ip-configuration-ip-address",
    "azure-pls-ip-configuration-ip-address-count",
)
FIELD = "spec.loadBalancerIP"
OLD = "ip-in-deprecated-field"
UNMADE: tuple[Found, ...] = (("frontend-missing", "web/b", ""), ("service-pending", "web/b", ""))
FREE = "10.240.9.9"


def planned(annotations: dict[str, str], **fields: Any) -> World:
    """An internal Service in Git, and the virtual network: nothing else was read."""
    world = only_git(internal(annotations, **fields))
    world.vnets_read = True
    return world


def statics(*addresses: str, **more: str) -> dict[str, str]:
    """A Private Link Service in its own NAT subnet that wants these addresses."""
    wanted = {"azure-pls-create": "true", NAT: "snet-pls", STATIC: " ".join(addresses), COUNT: str(len(addresses))}
    return wanted | {k.replace("_", "-"): v for k, v in more.items()}


def knowing(world: World, **facts: Any) -> World:
    """The same world with other facts about the cluster."""
    world.facts = dataclasses.replace(world.facts, **facts)
    return world


def elsewhere(world: World) -> World:
    """The same world, of which another virtual network was read than the cluster's."""
    return knowing(world, virtual_network=VNET + "-2")


def prefixes(world: World, subnet: str, *given: str) -> World:
    world.subnets[subnet] = given
    return world


def unread(world: World, **fields: Any) -> World:
    for name, value in fields.items():
        setattr(world, name, value)
    return world


def beside(annotations: dict[str, str], holder: World, *, made: bool = False, **fields: Any) -> World:
    """The world of `holder` (where `web/a` has 10.240.0.11 if nothing is pinned), with the Service `web/b`."""
    return holder.service("b", INTERNAL | annotations, made=made, **fields)


def held(lb: str, address: str) -> World:
    """A frontend of nobody has an address, on some load balancer of the node resource group."""
    world = World()
    world.frontends.setdefault(lb, [])
    world.rules.setdefault(lb, [])
    world.probes.setdefault(lb, [])
    name = "by-hand"
    world.frontends[lb].append(azure.Frontend(id=f"{NODES}/loadBalancers/{lb}/frontendIPConfigurations/{name}",
    name=name, version="IPv4",
                                              ip=address, subnet_id=f"{VNET}/subnets/snet-nodes"))  # fmt: skip
    return world


def dead(world: World) -> World:
    """`web/a` is gone from Git and cluster; what it had in Azure is not."""
    world.declared, world.live = [], []
    return world


LB = "loadbalancers/kubernetes-internal"
LEFT = [("orphaned-frontend", None, f"{LB}/frontendipconfigurations/a0000000000004000800000000000001"),
        ("orphaned-load-balancer", None, LB)]  # fmt: skip
FOREIGN = [("foreign-frontend", None, f"{LB}/frontendipconfigurations/by-hand")]
FORBIDDEN = Gap(source="kubernetes", scope="namespace other", kind="services", reason="forbidden")

CASES = [
    fires("subnet-unknown", "of an internal Service", planned({SUBNET: "snet-none"}), SUBNET),
    fires("subnet-unknown", "of the PLS", planned(PLS | {NAT: "snet-none"}), NAT),
    fires("subnet-unknown", "of the PLS of a public Service",
          unread(only_git(one({"azure-pls-create": "true", NAT: "snet-none",
          "azure-disable-load-balancer-floating-ip": "true"})),
                 vnets_read=True), NAT),
    fires("subnet-unknown", "both", planned(PLS | {SUBNET: "snet-none", NAT: "snet-nil"}), SUBNET),
    fires("subnet-unknown", "its addresses are not judged", planned({SUBNET: "snet-none", V4: "10.99.0.1"}), SUBNET),
    fires("subnet-unknown", "nothing is made", internal({SUBNET: "snet-none"}, made=False), SUBNET,
          "frontend-missing", "service-pending"),
    quiet("subnet-unknown", "there", planned(PLS | {SUBNET: "snet-ilb", NAT: "snet-pls"})),
    quiet("subnet-unknown", "in any case", planned(PLS | {SUBNET: "SNET-ilb", NAT: "Snet-PLS"})),
    quiet("subnet-unknown", "blank", planned(PLS | {SUBNET: " ", NAT: ""})),
    quiet("subnet-unknown", "public", one({SUBNET: "snet-none"}), "subnet-without-internal"),
    quiet("subnet-unknown", "no PLS is asked for", planned({NAT: "snet-none"}), "pls-annotations-without-create"),
    quiet("subnet-unknown", "not a name", planned(PLS | {SUBNET: "snet-none ", NAT: "x/y"}), "subnet-not-a-name"),
    quiet("subnet-unknown", "none named, network not read", elsewhere(internal())),
    blind("subnet-unknown", "no virtual networks", unread(internal({SUBNET: "snet-ilb"}), vnets_read=False)),
    blind("subnet-unknown", "not that virtual network", elsewhere(planned({SUBNET: "snet-none"}))),

    fires("ip-not-in-subnet", "of the default subnet", planned({V4: "10.241.0.50"}), V4),
    fires("ip-not-in-subnet", "of the named subnet", planned({SUBNET: "snet-ilb", V4: "10.240.0.50"}), V4),
    fires("ip-not-in-subnet", "by the field", planned({}, load_balancer_ip="10.99.0.1"), FIELD, OLD),
    fires("ip-not-in-subnet", "IPv6", planned({V6: "fd00:db8:deca:dead::1"}, ip_families=("IPv6",)), V6),
    fires("ip-not-in-subnet", "IPv6 where the subnet has none",
          planned({SUBNET: "snet-ilb", V6: "fd00::9"}, ip_families=("IPv6",)), V6),
    fires("ip-not-in-subnet", "static, of the NAT subnet", planned(statics("10.240.0.50")), STATIC),
    fires("ip-not-in-subnet", "static, the second", planned(statics("10.242.0.10", "10.240.0.50")), STATIC),
    fires("ip-not-in-subnet", "static, of the internal subnet",
          planned(statics("10.242.0.10") | {NAT: "", SUBNET: "snet-ilb"}), STATIC),
    fires("ip-not-in-subnet", "static, of the default subnet", planned(statics("10.242.0.10") | {NAT: ""}), STATIC),
    quiet("ip-not-in-subnet", "in it", planned({V4: "10.240.255.254"})),
    quiet("ip-not-in-subnet", "in the named one", planned({SUBNET: "SNET-ILB", V4: "10.241.3.254"})),
    quiet("ip-not-in-subnet", "in its second prefix",
          prefixes(planned({V4: "10.99.0.9"}), "snet-nodes", "10.240.0.0/16", "10.99.0.0/24")),
    quiet("ip-not-in-subnet", "IPv6", planned({V6: "fd00:db8:deca:deed::99"}, ip_families=("IPv6",))),
    quiet("ip-not-in-subnet", "static", planned(statics("10.242.0.10", "10.242.0.11"))),
    quiet("ip-not-in-subnet", "public", one({V4: "20.50.0.7"})),
    quiet("ip-not-in-subnet", "static, no PLS is asked for", planned({STATIC: "10.99.0.1"}),
          "pls-annotations-without-create"),
    quiet("ip-not-in-subnet", "subnet unknown", planned({SUBNET: "snet-none", V4: "10.99.0.1"}), "subnet-unknown"),
    quiet("ip-not-in-subnet", "default subnet not known", knowing(planned({V4: "10.99.0.1"}), subnet=None)),
    quiet("ip-not-in-subnet", "does not parse", planned({V4: "10.99.0"}), "ip-invalid"),
    quiet("ip-not-in-subnet", "no address, network not read", elsewhere(internal())),
    blind("ip-not-in-subnet", "no virtual networks", unread(planned({V4: "10.99.0.1"}), vnets_read=False)),
    blind("ip-not-in-subnet", "not that virtual network", elsewhere(planned({V4: "10.99.0.1"}))),

    *(fires("ip-reserved", v, planned({V4: v}), V4)
          for v in ("10.240.0.0", "10.240.0.1", "10.240.0.2", "10.240.0.3", "10.240.255.255")),
    *(fires("ip-reserved", v, planned({SUBNET: "snet-tiny", V4: v}), V4) for v in ("10.243.0.3", "10.243.0.7")),
    fires("ip-reserved", "IPv6", planned({V6: "fd00:db8:deca:deed::3"}, ip_families=("IPv6",)), V6),
    fires("ip-reserved", "by the field", planned({}, load_balancer_ip="10.240.0.1"), FIELD, OLD),
    fires("ip-reserved", "static", planned(statics("10.242.0.10", "10.242.0.255")), STATIC),
    fires("ip-reserved", "of its second prefix", prefixes(planned({V4: "10.99.0.1"}), "snet-nodes", "10.240.0.0/16",
          "10.99.0.0/24"), V4),
    *(quiet("ip-reserved", v, planned({V4: v})) for v in ("10.240.0.4", "10.240.255.254", "10.240.1.0",
          "10.240.1.255")),
    quiet("ip-reserved", "tiny", planned({SUBNET: "snet-tiny", V4: "10.243.0.4"})),
    quiet("ip-reserved", "static", planned(statics("10.242.0.4"))),
    quiet("ip-reserved", "of another subnet", planned({V4: "10.241.0.1"}), "ip-not-in-subnet"),
    quiet("ip-reserved", "no address, network not read", elsewhere(internal())),
    blind("ip-reserved", "no virtual networks", unread(planned({V4: "10.240.0.1"}), vnets_read=False)),
    blind("ip-reserved", "not that virtual network", elsewhere(planned({V4: "10.240.0.1"}))),

    fires("ip-taken", "by a node", beside({V4: "10.240.0.4"}, World()), V4, *UNMADE, services=("web/b",)),
    fires("ip-taken", "by a node, the field", beside({}, World(), load_balancer_ip="10.240.0.4"), FIELD, *UNMADE,
          (OLD, "web/b", ""), services=("web/b",)),
    fires("ip-taken", "by a PLS", beside({V4: "10.240.0.60"}, linked({STATIC: "10.240.0.60"})), V4, *UNMADE,
          services=("web/b",)),
    fires("ip-taken", "static, by a node", linked({STATIC: "10.240.0.4"}), STATIC),
    fires("ip-taken", "static, by a PLS", beside(statics("10.242.0.10"), linked(statics("10.242.0.10")), made=True),
          STATIC,
          services=("web/a", "web/b")),
    fires("ip-taken", "static, by a frontend", beside(PLS | {STATIC: "10.240.0.11"}, internal(), made=True), STATIC,
          services=("web/b",)),
    fires("ip-taken", "by a frontend with its port", beside({V4: "10.240.0.11"}, internal(), made=True), V4,
          services=("web/b",)),
    fires("ip-taken", "by a frontend that forwards every port",
          beside({V4: "10.240.0.11"}, internal({"azure-load-balancer-enable-high-availability-ports": "true"}),
          made=True, ports=(TLS,)),
          V4, services=("web/b",)),
    fires("ip-taken", "by the frontend of a dead Service", beside({V4: "10.240.0.11"}, dead(internal()), live=False),
          V4,
          ("service-missing", "web/b", ""), *LEFT, services=("web/b",)),
    fires("ip-taken", "by a frontend of somebody else's load balancer", beside({V4: FREE}, held("appliance", FREE)),
          V4, *UNMADE,
          services=("web/b",)),
    quiet("ip-taken", "free", beside({V4: FREE}, internal(), made=True)),
    quiet("ip-taken", "its own", internal({V4: FREE})),
    quiet("ip-taken", "static, its own", linked(statics("10.242.0.10", "10.242.0.11"))),
    quiet("ip-taken", "may share: other port", beside({V4: "10.240.0.11"}, internal(), made=True, ports=(TLS,))),
    quiet("ip-taken", "may share: no rule for the port",
          beside({V4: "10.240.0.11", "port_80_no_lb_rule": "true"}, internal(), made=True)),
    quiet("ip-taken", "may share: nobody has its port",
          beside({V4: FREE}, held("kubernetes-internal", FREE), made=True), *FOREIGN),
    quiet("ip-taken", "its users ask for it too", beside({V4: FREE}, internal({V4: FREE}), made=True),
          "ip-port-claimed-twice", ("ip-port-claimed-twice", "web/b", "")),
    quiet("ip-taken", "out of the subnet", beside({SUBNET: "snet-ilb", V4: "10.240.0.4"}, World()), *UNMADE,
          ("ip-not-in-subnet", "web/b", "")),
    quiet("ip-taken", "reserved", unread(beside({V4: "10.240.0.3"}, World()), nodes=[Node(name="n", labels={},
          addresses=("10.240.0.3",))]),
          *UNMADE, ("ip-reserved", "web/b", "")),
    quiet("ip-taken", "subnet unknown", beside({SUBNET: "snet-none", V4: "10.240.0.4"}, World()), *UNMADE,
          ("subnet-unknown", "web/b", "")),
    quiet("ip-taken", "public", one({V4: "20.50.0.7"})),
    quiet("ip-taken", "its own, no nodes read", unread(internal({V4: FREE}), nodes=None)),
    quiet("ip-taken", "no address, nothing else read", unread(internal(), nodes=None, pls=None)),
    quiet("ip-taken", "its own, a namespace not read", unread(internal({V4: FREE}), gaps=[FORBIDDEN])),
    fires("ip-taken", "by a node, no PLS read", unread(beside({V4: "10.240.0.4"}, World()), pls=None), V4, *UNMADE,
          services=("web/b",)),
    blind("ip-taken", "no live Services", unread(internal({V4: FREE}), live=None)),
    blind("ip-taken", "no load balancers", unread(internal({V4: FREE}), lbs_read=False)),
    blind("ip-taken", "no virtual networks", unread(internal({V4: FREE}), vnets_read=False)),
    blind("ip-taken", "not that virtual network", elsewhere(internal({V4: FREE}))),
    blind("ip-taken", "no nodes", unread(beside({V4: FREE}, World()), nodes=None), *UNMADE),
    blind("ip-taken", "no Private Link Services", unread(beside({V4: FREE}, World()), pls=None), *UNMADE),
    blind("ip-taken", "whose frontend it is cannot be told",
          unread(beside({V4: "10.240.0.11"}, dead(internal()), live=False), gaps=[FORBIDDEN])),
    blind("ip-taken", "whose PLS it is cannot be told",
          unread(beside({V4: "10.240.0.60"}, dead(linked({STATIC: "10.240.0.60"})), live=False), gaps=[FORBIDDEN])),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)
