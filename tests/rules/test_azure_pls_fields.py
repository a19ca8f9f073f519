"""What a Private Link Service is like beside what its owner asks for; and exposure, which nothing silences."""

from typing import Any

from auditor.model.azure import NatIp
from auditor.model.service import Port
from tests.rules.azure_worlds import (
    DUAL,
    ONE,
    PLS,
    TWO,
    Case,
    add_pls,
    blind,
    drop,
    expected,
    fires,
    frontend_id,
    gap,
    gone,
    having,
    outcome,
    quiet,
    table,
    upper,
)  # fmt: skip
from tests.world import GROUP, NOW, VNET, World

THREE = "cccccccc-0000-4000-8000-000000000003"
IP = {"azure-load-balancer-ipv4": "10.240.0.50"}
SEEN, APPROVED = {"azure-pls-visibility": ONE}, {"azure-pls-auto-approval": ONE}
CLUSTER, OWNER = "k8s-azure-cluster-name", "k8s-azure-owner-service"
WIDER, NARROWER = "pls-visibility-drifted critical web/a", "pls-visibility-drifted high web/a"
OPEN, SHUT = "pls-auto-approval-drifted critical web/a", "pls-auto-approval-drifted high web/a"
LINT = "pls-auto-approval-ineffective medium web/a"
PROXY, FQDNS = "pls-proxy-protocol-drifted critical web/a", "pls-fqdns-drifted low web/a"
EXTRA, NAT = "pls-extra-frontend medium web/a", "pls-nat-ips-drifted high web/a"
UNMANAGED, ALTERED = "pls-unmanaged high web/a", "pls-tags-drifted high web/a"
WRONG = "pls-in-wrong-resource-group high web/a"
DEAD = ("orphaned-lb-rule medium - internal/rules/<1>-tcp-80", "orphaned-probe medium - internal/probes/<1>-tcp-80")


def a(annotations: dict[str, str] | None = None, pls: dict[str, Any] | None = None, **fields: Any) -> World:
    """A Service with a PLS that Azure has otherwise."""
    return World().service("a", PLS | (annotations or {}), **fields).change_pls(**(pls or {}))


def sharing(first: dict[str, str], second: dict[str, str], **pls: Any) -> World:
    """Two Services on the frontend of the first, who owns its PLS."""
    world = World().service("a", first | IP).service("b", second | IP, ports=(Port(port=81, name="x"),))
    return world.change_pls(**pls)


def elsewhere(world: World) -> World:
    return world.change_pls(id=(world.pls or [])[0].id.replace(GROUP, "rg-old"))


def untagged(world: World) -> World:
    return world.change_pls(tags={})


def owned_by(world: World, owner: str) -> World:
    return world.change_pls(tags={CLUSTER: "kubernetes", OWNER: owner})


def hidden(world: World) -> World:
    """A sharer that asks may be in a namespace that was not read."""
    return gap(world, "kubernetes", "services", "namespace shop")


SETS = (
    fires("pls-visibility-drifted", "one more", lambda: a(SEEN, {"visibility": (ONE, TWO)}), WIDER),
    fires("pls-visibility-drifted", "one less", lambda: a(SEEN, {"visibility": ()}), NARROWER),
    fires("pls-visibility-drifted", "another", lambda: a(SEEN, {"visibility": (TWO,)}), WIDER),
    fires("pls-visibility-drifted", "everyone", lambda: a(SEEN, {"visibility": ("*",)}), WIDER),
    fires("pls-visibility-drifted", "one where none is asked for", lambda: a({}, {"visibility": (ONE,)}), WIDER),
    fires("pls-visibility-drifted", "one of everyone", lambda: a({"azure-pls-visibility": "*"}, {"visibility": (ONE,)}),
          NARROWER, "pls-visible-to-everyone medium web/a"),
    quiet("pls-visibility-drifted", "letter case, order, twice", lambda: a(
          {"azure-pls-visibility": f"{ONE} {TWO.upper()} {ONE}"}, {"visibility": (TWO, ONE.upper())})),
    quiet("pls-visibility-drifted", "any * is everyone",
          lambda: a({"azure-pls-visibility": f"* {ONE}"}, {"visibility": ("*",)}),
          "pls-visible-to-everyone medium web/a"),
    quiet("pls-visibility-drifted", "a sharer asks for less", lambda: sharing(PLS | SEEN, PLS)),
    quiet("pls-visibility-drifted", "not asked for",
          lambda: add_pls(World().service("a"), "p", frontend_id(), visibility=(ONE,)),
          "pls-lingering high web/a"),
    quiet("pls-visibility-drifted", "being deleted",
          lambda: a(SEEN, {"visibility": ("*",)}).change_live("a", deleted_at=NOW)),
    quiet("pls-visibility-drifted", "the frontend is missing",
          lambda: drop(a(SEEN, {"visibility": ("*",)}), "frontends"),
          "frontend-missing critical web/a"),
    blind("pls-visibility-drifted", "not read", lambda: having(a(SEEN), pls=None)),
    fires("pls-auto-approval-drifted", "one more", lambda: a(APPROVED, {"auto_approval": (TWO, ONE)}), OPEN, LINT),
    fires("pls-auto-approval-drifted", "one less", lambda: a(APPROVED, {"auto_approval": ()}), SHUT, LINT),
    fires("pls-auto-approval-drifted", "everyone", lambda: a({}, {"auto_approval": ("*",)}), OPEN),
    quiet("pls-auto-approval-drifted", "letter case and order", lambda: a(
          {"azure-pls-auto-approval": f"{ONE} {TWO}"}, {"auto_approval": (TWO.upper(), ONE)}), LINT),
    quiet("pls-auto-approval-drifted", "everyone is asked for", lambda: a({"azure-pls-auto-approval": "*"}),
          "pls-auto-approves-everyone critical web/a"),
    blind("pls-auto-approval-drifted", "not read", lambda: having(a(), pls=None)),
)  # fmt: skip

