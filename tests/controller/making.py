"""Live Services in one line, for tables of cases."""

from collections.abc import Mapping
from typing import Any

from auditor.controller import lbrules, naming
from auditor.controller.asked import Asked, ask
from auditor.model.service import Live, Port
from tests.world import full

UID = "6f3c9a1e-2b4d-4c8e-9f01-23456789abcd"
BASE = "a6f3c9a1e2b4d4c8e9f0123456789abc"
HTTP = Port(port=80, name="http", node_port=30080)


def live(annotations: Mapping[str, str] | None = None, **fields: Any) -> Live:
    """A live Service; short annotation keys get the prefix, fields are those of the model."""
    defaults = {"namespace": "web", "name": "shop", "labels": {}, "type": "LoadBalancer", "uid": UID, "ports": (HTTP,)}
    return Live(**(defaults | {"annotations": full(annotations or {})} | fields))


def internal(annotations: Mapping[str, str] | None = None, **fields: Any) -> Asked:
    """What an internal Service asks for."""
    return ask(live({"azure-load-balancer-internal": "true", **(annotations or {})}, **fields))


def made(asked: Asked, *, v6: bool = False, dual: bool = False, shared_probe: bool = False) -> lbrules.Expected:
    """The rules and probes that the controller makes of it, for one family."""
    return lbrules.expected(asked, naming.base_name(UID), v6=v6, v6_suffix=v6 and dual, shared_probe=shared_probe)


def rules(expected: lbrules.Expected) -> dict[str, str | None]:
    """Rule name to the name of its probe."""
    return {rule.name: rule.probe for rule in expected.rules.values()}


def only_rule(expected: lbrules.Expected) -> lbrules.ExpectedRule:
    """The only rule."""
    (rule,) = expected.rules.values()
    return rule


def probes(expected: lbrules.Expected) -> dict[str, tuple[str, int, str | None, int, int]]:
    """Probe name to protocol, port, path, interval and threshold."""
    return {p.name: (p.protocol, p.port, p.path, p.interval, p.threshold) for p in expected.probes.values()}
