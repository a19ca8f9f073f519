"""Manifest rules about annotation keys: not strings, unknown, obsolete, without effect."""

import dataclasses

import pytest

from auditor.controller.keys import PREFIX
from auditor.model.snapshot import Snapshot
from tests.rules.test_manifest_table import (
    CRITICAL,
    INTERNAL,
    PLS,
    Case,
    check,
    fires,
    internal,
    linked,
    one,
    only_git,
    quiet,
    typed,
    written,
)
from tests.world import World

KIND = "azure-load-balancer-internal"
MODE = "azure-load-balancer-mode"
KNOWN = """
    azure-load-balancer-internal azure-load-balancer-internal-subnet azure-load-balancer-ipv4
    azure-load-balancer-ipv6 azure-load-balancer-enable-high-availability-ports
    azure-disable-load-balancer-floating-ip azure-load-balancer-tcp-idle-timeout
    azure-load-balancer-disable-tcp-reset azure-load-balancer-health-probe-protocol
    azure-load-balancer-health-probe-interval azure-load-balancer-health-probe-num-of-probe
    azure-load-balancer-health-probe-request-path port_80_no_lb_rule port_80_no_probe_rule
    port_80_health-probe_protocol port_80_health-probe_port port_80_health-probe_interval
    port_80_health-probe_num-of-probe port_65535_health-probe_request-path azure-load-balancer-configurations
    azure-load-balancer-mode azure-load-balancer-resource-group azure-allowed-service-tags azure-allowed-ip-ranges
    load-balancer-source-ranges azure-deny-all-except-load-balancer-source-ranges
    azure-disable-load-balancer-nsg-rule azure-additional-public-ips azure-pls-create azure-pls-name
    azure-pls-resource-group azure-pls-ip-configuration-subnet azure-pls-ip-configuration-ip-address-count
    azure-pls-ip-configuration-ip-address azure-pls-fqdns azure-pls-proxy-protocol azure-pls-visibility
    azure-pls-auto-approval azure-dns-label-name azure-pip-name azure-pip-name-ipv6 azure-pip-prefix-id
    azure-pip-prefix-id-ipv6 azure-pip-tags azure-pip-ip-tags azure-shared-securityrule
    azure-load-balancer-mixed-protocols
"""
"""domain.md §1.2, and the obsolete ones."""


class Basic(World):
    """A world whose load balancers are Basic ones."""

    def snapshot(self) -> Snapshot:
        found = super().snapshot()
        lbs = tuple(dataclasses.replace(lb, sku="Basic") for lb in found.load_balancers or ())
        return dataclasses.replace(found, load_balancers=lbs)


