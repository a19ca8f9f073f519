"""What Services have in common: pools, subnets, limits, foreign things, and resources that Azure failed to make."""

import dataclasses
from typing import Any

import pytest

from auditor.audit import audit
from auditor.model.azure import NicAddress
from auditor.model.finding import Confidence
from auditor.model.policy import Policy
from auditor.model.service import Node, Port
from tests.rules.azure_worlds import (
    DUAL,
    ILB,
    INTERNAL,
    LOCAL,
    PLS,
    PUBLIC,
    Case,
    add_frontend,
    add_other,
    add_pls,
    add_rule,
    bare,
    base,
    blind,
    drop,
    expected,
    fires,
    frontend_id,
    gap,
    gone,
    having,
    multi,
    no_lb,
    outcome,
    part,
    quiet,
    table,
    upper,
)  # fmt: skip
from tests.world import NOW, VNET, World

PINNED = ILB | {"azure-load-balancer-ipv4": "10.240.0.50"}
EMPTY = "backend-pool-empty critical - internal/pools/kubernetes"
PINS = "foreign-rule-pins-frontend high web/a internal/rules/mine"
FAILED = "provisioning-failed high web/a pls/pls-<1>"


def a(annotations: dict[str, str] | None = None, **fields: Any) -> World:
    return World().service("a", annotations, **fields)


def pools(world: World, **members: int) -> World:
    return having(world, pools={"kubernetes": 3, "kubernetes-IPv6": 3} | members)


def nodes(*labels: dict[str, str]) -> World:
    return having(pools(a(), kubernetes=0), nodes=[Node(name=f"n{i}", labels=found) for i, found in enumerate(labels)])


def own_pool(members: int) -> World:
    world = multi().service("a", **LOCAL).change_rule(pool_id=part("backendAddressPools", "web-a"))
    return pools(world, **{"web-a": members})


def many(number: int) -> World:
    world = World()
    for i in range(number):
        world.service(f"s{i}", PLS)
    return world


def used(subnet: str, number: int, *more: str) -> World:
    """So many addresses of a subnet are in use; the Service's frontend is in it."""
    world = a(ILB if subnet == "snet-nodes" else ILB | {"azure-load-balancer-internal-subnet": subnet})
    return having(world, used={subnet: (*(f"/nic/ip{i}" for i in range(number)), *more)})


def policy(setting: str, annotations: dict[str, str] = PLS) -> World:
    return having(a(annotations), subnet_policy={"snet-nodes": setting})


def sharers() -> World:
    world = a(PINNED)
    return world.service("b", PINNED, ports=[Port(port=81, name="x")])


