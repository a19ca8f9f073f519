"""Manifest rules about addresses and subnets."""

import pytest

from tests.rules.test_manifest_table import Case, check, fires, internal, linked, one, only_git, quiet
from tests.world import World

V4, V6 = "azure-load-balancer-ipv4", "azure-load-balancer-ipv6"
SUBNET, NAT = "azure-load-balancer-internal-subnet", "azure-pls-ip-configuration-subnet"
FIELD = "spec.loadBalancerIP"
GOOD, GOOD6 = "10.240.0.50", "fd00:db8:deca:deed::50"
DUAL = ("IPv4", "IPv6")
LONG = "snet-" + "x" * 38
"""43 characters."""
OLD = "ip-in-deprecated-field"


def field(text: str, *families: str) -> World:
    return internal(load_balancer_ip=text, ip_families=families or ("IPv4",))


def refused(world: World) -> World:
    """The world as Git alone shows it: where the controller could not make what is asked for."""
    return only_git(world)


def in_subnet(name: str, world: World | None = None) -> World:
    world = world or World()
    world.subnets[name] = ("10.240.0.0/16",)
    return internal({SUBNET: name}, world=world)


CASES = [
    *(fires("ip-invalid", f"{k} {v!r}", refused(internal({k: v})), k) for k, v in (
        (V4, "10.240.0"), (V4, "10.240.0.256"), (V4, "internal"), (V4, "10.240.0.50/32"), (V4, "10.240.00.50"),
        (V4, " "),
        (V4, GOOD6), (V4, f" {GOOD}"), (V4, f"{GOOD}\n"), (V6, GOOD), (V6, "fd00::0:1"), (V6, "FD00::1"),
        (V6, "fd00:0::1%eth0"),
        (V6, f"{GOOD6} "))),
    *(fires("ip-invalid", f"field {v!r}", refused(field(v)), FIELD, OLD)
          for v in ("x", f" {GOOD}", "10.240.0.050", GOOD6)),
    fires("ip-invalid", "field, of a family that the Service does not have", refused(field(GOOD, "IPv6")), FIELD, OLD),
    fires("ip-invalid", "on a public Service", refused(one({V4: "20.50.0.1 "})), V4),
    fires("ip-invalid", "two", refused(internal({V4: "x", V6: "y"})), V4),
    fires("ip-invalid", "only by its text", internal({V6: "fd00:db8:deca:deed:0::50"}, ip_families=("IPv6",)), V6),
    *(quiet("ip-invalid", f"{k} {v!r}", internal({k: v})) for k, v in ((V4, GOOD), (V4, ""), (V6, ""))),
    quiet("ip-invalid", "both", refused(internal({V4: GOOD, V6: GOOD6}, ip_families=DUAL))),
    quiet("ip-invalid", "field", field(GOOD), OLD),
    quiet("ip-invalid", "field, empty", field("")),
    quiet("ip-invalid", "field, one of two families", field(GOOD6, *DUAL), OLD, "ip-dual-stack-half-pinned"),
    quiet("ip-invalid", "absent", internal()),

    *(fires("ip-private-on-public-service", v, refused(one({V4: v})), V4) for v in (
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "169.254.1.1",
        "127.0.0.1",
        "168.63.129.16")),
    *(fires("ip-private-on-public-service", v, refused(one({V6: v}, ip_families=("IPv6",))), V6)
      for v in ("fd00::1", "fc00::1", "fe80::1", "febf::1")),
    fires("ip-private-on-public-service", "field", refused(one({}, load_balancer_ip=GOOD)), FIELD, OLD),
    fires("ip-private-on-public-service", "only looks internal",
          refused(one({V4: GOOD, "azure-load-balancer-internal": "True"})),
          V4, "internal-not-exactly-true"),
    fires("ip-private-on-public-service", "refused: nothing is made", one({V4: GOOD}, made=False), V4,
          "frontend-missing", "service-pending"),
    *(quiet("ip-private-on-public-service", v, one({V4: v}))
      for v in ("20.50.0.7", "11.0.0.1", "172.32.0.1", "172.15.255.255", "192.169.0.1", "100.128.0.1",
      "168.63.129.17", "169.253.1.1")),
    quiet("ip-private-on-public-service", "fec0::1", refused(one({V6: "fec0::1"}, ip_families=("IPv6",)))),
    quiet("ip-private-on-public-service", "internal", internal({V4: GOOD})),
    quiet("ip-private-on-public-service", "no address", one({})),
    quiet("ip-private-on-public-service", "does not parse", refused(one({V4: "10.0.0"})), "ip-invalid"),

    fires("ip-in-deprecated-field", "internal", field(GOOD), FIELD),
    fires("ip-in-deprecated-field", "public", one({}, load_balancer_ip="20.50.0.7"), FIELD),
    fires("ip-in-deprecated-field", "beside the same annotation", internal({V4: GOOD}, load_balancer_ip=GOOD), FIELD),
    quiet("ip-in-deprecated-field", "empty", field("")),
    quiet("ip-in-deprecated-field", "absent", internal({V4: GOOD})),

    fires("ip-sources-conflict", "IPv4", internal({V4: GOOD}, load_balancer_ip="10.240.0.51"), V4, OLD),
    fires("ip-sources-conflict", "IPv6", internal({V6: GOOD6}, load_balancer_ip="fd00:db8:deca:deed::51",
          ip_families=("IPv6",)), V6, OLD),
    fires("ip-sources-conflict", "public", one({V4: "20.50.0.7"}, load_balancer_ip="20.50.0.8"), V4, OLD),
    quiet("ip-sources-conflict", "equal", internal({V4: GOOD}, load_balancer_ip=GOOD), OLD),
    quiet("ip-sources-conflict", "of two families", internal({V6: GOOD6}, load_balancer_ip=GOOD, ip_families=DUAL),
          OLD),
    quiet("ip-sources-conflict", "annotation empty", internal({V4: ""}, load_balancer_ip=GOOD), OLD),
    quiet("ip-sources-conflict", "annotation does not parse", refused(internal({V4: "x"}, load_balancer_ip=GOOD)),
          OLD, "ip-invalid"),
    quiet("ip-sources-conflict", "annotation alone", internal({V4: GOOD})),

    fires("ip-dual-stack-half-pinned", "IPv4 alone", refused(internal({V4: GOOD}, ip_families=DUAL)), V6),
    fires("ip-dual-stack-half-pinned", "IPv6 alone", internal({V6: GOOD6}, ip_families=DUAL), V4),
    fires("ip-dual-stack-half-pinned", "by the field", refused(field(GOOD, *DUAL)), V6, OLD),
    fires("ip-dual-stack-half-pinned", "IPv6 first", internal({V4: GOOD}, ip_families=("IPv6", "IPv4")), V6),
    fires("ip-dual-stack-half-pinned", "by policy",
          refused(internal({V4: GOOD}, ip_family_policy="RequireDualStack")), V6),
    quiet("ip-dual-stack-half-pinned", "both", refused(internal({V4: GOOD, V6: GOOD6}, ip_families=DUAL))),
    quiet("ip-dual-stack-half-pinned", "annotation and field",
          internal({V6: GOOD6}, load_balancer_ip=GOOD, ip_families=DUAL), OLD),
    quiet("ip-dual-stack-half-pinned", "neither", internal(ip_families=DUAL)),
    quiet("ip-dual-stack-half-pinned", "one family", internal({V4: GOOD}, ip_families=("IPv4",))),
    quiet("ip-dual-stack-half-pinned", "families not known", refused(internal({V4: GOOD}))),

    fires("subnet-without-internal", "public", one({SUBNET: "snet-ilb"}), SUBNET),
    fires("subnet-without-internal", "false", one({SUBNET: "snet-ilb", "azure-load-balancer-internal": "false"}),
          SUBNET),
    quiet("subnet-without-internal", "internal", internal({SUBNET: "snet-ilb"})),
    quiet("subnet-without-internal", "blank", one({SUBNET: " "})),
    quiet("subnet-without-internal", "absent", one({})),

    *(fires("subnet-not-a-name", repr(v), refused(internal({SUBNET: v})), SUBNET)
      for v in (" snet-ilb", "snet-ilb ", "snet-ilb\n", "/subscriptions/s/x/subnets/snet-ilb", "vnet/snet-ilb",
      f" {LONG}")),
    fires("subnet-not-a-name", "of the PLS", refused(linked({NAT: "snet-pls "})), NAT),
    fires("subnet-not-a-name", "of the PLS, an id", refused(linked({NAT: "/x/subnets/snet-pls"})), NAT),
    fires("subnet-not-a-name", "both", refused(linked({SUBNET: " a", NAT: "b/c"})), SUBNET),
    fires("subnet-not-a-name", "said instead of subnet-unknown and subnet-name-truncated",
          linked({SUBNET: f" {LONG}", NAT: "b/c"}, made=False), SUBNET, "frontend-missing", "service-pending"),
    *(quiet("subnet-not-a-name", repr(v), internal({SUBNET: v})) for v in ("snet-ilb", "", " ", "\t")),
    quiet("subnet-not-a-name", "of the PLS, blank", linked({NAT: " "})),
    quiet("subnet-not-a-name", "of the PLS", linked({NAT: "snet-pls"})),
    quiet("subnet-not-a-name", "absent", linked()),

    fires("subnet-name-truncated", "43 characters", in_subnet(LONG), SUBNET),
    fires("subnet-name-truncated", "80 characters", in_subnet("x" * 80), SUBNET),
    quiet("subnet-name-truncated", "42 characters", in_subnet(LONG[:-1])),
    quiet("subnet-name-truncated", "short", internal({SUBNET: "snet-ilb"})),
    quiet("subnet-name-truncated", "not a name", refused(internal({SUBNET: f"{LONG} "})), "subnet-not-a-name"),
    quiet("subnet-name-truncated", "public", one({SUBNET: LONG}), "subnet-without-internal"),
    quiet("subnet-name-truncated", "of the PLS", refused(linked({NAT: LONG}))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)
