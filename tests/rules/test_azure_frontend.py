"""Load balancers and frontends: missing, on the wrong side, twice, misnamed, with another address or subnet."""

from typing import Any

from auditor.model.service import Port
from tests.rules.azure_worlds import (
    DUAL,
    ILB,
    INTERNAL,
    PLS,
    PUBLIC,
    V6,
    Case,
    add_frontend,
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
    move,
    multi,
    no_lb,
    outcome,
    part,
    quiet,
    table,
    upper,
)  # fmt: skip
from tests.world import NOW, VNET, World

MISSING = "frontend-missing critical web/a"
DUPLICATE = "frontend-duplicated medium web/a internal/frontends/<1>-snet-ilb"
PINNED = ILB | {"azure-load-balancer-ipv4": "10.240.0.50"}
ON_ILB = ILB | {"azure-load-balancer-internal-subnet": "snet-ilb"}
LONG = "snet-prod-westeurope-aks-internal-loadbalancers-0001-extra-long"
OLD = f"{base(1)}-{LONG}"[:80]


def a(annotations: dict[str, str] | None = None, **fields: Any) -> World:
    return World().service("a", annotations, **fields)


def pair() -> World:
    return a(ILB, **DUAL)


def shared(number: int = 2) -> World:
    """The second Service shares the first one's frontend."""
    world = a(PINNED)
    for name in "bcd"[: number - 1]:
        world.service(name, PINNED, ports=[port(90 + ord(name))])
    return world


def port(number: int) -> Port:
    return Port(port=number, name=f"p{number}", target_port=8080)


def flipped(*, both: bool = False) -> World:
    """The Service was internal and is public now; its frontend (or one of two) is still on the internal side."""
    world = move(a({}), INTERNAL, PUBLIC)
    world.change_frontend(public_ip_id=None, ip="10.240.0.11", subnet_id=f"{VNET}/subnets/snet-nodes")
    if both:
        add_frontend(world, base(1), None, PUBLIC, public_ip_id=world.public_ips[0].id)  # type: ignore[index]
        move_rules_back(world)
    return world.service("other")


def move_rules_back(world: World) -> None:
    for what in ("rules", "probes"):
        kept, getattr(world, what)[INTERNAL] = getattr(world, what)[INTERNAL], []
        world_of = getattr(world, what)[PUBLIC]
        for thing in kept:
            world_of.append(thing)
    for i, rule in enumerate(world.rules[PUBLIC]):
        ids = {f: getattr(rule, f).replace(INTERNAL, PUBLIC) for f in ("id", "frontend_id", "pool_id", "probe_id")}
        world.change_rule(i, PUBLIC, **ids)
    for i, probe in enumerate(world.probes[PUBLIC]):
        world.change_probe(i, PUBLIC, id=probe.id.replace(INTERNAL, PUBLIC))


def exposed_flip() -> World:
    world = add_rule(flipped(both=True), base(1) + "-TCP-80")
    return add_pls(world, "p", frontend_id(1))


