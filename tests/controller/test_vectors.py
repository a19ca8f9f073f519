"""The golden vectors of domain.md, appendix B, each under its number."""

import dataclasses
from typing import Any

import pytest

from auditor.controller import naming
from auditor.controller.asked import PlsAsked, ask, requested_ip, sharing_ips
from auditor.controller.probes import Unparsable, probe_port, timing
from auditor.model.azure import Connection, NatIp
from auditor.model.service import Port
from auditor.sources.api_json.arm_json import decode_private_link_services
from tests.controller.making import BASE, HTTP, internal, live, made, only_rule, probes, rules
from tests.world import NODES, OTHER, SUBSCRIPTION, World

INTERNAL = {"azure-load-balancer-internal": "true"}
PLS = {**INTERNAL, "azure-pls-create": "true"}
UDP = Port(port=53, name="dns", protocol="UDP", node_port=30053)
HTTPS = Port(port=443, name="https", node_port=30443)
LOCAL: dict[str, Any] = {"external_traffic_policy": "Local", "health_check_node_port": 31999}
STATIC = "azure-pls-ip-configuration-ip-address"
COUNT = f"{STATIC}-count"


def pls(annotations: dict[str, str]) -> PlsAsked:
    found = internal({"azure-pls-create": "true", **annotations}).pls
    assert found is not None
    return found


def test_b1_the_last_digit_of_the_uid_is_dropped() -> None:
    assert naming.base_name("00000000-0000-0000-0000-00000000000f") == "a" + "0" * 31


def test_b2_uids_that_differ_in_the_last_digit_collide() -> None:
    uids = [f"00000000-0000-0000-0000-00000000000{digit:x}" for digit in range(16)]

    assert len({naming.base_name(uid) for uid in uids}) == 1


def test_b3_a_capital_letter_makes_the_service_public() -> None:
    world = World().service("web/shop", {"azure-load-balancer-internal": "True"}).service("web/other")

    assert [len(world.frontends[lb]) for lb in ("kubernetes", "kubernetes-internal")] == [1, 1]
    assert world.rules_found() == ["internal-not-exactly-true"]


def test_b4_a_blank_before_the_name_of_the_subnet_stays() -> None:
    assert internal({"azure-load-balancer-internal-subnet": " snet-ilb"}).subnet == " snet-ilb"

    world = World().service("web/shop", {**INTERNAL, "azure-load-balancer-internal-subnet": " snet-ilb"}, made=False)

    assert "subnet-not-a-name" in world.rules_found()
    assert "subnet-unknown" not in world.rules_found()


def test_b5_a_blank_subnet_is_none() -> None:
    asked = internal({"azure-load-balancer-internal-subnet": "  "})

    assert asked.subnet is None
    assert naming.frontend_name(BASE, asked.subnet, v6_suffix=False) == BASE


def test_b6_the_subnet_of_a_public_service_is_not_read() -> None:
    asked = ask(live({"azure-load-balancer-internal-subnet": "snet-ilb"}))

    assert asked.subnet is None
    assert naming.frontend_name(BASE, asked.subnet, v6_suffix=False) == BASE


def test_b7_the_names_of_a_dual_stack_service() -> None:
    asked = internal({"azure-load-balancer-internal-subnet": "apps"}, ip_families=("IPv4", "IPv6"))

    assert naming.frontend_name(BASE, asked.subnet, v6_suffix=False) == f"{BASE}-apps"
    assert naming.frontend_name(BASE, asked.subnet, v6_suffix=True) == f"{BASE}-apps-IPv6"
    assert only_rule(made(asked, dual=True)).name == f"{BASE}-apps-TCP-80"
    assert only_rule(made(asked, v6=True, dual=True)).name == f"{BASE}-apps-TCP-80-IPv6"


def test_b8_ipv6_alone() -> None:
    world = World().service("web/shop", ip_families=("IPv6",))
    (frontend,), (rule,) = world.frontends["kubernetes-internal"], world.rules["kubernetes-internal"]

    assert frontend.name == naming.base_name((world.live or [])[0].uid)
    assert (rule.pool_id or "").endswith("/backendAddressPools/kubernetes-IPv6")
    assert (rule.backend_port, rule.floating_ip) == (30010, False)
    assert world.found() == []


def test_b9_the_annotation_wins_over_the_field() -> None:
    service = live({"azure-load-balancer-ipv4": "10.0.0.9"}, load_balancer_ip="10.0.0.8")

    assert requested_ip(service, v6=False) == "10.0.0.9"


