"""Manifest rules about health probes and node ports."""

from typing import Any

import pytest

from auditor.model.azure import Probe
from auditor.model.service import Port
from tests.rules.test_manifest_table import (
    DNS,
    TLS,
    WEB,
    Case,
    check,
    fires,
    internal,
    one,
    only_git,
    quiet,
)
from tests.world import NODES, World

INTERVAL, NUMBER = "azure-load-balancer-health-probe-interval", "azure-load-balancer-health-probe-num-of-probe"
PROTOCOL, FLOATING = "azure-load-balancer-health-probe-protocol", "azure-disable-load-balancer-floating-ip"
PORT, MINE, MY_NUMBER = (
    "port_80_health-probe_port", "port_80_health-probe_interval",
    "port_80_health-probe_num-of-probe",
)  # fmt: skip
MY_PROTOCOL = "port_80_health-probe_protocol"
NODE_PORTS = "spec.allocateLoadBalancerNodePorts"
LOCAL: dict[str, Any] = {"external_traffic_policy": "Local"}


def bare(annotations: dict[str, str] | None = None, **fields: Any) -> World:
    """An internal Service without node ports, in Git alone: Azure would refuse most of them."""
    return only_git(internal(annotations or {}, allocate_node_ports=False, **fields))


def shared_probe(annotations: dict[str, str] | None = None, **fields: Any) -> World:
    """The same, made where the load balancers work in shared-probe mode."""
    world = World()
    for lb, probes in world.probes.items():
        name = "cluster-service-shared-health-probe"
        probes.append(Probe(id=f"{NODES}/loadBalancers/{lb}/probes/{name}", name=name, protocol="Http", port=10356,
        path="/healthz",
                            interval=5, threshold=2))  # fmt: skip
    return internal(annotations or {}, world=world, allocate_node_ports=False, **fields)