MISSINGS = (
    fires("load-balancer-missing", "internal", lambda: no_lb(a(), INTERNAL),
          "load-balancer-missing critical web/a internal"),
    fires("load-balancer-missing", "public", lambda: no_lb(a({}), PUBLIC, INTERNAL),
          "load-balancer-missing critical web/a public"),
    fires("load-balancer-missing", "for each Service", lambda: no_lb(a().service("b"), INTERNAL),
          "load-balancer-missing critical web/a internal", "load-balancer-missing critical web/b internal"),
    fires("load-balancer-missing", "a PLS is below it", lambda: no_lb(a(PLS), INTERNAL),
          "load-balancer-missing critical web/a internal"),
    fires("load-balancer-missing", "what is on the other side is below it",
          lambda: add_frontend(no_lb(a(), INTERNAL), base(1), lb=PUBLIC),
              "load-balancer-missing critical web/a internal"),
    fires("load-balancer-missing", "none of several",
          lambda: no_lb(multi().service("a"), INTERNAL, "lb2-internal"),
              "load-balancer-missing critical web/a internal"),
    quiet("load-balancer-missing", "it is there", a),
    quiet("load-balancer-missing", "another of its kind is", lambda: no_lb(multi().service("a"), INTERNAL), MISSING),
    quiet("load-balancer-missing", "one that is known by its frontends",
          lambda: no_lb(move(a(), "lb7-internal"), INTERNAL)),
    quiet("load-balancer-missing", "being deleted", lambda: no_lb(a().change_live("a", deleted_at=NOW), INTERNAL)),
    blind("load-balancer-missing", "not read", lambda: having(a(), lbs_read=False)),
    blind("load-balancer-missing", "some not read", lambda: gap(no_lb(a(), INTERNAL), "azure", "loadBalancers")),
    fires("frontend-missing", "it silences rules, probes, status and PLS",
          lambda: drop(drop(a(PLS), "frontends"), "rules"), MISSING),
    fires("frontend-missing", "rules without it", lambda: drop(a(), "frontends"), MISSING),
    fires("frontend-missing", "IPv6 only", lambda: drop(a(ILB, **V6), "frontends"), MISSING),
    fires("frontend-missing", "one of two families", lambda: drop(pair(), "frontends", 1), MISSING),
    fires("frontend-missing", "both: one finding", lambda: drop(pair(), "frontends"), MISSING),
    fires("frontend-missing", "the other family is judged", lambda: drop(drop(pair(), "frontends", 1), "rules", 0),
          MISSING,
          "lb-rule-missing high web/a internal/rules/<1>-tcp-80"),
    fires("frontend-missing", "IPv6: the PLS is judged", lambda: drop(a(PLS, **DUAL).change_pls(
          proxy_protocol=True), "frontends", 1), MISSING, "pls-proxy-protocol-drifted critical web/a"),
    fires("frontend-missing", "IPv4: the PLS is not", lambda: drop(a(PLS, **DUAL).change_pls(
          proxy_protocol=True), "frontends", 0), MISSING),
    fires("frontend-missing", "a sharer, and its owner", lambda: drop(shared(), "frontends"), MISSING,
          "frontend-missing critical web/b"),
    fires("frontend-missing", "public", lambda: drop(a({}).service("b"), "frontends", lb=PUBLIC), MISSING),
    quiet("frontend-missing", "a sharer", lambda: shared(3)),
    quiet("frontend-missing", "its owner is dead", lambda: gone(shared(), "a"),
          "orphaned-lb-rule medium - internal/rules/<1>-tcp-80", "orphaned-probe medium - internal/probes/<1>-tcp-80"),
    quiet("frontend-missing", "ids in capitals", lambda: upper(shared(3))),
    quiet("frontend-missing", "being deleted", lambda: drop(a().change_live("a", deleted_at=NOW), "frontends")),
    blind("frontend-missing", "not read", lambda: having(a(), lbs_read=False)),
    blind("frontend-missing", "shares an address that was not read",
          lambda: having(drop(World().service("a", {"azure-load-balancer-ipv4": "20.50.0.9"}).service("b"), "frontends",
                              lb=PUBLIC), public_ips=None)),
)  # fmt: skip

SIDES = (
    fires("frontend-on-wrong-load-balancer", "public, served inside", flipped,
          "frontend-on-wrong-load-balancer critical web/a"),
    fires("frontend-on-wrong-load-balancer", "internal, served in public",
          lambda: move(a(), PUBLIC, INTERNAL), "frontend-on-wrong-load-balancer critical web/a"),
    fires("frontend-on-wrong-load-balancer", "a PLS is below it",
          lambda: drop(move(a(PLS), PUBLIC, INTERNAL), "rules", lb=PUBLIC),
              "frontend-on-wrong-load-balancer critical web/a"),
    fires("frontend-on-wrong-load-balancer", "the address of a public Service", lambda: drop(a({}).change_live(
          "a", annotations={"azure-load-balancer-internal": "true"}).change_git("a", annotations={
              "azure-load-balancer-internal": "true"}), "rules", lb=PUBLIC),
          "frontend-on-wrong-load-balancer critical web/a"),
    quiet("frontend-on-wrong-load-balancer", "on both", lambda: flipped(both=True),
          "frontend-on-both-load-balancers high web/a"),
    quiet("frontend-on-wrong-load-balancer", "on another of its kind",
          lambda: move(multi().service("a"), "lb2-internal")),
    blind("frontend-on-wrong-load-balancer", "not read", lambda: having(flipped(), lbs_read=False)),
    fires("frontend-on-both-load-balancers", "rules there are part of it", exposed_flip,
          "frontend-on-both-load-balancers high web/a"),
    fires("frontend-on-both-load-balancers", "beside a shared one",
          lambda: add_frontend(shared().service("c", {}), base(2), lb=PUBLIC),
              "frontend-on-both-load-balancers high web/b"),
    quiet("frontend-on-both-load-balancers", "once", a),
    quiet("frontend-on-both-load-balancers", "being deleted",
          lambda: add_frontend(a().change_live("a", deleted_at=NOW), base(1), lb=PUBLIC)),
    blind("frontend-on-both-load-balancers", "not read", lambda: having(flipped(both=True), lbs_read=False)),
)  # fmt: skip

