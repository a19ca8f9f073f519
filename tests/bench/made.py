"""The Services of the big recording: what each asks for, and how one in a hundred has drifted."""

import ipaddress
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from auditor.controller.keys import PREFIX

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
CONSUMER = "99999999-8888-7777-6666-555555555555"
SUBNETS = {"snet-nodes": "10.0.0.0/14", "snet-apps": "10.4.0.0/14", "snet-pls": "10.8.0.0/14"}
DRIFTED = 51
"""Of each hundred; it has a PLS."""


@dataclass(slots=True)
class Made:
    """One Service and what was made of it."""

    index: int
    name: str
    namespace: str
    uid: str
    base: str
    annotations: dict[str, str]
    ports: list[dict[str, Any]]
    subnet: str
    ip: str
    pls: bool
    live_annotations: dict[str, str] = field(default_factory=dict)
    in_git: bool = True
    rule_changes: dict[str, Any] = field(default_factory=dict)
    probe_changes: dict[str, Any] = field(default_factory=dict)
    pls_changes: dict[str, Any] = field(default_factory=dict)

    @property
    def frontend(self) -> str:
        """The name of its frontend."""
        return (
            f"{self.base}-{self.subnet}"
            if PREFIX + "azure-load-balancer-internal-subnet" in self.annotations
            else self.base
        )

    def rule(self, port: int) -> str:
        """The name of a rule and of its probe."""
        return f"{self.frontend}-TCP-{port}"


def _annotated(one: Made) -> None:
    one.live_annotations[PREFIX + "azure-load-balancer-tcp-idle-timeout"] = "30"
    one.rule_changes["idleTimeoutInMinutes"] = 30


def _undeclared(one: Made) -> None:
    one.in_git = False


def _rule_edited(one: Made) -> None:
    one.rule_changes["idleTimeoutInMinutes"] = 15


def _probe_edited(one: Made) -> None:
    one.probe_changes["intervalInSeconds"] = 30


def _exposed(one: Made) -> None:
    one.pls_changes["visibility"] = {"subscriptions": [SUBSCRIPTION, CONSUMER]}


DRIFTS: tuple[Callable[[Made], None], ...] = (_annotated, _undeclared, _rule_edited, _probe_edited, _exposed)


def make(index: int) -> Made:
    """The Service with that number: about one in ten has a PLS, every second an address of its own choice."""
    uid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"service {index}"))
    subnet = "snet-apps" if index % 2 else "snet-nodes"
    ip = str(ipaddress.ip_network(SUBNETS[subnet])[1024 + index])
    annotations = {PREFIX + "azure-load-balancer-internal": "true"}
    if subnet != "snet-nodes":
        annotations[PREFIX + "azure-load-balancer-internal-subnet"] = subnet
        annotations[PREFIX + "azure-load-balancer-ipv4"] = ip
    ports = [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP", "nodePort": 30000 + index % 2700}]
    if index % 4 == 0:
        ports[0] |= {"appProtocol": "http"}
        annotations[PREFIX + "azure-load-balancer-health-probe-request-path"] = "/healthz"
        ports.append({"name": "metrics", "port": 9090, "targetPort": "metrics", "protocol": "TCP", "nodePort": 31000})
    one = Made(
        index=index,
        name=f"{('ledger', 'orders', 'search', 'basket', 'quotes')[index % 5]}-api-{index}",
        namespace=f"team-{index % 50:02}",
        uid=uid,
        base=("a" + uid.replace("-", ""))[:32],
        annotations=annotations,
        ports=ports,
        subnet=subnet,
        ip=ip,
        pls=index % 10 == 1,
    )
    if one.pls:
        annotations |= {
            PREFIX + "azure-pls-create": "true",
            PREFIX + "azure-pls-ip-configuration-subnet": "snet-pls",
            PREFIX + "azure-pls-visibility": SUBSCRIPTION,
            PREFIX + "azure-pls-fqdns": f"{one.name}.example.internal",
        }
    one.live_annotations = dict(annotations)
    if index % 100 == DRIFTED:
        DRIFTS[index // 100 % len(DRIFTS)](one)
    return one