CASES = [
    *(fires("probe-invalid", f"{k} {v!r}", internal({k: v}), k) for k, v in (
        (INTERVAL, "4"), (INTERVAL, "0"), (INTERVAL, "-5"), (INTERVAL, "5s"), (INTERVAL, "5.0"), (INTERVAL, ""),
        (NUMBER, "1"),
        (NUMBER, "two"), (MINE, "4"), (MINE, "x"), (MY_NUMBER, "1"), (MY_NUMBER, ""), (PORT, "http2"), (PORT, "65536"),
        (PORT, "-1"), (PORT, " 8080"), (PORT, "80.5"))),
    fires("probe-invalid", "product 120", internal({INTERVAL: "30", NUMBER: "4"}), INTERVAL),
    fires("probe-invalid", "product 120 with the default number", internal({INTERVAL: "60"}), INTERVAL),
    fires("probe-invalid", "product 120, number of the port", internal({INTERVAL: "30", MY_NUMBER: "4"}), INTERVAL),
    fires("probe-invalid", "product 120, interval of the port", internal({MINE: "60"}), MINE),
    fires("probe-invalid", "product 120, interval of the port wins", internal({INTERVAL: "5", MINE: "60"}), MINE),
    fires("probe-invalid", "product 120, the number alone", internal({MY_NUMBER: "24"}), MY_NUMBER),
    fires("probe-invalid", "on a public Service", one({INTERVAL: "4"}), INTERVAL),
    fires("probe-invalid", "the second port", internal({"port_443_health-probe_interval": "4"}, ports=(WEB, TLS)),
          "port_443_health-probe_interval"),
    *(quiet("probe-invalid", f"{k} {v!r}", internal({k: v})) for k, v in (
        (INTERVAL, "5"), (INTERVAL, " 59 "), (NUMBER, "2"), (NUMBER, "23"), (MINE, "6"), (MY_NUMBER, "3"),
        (PORT, "http"),
        (PORT, "HTTP"), (PORT, "80"), (PORT, "8081"), (PORT, "0"), (PORT, "65535"))),
    quiet("probe-invalid", "product 119", internal({INTERVAL: "17", NUMBER: "7"})),
    quiet("probe-invalid", "of a UDP port", internal({"port_53_health-probe_interval": "1",
          "port_53_health-probe_port": "x"},
                                                     ports=(WEB, DNS))),
    quiet("probe-invalid", "of a port that it does not have", internal({"port_81_health-probe_interval": "1"})),
    quiet("probe-invalid", "absent", internal()),

    *(fires("probe-protocol-ignored", f"{k} {v!r}", internal({k: v}), k)
      for k, v in ((PROTOCOL, "grpc"), (PROTOCOL, "http/1.1"), (PROTOCOL, "udp"), (MY_PROTOCOL, "ssl"),
      (MY_PROTOCOL, "htp "))),
    fires("probe-protocol-ignored", "on a public Service", one({PROTOCOL: "grpc"}), PROTOCOL),
    *(quiet("probe-protocol-ignored", f"{k} {v!r}", internal({k: v}))
      for k, v in ((PROTOCOL, "tcp"), (PROTOCOL, "HTTP"), (PROTOCOL, " https "), (PROTOCOL, ""), (PROTOCOL, " "),
      (MY_PROTOCOL, "Tcp"),
                   (MY_PROTOCOL, " "))),
    quiet("probe-protocol-ignored", "appProtocol",
          internal(ports=(Port(port=80, name="http", target_port=8080, app_protocol="kubernetes.io/h2c"),))),
    quiet("probe-protocol-ignored", "absent", internal()),

    fires("node-ports-needed", "a probe of its own", bare(), NODE_PORTS),
    fires("node-ports-needed", "on a public Service", only_git(one({}, allocate_node_ports=False)), NODE_PORTS),
    fires("node-ports-needed", "no floating IP", bare({FLOATING: "true"}, **LOCAL), NODE_PORTS),
    fires("node-ports-needed", "no floating IP, UDP", bare({FLOATING: "true"}, ports=(DNS,)), NODE_PORTS),
    fires("node-ports-needed", "internal IPv6", bare(ip_families=("IPv6",), **LOCAL), NODE_PORTS),
    fires("node-ports-needed", "dual-stack", bare(ip_families=("IPv4", "IPv6"), **LOCAL), NODE_PORTS),
    fires("node-ports-needed", "one of two ports has one",
          bare(ports=(Port(port=80, name="http", node_port=30080), TLS)), NODE_PORTS),
    fires("node-ports-needed", "its probe port is that of a port", bare({PORT: "http"}), NODE_PORTS),
    fires("node-ports-needed", "shared probes, no floating IP", only_git(shared_probe({FLOATING: "true"})), NODE_PORTS),
    quiet("node-ports-needed", "Local with floating IP",
          internal(allocate_node_ports=False, health_check_node_port=31000, **LOCAL)),
    quiet("node-ports-needed", "allocated", internal(allocate_node_ports=True)),
    quiet("node-ports-needed", "not said", only_git(internal())),
    quiet("node-ports-needed", "given in Git", internal(ports=(Port(port=80, name="http", target_port=8080,
          node_port=30080),),
                                                        allocate_node_ports=False)),
    quiet("node-ports-needed", "no rule for the port", bare({"port_80_no_lb_rule": "true", FLOATING: "true"})),
    quiet("node-ports-needed", "no probe for the port", bare({"port_80_no_probe_rule": "True"})),
    quiet("node-ports-needed", "a probe port of its own", bare({PORT: "8081"})),
    quiet("node-ports-needed", "UDP has no probe", bare(ports=(DNS,))),
    quiet("node-ports-needed", "public IPv6", only_git(one({}, allocate_node_ports=False, ip_families=("IPv6",),
          **LOCAL))),
    quiet("node-ports-needed", "shared probes", shared_probe()),
    quiet("node-ports-needed", "shared probes, with a PLS", shared_probe({"azure-pls-create": "true"})),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check(case)
