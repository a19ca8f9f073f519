"""Load-balancing rules and probes: missing, extra, drifted."""

from typing import Any

import pytest

from auditor.model.service import Port
from tests.rules.azure_worlds import (
    DUAL,
    ILB,
    INTERNAL,
    LOCAL,
    PLS,
    PUBLIC,
    V6,
    Case,
    add_frontend,
    add_probe,
    add_rule,
    bare,
    base,
    blind,
    drop,
    expected,
    fires,
    frontend_id,
    gone,
    having,
    move,
    multi,
    outcome,
    part,
    quiet,
    shared_probe,
    table,
    upper,
)  # fmt: skip
from tests.world import NOW, World

HTTP = Port(port=80, name="http", target_port=8080)
DNS = Port(port=53, protocol="UDP", name="dns", target_port=53)
SIP = Port(port=5060, protocol="SCTP", name="sip", target_port=5060)
BOTH = (HTTP, Port(port=443, name="https", target_port=8443))
PINNED = ILB | {"azure-load-balancer-ipv4": "10.240.0.50"}
HA = ILB | {"azure-load-balancer-enable-high-availability-ports": "true"}
ON_ILB = ILB | {"azure-load-balancer-internal-subnet": "snet-ilb"}
RULE, PROBE = "internal/rules/<1>-tcp-80", "internal/probes/<1>-tcp-80"
OFF, WRONG = "lb-rule-drifted high web/a " + RULE, "probe-drifted medium web/a " + PROBE
EXTRA_RULE, EXTRA_PROBE = "lb-rule-extra medium web/a internal/rules/", "probe-extra low web/a internal/probes/"


def a(annotations: dict[str, str] | None = None, world: World | None = None, **fields: Any) -> World:
    return (world or World()).service("a", annotations, **fields)


def changed(annotations: dict[str, str] | None = None, fields: dict[str, Any] | None = None, **rule: Any) -> World:
    """The first rule of a Service has other properties."""
    return a(annotations, **(fields or {})).change_rule(**rule)


def sharers() -> World:
    return a(PINNED).service("b", PINNED, ports=(BOTH[1],))


def own_pool() -> World:
    """A Local Service where there are several load balancers."""
    world = multi().service("a", **LOCAL)
    world.pools["web-a"] = 1
    return world.change_rule(pool_id=part("backendAddressPools", "web-a"))


def invalid(key: str, value: str) -> World:
    return a(ILB | {key: value})