CASES: tuple[Case, ...] = (
    fires("backend-pool-empty", "no members: one finding", lambda: pools(a().service("b"), kubernetes=0), EMPTY),
    fires("backend-pool-empty", "on both load balancers", lambda: pools(a().service("b", {}), kubernetes=0), EMPTY,
          "backend-pool-empty critical - public/pools/kubernetes"),
    fires("backend-pool-empty", "no such pool", lambda: having(a(), pools={}), EMPTY),
    fires("backend-pool-empty", "of IPv6", lambda: pools(a(ILB, **DUAL), **{"kubernetes-IPv6": 0}), EMPTY + "-ipv6"),
    fires("backend-pool-empty", "a Local Service's own", lambda: own_pool(0),
          "backend-pool-empty critical web/a internal/pools/web-a"),
    fires("backend-pool-empty", "one node of many is eligible", lambda: nodes(
          {"node-role.kubernetes.io/control-plane": ""}, {}), EMPTY),
    quiet("backend-pool-empty", "members", lambda: own_pool(1)),
    quiet("backend-pool-empty", "no nodes", nodes),
    quiet("backend-pool-empty", "no eligible nodes", lambda: nodes(
          {"node-role.kubernetes.io/control-plane": ""},
              {"node.kubernetes.io/exclude-from-external-load-balancers": "true"},
          {"kubernetes.azure.com/managed": "False"})),
    quiet("backend-pool-empty", "a pool that nobody uses", lambda: pools(a(), **{"kubernetes-IPv6": 0, "web-z": 0})),
    quiet("backend-pool-empty", "being deleted", lambda: pools(a().change_live("a", deleted_at=NOW), kubernetes=0)),
    blind("backend-pool-empty", "nodes not read", lambda: having(pools(a(), kubernetes=0), nodes=None)),
    blind("backend-pool-empty", "some nodes not read", lambda: gap(nodes(), "kubernetes", "nodes")),
    blind("backend-pool-empty", "load balancers not read", lambda: having(a(), lbs_read=False)),
    fires("foreign-frontend", "by hand", lambda: add_frontend(a(), "mine"),
          "foreign-frontend medium - internal/frontends/mine"),
    fires("foreign-frontend", "nearly a name of the controller", lambda: add_frontend(a(), "a" + "0" * 30),
          "foreign-frontend medium - internal/frontends/a" + "0" * 30),
    quiet("foreign-frontend", "public", lambda: add_frontend(bare().service("a", {}), "aksOutbound", None, PUBLIC)),
    quiet("foreign-frontend", "made by the controller",
          lambda: a(ILB | {"azure-load-balancer-internal-subnet": "snet-ilb"})),
    blind("foreign-frontend", "not read", lambda: having(add_frontend(a(), "mine"), lbs_read=False)),
    fires("foreign-rule-pins-frontend", "a rule", lambda: add_rule(a(), "mine"), PINS),
    fires("foreign-rule-pins-frontend", "a NAT rule", lambda: add_other(a(), "inboundNatRules", "ssh"),
          "foreign-rule-pins-frontend high web/a internal/inboundnatrules/ssh"),
    fires("foreign-rule-pins-frontend", "an outbound rule",
          lambda: add_other(bare().service("a", {}), "outboundRules", "out",
          lb=PUBLIC), "foreign-rule-pins-frontend high web/a public/outboundrules/out"),
    fires("foreign-rule-pins-frontend", "being deleted",
          lambda: add_rule(a().change_live("a", deleted_at=NOW), "mine"), PINS),
    fires("foreign-rule-pins-frontend", "a shared one: the Service it is named after",
          lambda: add_rule(sharers(), "mine"), PINS),
    fires("foreign-rule-pins-frontend", "a shared one without that: the first",
          lambda: add_rule(gone(sharers(), "a"), "mine"),
          "foreign-rule-pins-frontend high web/b internal/rules/mine",
          "orphaned-lb-rule medium - internal/rules/<1>-tcp-80", "orphaned-probe medium - internal/probes/<1>-tcp-80"),
    fires("foreign-rule-pins-frontend", "ids in capitals", lambda: upper(add_rule(a(), "mine")), PINS),
    quiet("foreign-rule-pins-frontend", "a sharer's rule", sharers),
    quiet("foreign-rule-pins-frontend", "a dead Service's rule", lambda: add_rule(a(), base(9) + "-TCP-9"),
          "orphaned-lb-rule medium - internal/rules/<9>-tcp-9"),
    quiet("foreign-rule-pins-frontend", "on a frontend of its own", lambda: add_rule(add_frontend(
          a(), "mine"), "mine", part("frontendIPConfigurations", "mine")),
              "foreign-frontend medium - internal/frontends/mine"),
    quiet("foreign-rule-pins-frontend", "on an orphan", lambda: add_rule(gone(a(), "a").service("b"), "mine"),
          "orphaned-frontend high - internal/frontends/<1>"),
    blind("foreign-rule-pins-frontend", "not read", lambda: having(add_rule(a(), "mine"), lbs_read=False)),
    fires("provisioning-failed", "a load balancer", lambda: having(a(), lb_state={INTERNAL: "Failed"}),
          "provisioning-failed high - internal"),
    fires("provisioning-failed", "a PLS", lambda: a(PLS).change_pls(state="failed"), FAILED),
    fires("provisioning-failed", "a PLS of one that is being deleted",
          lambda: a(PLS).change_pls(state="Failed").change_live("a", deleted_at=NOW), FAILED),
    fires("provisioning-failed", "a PLS that nobody asks for", lambda: add_pls(a(), "p", frontend_id(), state="Failed"),
          "pls-lingering high web/a", "provisioning-failed high web/a pls/p"),
    fires("provisioning-failed", "a PLS that nobody uses",
          lambda: add_rule(add_pls(add_frontend(a(), "mine"), "p", part(
          "frontendIPConfigurations", "mine"), state="Failed"), "mine", part("frontendIPConfigurations", "mine")),
          "foreign-frontend medium - internal/frontends/mine", "provisioning-failed high - pls/p"),
    fires("provisioning-failed", "a PLS whose frontend is gone", lambda: add_pls(
        a(), "p", part("frontendIPConfigurations", base(9)), state="Failed"),
        "orphaned-pls high - pls/p", "provisioning-failed high - pls/p"),
    quiet("provisioning-failed", "a PLS on an orphaned frontend",
          lambda: gone(a(PLS).change_pls(state="Failed"), "a").service("b"),
              "orphaned-frontend critical - internal/frontends/<1>"),
    quiet("provisioning-failed", "an unmanaged PLS", lambda: a(PLS).change_pls(state="Failed", tags={}),
          "pls-unmanaged high web/a"),
    quiet("provisioning-failed", "a PLS of somebody else", lambda: add_pls(a(), "p", "/elsewhere", state="Failed")),
    quiet("provisioning-failed", "a load balancer of somebody else",
          lambda: having(drop(World().service("a"), "rules", lb=PUBLIC), lb_state={"other": "Failed"})),
    quiet("provisioning-failed", "Updating", lambda: having(a(), lb_state={INTERNAL: "Updating"})),
    blind("provisioning-failed", "not read", lambda: having(a(), lbs_read=False)),
    blind("provisioning-failed", "PLS not read", lambda: having(a(), pls=None)),
    blind("provisioning-failed", "some PLS not read", lambda: gap(a(), "azure", "privateLinkServices")),
    fires("pls-limit-near", "seven", lambda: many(7), "pls-limit-near medium - internal"),
    fires("pls-limit-near", "eight", lambda: many(8), "pls-limit-near medium - internal"),
    fires("pls-limit-near", "an unmanaged one counts", lambda: many(7).change_pls(tags={}),
          "pls-limit-near medium - internal",
          "pls-unmanaged high web/s0"),
    quiet("pls-limit-near", "six", lambda: many(6)),
    quiet("pls-limit-near", "one PLS on many frontends", lambda: add_pls(many(1).service("b"), "p", *(
          frontend_id(2, lb=INTERNAL),) * 9), "pls-lingering high web/b"),
    blind("pls-limit-near", "PLS not read", lambda: having(many(7), pls=None)),
    blind("pls-limit-near", "load balancers not read", lambda: having(many(7), lbs_read=False)),
    fires("pls-subnet-policy-enabled", "enabled", lambda: policy("Enabled"),
          "pls-subnet-policy-enabled high - subnets/snet-nodes"),
    fires("pls-subnet-policy-enabled", "an unmanaged PLS", lambda: policy("Enabled").change_pls(tags={}),
          "pls-subnet-policy-enabled high - subnets/snet-nodes", "pls-unmanaged high web/a"),
    fires("pls-subnet-policy-enabled", "once", lambda: policy("Enabled").service("b", PLS),
          "pls-subnet-policy-enabled high - subnets/snet-nodes"),
    quiet("pls-subnet-policy-enabled", "disabled", lambda: policy("disabled")),
    quiet("pls-subnet-policy-enabled", "no PLS", lambda: policy("Enabled", ILB)),
    quiet("pls-subnet-policy-enabled", "another subnet", lambda: having(a(PLS), subnet_policy={"snet-pls": "Enabled"})),
    blind("pls-subnet-policy-enabled", "network not read", lambda: having(policy("Enabled"), vnets_read=False)),
    blind("pls-subnet-policy-enabled", "that network not read", lambda: gap(having(
          policy("Enabled"), subnets={}), "azure", "virtualNetworks", VNET)),
    blind("pls-subnet-policy-enabled", "PLS not read", lambda: having(policy("Enabled"), pls=None)),
    fires("subnet-nearly-full", "full", lambda: used("snet-tiny", 3), "subnet-nearly-full high - subnets/snet-tiny"),
    fires("subnet-nearly-full", "over nine tenths", lambda: used("snet-ilb", 918),
          "subnet-nearly-full medium - subnets/snet-ilb"),
    fires("subnet-nearly-full", "of NAT addresses", lambda: having(a(PLS | {
          "azure-pls-ip-configuration-subnet": "snet-tiny"}), used={"snet-tiny": ("/1", "/2", "/3")}),
          "subnet-nearly-full high - subnets/snet-tiny"),
    quiet("subnet-nearly-full", "under nine tenths", lambda: used("snet-ilb", 917)),
    quiet("subnet-nearly-full", "IPv6 entries", lambda: used("snet-tiny", 2, "/nic/ipv6config")),
    quiet("subnet-nearly-full", "it serves nothing of ours",
          lambda: having(a(), used={"snet-tiny": ("/1", "/2", "/3")})),
    quiet("subnet-nearly-full", "the list is absent",
          lambda: a(ILB | {"azure-load-balancer-internal-subnet": "snet-tiny"})),
    blind("subnet-nearly-full", "network not read", lambda: having(used("snet-tiny", 3), vnets_read=False)),
    blind("subnet-nearly-full", "PLS not read", lambda: having(used("snet-ilb", 3), pls=None)),
    blind("subnet-nearly-full", "that network not read", lambda: gap(having(
          used("snet-nodes", 3), subnets={}), "azure", "virtualNetworks", VNET)),
)  # fmt: skip


