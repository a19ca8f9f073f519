"""Intent rules: what two Services want that only one can have."""

from collections.abc import Mapping
from typing import Any

import pytest

from auditor.controller.keys import CUSTOMISING, PREFIX
from auditor.model.service import Port
from tests.rules.test_manifest_table import (
    DNS,
    INTERNAL,
    PLS,
    TLS,
    WEB,
    Case,
    Found,
    blind,
    check,
    fires,
    linked,
    only_git,
    quiet,
)
from tests.world import GROUP, NOW, World

V4, V6 = "azure-load-balancer-ipv4", "azure-load-balancer-ipv6"
SUBNET, NAME, WHERE = "azure-load-balancer-internal-subnet", "azure-pls-name", "azure-pls-resource-group"
HA = "azure-load-balancer-enable-high-availability-ports"
ADDRESS, ADDRESS6 = "10.240.0.50", "fd00:db8:deca:deed::50"
AT, AT6 = INTERNAL | {V4: ADDRESS}, INTERNAL | {V6: ADDRESS6}
OUT = {V4: "20.50.0.7"}
NAMED = PLS | {NAME: "shop"}
FIELD = "spec.loadBalancerIP"
BOTH, TWICE = ("web/a", "web/b"), "ip-port-claimed-twice"
ON_443 = {"ports": (TLS,)}
UDP_80 = Port(port=80, protocol="UDP")
NOTHING: Mapping[str, Any] = {}


def two(a: Mapping[str, str], b: Mapping[str, str], of_a: Mapping[str, Any] = NOTHING,
        of_b: Mapping[str, Any] = NOTHING) -> World:  # fmt: skip
    """`web/a` and `web/b`, in Git, alive and made."""
    return World().service("a", a, **of_a).service("b", b, **of_b)


def planned(*arguments: Any) -> World:
    """The same as Git alone shows it, before anything is made."""
    return only_git(two(*arguments))


def also(*rules: str, service: str = "web/b") -> tuple[Found, ...]:
    return tuple((rule, service, "") for rule in rules)


def deleting(world: World, name: str = "b") -> World:
    return world.change_live(name, deleted_at=NOW)


def shared(b: dict[str, str], **changes: Any) -> World:
    """`web/a` has a Private Link Service, `web/b` shares its frontend; `changes` are made to the former."""
    world = two(PLS | {V4: ADDRESS}, PLS | {V4: ADDRESS} | b, of_b=ON_443)
    return world.change_pls(**changes) if changes else world


def owned_by(owner: str) -> dict[str, str]:
    return {"k8s-azure-cluster-name": "kubernetes", "k8s-azure-owner-service": owner}


def unread(**fields: Any) -> World:
    world = shared({NAME: "x"})
    for name, value in fields.items():
        setattr(world, name, value)
    return world


