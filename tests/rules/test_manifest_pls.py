"""Manifest rules about the Private Link Service that a Service asks for."""

from typing import Any

import pytest

from auditor.model.policy import Policy
from auditor.model.service import Port
from tests.rules.test_manifest_table import GUID, TLS, WEB, Case, check, fires, internal, linked, one, only_git, quiet
from tests.world import OTHER, World

CREATE, NAME, COUNT = "azure-pls-create", "azure-pls-name", "azure-pls-ip-configuration-ip-address-count"
STATIC, SUBNET = "azure-pls-ip-configuration-ip-address", "azure-pls-ip-configuration-subnet"
SEEN, APPROVED, FQDNS, PROXY = (
    "azure-pls-visibility",
    "azure-pls-auto-approval",
    "azure-pls-fqdns",
    "azure-pls-proxy-protocol",
)
KIND, FLOATING = "azure-load-balancer-internal", "azure-disable-load-balancer-floating-ip"
NAT = {SUBNET: "snet-pls"}
EVERYONE = "pls-visible-to-everyone"
LOCAL: dict[str, Any] = {"external_traffic_policy": "Local"}


def git(annotations: dict[str, str], **fields: Any) -> World:
    """Git alone, where a Private Link Service is asked for that the controller or Azure would refuse."""
    return only_git(linked(NAT | annotations, **fields))


def idle(key: str) -> World:
    """An annotation of a Private Link Service that nobody asks for."""
    return internal({key: "1"})


def allowing(annotations: dict[str, str], visible: str = "", approved: str = "") -> World:
    world = linked(annotations)
    world.policy = Policy(allowed_visibility=frozenset({visible}), allowed_auto_approval=frozenset({approved}))
    return world