# Every shape of a Service, as the controller makes it: nothing is found.
SHAPES: dict[str, World] = {
    "plain": a(), "public": bare().service("a", {}), "UDP": a(ports=(HTTP, DNS)), "SCTP": a(ports=(SIP,)),
    "many ports": a(ports=BOTH), "subnet": a(ON_ILB), "dual-stack": a(ILB, **DUAL),
    "dual-stack in a subnet": a(ON_ILB, **DUAL),
    "IPv6": a(ILB, **V6), "public IPv6": bare().service("a", {}, **V6), "HA": a(HA), "HA, dual-stack": a(HA, **DUAL),
    "HA, Local": a(HA, **LOCAL), "Local": a(**LOCAL), "Local, UDP": a(ports=(HTTP, DNS), **LOCAL),
    "Local, proxy": a(PLS | {"azure-pls-proxy-protocol": "true", "port_80_health-probe_port": "9"}, **LOCAL),
    "Local, custom probe": a(ILB | {"port_80_health-probe_port": "8081"}, **LOCAL), "Local, several": own_pool(),
    "no floating IP": a(ILB | {"azure-disable-load-balancer-floating-ip": "true"}),
    "no rule": a(ILB | {"port_80_no_lb_rule": "true"}), "no probe": a(ILB | {"port_80_no_probe_rule": "TRUE"}),
    "affinity": a(session_affinity="ClientIP"), "no reset": a(ILB | {"azure-load-balancer-disable-tcp-reset": "true"}),
    "timeout": a(ILB | {"azure-load-balancer-tcp-idle-timeout": "30"}), "sharers": sharers(),
    "capitals": upper(sharers()),
    "http probe": a(ILB | {"azure-load-balancer-health-probe-protocol": "http"}),
    "appProtocol": a(ports=(Port(port=443, name="x", target_port=1, app_protocol="https"),)),
    "probe of its own": a(ILB | {"port_80_health-probe_port": "http", "port_80_health-probe_interval": "9",
                                 "port_80_health-probe_num-of-probe": "3"}),
    "shared probe": a(world=shared_probe()), "shared probe, UDP": a(world=shared_probe(), ports=(HTTP, DNS)),
    "shared probe, Local": a(world=shared_probe(), **LOCAL), "shared probe, HA": a(HA, world=shared_probe()),
    "shared probe, none": a(ILB | {"port_80_no_probe_rule": "true"}, world=shared_probe()),
    "shared probe, no node ports": a(world=shared_probe(), allocate_node_ports=False),
    "on the second": move(multi().service("a", ports=BOTH), "lb2-internal"),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_what_the_controller_makes_is_fine(shape: str) -> None:
    assert SHAPES[shape].found() == []


# One property of the rule of a plain Service, and of a Service of another shape.
DRIFTED: dict[str, World] = {
    "frontend": changed(frontend_id=frontend_id(1, "-x")), "no frontend": changed(frontend_id=None),
    "frontend port": changed(frontend_port=81), "backend port": changed(backend_port=81),
    "protocol": changed(protocol="Udp"), "floating IP": changed(floating_ip=False),
    "distribution": changed(distribution="SourceIP"),
    "timeout": changed(idle_timeout=5), "reset": changed(tcp_reset=False),
    "probe": changed(probe_id=part("probes", "x")),
    "no probe": changed(probe_id=None), "pool": changed(pool_id=part("backendAddressPools", "x")),
    "no pool": changed(pool_id=None),
    "the IPv6 pool": changed(pool_id=part("backendAddressPools", "kubernetes-IPv6")),
    "a pool of another load balancer": changed(pool_id=part("backendAddressPools", "kubernetes", PUBLIC)),
    "affinity": changed(fields={"session_affinity": "ClientIP"}, distribution="Default"),
    "asked timeout": changed(ILB | {"azure-load-balancer-tcp-idle-timeout": "30"}, idle_timeout=4),
    "HA": changed(HA, protocol="Tcp"), "HA port": changed(HA, frontend_port=80),
    "IPv6 floats": changed(fields=V6, floating_ip=True), "IPv6 node port": changed(fields=V6, backend_port=80),
    "no floating": changed(ILB | {"azure-disable-load-balancer-floating-ip": "true"}, backend_port=80),
    "Local": changed(fields=LOCAL, probe_id=part("probes", base(1) + "-TCP-80")),
    "Local, several": own_pool().change_rule(pool_id=part("backendAddressPools", "kubernetes")),
    "a probe where none is asked for": changed(ILB | {"port_80_no_probe_rule": "true"}, probe_id=part("probes", "x")),
    "shared probe": a(world=shared_probe()).change_rule(probe_id=None),
}  # fmt: skip
ALIKE: dict[str, World] = {
    "letter case": changed(protocol="tcp", distribution="DEFAULT", name=base(1).upper() + "-tcp-80"),
    "no reset said, where none is asked for": changed(ILB | {"azure-load-balancer-disable-tcp-reset": "true"},
        tcp_reset=None),
    "no timeout said": changed(idle_timeout=None), "no distribution said": changed(distribution=None),
    "reset of a UDP rule": changed(fields={"ports": (DNS,)}, tcp_reset=True),
    "reset of HA": changed(HA, tcp_reset=False),
    "a pool that cannot be known": having(move(a(**LOCAL), "lb7-internal").service("b").service("c", {}), facts=World(
        multiple_load_balancers=None).facts).change_rule(lb="lb7-internal", pool_id=part(
            "backendAddressPools", "web-a", "lb7-internal")),
}  # fmt: skip

RULES = (
    *(fires("lb-rule-drifted", title, world.copy, OFF) for title, world in DRIFTED.items()),
    *(quiet("lb-rule-drifted", title, world.copy) for title, world in ALIKE.items()),
    fires("lb-rule-drifted", "of a sharer", lambda: sharers().change_rule(1, frontend_id=frontend_id(2)),
          "lb-rule-drifted high web/b internal/rules/<2>-tcp-443"),
    fires("lb-rule-drifted", "of the IPv6 pair", lambda: a(ILB, **DUAL).change_rule(1, protocol="Udp"), OFF + "-ipv6"),
    quiet("lb-rule-drifted", "a timeout that does not parse",
          lambda: invalid("azure-load-balancer-tcp-idle-timeout", "3").change_rule(idle_timeout=44),
          "idle-timeout-invalid medium web/a"),
    quiet("lb-rule-drifted", "the probe of a value that does not parse",
          lambda: drop(invalid("port_80_health-probe_port", "nope"),
              "probes").change_rule(probe_id=part("probes", "x")),
          "probe-invalid high web/a"),
    quiet("lb-rule-drifted", "being deleted", lambda: changed(protocol="Udp").change_live("a", deleted_at=NOW)),
    blind("lb-rule-drifted", "not read", lambda: having(changed(protocol="Udp"), lbs_read=False)),
    fires("lb-rule-missing", "one of two", lambda: drop(a(ports=BOTH), "rules", 1),
          "lb-rule-missing high web/a internal/rules/<1>-tcp-443"),
    fires("lb-rule-missing", "of HA ports", lambda: drop(a(HA), "rules"), f"lb-rule-missing high web/a {RULE}"),
    fires("lb-rule-missing", "of a sharer", lambda: drop(sharers(), "rules", 1),
          "lb-rule-missing high web/b internal/rules/<2>-tcp-443"),
    fires("lb-rule-missing", "of a public Service", lambda: drop(bare().service("a", {}), "rules", lb=PUBLIC),
          "lb-rule-missing high web/a public/rules/<1>-tcp-80"),
    fires("lb-rule-missing", "on the second load balancer", lambda: drop(move(
          multi().service("a"), "lb2-internal"), "rules", lb="lb2-internal"),
          "lb-rule-missing high web/a lb2-internal/rules/<1>-tcp-80"),
    fires("lb-rule-missing", "under another name", lambda: drop(add_rule(a(), base(1) + "-TCP-81"), "rules", 0),
          f"lb-rule-missing high web/a {RULE}", EXTRA_RULE + "<1>-tcp-81"),
    quiet("lb-rule-missing", "a port without a rule", lambda: a(ILB | {"port_80_no_lb_rule": "true"})),
    quiet("lb-rule-missing", "the frontend is missing", lambda: drop(drop(a(), "frontends"), "rules"),
          "frontend-missing critical web/a"),
    quiet("lb-rule-missing", "no name of a subnet", lambda: drop(a(
          ILB | {"azure-load-balancer-internal-subnet": "a/b"}), "rules"), "subnet-not-a-name high web/a"),
    quiet("lb-rule-missing", "being deleted", lambda: drop(a().change_live("a", deleted_at=NOW), "rules")),
    blind("lb-rule-missing", "not read", lambda: having(drop(a(), "rules"), lbs_read=False)),
    fires("lb-rule-extra", "another port", lambda: add_rule(a(), base(1) + "-TCP-81"), EXTRA_RULE + "<1>-tcp-81"),
    fires("lb-rule-extra", "of a port that wants none", lambda: add_rule(a(
          ILB | {"port_80_no_lb_rule": "true"}), base(1) + "-TCP-80"), EXTRA_RULE + "<1>-tcp-80"),
    fires("lb-rule-extra", "beside HA ports", lambda: add_rule(a(HA, ports=BOTH), base(1) + "-TCP-443"),
          EXTRA_RULE + "<1>-tcp-443", "ha-ports-ineffective medium web/a"),
    fires("lb-rule-extra", "of the subnet that was", lambda: add_rule(a(), base(1) + "-snet-ilb-TCP-80"),
          EXTRA_RULE + "<1>-snet-ilb-tcp-80"),
    fires("lb-rule-extra", "on the load balancer of the other kind",
          lambda: add_rule(a(), base(1) + "-TCP-80", lb=PUBLIC),
          "lb-rule-extra medium web/a public/rules/<1>-tcp-80"),
    quiet("lb-rule-extra", "beside a stray frontend", lambda: add_rule(add_frontend(
          a(), base(1), lb=PUBLIC), base(1) + "-TCP-80", lb=PUBLIC), "frontend-on-both-load-balancers high web/a"),
    quiet("lb-rule-extra", "of another family that is missing", lambda: drop(a(ILB, **DUAL), "frontends", 1),
          "frontend-missing critical web/a"),
    quiet("lb-rule-extra", "made by hand", lambda: add_rule(a(), "mine", on="/elsewhere")),
    quiet("lb-rule-extra", "being deleted",
          lambda: add_rule(a().change_live("a", deleted_at=NOW), base(1) + "-TCP-81")),
    blind("lb-rule-extra", "not read", lambda: having(a(), lbs_read=False)),
)  # fmt: skip

WRONG_PROBES: dict[str, World] = {
    "port": a().change_probe(port=1), "protocol": a().change_probe(protocol="Http"),
    "interval": a().change_probe(interval=15),
    "threshold": a().change_probe(threshold=1),
    "path": a(ILB | {"azure-load-balancer-health-probe-protocol": "http"}).change_probe(path="/other"),
    "of its own": a(ILB | {"port_80_health-probe_interval": "9"}).change_probe(interval=5),
}  # fmt: skip
PROBES = (
    *(fires("probe-drifted", title, world.copy, WRONG) for title, world in WRONG_PROBES.items()),
    fires("probe-drifted", "of a Local Service", lambda: a(**LOCAL).change_probe(path="/"),
          "probe-drifted medium web/a internal/probes/<1>-tcp-31999"),
    quiet("probe-drifted", "letter case", lambda: a(ILB | {
          "azure-load-balancer-health-probe-protocol": "http",
              "azure-load-balancer-health-probe-request-path": "/Ready"})
          .change_probe(path="/READY", protocol="HTTP")),
    quiet("probe-drifted", "no threshold said", lambda: a().change_probe(threshold=None)),
    quiet("probe-drifted", "the path of a TCP probe", lambda: a().change_probe(path="/x")),
    quiet("probe-drifted", "a value that does not parse",
          lambda: add_probe(invalid("port_80_health-probe_interval", "soon"), base(1) + "-TCP-80"),
              "probe-invalid high web/a"),
    quiet("probe-drifted", "the shared probe is nobody's", lambda: a(world=shared_probe()).change_probe(port=1)),
    quiet("probe-drifted", "being deleted", lambda: a().change_live("a", deleted_at=NOW).change_probe(port=1)),
    blind("probe-drifted", "not read", lambda: having(a().change_probe(port=1), lbs_read=False)),
    fires("probe-missing", "the rule has another", lambda: drop(a(), "probes").change_rule(probe_id=None), OFF,
          f"probe-missing high web/a {PROBE}"),
    fires("probe-missing", "of a Local Service", lambda: drop(a(**LOCAL), "probes"),
          "probe-missing high web/a internal/probes/<1>-tcp-31999"),
    fires("probe-missing", "of a Local Service in shared-probe mode",
          lambda: drop(a(world=shared_probe(), **LOCAL), "probes", 1),
          "probe-missing high web/a internal/probes/<1>-tcp-31999"),
    fires("probe-missing", "of one family", lambda: drop(a(ILB, **DUAL), "probes", 1),
          f"probe-missing high web/a {PROBE}-ipv6"),
    quiet("probe-missing", "UDP", lambda: a(ports=(DNS,))),
    quiet("probe-missing", "a probe annotation does not parse",
          lambda: drop(invalid("port_80_health-probe_port", "70000"), "probes"),
          "probe-invalid high web/a"),
    quiet("probe-missing", "the frontend is missing", lambda: drop(drop(a(), "frontends"), "probes"),
          "frontend-missing critical web/a"),
    blind("probe-missing", "not read", lambda: having(drop(a(), "probes"), lbs_read=False)),
    fires("probe-extra", "another port", lambda: add_probe(a(), base(1) + "-TCP-81"), EXTRA_PROBE + "<1>-tcp-81"),
    fires("probe-extra", "of a port in shared-probe mode",
          lambda: add_probe(a(world=shared_probe()), base(1) + "-TCP-80"),
          EXTRA_PROBE + "<1>-tcp-80"),
    fires("probe-extra", "of a port that wants none", lambda: add_probe(a(
          ILB | {"port_80_no_probe_rule": "true"}), base(1) + "-TCP-80"), EXTRA_PROBE + "<1>-tcp-80"),
    quiet("probe-extra", "made by hand", lambda: add_probe(a(), "mine")),
    quiet("probe-extra", "a value that does not parse",
          lambda: add_probe(invalid("port_80_health-probe_interval", "1"), base(1) + "-TCP-80"),
          "probe-invalid high web/a"),
    quiet("probe-extra", "beside a stray frontend", lambda: add_probe(add_frontend(
          a(), base(1), lb=PUBLIC), base(1) + "-TCP-80", PUBLIC), "frontend-on-both-load-balancers high web/a"),
    quiet("probe-extra", "an owner that is dead", lambda: gone(sharers(), "a"),
          "orphaned-lb-rule medium - internal/rules/<1>-tcp-80", "orphaned-probe medium - internal/probes/<1>-tcp-80"),
    blind("probe-extra", "not read", lambda: having(a(), lbs_read=False)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*RULES, *PROBES)


@table(CASES)
def test_rules_and_probes(case: Case) -> None:
    assert outcome(case) == expected(case)


def test_a_rule_is_known_by_its_load_balancer() -> None:
    """The same names on the load balancer of the other kind are no substitute."""
    world = drop(add_rule(a(), base(1) + "-TCP-80", lb=PUBLIC), "rules", lb=INTERNAL)
    assert world.rules_found() == ["lb-rule-extra", "lb-rule-missing"]