@table(CASES)
def test_the_estate(case: Case) -> None:
    assert outcome(case) == expected(case)


@pytest.mark.parametrize(
    ("read", "sure"),
    [
        ((), False),
        (("/nic/ip0",), False),
        (("/nic/ip0", "/nic/ip1", "/nic/ip2"), True),
        (("/nic/IP0", "/NIC/ip1", "/nic/ip2"), True),
    ],
)
def test_a_full_subnet_is_certain_where_every_address_was_read(read: tuple[str, ...], *, sure: bool) -> None:
    nics = tuple(NicAddress(id=one, version="IPv4") for one in read)
    snapshot = dataclasses.replace(used("snet-tiny", 3).snapshot(), nic_addresses=nics)

    found = [one for one in audit(snapshot, Policy(), NOW).findings if one.rule == "subnet-nearly-full"]

    assert [one.confidence for one in found] == [Confidence.HIGH if sure else Confidence.MEDIUM]


def test_eight_load_balancers_are_eight_limits() -> None:
    world = many(6)
    for i in range(3):
        add_pls(
            world.service(f"p{i}", {"azure-disable-load-balancer-floating-ip": "true"}),
            f"p{i}",
            frontend_id(7 + i, lb=PUBLIC),
        )
    assert "pls-limit-near" not in world.rules_found()


def test_without_a_load_balancer_nothing_is_said_of_it() -> None:
    assert no_lb(a(), INTERNAL).rules_found() == ["load-balancer-missing"]