CASES = [
    fires(TWICE, "one port", planned(AT, AT), V4, services=BOTH),
    fires(TWICE, "of the whole estate", two(AT, AT), V4, services=BOTH),
    fires(TWICE, "one of several ports", planned(AT, AT, {"ports": (WEB, DNS)}, {"ports": (TLS, WEB)}), V4,
          services=BOTH),
    fires(TWICE, "high-availability ports", planned(AT | {HA: "true"}, AT, {}, {"ports": (DNS,)}), V4, services=BOTH),
    fires(TWICE, "both with high-availability ports", planned(AT | {HA: "true"}, AT | {HA: "true"}), V4, services=BOTH),
    fires(TWICE, "both public", planned(OUT, OUT), V4, services=BOTH),
    fires(TWICE, "IPv6", planned(AT6, AT6, {"ip_families": ("IPv6",)}, {"ip_families": ("IPv6",)}), V6, services=BOTH),
    fires(TWICE, "by the field", planned(INTERNAL, INTERNAL, {"load_balancer_ip": ADDRESS},
          {"load_balancer_ip": ADDRESS}), FIELD,
          *also("ip-in-deprecated-field"), *also("ip-in-deprecated-field", service="web/a"), services=BOTH),
    fires(TWICE, "three Services, one finding each", only_git(two(AT, AT).service("c", AT)), V4,
          services=(*BOTH, "web/c")),
    fires(TWICE, "in two namespaces", only_git(World().service("a", AT).service("data/a", AT)), V4,
          services=("web/a", "data/a")),
    fires(TWICE, "one of them alive alone", two(AT, AT, of_b={"git": False}), V4, *also("service-not-in-git"),
          services=BOTH),
    fires(TWICE, "no rule for one of the two ports",
          planned(AT | {"port_443_no_lb_rule": "true"}, AT, {"ports": (WEB, TLS)}, {"ports": (WEB, TLS)}), V4,
          services=BOTH),
    quiet(TWICE, "other ports", two(AT, AT, of_b=ON_443)),
    quiet(TWICE, "other protocols", planned(AT, AT, {}, {"ports": (UDP_80,)})),
    quiet(TWICE, "no rule for the port", planned(AT | {"port_80_no_lb_rule": "true"}, AT)),
    quiet(TWICE, "other addresses", two(AT, INTERNAL | {V4: "10.240.0.51"})),
    quiet(TWICE, "no addresses", two(INTERNAL, INTERNAL)),
    quiet(TWICE, "not parsed", planned(INTERNAL | {V4: "x"}, INTERNAL | {V4: "x"}), "ip-invalid", *also("ip-invalid")),
    quiet(TWICE, "of two kinds", planned(AT, {V4: ADDRESS}), "ip-shared-incompatibly",
          *also("ip-shared-incompatibly", "ip-private-on-public-service")),
    quiet(TWICE, "one is being deleted", deleting(two(AT, AT))),
    quiet(TWICE, "one does not have the family",
          planned(INTERNAL | {V6: ADDRESS6}, AT6, {"ip_families": ("IPv4",)}, {"ip_families": ("IPv6",)})),
    quiet(TWICE, "one is of another type", planned(AT, AT, {}, {"type": "ClusterIP"}),
          *also("annotation-without-effect")),

    fires("ip-shared-incompatibly", "internal and public", planned(AT, {V4: ADDRESS}), V4,
          *also("ip-private-on-public-service"), services=BOTH),
    fires("ip-shared-incompatibly", "other ports help nothing", planned(AT, {V4: ADDRESS}, {}, ON_443), V4,
          *also("ip-private-on-public-service"), services=BOTH),
    fires("ip-shared-incompatibly", "only looks internal",
          planned(AT, {V4: ADDRESS, "azure-load-balancer-internal": "True"}), V4,
          *also("ip-private-on-public-service", "internal-not-exactly-true"), services=BOTH),
    fires("ip-shared-incompatibly", "other subnets",
          planned(AT | {SUBNET: "snet-nodes"}, AT | {SUBNET: "snet-ilb"}, {}, ON_443), V4, services=BOTH),
    fires("ip-shared-incompatibly", "one names a subnet", planned(AT | {SUBNET: "snet-nodes"}, AT, {}, ON_443), V4,
          services=BOTH),
    fires("ip-shared-incompatibly", "and one port", planned(AT | {SUBNET: "snet-nodes"}, AT | {SUBNET: "snet-ilb"}), V4,
          TWICE, *also(TWICE), services=BOTH),
    quiet("ip-shared-incompatibly", "one subnet", two(AT | {SUBNET: "snet-nodes"}, AT | {SUBNET: "snet-nodes"},
          of_b=ON_443)),
    quiet("ip-shared-incompatibly", "blank is absent", planned(AT | {SUBNET: " "}, AT, {}, ON_443)),
    quiet("ip-shared-incompatibly", "both public, subnets not read",
          planned(OUT | {SUBNET: "x"}, OUT | {SUBNET: "y"}, {}, ON_443),
          "subnet-without-internal", *also("subnet-without-internal")),
    quiet("ip-shared-incompatibly", "other addresses", planned(AT, OUT)),
    quiet("ip-shared-incompatibly", "one is being deleted",
          deleting(two(AT | {SUBNET: "snet-nodes"}, AT, of_b=ON_443))),

    fires("pls-name-claimed-twice", "one name", planned(NAMED, NAMED), NAME, services=BOTH),
    fires("pls-name-claimed-twice", "trimmed, in any case", planned(NAMED, PLS | {NAME: " SHOP "}), NAME,
          services=BOTH),
    fires("pls-name-claimed-twice", "the default group, and by name",
          planned(NAMED, NAMED | {WHERE: f" {GROUP.upper()}"}), NAME,
          services=BOTH),
    fires("pls-name-claimed-twice", "another group", planned(NAMED | {WHERE: "rg"}, NAMED | {WHERE: "rg"}), NAME,
          services=BOTH),
    fires("pls-name-claimed-twice", "other addresses", planned(NAMED | {V4: ADDRESS}, NAMED | {V4: "10.240.0.51"}),
          NAME, services=BOTH),
    quiet("pls-name-claimed-twice", "other names", two(NAMED, PLS | {NAME: "shop2"})),
    quiet("pls-name-claimed-twice", "other groups", two(NAMED, NAMED | {WHERE: "rg-other"})),
    quiet("pls-name-claimed-twice", "default names", two(PLS, PLS)),
    quiet("pls-name-claimed-twice", "one does not ask", planned(NAMED, INTERNAL | {NAME: "shop"}),
          *also("pls-annotations-without-create")),
    quiet("pls-name-claimed-twice", "one address", planned(NAMED | {V4: ADDRESS}, NAMED | {V4: ADDRESS}, {}, ON_443)),
    quiet("pls-name-claimed-twice", "one frontend, whose address only one pins",
          two(NAMED, NAMED | {V4: "10.240.0.11"}, of_b=ON_443), *also("pls-customised-by-sharer")),
    quiet("pls-name-claimed-twice", "one is being deleted",
          deleting(two(NAMED, PLS)).change_git("b", annotations={NAME: "shop"}),
          ("annotation-drifted", "web/b", PREFIX + NAME)),
    quiet("pls-name-claimed-twice", "both blank", planned(PLS | {NAME: " "}, PLS | {NAME: " "}),
          "pls-name-invalid", *also("pls-name-invalid")),

    *(fires("pls-customised-by-sharer", k, shared({k: v}), k, services=("web/b",)) for k, v in (
        (NAME, "x"), ("azure-pls-ip-configuration-subnet", "snet-pls"),
        ("azure-pls-ip-configuration-ip-address-count", "2"),
        ("azure-pls-ip-configuration-ip-address", "10.240.0.60"), ("azure-pls-fqdns", "a.example"),
        ("azure-pls-proxy-protocol", "false"),
        ("azure-pls-visibility", ""), ("azure-pls-auto-approval", ""))),
    fires("pls-customised-by-sharer", "several", shared({"azure-pls-fqdns": "x", NAME: "x"}), NAME,
          services=("web/b",)),
    quiet("pls-customised-by-sharer", "create and resource group", shared({WHERE: GROUP})),
    quiet("pls-customised-by-sharer", "the owner", linked({V4: ADDRESS, NAME: "x"})),
    quiet("pls-customised-by-sharer", "the owner's tag, in any case", shared({}, tags=owned_by(" WEB/A "))),
    quiet("pls-customised-by-sharer", "it does not ask", two(PLS | {V4: ADDRESS}, AT | {NAME: "x"}, of_b=ON_443),
          *also("pls-annotations-without-create")),
    quiet("pls-customised-by-sharer", "nobody shares", two(PLS | {NAME: "x"}, PLS)),
    quiet("pls-customised-by-sharer", "the owner is none of this frontend", shared({NAME: "x"}, tags=owned_by("web/c")),
          "pls-tags-drifted"),
    quiet("pls-customised-by-sharer", "unmanaged", shared({NAME: "x"}, tags={}), "pls-unmanaged"),
    blind("pls-customised-by-sharer", "no load balancers", unread(lbs_read=False)),
    blind("pls-customised-by-sharer", "no Private Link Services", unread(pls=None)),
    blind("pls-customised-by-sharer", "no live Services", unread(live=None)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)


def test_there_are_eight_customising_annotations() -> None:
    tested = {case.title for case in CASES if case.rule == "pls-customised-by-sharer" and case.kind == "fires"}

    assert len(CUSTOMISING) == 8
    assert {key.removeprefix(PREFIX) for key in CUSTOMISING} < tested
