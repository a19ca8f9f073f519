"""Load-balancing rules as the controller makes them of Service ports (domain.md §4.3)."""

import pytest

from auditor.controller import lbrules
from auditor.controller.asked import ask
from auditor.model.service import Port
from tests.controller.making import BASE, HTTP, internal, live, made, only_rule, probes, rules

TLS = Port(port=443, name="tls", node_port=30443)
DNS = Port(port=53, name="dns", protocol="UDP", node_port=30053)
HA_PORTS = {"azure-load-balancer-enable-high-availability-ports": "True"}
SCTP = Port(port=9, name="sctp", protocol="SCTP", node_port=30009)


def test_one_rule_and_one_probe_for_each_port() -> None:
    expected = made(internal(ports=(HTTP, TLS)))

    assert rules(expected) == {f"{BASE}-TCP-80": f"{BASE}-TCP-80", f"{BASE}-TCP-443": f"{BASE}-TCP-443"}
    assert probes(expected) == {
        f"{BASE}-TCP-80": ("tcp", 30080, None, 5, 2),
        f"{BASE}-TCP-443": ("tcp", 30443, None, 5, 2),
    }


@pytest.mark.parametrize(("port", "protocol", "reset"), [(HTTP, "Tcp", True), (DNS, "Udp", None), (SCTP, "All", None)])
def test_the_protocol(port: Port, protocol: str, reset: bool | None) -> None:
    rule = only_rule(made(internal(ports=(port,))))

    assert (rule.protocol, rule.tcp_reset) == (protocol, reset)


@pytest.mark.parametrize(
    ("annotations", "v6", "backend", "floating"),
    [
        ({"azure-load-balancer-internal": "true"}, False, 80, True),
        ({}, False, 80, True),
        ({"azure-load-balancer-internal": "true"}, True, 30080, False),
        ({"azure-load-balancer-internal": "True"}, True, 30080, False),
        ({}, True, 80, True),
        ({"azure-disable-load-balancer-floating-ip": "TRUE"}, False, 30080, False),
        ({"azure-disable-load-balancer-floating-ip": " true"}, False, 80, True),
    ],
)
def test_floating_ip_and_the_backend_port(annotations: dict[str, str], v6: bool, backend: int, floating: bool) -> None:
    rule = only_rule(made(ask(live(annotations)), v6=v6))

    assert (rule.backend_port, rule.floating_ip) == (backend, floating)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [(None, 4), ("4", 4), (" 30 ", 30), ("100", 100), ("3", None), ("101", None), ("30.0", None), ("", None)],
)
def test_the_idle_timeout(text: str | None, minutes: int | None) -> None:
    asked = internal({} if text is None else {"azure-load-balancer-tcp-idle-timeout": text})

    assert lbrules.idle_timeout(asked) == minutes
    assert only_rule(made(asked)).idle_timeout == minutes


@pytest.mark.parametrize(("text", "reset"), [("true", False), ("True", False), (" true", True), ("false", True)])
def test_tcp_reset(text: str, reset: bool) -> None:
    assert only_rule(made(internal({"azure-load-balancer-disable-tcp-reset": text}))).tcp_reset == reset


@pytest.mark.parametrize(("text", "number"), [("true", 0), ("TRUE", 0), (" true", 1), ("false", 1)])
def test_no_lb_rule(text: str, number: int) -> None:
    expected = made(internal({"port_80_no_lb_rule": text}))

    assert len(expected.rules) == len(expected.probes) == number


def test_no_probe_rule_leaves_the_rule() -> None:
    expected = made(internal({"port_80_no_probe_rule": "true"}))

    assert rules(expected) == {f"{BASE}-TCP-80": None}
    assert probes(expected) == {}


class TestHighAvailabilityPorts:
    def test_one_rule_for_everything(self) -> None:
        rule = only_rule(made(internal(HA_PORTS, ports=(HTTP, TLS))))

        assert (rule.name, rule.protocol, rule.frontend_port, rule.backend_port) == (f"{BASE}-TCP-80", "All", 0, 0)
        assert rule.floating_ip

    def test_floating_ip_stays_but_for_ipv6(self) -> None:
        asked = internal({**HA_PORTS, "azure-disable-load-balancer-floating-ip": "true"})

        assert only_rule(made(asked)).floating_ip
        assert not only_rule(made(asked, v6=True)).floating_ip

    def test_a_public_service_gets_ordinary_rules(self) -> None:
        assert only_rule(made(ask(live(HA_PORTS)))).protocol == "Tcp"

    def test_a_service_that_is_public_by_a_capital_letter_gets_the_rule_all_the_same(self) -> None:
        asked = ask(live({**HA_PORTS, "azure-load-balancer-internal": "True"}))

        assert not asked.internal
        assert only_rule(made(asked)).protocol == "All"

    def test_its_probe_is_that_of_the_first_port_that_has_one(self) -> None:
        expected = made(internal(HA_PORTS, ports=(DNS, TLS)))

        assert rules(expected) == {f"{BASE}-UDP-53": f"{BASE}-UDP-53"}
        assert probes(expected) == {f"{BASE}-UDP-53": ("tcp", 30443, None, 5, 2)}