def test_b10_the_field_serves_the_other_family_but_not_for_sharing() -> None:
    service = live({"azure-load-balancer-ipv6": "fd00::9"}, load_balancer_ip="10.0.0.8", ip_families=("IPv4", "IPv6"))

    assert requested_ip(service, v6=False) == "10.0.0.8"
    assert sharing_ips(service) == ("fd00::9",)


def test_b11_one_star_is_everyone() -> None:
    assert pls({"azure-pls-visibility": "a  *  b"}).visible_to == ("*",)


def test_b12_a_comma_does_not_separate() -> None:
    assert pls({"azure-pls-visibility": "a,b"}).visible_to == ("a,b",)


@pytest.mark.parametrize("given", [{}, {"azure-pls-visibility": ""}, {"azure-pls-visibility": "   "}])
def test_b13_absent_empty_and_blank_are_the_same(given: dict[str, str]) -> None:
    assert pls(given).visible_to == ()


def test_b14_doubled_static_addresses_count_once() -> None:
    text = "10.242.0.7 10.242.0.7 10.242.0.8"
    world = World().service(
        "web/shop", {**PLS, "azure-pls-ip-configuration-subnet": "snet-pls", STATIC: text, COUNT: "2"}
    )

    assert [(nat.ip, nat.static, nat.primary) for nat in nat_ips(world)] == [
        ("10.242.0.7", True, True), ("10.242.0.8", True, False)]  # fmt: skip
    assert world.found() == []


def test_b15_more_static_addresses_than_the_count() -> None:
    text = "10.242.0.7 10.242.0.8"
    asked = {**PLS, "azure-pls-ip-configuration-subnet": "snet-pls", STATIC: text}

    assert (pls(asked).count, len(pls(asked).static_ips)) == (1, 2)
    assert "pls-static-ips-exceed-count" in World().service("web/shop", asked, made=False).rules_found()


def test_b16_the_rest_of_the_count_is_dynamic() -> None:
    world = World().service(
        "web/shop", {**PLS, "azure-pls-ip-configuration-subnet": "snet-pls", STATIC: "10.242.0.7", COUNT: "3"}
    )

    assert [(nat.ip, nat.static, nat.primary) for nat in nat_ips(world)] == [
        ("10.242.0.7", True, True), (None, False, False), (None, False, False)]  # fmt: skip
    assert world.found() == []
    assert world.change_pls(nat_ips=nat_ips(world)[:2]).rules_found() == ["pls-nat-ips-drifted"]


@pytest.mark.parametrize(("text", "count"), [(" 4 ", 4), ("4.0", None), ("0", None), ("9", None)])
def test_b17_the_count(text: str, count: int | None) -> None:
    assert pls({COUNT: text}).count == count


def test_b18_creation_is_trimmed_and_folded() -> None:
    assert internal({"azure-pls-create": " TRUE "}).pls is not None


def test_b19_the_name_is_trimmed_and_compared_in_any_case() -> None:
    world = World().service("web/shop", {**PLS, "azure-pls-name": " my-pls "})
    assert world.pls is not None
    assert world.pls[0].name == "my-pls"

    world.change_pls(name="MY-PLS", id=f"{NODES}/privateLinkServices/MY-PLS")

    assert world.found() == []


@pytest.mark.parametrize("properties", [b"{}", b'{"enableProxyProtocol": null}', b'{"enableProxyProtocol": false}'])
def test_b20_no_proxy_protocol_is_the_same_as_false(properties: bytes) -> None:
    (read,) = decode_private_link_services(
        b'[{"id": "/x/privateLinkServices/pls", "name": "pls", "properties": %b}]' % properties
    )
    world = World().service("web/shop", PLS).change_pls(proxy_protocol=read.proxy_protocol)

    assert not read.proxy_protocol
    assert world.found() == []


def test_b21_fqdns_are_compared_in_any_order_but_with_their_case() -> None:
    world = World().service("web/shop", {**PLS, "azure-pls-fqdns": "A.example a.example"})

    assert world.copy().change_pls(fqdns=("a.example", "A.example")).found() == []
    assert world.copy().change_pls(fqdns=("a.example",)).rules_found() == ["pls-fqdns-drifted"]


def test_b22_a_local_service_has_one_probe() -> None:
    expected = made(internal(ports=(HTTP, UDP), **LOCAL))

    assert probes(expected) == {f"{BASE}-TCP-31999": ("http", 31999, "/healthz", 5, 2)}
    assert rules(expected) == {f"{BASE}-TCP-80": f"{BASE}-TCP-31999", f"{BASE}-UDP-53": f"{BASE}-TCP-31999"}