CASES = [
    *(fires("pls-annotations-without-create", k, idle(k), CREATE)
      for k in (NAME, COUNT, STATIC, SUBNET, SEEN, APPROVED, FQDNS, PROXY, "azure-pls-resource-group")),
    *(fires("pls-annotations-without-create", f"create is {v!r}", internal({CREATE: v, NAME: "x", SEEN: "*"}), CREATE)
      for v in ("false", "", "yes", "1")),
    fires("pls-annotations-without-create", "on a public Service", one({SEEN: "*"}), CREATE),
    fires("pls-annotations-without-create", "the mistakes in them do not matter",
          internal({NAME: " ", COUNT: "9", STATIC: "x", SEEN: "a,b", APPROVED: "*", FQDNS: "a;b"}), CREATE),
    *(quiet("pls-annotations-without-create", f"create is {v!r}", one({KIND: "true", CREATE: v, NAME: "x"}))
      for v in ("true", "True", " TRUE ", "true\n")),
    quiet("pls-annotations-without-create", "create alone", internal({CREATE: "false"})),
    quiet("pls-annotations-without-create", "none", internal()),

    fires("pls-on-public-service", "public", one({CREATE: "true"}, made=False), CREATE, "frontend-missing",
          "service-pending"),
    fires("pls-on-public-service", "in Git alone", only_git(one({CREATE: " True "})), CREATE),
    fires("pls-on-public-service", "only looks internal", only_git(one({CREATE: "true", KIND: "True"})), CREATE,
          "internal-not-exactly-true"),
    fires("pls-on-public-service", "floating IP not disabled by the letter",
          only_git(one({CREATE: "true", FLOATING: " true"})), CREATE),
    quiet("pls-on-public-service", "no floating IP", one({CREATE: "true", FLOATING: "true"})),
    quiet("pls-on-public-service", "internal", linked()),
    quiet("pls-on-public-service", "no PLS", one({CREATE: "false"})),

    fires("pls-on-ipv6", "IPv6 alone", git({}, ip_families=("IPv6",)), "spec.ipFamilies"),
    fires("pls-on-ipv6", "refused for good: no pls-missing", linked(NAT, ip_families=("IPv6",)), "spec.ipFamilies"),
    quiet("pls-on-ipv6", "dual-stack", linked(NAT, ip_families=("IPv4", "IPv6"))),
    quiet("pls-on-ipv6", "dual-stack, IPv6 first", linked(NAT, ip_families=("IPv6", "IPv4"))),
    quiet("pls-on-ipv6", "IPv4", linked(NAT, ip_families=("IPv4",))),
    quiet("pls-on-ipv6", "families not known", git({})),
    quiet("pls-on-ipv6", "no PLS", internal(ip_families=("IPv6",))),

    *(fires("pls-name-invalid", repr(v), git({NAME: v}), NAME)
      for v in ("", " ", "\t", "x" * 81, "a b", "a/b", "pls!", "-pls", ".pls", "pls-", "plß")),
    *(quiet("pls-name-invalid", repr(v), linked({NAME: v}))
          for v in ("p", "x" * 80, " pls ", "Pls_1.x-y", "1pls", "pls_")),
    quiet("pls-name-invalid", "absent", linked()),
    quiet("pls-name-invalid", "no PLS", idle(NAME), "pls-annotations-without-create"),

    *(fires("pls-ip-count-invalid", repr(v), git({COUNT: v}), COUNT)
          for v in ("0", "9", "-1", "4.0", "", "two", "1 2", "1_0")),
    *(quiet("pls-ip-count-invalid", repr(v), linked(NAT | {COUNT: v})) for v in ("1", "8", " 4 ", "\t2\n", "+3")),
    quiet("pls-ip-count-invalid", "absent", linked()),
    quiet("pls-ip-count-invalid", "no PLS", internal({COUNT: "9"}), "pls-annotations-without-create"),

    fires("pls-static-ips-exceed-count", "no count", git({STATIC: "10.242.0.10 10.242.0.11"}), COUNT),
    fires("pls-static-ips-exceed-count", "count 2", git({COUNT: " 2", STATIC: "10.242.0.10 10.242.0.11 10.242.0.12"}),
          COUNT),
    quiet("pls-static-ips-exceed-count", "as many", linked(NAT | {COUNT: "2", STATIC: "10.242.0.10 10.242.0.11"})),
    quiet("pls-static-ips-exceed-count", "twice the same", linked(NAT | {STATIC: "10.242.0.10  10.242.0.10"})),
    quiet("pls-static-ips-exceed-count", "fewer", linked(NAT | {COUNT: "3", STATIC: "10.242.0.10"})),
    quiet("pls-static-ips-exceed-count", "count invalid", git({COUNT: "0", STATIC: "10.242.0.10"}),
          "pls-ip-count-invalid"),
    quiet("pls-static-ips-exceed-count", "a token invalid", git({STATIC: "10.242.0.10 x"}), "pls-static-ip-invalid"),
    quiet("pls-static-ips-exceed-count", "a token with a separator",
          git({STATIC: "10.242.0.10,10.242.0.11 10.242.0.12"}),
          "pls-list-separator"),
    quiet("pls-static-ips-exceed-count", "no PLS", internal({STATIC: "10.242.0.10 10.242.0.11"}),
          "pls-annotations-without-create"),

    *(fires("pls-static-ip-invalid", repr(v), git({STATIC: v, COUNT: "3"}), STATIC)
      for v in ("10.242.0", "10.242.0.300", "x", "fd00:db8:deca:deed::50", "10.242.0.10 x", "10.242.0.10/32",
      "10.242.0.010")),
    fires("pls-static-ip-invalid", "its own address",
          git({STATIC: "10.240.0.50", "azure-load-balancer-ipv4": "10.240.0.50"}), STATIC),
    fires("pls-static-ip-invalid", "its own address, by the field",
          git({STATIC: "10.240.0.50"}, load_balancer_ip="10.240.0.50"),
          STATIC, "ip-in-deprecated-field"),
    quiet("pls-static-ip-invalid", "IPv4", linked(NAT | {STATIC: " 10.242.0.10 "})),
    quiet("pls-static-ip-invalid", "another than its own",
          linked(NAT | {STATIC: "10.242.0.10", "azure-load-balancer-ipv4": "10.240.0.50"})),
    quiet("pls-static-ip-invalid", "with a separator", git({STATIC: "10.242.0.10,10.242.0.11"}), "pls-list-separator"),
    quiet("pls-static-ip-invalid", "empty", linked(NAT | {STATIC: " "})),
    quiet("pls-static-ip-invalid", "no PLS", idle(STATIC), "pls-annotations-without-create"),

    *(fires("pls-list-separator", f"{k} {v!r}", git({k: v}), k)
      for k, v in ((SEEN, f"{GUID},{OTHER}"), (SEEN, f"{GUID}, {OTHER}"), (SEEN, f"{GUID}\n{OTHER}"),
      (FQDNS, "a.example;b.example"),
                   (FQDNS, "a.example\tb.example"), (FQDNS, "a.example,"), (STATIC, "10.242.0.10,10.242.0.11"),
                   (SEEN, "*,x"))),
    fires("pls-list-separator", "auto-approval", git({SEEN: "*", APPROVED: f"{GUID};{OTHER}"}), APPROVED, EVERYONE),
    fires("pls-list-separator", "two lists", git({FQDNS: "a,b", STATIC: "c,d"}), FQDNS),
    *(quiet("pls-list-separator", f"{v!r}", linked({FQDNS: v})) for v in (
        "a.example b.example", " a.example  b.example ", "\ta.example\n", "a.example", "")),
    quiet("pls-list-separator", "no PLS", internal({FQDNS: "a,b"}), "pls-annotations-without-create"),

    *(fires("pls-subscription-invalid", f"{k} {v!r}", git({k: v}), k)
      for k, v in ((SEEN, "prod"), (SEEN, f"{GUID} prod"), (SEEN, GUID[:-1]), (SEEN, f"{{{GUID}}}"),
      (SEEN, GUID.replace("-", "")),
                   (APPROVED, "prod"), (SEEN, "**"))),
    fires("pls-subscription-invalid", "both", git({SEEN: "x", APPROVED: "y"}), SEEN),
    *(quiet("pls-subscription-invalid", repr(v), linked({SEEN: v}))
          for v in (GUID, OTHER.upper(), f" {GUID}  {OTHER} ", "")),
    quiet("pls-subscription-invalid", "*", linked({SEEN: "*"}), EVERYONE),
    quiet("pls-subscription-invalid", "with a separator", git({SEEN: "prod,test"}), "pls-list-separator"),
    quiet("pls-subscription-invalid", "no PLS", internal({SEEN: "prod"}), "pls-annotations-without-create"),

    *(fires("pls-visible-to-everyone", repr(v), linked({SEEN: v}), SEEN) for v in ("*", f"{GUID} *", " * ")),
    fires("pls-visible-to-everyone", "policy allows others", allowing({SEEN: "*"}, visible=GUID), SEEN),
    quiet("pls-visible-to-everyone", "policy allows it", allowing({SEEN: "*"}, visible="*")),
    quiet("pls-visible-to-everyone", "a subscription", linked({SEEN: GUID})),
    quiet("pls-visible-to-everyone", "absent", linked()),
    quiet("pls-visible-to-everyone", "no PLS", internal({SEEN: "*"}), "pls-annotations-without-create"),

    *(fires("pls-auto-approves-everyone", repr(v), linked({APPROVED: v, SEEN: "*"}), APPROVED, EVERYONE)
          for v in ("*", f"* {GUID}")),
    fires("pls-auto-approves-everyone", "to those who see it", linked({APPROVED: "*", SEEN: GUID}), APPROVED),
    fires("pls-auto-approves-everyone", "policy allows visibility", allowing({SEEN: "*", APPROVED: "*"}, visible="*"),
          APPROVED),
    quiet("pls-auto-approves-everyone", "policy allows it", allowing({APPROVED: "*"}, approved="*")),
    quiet("pls-auto-approves-everyone", "a subscription", linked({SEEN: "*", APPROVED: GUID}), EVERYONE),
    quiet("pls-auto-approves-everyone", "absent", linked({SEEN: "*"}), EVERYONE),
    quiet("pls-auto-approves-everyone", "no PLS", internal({APPROVED: "*"}), "pls-annotations-without-create"),

    fires("pls-auto-approval-ineffective", "visible to the same", linked({SEEN: GUID, APPROVED: GUID}), APPROVED),
    fires("pls-auto-approval-ineffective", "no visibility", linked({APPROVED: f"{GUID} {OTHER}"}), APPROVED),
    fires("pls-auto-approval-ineffective", "beside *", linked({APPROVED: f"{GUID} *"}), APPROVED,
          "pls-auto-approves-everyone"),
    quiet("pls-auto-approval-ineffective", "visible to all", linked({SEEN: "*", APPROVED: GUID}), EVERYONE),
    quiet("pls-auto-approval-ineffective", "visible to all and one", linked({SEEN: f"{GUID} *", APPROVED: GUID}),
          EVERYONE),
    quiet("pls-auto-approval-ineffective", "no subscription id", git({APPROVED: "prod"}), "pls-subscription-invalid"),
    quiet("pls-auto-approval-ineffective", "* alone", linked({APPROVED: "*"}), "pls-auto-approves-everyone"),
    quiet("pls-auto-approval-ineffective", "no auto-approval", linked({SEEN: GUID})),
    quiet("pls-auto-approval-ineffective", "no PLS", internal({APPROVED: GUID}), "pls-annotations-without-create"),

    fires("pls-proxy-breaks-probe", "Local", linked({PROXY: "true"}, **LOCAL), PROXY),
    fires("pls-proxy-breaks-probe", "trimmed, any case", git({PROXY: " True "}, **LOCAL), PROXY),
    fires("pls-proxy-breaks-probe", "a probe port of a port that it does not have",
          git({PROXY: "true", "port_81_health-probe_port": "8081"}, **LOCAL), PROXY),
    quiet("pls-proxy-breaks-probe", "its own probe port",
          linked({PROXY: "true", "port_80_health-probe_port": "8081"}, **LOCAL)),
    quiet("pls-proxy-breaks-probe", "one of two has its own",
          linked({PROXY: "true", "port_443_health-probe_port": "8081"}, ports=(WEB, TLS), **LOCAL)),
    quiet("pls-proxy-breaks-probe", "Cluster", linked({PROXY: "true"})),
    quiet("pls-proxy-breaks-probe", "policy not set", git({PROXY: "true"})),
    quiet("pls-proxy-breaks-probe", "no proxy protocol", linked({PROXY: "false"}, **LOCAL)),
    quiet("pls-proxy-breaks-probe", "no PLS", internal({PROXY: "true"}, **LOCAL), "pls-annotations-without-create"),
    quiet("pls-proxy-breaks-probe", "no ports with probes",
          linked({PROXY: "false"}, ports=(Port(port=53, protocol="UDP"),))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)