NAMES = (
    fires("frontend-duplicated", "the one without the expected name", lambda: add_frontend(a(), base(1) + "-snet-ilb"),
          DUPLICATE),
    fires("frontend-duplicated", "the expected name comes second",
          lambda: add_frontend(drop(add_frontend(a(), base(1) + "-snet-ilb"), "frontends", 0), base(1), "10.240.0.11"),
              DUPLICATE),
    fires("frontend-duplicated", "two of one name: the address that the status lacks",
          lambda: add_frontend(multi().service("a"), base(1), lb="lb2-internal"),
          "frontend-duplicated medium web/a lb2-internal/frontends/<1>"),
    fires("frontend-duplicated", "its address in the status",
          lambda: add_frontend(a(), base(1) + "-snet-ilb").change_live(
          "a", ingress=("10.240.0.11", "10.240.0.77")), DUPLICATE),
    fires("frontend-duplicated", "neither has the name: the first is misnamed",
          lambda: add_frontend(a().change_frontend(
          name=base(1) + "-old", id=frontend_id(1, "-old")), base(1) + "-snet-ilb"),
          "frontend-misnamed medium web/a", DUPLICATE),
    fires("frontend-duplicated", "of IPv6",
          lambda: add_frontend(pair(), base(1) + "-x-IPv6", "fd00::9", version="IPv6"),
          "frontend-duplicated medium web/a internal/frontends/<1>-x-ipv6"),
    quiet("frontend-duplicated", "a dual-stack pair", pair),
    quiet("frontend-duplicated", "one of another Service", lambda: a().service("b")),
    blind("frontend-duplicated", "not read", lambda: having(add_frontend(a(), base(1) + "-x"), lbs_read=False)),
    fires("frontend-misnamed", "it silences rules and probes", lambda: a(ON_ILB).change_frontend(
          name=base(1), id=frontend_id()), "frontend-misnamed medium web/a"),
    fires("frontend-misnamed", "the subnet went", lambda: a().change_frontend(
          name=base(1) + "-snet-ilb", id=frontend_id(1, "-snet-ilb")), "frontend-misnamed medium web/a"),
    fires("frontend-misnamed", "the other family is judged", lambda: drop(pair().change_frontend(
          1, name=base(1) + "-x-IPv6", id=frontend_id(1, "-x-IPv6")), "rules", 0),
          "frontend-misnamed medium web/a", "lb-rule-missing high web/a internal/rules/<1>-tcp-80"),
    quiet("frontend-misnamed", "the letter case of the subnet", lambda: a(ON_ILB).change_frontend(
          name=base(1) + "-SNET-ilb", id=frontend_id(1, "-SNET-ilb"))),
    quiet("frontend-misnamed", "a sharer", shared),
    quiet("frontend-misnamed", "cut at 80, as before 1.27",
          lambda: a(ILB | {"azure-load-balancer-internal-subnet": LONG})
          .change_frontend(name=OLD, id=part("frontendIPConfigurations", OLD), subnet_id=f"{VNET}/subnets/{LONG}")
          .change_rule(frontend_id=part("frontendIPConfigurations", OLD)),
          "subnet-name-truncated low web/a", "subnet-unknown high web/a"),
    quiet("frontend-misnamed", "no name of a subnet", lambda: a(ILB | {"azure-load-balancer-internal-subnet": " x "})
          .change_frontend(name=base(1) + "-y"), "subnet-not-a-name high web/a"),
    quiet("frontend-misnamed", "a public Service's subnet",
          lambda: bare().service("a", {"azure-load-balancer-internal-subnet": "snet-ilb"}),
              "subnet-without-internal medium web/a"),
    blind("frontend-misnamed", "not read", lambda: having(a(), lbs_read=False)),
)  # fmt: skip