# Where ownership is unclear nothing is compared, but what nobody asked for is said.
EXPOSURE = (
    fires("pls-visibility-drifted", "unmanaged", lambda: untagged(a(SEEN, {"visibility": (ONE, TWO)})), UNMANAGED,
          WIDER),
    fires("pls-visibility-drifted", "unmanaged, everyone", lambda: untagged(a({}, {"visibility": ("*",)})), UNMANAGED,
          WIDER),
    quiet("pls-visibility-drifted", "unmanaged, narrower", lambda: untagged(a(SEEN, {"visibility": ()})), UNMANAGED),
    quiet("pls-visibility-drifted", "unmanaged, everyone is asked for", lambda: untagged(
          a({"azure-pls-visibility": "*"}, {"visibility": (ONE,)})), UNMANAGED, "pls-visible-to-everyone medium web/a"),
    quiet("pls-visibility-drifted", "unmanaged, nobody asks", lambda: add_pls(
          World().service("a"), "p", frontend_id(), visibility=("*",), tags={}), UNMANAGED),
    quiet("pls-visibility-drifted", "unmanaged, a sharer declares it", lambda: untagged(
          sharing(PLS | SEEN, PLS | {"azure-pls-visibility": TWO}, visibility=(ONE, TWO))), UNMANAGED),
    fires("pls-visibility-drifted", "unmanaged, no sharer declares it: once", lambda: untagged(
          sharing(PLS | SEEN, PLS, visibility=(ONE, TWO))), UNMANAGED, WIDER),
    fires("pls-visibility-drifted", "altered tag", lambda: owned_by(a(SEEN, {"visibility": (ONE, TWO)}), "web/z"),
          ALTERED, WIDER),
    quiet("pls-visibility-drifted", "altered tag, narrower", lambda: owned_by(a(SEEN, {"visibility": ()}), "web/z"),
          ALTERED),
    fires("pls-visibility-drifted", "stale tag: the first that asks", lambda: gone(
          sharing(PLS | SEEN, PLS, visibility=(ONE,)), "a"), "pls-owner-stale medium web/b",
          "pls-visibility-drifted critical web/b", *DEAD),
    quiet("pls-visibility-drifted", "stale tag, narrower", lambda: gone(sharing(PLS | SEEN, PLS, visibility=()), "a"),
          "pls-owner-stale medium web/b", *DEAD),
    fires("pls-visibility-drifted", "stale tag: the owner is alive, and it is the Service named", lambda: sharing(
          PLS, PLS, visibility=(ONE,)).change_live("a", annotations={"azure-pls-create": "no"}).change_git(
              "a", annotations={"azure-pls-create": "no"}), "pls-owner-stale medium web/b", WIDER),
    fires("pls-visibility-drifted", "wrong resource group", lambda: elsewhere(a(SEEN, {"visibility": (TWO,)})), WRONG,
          WIDER),
    quiet("pls-visibility-drifted", "wrong resource group, narrower", lambda: elsewhere(a(SEEN, {"visibility": ()})),
          WRONG),
    fires("pls-auto-approval-drifted", "unmanaged", lambda: untagged(a({}, {"auto_approval": ("*",)})), UNMANAGED,
          OPEN),
    fires("pls-auto-approval-drifted", "altered tag", lambda: owned_by(a({}, {"auto_approval": (ONE,)}), ""), ALTERED,
          OPEN),
    fires("pls-auto-approval-drifted", "wrong resource group", lambda: elsewhere(a({}, {"auto_approval": (ONE,)})),
          WRONG, OPEN),
    fires("pls-auto-approval-drifted", "stale tag", lambda: gone(sharing(PLS, PLS, auto_approval=(ONE,)), "a"),
          "pls-owner-stale medium web/b", "pls-auto-approval-drifted critical web/b", *DEAD),
    quiet("pls-auto-approval-drifted", "unmanaged, narrower", lambda: untagged(a(APPROVED, {"auto_approval": ()})),
          UNMANAGED, LINT),
)  # fmt: skip

