"""Which probe a port gets, and what is in it (domain.md §4.4)."""

from typing import Any

import pytest

from auditor.controller.probes import Unparsable, probe_port, timing
from auditor.model.service import Port
from tests.controller.making import BASE, HTTP, internal, made, probes, rules

OWN, HEALTH = f"{BASE}-TCP-80", f"{BASE}-TCP-31999"
UDP = Port(port=53, name="dns", protocol="UDP", node_port=30053)
UDP_RULE = f"{BASE}-UDP-53"
SHARED = "cluster-service-shared-health-probe"
LOCAL: dict[str, Any] = {"external_traffic_policy": "Local", "health_check_node_port": 31999}
PROXIED = {"azure-pls-create": "true", "azure-pls-proxy-protocol": "true"}


@pytest.mark.parametrize(
    ("annotations", "local", "shared", "wanted"),
    [
        ({}, False, False, {OWN: OWN, UDP_RULE: None}),
        ({"port_80_no_probe_rule": "true"}, False, False, {OWN: None, UDP_RULE: None}),
        ({}, False, True, {OWN: SHARED, UDP_RULE: SHARED}),
        ({"port_80_health-probe_port": "8080"}, False, True, {OWN: SHARED, UDP_RULE: SHARED}),
        ({"port_53_no_probe_rule": "true"}, False, True, {OWN: SHARED, UDP_RULE: None}),
        ({}, True, False, {OWN: HEALTH, UDP_RULE: HEALTH}),
        ({}, True, True, {OWN: HEALTH, UDP_RULE: HEALTH}),
        ({"port_80_health-probe_port": "8080"}, True, False, {OWN: OWN, UDP_RULE: HEALTH}),
        ({"port_80_no_probe_rule": "true"}, True, False, {OWN: None, UDP_RULE: HEALTH}),
        (PROXIED, True, False, {OWN: OWN, UDP_RULE: None}),
        ({**PROXIED, "azure-pls-create": " true "}, True, False, {OWN: HEALTH, UDP_RULE: HEALTH}),
        ({**PROXIED, "azure-pls-proxy-protocol": " true"}, True, False, {OWN: HEALTH, UDP_RULE: HEALTH}),
    ],
)
def test_selection(annotations: dict[str, str], local: bool, shared: bool, wanted: dict[str, str | None]) -> None:
    asked = internal(annotations, ports=(HTTP, UDP), **(LOCAL if local else {}))

    assert rules(made(asked, shared_probe=shared)) == wanted


def test_the_probe_of_a_local_service() -> None:
    assert probes(made(internal(ports=(HTTP, UDP), **LOCAL))) == {HEALTH: ("http", 31999, "/healthz", 5, 2)}


def test_the_keys_of_a_local_probe_bear_the_health_check_node_port() -> None:
    asked = internal({"port_31999_health-probe_interval": "10", "port_80_health-probe_interval": "20"}, **LOCAL)

    assert probes(made(asked)) == {HEALTH: ("http", 31999, "/healthz", 10, 2)}


@pytest.mark.parametrize(
    ("port", "whole", "app", "protocol"),
    [
        (None, None, None, "tcp"),
        (None, "http", None, "http"),
        (None, " HTTPS ", None, "https"),
        (None, "http", "https", "https"),
        (None, "http", "grpc", "tcp"),
        ("http", "tcp", "https", "http"),
        ("Http", None, None, "http"),
        ("grpc", "http", "http", "tcp"),
        (None, "udp", None, "tcp"),
        (None, "", None, "tcp"),
    ],
)
def test_the_protocol(port: str | None, whole: str | None, app: str | None, protocol: str) -> None:
    given = {"port_80_health-probe_protocol": port, "azure-load-balancer-health-probe-protocol": whole}
    asked = internal(
        {key: text for key, text in given.items() if text is not None},
        ports=(Port(port=80, node_port=30080, app_protocol=app),),
    )

    assert probes(made(asked))[OWN][0] == protocol


@pytest.mark.parametrize(
    ("port", "whole", "path"),
    [
        (None, None, "/"),
        (None, "/ready", "/ready"),
        ("/own", "/ready", "/own"),
        ("", "/ready", ""),
        (None, " /r", " /r"),
    ],
)
def test_the_path(port: str | None, whole: str | None, path: str) -> None:
    given = {"port_80_health-probe_request-path": port, "azure-load-balancer-health-probe-request-path": whole}
    asked = internal(
        {"azure-load-balancer-health-probe-protocol": "http"}
        | {k: text for k, text in given.items() if text is not None}
    )

    assert probes(made(asked))[OWN][2] == path


def test_a_tcp_probe_has_no_path() -> None:
    assert probes(made(internal({"azure-load-balancer-health-probe-request-path": "/ready"})))[OWN][2] is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (None, None),
        ("http", 30080),
        ("HTTP", 30080),
        ("dns", 30053),
        ("80", 30080),
        ("53", 30053),
        ("10256", 10256),
        ("0", 0),
        ("65535", 65535),
    ],
)
def test_the_port_of_its_own_choosing(text: str | None, number: int | None) -> None:
    asked = internal({} if text is None else {"port_80_health-probe_port": text}, ports=(HTTP, UDP))

    assert probe_port(asked, HTTP) == number


@pytest.mark.parametrize("text", ["65536", "-1", "nosuch", " 80", "80.0", ""])
def test_a_port_that_the_controller_refuses(text: str) -> None:
    expected = made(internal({"port_80_health-probe_port": text}))

    assert expected.unsure_probes == {OWN.lower()}
    assert not any(rule.probe_known for rule in expected.rules.values())


@pytest.mark.parametrize(
    ("port", "whole", "times"),
    [
        ((None, None), (None, None), (5, 2)),
        ((None, None), ("10", "3"), (10, 3)),
        (("20", None), ("10", "3"), (20, 3)),
        ((None, "4"), ("10", None), (10, 4)),
        ((None, None), (" 10 ", "+3"), (10, 3)),
        ((None, None), ("59", "2"), (59, 2)),
    ],
)
def test_the_timing(port: tuple[str | None, ...], whole: tuple[str | None, ...], times: tuple[int, int]) -> None:
    assert timing(internal(timed(port, whole)), 80) == times


@pytest.mark.parametrize(
    ("port", "whole"),
    [
        ((None, None), ("4", None)),
        ((None, None), (None, "1")),
        ((None, None), ("60", "2")),
        ((None, None), ("30", "4")),
        ((None, None), ("10s", None)),
        (("4", None), ("10", None)),
    ],
)
def test_a_timing_that_the_controller_refuses(port: tuple[str | None, ...], whole: tuple[str | None, ...]) -> None:
    asked = internal(timed(port, whole))

    assert isinstance(timing(asked, 80), Unparsable)
    assert made(asked).unsure_probes == {OWN.lower()}


def timed(port: tuple[str | None, ...], whole: tuple[str | None, ...]) -> dict[str, str]:
    keys = (
        "port_80_health-probe_interval", "port_80_health-probe_num-of-probe",
        "azure-load-balancer-health-probe-interval", "azure-load-balancer-health-probe-num-of-probe",
    )  # fmt: skip
    return {key: text for key, text in zip(keys, (*port, *whole), strict=True) if text is not None}