V6_ASKED = ILB | {"azure-load-balancer-ipv6": "fd00:db8:deca:deed::50"}
ADDRESSES = (
    fires("frontend-ip-drifted", "it silences the status", lambda: a(PINNED).change_frontend(ip="10.240.0.51"),
          "frontend-ip-drifted critical web/a"),
    fires("frontend-ip-drifted", "asked for by the field",
          lambda: a(ILB, load_balancer_ip="10.240.0.50").change_frontend(
          ip="10.240.0.51"), "frontend-ip-drifted critical web/a", "ip-in-deprecated-field low web/a"),
    fires("frontend-ip-drifted", "IPv6", lambda: a(V6_ASKED, **V6).change_frontend(ip="fd00:db8:deca:deed::51"),
          "frontend-ip-drifted critical web/a"),
    quiet("frontend-ip-drifted", "equal", lambda: a(PINNED)),
    quiet("frontend-ip-drifted", "equal in other words", lambda: a(V6_ASKED, **V6).change_frontend(
          ip="FD00:DB8:DECA:DEED:0:0:0:50")),
    quiet("frontend-ip-drifted", "not asked for", lambda: a().change_frontend(ip="10.240.0.51"),
          "status-ip-drifted high web/a"),
    quiet("frontend-ip-drifted", "does not parse",
          lambda: a(ILB | {"azure-load-balancer-ipv4": "10.240.0.050"}).change_frontend(
          ip="10.240.0.11").change_live("a", ingress=("10.240.0.11",)), "ip-invalid high web/a"),
    quiet("frontend-ip-drifted", "of the wrong family",
          lambda: a(ILB | {"azure-load-balancer-ipv4": "fd00::9"}).change_frontend(
          ip="10.240.0.11").change_live("a", ingress=("10.240.0.11",)), "ip-invalid high web/a"),
    quiet("frontend-ip-drifted", "a sharer", shared),
    blind("frontend-ip-drifted", "not read", lambda: having(a(PINNED), lbs_read=False)),
    blind("frontend-ip-drifted", "a public address that was not read",
          lambda: having(bare().service("a", {"azure-load-balancer-ipv4": "20.50.0.9"}), public_ips=None)),
    fires("status-ip-drifted", "another", lambda: a().change_live("a", ingress=("10.240.0.99",)),
          "status-ip-drifted high web/a"),
    fires("status-ip-drifted", "one of two", lambda: pair().change_live("a", ingress=("10.240.0.11",)),
          "status-ip-drifted high web/a"),
    fires("status-ip-drifted", "of a sharer", lambda: shared().change_live("b", ingress=("10.240.0.99",)),
          "status-ip-drifted high web/b"),
    fires("status-ip-drifted", "public", lambda: bare().service("a", {}).change_live("a", ingress=("20.50.0.99",)),
          "status-ip-drifted high web/a"),
    fires("status-ip-drifted", "without the additional one",
          lambda: a(ILB | {"azure-additional-public-ips": "20.1.1.1"}),
          "status-ip-drifted high web/a"),
    quiet("status-ip-drifted", "with the additional one",
          lambda: a(ILB | {"azure-additional-public-ips": "20.1.1.1, 20.1.1.2"})
          .change_live("a", ingress=("10.240.0.11", "20.1.1.1", "20.1.1.2"))),
    quiet("status-ip-drifted", "in another order", lambda: pair().change_live(
          "a", ingress=("FD00:DB8:DECA:DEED::C", "10.240.0.11")).change_frontend(1, ip="fd00:db8:deca:deed::c")),
    quiet("status-ip-drifted", "no address at all", lambda: a().change_live("a", ingress=()),
          "service-pending high web/a"),
    quiet("status-ip-drifted", "a frontend missing", lambda: drop(pair(), "frontends", 1), MISSING),
    quiet("status-ip-drifted", "a duplicate, not in it", lambda: add_frontend(a(), base(1) + "-snet-ilb"), DUPLICATE),
    quiet("status-ip-drifted", "the other address is asked for", lambda: a(PINNED).change_frontend(ip="10.240.0.51"),
          "frontend-ip-drifted critical web/a"),
    quiet("status-ip-drifted", "on the wrong side", flipped, "frontend-on-wrong-load-balancer critical web/a"),
    quiet("status-ip-drifted", "being deleted",
          lambda: a().change_live("a", deleted_at=NOW, ingress=("10.240.0.99",))),
    blind("status-ip-drifted", "not read", lambda: having(a(), lbs_read=False)),
    blind("status-ip-drifted", "a public address that was not read",
          lambda: having(bare().service("a", {}).change_live("a", ingress=("20.50.0.99",)), public_ips=None)),
    fires("frontend-subnet-drifted", "another",
          lambda: a(ON_ILB).change_frontend(subnet_id=f"{VNET}/subnets/snet-nodes"),
          "frontend-subnet-drifted high web/a"),
    quiet("frontend-subnet-drifted", "letter case", lambda: a(ON_ILB).change_frontend(
          subnet_id=f"{VNET}/subnets/SNET-ILB".upper())),
    quiet("frontend-subnet-drifted", "no annotation",
          lambda: a().change_frontend(subnet_id=f"{VNET}/subnets/snet-ilb")),
    quiet("frontend-subnet-drifted", "a blank annotation", lambda: a(ILB | {"azure-load-balancer-internal-subnet": " "})
          .change_frontend(subnet_id=f"{VNET}/subnets/snet-ilb")),
    quiet("frontend-subnet-drifted", "no name of a subnet",
          lambda: a(ILB | {"azure-load-balancer-internal-subnet": f"{VNET}/subnets/x"}),
              "subnet-not-a-name high web/a"),
    blind("frontend-subnet-drifted", "not read", lambda: having(a(ON_ILB), lbs_read=False)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*MISSINGS, *SIDES, *NAMES, *ADDRESSES)


@table(CASES)
def test_frontends(case: Case) -> None:
    assert outcome(case) == expected(case)