STATIC = {
    "azure-pls-ip-configuration-ip-address": "10.240.0.60 10.240.0.61",
    "azure-pls-ip-configuration-ip-address-count": "3",
}
NODES, ILBS = f"{VNET}/subnets/snet-nodes", f"{VNET}/subnets/snet-ilb"


def nat(*addresses: str | None, primary: int = 0, subnet: str = NODES) -> dict[str, Any]:
    """NAT addresses: static ones by address, dynamic ones as None."""
    return {"nat_ips": tuple(
        NatIp(ip=ip or f"10.240.9.{i}", static=ip is not None, primary=i == primary, subnet_id=subnet)
        for i, ip in enumerate(addresses))}  # fmt: skip


OTHERS = (
    fires("pls-proxy-protocol-drifted", "on", lambda: a({}, {"proxy_protocol": True}), PROXY),
    fires("pls-proxy-protocol-drifted", "off",
          lambda: a({"azure-pls-proxy-protocol": " TRUE"}, {"proxy_protocol": False}), PROXY),
    quiet("pls-proxy-protocol-drifted", "both on", lambda: a({"azure-pls-proxy-protocol": "True"})),
    quiet("pls-proxy-protocol-drifted", "no word for it",
          lambda: a({"azure-pls-proxy-protocol": "yes"}, {"proxy_protocol": False})),
    quiet("pls-proxy-protocol-drifted", "a sharer", lambda: sharing(PLS, PLS | {"azure-pls-proxy-protocol": "true"}),
          "pls-customised-by-sharer high web/b"),
    quiet("pls-proxy-protocol-drifted", "unmanaged", lambda: untagged(a({}, {"proxy_protocol": True})), UNMANAGED),
    quiet("pls-proxy-protocol-drifted", "wrong resource group", lambda: elsewhere(a({}, {"proxy_protocol": True})),
          WRONG),
    blind("pls-proxy-protocol-drifted", "not read", lambda: having(a(), pls=None)),
    fires("pls-fqdns-drifted", "one more",
          lambda: a({"azure-pls-fqdns": "a.example"}, {"fqdns": ("a.example", "b.example")}), FQDNS),
    fires("pls-fqdns-drifted", "none", lambda: a({"azure-pls-fqdns": "a.example"}, {"fqdns": ()}), FQDNS),
    quiet("pls-fqdns-drifted", "order and repetition", lambda: a(
          {"azure-pls-fqdns": "a.example b.example a.example"}, {"fqdns": ("b.example", "a.example")})),
    quiet("pls-fqdns-drifted", "altered tag", lambda: owned_by(a({}, {"fqdns": ("x",)}), "web/z"), ALTERED),
    blind("pls-fqdns-drifted", "not read", lambda: having(a(), pls=None)),
    fires("pls-nat-ips-drifted", "one more", lambda: a({}, nat(None, None)), NAT),
    fires("pls-nat-ips-drifted", "none", lambda: a({}, nat()), NAT),
    fires("pls-nat-ips-drifted", "another static one", lambda: a(STATIC, nat("10.240.0.60", "10.240.0.62", None)), NAT),
    fires("pls-nat-ips-drifted", "a static one where none is asked for", lambda: a({}, nat("10.240.0.60")), NAT),
    fires("pls-nat-ips-drifted", "a dynamic one where a static is asked for",
          lambda: a(STATIC, nat("10.240.0.60", None, None)), NAT),
    fires("pls-nat-ips-drifted", "another primary",
          lambda: a(STATIC, nat("10.240.0.60", "10.240.0.61", None, primary=1)), NAT),
    fires("pls-nat-ips-drifted", "a dynamic primary",
          lambda: a(STATIC, nat("10.240.0.60", "10.240.0.61", None, primary=2)), NAT),
    fires("pls-nat-ips-drifted", "another subnet", lambda: a({}, nat(None, subnet=ILBS)), NAT),
    fires("pls-nat-ips-drifted", "not the subnet asked for",
          lambda: a({"azure-pls-ip-configuration-subnet": "snet-pls"}, nat(None)), NAT),
    fires("pls-nat-ips-drifted", "not the subnet of the Service",
          lambda: a({"azure-load-balancer-internal-subnet": "snet-ilb"}, nat(None)), NAT),
    quiet("pls-nat-ips-drifted", "as asked", lambda: a(STATIC)),
    quiet("pls-nat-ips-drifted", "order and dynamic addresses",
          lambda: a(STATIC, nat(None, "10.240.0.61", "10.240.0.60", primary=2))),
    quiet("pls-nat-ips-drifted", "letter case of the subnet", lambda: a({}, nat(None, subnet=NODES.upper()))),
    quiet("pls-nat-ips-drifted", "the subnet of the Service",
          lambda: a({"azure-load-balancer-internal-subnet": "snet-ilb"})),
    quiet("pls-nat-ips-drifted", "a static one that is asked for twice", lambda: a(
          {"azure-pls-ip-configuration-ip-address": "10.240.0.60 10.240.0.60"})),
    quiet("pls-nat-ips-drifted", "a count that does not parse", lambda: a(
          {"azure-pls-ip-configuration-ip-address-count": "two"}, nat(None, None)), "pls-ip-count-invalid high web/a"),
    quiet("pls-nat-ips-drifted", "a list that does not parse", lambda: a(
          {"azure-pls-ip-configuration-ip-address": "10.240.0.60,"}, nat(None)), "pls-list-separator high web/a"),
    quiet("pls-nat-ips-drifted", "a subnet that is no name", lambda: a(
          {"azure-pls-ip-configuration-subnet": "a/b"}, nat(None)), "subnet-not-a-name high web/a"),
    quiet("pls-nat-ips-drifted", "a sharer",
          lambda: sharing(PLS, PLS | {"azure-pls-ip-configuration-ip-address-count": "2"}),
          "pls-customised-by-sharer high web/b"),
    blind("pls-nat-ips-drifted", "not read", lambda: having(a({}, nat()), pls=None)),
    fires("pls-extra-frontend", "another Service's",
          lambda: a({}, {"frontend_ids": (frontend_id(2), frontend_id(1))}).service("b"), EXTRA),
    fires("pls-extra-frontend", "one that is nowhere", lambda: a({}, {"frontend_ids": (frontend_id(1), "/elsewhere")}),
          EXTRA),
    fires("pls-extra-frontend", "the IPv6 one",
          lambda: a({}, {"frontend_ids": (frontend_id(1), frontend_id(1, "-IPv6"))}, **DUAL),
          EXTRA),
    quiet("pls-extra-frontend", "the same twice, in capitals",
          lambda: upper(a({}, {"frontend_ids": (frontend_id(1), frontend_id(1))}))),
    quiet("pls-extra-frontend", "unmanaged", lambda: untagged(a({}, {"frontend_ids": (frontend_id(1), "/x")})),
          UNMANAGED),
    blind("pls-extra-frontend", "not read", lambda: having(a(), pls=None)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*SETS, *EXPOSURE, *OTHERS)


@table(CASES)
def test_the_properties_of_a_pls(case: Case) -> None:
    assert outcome(case) == expected(case)


def test_exposure_is_not_judged_where_a_sharer_may_not_have_been_read() -> None:
    report = hidden(gone(sharing(PLS | SEEN, PLS, visibility=(ONE,)), "a")).report()
    assert "pls-visibility-drifted" not in {f.rule for f in report.findings}
    assert ("pls-visibility-drifted", "web/b") in {(n.rule, n.subject) for n in report.not_judged}


def test_all_properties_at_once_are_a_finding_each() -> None:
    world = a(SEEN, {"proxy_protocol": True, "fqdns": ("x",), "visibility": (), "auto_approval": ("*",), **nat()})
    assert world.rules_found() == [
        "pls-auto-approval-drifted", "pls-fqdns-drifted", "pls-nat-ips-drifted", "pls-proxy-protocol-drifted",
        "pls-visibility-drifted",
    ]  # fmt: skip
    assert all(f.resource for f in world.findings())