CASES = [
    fires("annotation-not-a-string", "a boolean", typed(internal(), azure_load_balancer_internal="bool"), KIND),
    fires("annotation-not-a-string", "a number",
          typed(internal({"azure-load-balancer-tcp-idle-timeout": "15"}),
          azure_load_balancer_tcp_idle_timeout="number"),
          "azure-load-balancer-tcp-idle-timeout"),
    fires("annotation-not-a-string", "null, which means absent",
          typed(internal(), azure_load_balancer_internal_subnet="null"),
          f"{KIND}-subnet"),
    fires("annotation-not-a-string", "a bare *", typed(linked({"azure-pls-visibility": "*"}),
          azure_pls_visibility="alias"),
          "azure-pls-visibility", "pls-visible-to-everyone"),
    fires("annotation-not-a-string", "two", typed(linked(), azure_pls_create="bool",
          azure_load_balancer_internal="bool"),
          (KIND, "azure-pls-create")),
    fires("annotation-not-a-string", "taken for the text that was meant",
          typed(internal({"azure-load-balancer-tcp-idle-timeout": "3"}), azure_load_balancer_tcp_idle_timeout="number"),
          "azure-load-balancer-tcp-idle-timeout", "idle-timeout-invalid"),
    fires("annotation-not-a-string", "of somebody else",
          internal().change_git("a", not_strings={"example.com/x": "bool"}),
          "example.com/x"),
    quiet("annotation-not-a-string", "strings", internal()),
    quiet("annotation-not-a-string", "alive alone", internal(git=False), ("service-not-in-git", "web/a", "")),
    quiet("annotation-not-a-string", "of another type",
          typed(one({}, type="ClusterIP"), azure_load_balancer_internal="bool")),

    *(fires("annotation-unknown", f"meant to be internal: {k}", written(one({}), {k: "true"}), f"={k}",
          severity=CRITICAL)
      for k in (PREFIX + "azure-load-balancer-internl", PREFIX + "azure-loadbalancer-internal",
      PREFIX + "azure-load-balancer-intrnl",
                PREFIX + "azure-load-balancer-internals", PREFIX + "Azure-Load-Balancer-Internal",
                PREFIX + "azure_load_balancer_internal",
                "Service.Beta.Kubernetes.io/azure-load-balancer-internal",
                "service.kubernetes.io/azure-load-balancer-internal",
                "service.alpha.kubernetes.io/azure-load-balancer-internal", "azure-load-balancer-internal")),
    fires("annotation-unknown", "it reads True", one({f"{KIND[:-1]}": "True"}), KIND[:-1], severity=CRITICAL),
    fires("annotation-unknown", "in Git alone", only_git(one({KIND[:-1]: "true"})), KIND[:-1], severity=CRITICAL),
    fires("annotation-unknown", "alive alone", one({KIND[:-1]: "true"}, git=False), KIND[:-1], severity=CRITICAL),
    fires("annotation-unknown", "exposed, and not by the letter", one({KIND: "True", KIND[:-1]: "true"}), KIND[:-1],
          "internal-not-exactly-true", severity=CRITICAL),
    fires("annotation-unknown", "it reads false", one({KIND[:-1]: "false"}), KIND[:-1]),
    fires("annotation-unknown", "internal nevertheless", internal({KIND[:-1]: "true"}), KIND[:-1]),
    fires("annotation-unknown", "more than two edits away", one({KIND[:-3]: "true"}), KIND[:-3]),
    *(fires("annotation-unknown", k, internal({k: "x"}), k)
      for k in ("azure-pls-visibilty", "azure-whatever", "port_80_health-probe_prot", "port_http_no_lb_rule",
      "port_80_", "port_",
                "Azure-PLS-Create", "azure-load-balancer-IPv4", "PORT_80_no_lb_rule", "Load-Balancer-Source-Ranges",
                "azure-Shared-SecurityRule")),
    *(fires("annotation-unknown", k, written(internal(), {k: "x"}), f"={k}")
      for k in ("service.kubernetes.io/azure-pls-create", "azure-pls-name", "example.com/Azure-DNS-Label-Name",
                "service.beta.kubernetes.IO/azure-pls-create",
                "service.kubernetes.io/azure-load-balancer-configurations",
                "service.beta.kubernetes.IO/load-balancer-source-ranges")),
    fires("annotation-unknown", "two of them", internal({"azure-x": "", "azure-y": ""}), ("azure-x", "azure-y")),
    quiet("annotation-unknown", "configurations in any case", internal({"azure-load-balancer-CONFIGURATIONS": "x"})),
    quiet("annotation-unknown", "a port that the Service does not have", internal({"port_8080_no_lb_rule": "true"})),
    quiet("annotation-unknown", "obsolete", one({"azure-shared-securityrule": "true"}),
          ("annotation-obsolete", "web/a", "azure-shared-securityrule")),
    quiet("annotation-unknown", "somebody else's", written(internal(), {
        "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
        "networking.gke.io/load-balancer-type": "Internal",
        "example.com/azure-things": "true", "service.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8",
        "example.com/port_80_no_lb_rule": "true", "kubernetes.io/description": "azure load balancer internal"})),
    quiet("annotation-unknown", "of another type", one({"azure-x": "y"}, type="ClusterIP")),

    *(fires("annotation-obsolete", k, internal({k: "true"}), k)
      for k in ("azure-shared-securityrule", "azure-load-balancer-mixed-protocols", MODE)),
    fires("annotation-obsolete", "all of them", one({"azure-shared-securityrule": "", MODE: "__auto__"}),
          (MODE, "azure-shared-securityrule")),
    quiet("annotation-obsolete", "mode on a Basic load balancer", one({MODE: "__auto__"}, world=Basic())),
    quiet("annotation-obsolete", "none", internal()),
    quiet("annotation-obsolete", "in another letter case", internal({"Azure-Load-Balancer-Mode": ""}),
          ("annotation-unknown", "web/a", "Azure-Load-Balancer-Mode")),
    quiet("annotation-obsolete", "of another type", one({MODE: "x"}, type="ClusterIP"), "annotation-without-effect"),

    fires("annotation-without-effect", "ClusterIP", one(INTERNAL, type="ClusterIP"), None),
    fires("annotation-without-effect", "NodePort, several", one(PLS, type="NodePort"), None),
    fires("annotation-without-effect", "ExternalName", one({"azure-pls-name": "x"}, type="ExternalName"), None),
    fires("annotation-without-effect", "another class", one(INTERNAL, load_balancer_class="example.com/lb"), None),
    fires("annotation-without-effect", "a port's", one({"port_80_no_lb_rule": "true"}, type="ClusterIP"), None),
    fires("annotation-without-effect", "in Git alone", only_git(one(INTERNAL, type="ClusterIP")), None),
    fires("annotation-without-effect", "alive alone", one(INTERNAL, type="ClusterIP", git=False), None),
    fires("annotation-without-effect", "with mistakes that matter no more",
          one({KIND: "True", "azure-load-balancer-ipv4": "x"}, type="ClusterIP"), None),
    quiet("annotation-without-effect", "in scope", linked()),
    quiet("annotation-without-effect", "no annotation", one({}, type="ClusterIP")),
    quiet("annotation-without-effect", "somebody else's",
          one({"example.com/x": "y"}, load_balancer_class="example.com/lb")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("key", KNOWN.split())
def test_no_known_key_is_unknown(key: str) -> None:
    assert "annotation-unknown" not in internal({key: "1"}).rules_found()


@pytest.mark.parametrize("key", KNOWN.split())
def test_a_known_key_in_another_letter_case_is_unknown_but_one(key: str) -> None:
    other = key.swapcase()

    found = ("annotation-unknown", "web/a", PREFIX + other) in one({other: "1"}).found()

    assert found == (key != "azure-load-balancer-configurations")


@pytest.mark.parametrize(("key", "near"), [
    ("azure-load-balancer-internl", "azure-load-balancer-internal"), ("azure-pls-visibilty", "azure-pls-visibility"),
    ("Azure-PLS-Create", "azure-pls-create"), ("azure-load-balancer-ip4", "azure-load-balancer-ipv4"),
    ("azure-pls-autoapproval", "azure-pls-auto-approval"),
])  # fmt: skip
def test_the_message_suggests_the_nearest_known_key(key: str, near: str) -> None:
    (finding,) = internal({key: "x"}).findings()

    assert f"did you mean {PREFIX}{near}?" in finding.message