def test_b23_proxy_protocol_takes_the_local_probe_away() -> None:
    expected = made(
        internal({"azure-pls-create": "true", "azure-pls-proxy-protocol": "true"}, ports=(HTTP, UDP), **LOCAL)
    )

    assert probes(expected) == {f"{BASE}-TCP-80": ("tcp", 30080, None, 5, 2)}
    assert rules(expected) == {f"{BASE}-TCP-80": f"{BASE}-TCP-80", f"{BASE}-UDP-53": None}


def test_b24_the_app_protocol_makes_the_probe() -> None:
    expected = made(internal(ports=(dataclasses.replace(HTTPS, app_protocol="https"),)))

    assert probes(expected) == {f"{BASE}-TCP-443": ("https", 30443, "/", 5, 2)}


@pytest.mark.parametrize(("text", "port"), [("80", 30080), ("10256", 10256)])
def test_b25_a_probe_port_that_is_a_service_port_means_its_node_port(text: str, port: int) -> None:
    assert probe_port(internal({"port_443_health-probe_port": text}, ports=(HTTP, HTTPS)), HTTPS) == port


def test_b26_interval_times_number_is_less_than_120() -> None:
    given = {"azure-load-balancer-health-probe-interval": "30", "azure-load-balancer-health-probe-num-of-probe": "4"}

    assert isinstance(timing(internal(given), 80), Unparsable)
    assert World().service("web/shop", {**INTERNAL, **given}, made=False).rules_found().count("probe-invalid") == 1


def test_b27_session_affinity() -> None:
    assert only_rule(made(internal(session_affinity="ClientIP"))).distribution == "SourceIP"
    assert only_rule(made(internal(session_affinity="None"))).distribution == "Default"


def test_b28_high_availability_ports_make_one_rule() -> None:
    asked = internal({"azure-load-balancer-enable-high-availability-ports": "true"}, ports=(HTTP, HTTPS))
    rule = only_rule(made(asked))

    assert (rule.name, rule.protocol, rule.frontend_port, rule.backend_port) == (f"{BASE}-TCP-80", "All", 0, 0)


def test_b29_a_frontend_without_a_rule_is_valid() -> None:
    world = World().service("web/shop", {**INTERNAL, "port_80_no_lb_rule": "true"})

    assert len(world.frontends["kubernetes-internal"]) == 1
    assert world.rules["kubernetes-internal"] == []
    assert world.found() == []


def test_b30_a_frontend_lives_on_while_another_service_has_a_rule_on_it() -> None:
    pinned = {**INTERNAL, "azure-load-balancer-ipv4": "10.240.0.50"}
    world = World().service("web/first", pinned).service("web/second", pinned, ports=(Port(port=443, name="tls"),))
    base = naming.base_name((world.live or [])[0].uid)
    lb = "kubernetes-internal"
    world.rules[lb] = [rule for rule in world.rules[lb] if not rule.name.startswith(base)]
    world.probes[lb] = [probe for probe in world.probes[lb] if not probe.name.startswith(base)]
    for side in (world.live, world.declared):
        assert side is not None
        del side[0]

    assert world.frontends[lb][0].name == base
    assert world.found() == []

    for side in (world.live, world.declared):
        assert side is not None
        side.clear()
    assert "orphaned-frontend" in world.rules_found()


def test_b31_a_tag_in_another_case_makes_the_pls_unmanaged() -> None:
    world = World().service("web/shop", PLS)
    world.change_pls(tags={"K8s-Azure-Cluster-Name": "kubernetes", "k8s-azure-owner-service": "web/shop"})

    assert "pls-unmanaged" in world.rules_found()


def test_b32_who_is_connected_stays_connected() -> None:
    world = World().service("web/shop", {**PLS, "azure-pls-visibility": f"{SUBSCRIPTION} {OTHER}"})
    endpoint = f"/subscriptions/{OTHER}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"
    assert world.pls is not None
    connection = Connection(
        id=f"{world.pls[0].id}/privateEndpointConnections/pe", name="pe", status="Approved", endpoint_id=endpoint
    )
    world.change_pls(connections=(connection,))
    assert world.found() == []

    narrowed = {"azure-pls-visibility": SUBSCRIPTION}
    world.change_git("shop", annotations=narrowed).change_live("shop", annotations=narrowed)
    assert world.rules_found() == ["connection-not-visible", "pls-visibility-drifted"]

    world.change_pls(visibility=(SUBSCRIPTION,))
    assert world.rules_found() == ["connection-not-visible"]


def nat_ips(world: World) -> tuple[NatIp, ...]:
    assert world.pls is not None
    return world.pls[0].nat_ips
