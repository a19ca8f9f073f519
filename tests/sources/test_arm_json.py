"""ARM resources in both of their forms."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.model.azure import (
    Connection,
    Frontend,
    LbRule,
    LoadBalancer,
    NatIp,
    NicAddress,
    OtherRule,
    Pool,
    PrivateLinkService,
    Probe,
    PublicIp,
    Subnet,
    VirtualNetwork,
)
from auditor.sources.api_json import arm_json
from auditor.sources.api_json.wire import DecodeError

Decode = Callable[..., tuple[Any, ...]]
DECODERS: dict[str, Decode] = {
    "loadBalancers": arm_json.decode_load_balancers,
    "privateLinkServices": arm_json.decode_private_link_services,
    "virtualNetworks": arm_json.decode_virtual_networks,
    "publicIPAddresses": arm_json.decode_public_ips,
    "networkInterfaces": arm_json.decode_network_interfaces,
}
NETWORK = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"
LB = f"{NETWORK}/loadBalancers/kubernetes-internal"
FRONTEND = f"{LB}/frontendIPConfigurations/a1"
SUBNET = f"{NETWORK}/virtualNetworks/v/subnets/s"


def ref(resource: str) -> dict[str, str]:
    """A reference to a resource."""
    return {"id": resource}


def named(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    """A child of the load balancer, nested."""
    return {"id": f"{LB}/{kind}/{name}", "name": name, "etag": "e", "properties": properties}


LOAD_BALANCER = {
    "id": LB,
    "name": "kubernetes-internal",
    "etag": 'W/"1"',
    "location": "weu",
    "sku": {"name": "Standard", "tier": "Regional"},
    "properties": {
        "provisioningState": "Succeeded",
        "frontendIPConfigurations": [
            named(
                "frontendIPConfigurations",
                "a1",
                privateIPAddress="10.0.0.9",
                privateIPAddressVersion="IPv4",
                subnet=ref(SUBNET),
            ),
            named("frontendIPConfigurations", "p1", publicIPAddress=ref("/pip")),
        ],
        "loadBalancingRules": [
            named(
                "loadBalancingRules",
                "a1-TCP-80",
                frontendIPConfiguration=ref(FRONTEND),
                backendAddressPool=ref(f"{LB}/backendAddressPools/kubernetes"),
                backendAddressPools=[ref("/other")],
                protocol="Tcp",
                frontendPort=80,
                backendPort=80,
                enableFloatingIP=True,
                loadDistribution="Default",
                idleTimeoutInMinutes=4,
                enableTcpReset=True,
                probe=ref(f"{LB}/probes/a1-TCP-80"),
                disableOutboundSnat=True,
            ),
            named("loadBalancingRules", "bare", backendAddressPools=[ref("/first"), ref("/second")]),
        ],
        "probes": [
            named(
                "probes",
                "a1-TCP-80",
                protocol="Http",
                port=30080,
                requestPath="/",
                intervalInSeconds=5,
                numberOfProbes=9,
                probeThreshold=2,
            ),
            named("probes", "old", numberOfProbes=9),
        ],
        "backendAddressPools": [
            named(
                "backendAddressPools",
                "kubernetes",
                backendIPConfigurations=[ref("/nic1"), ref("/nic2")],
                loadBalancerBackendAddresses=[{"name": "x", "properties": {"ipAddress": "10.0.0.4"}}],
            ),
            named("backendAddressPools", "empty"),
        ],
        "inboundNatRules": [named("inboundNatRules", "ssh", frontendIPConfiguration=ref(FRONTEND))],
        "inboundNatPools": [named("inboundNatPools", "pool", frontendIPConfiguration=ref(FRONTEND))],
        "outboundRules": [named("outboundRules", "out", frontendIPConfigurations=[ref(FRONTEND), ref("/other")])],
    },
}
LOAD_BALANCER_MODEL = LoadBalancer(
    id=LB,
    name="kubernetes-internal",
    sku="Standard",
    state="Succeeded",
    etag='W/"1"',
    frontends=(
        Frontend(id=FRONTEND, name="a1", ip="10.0.0.9", version="IPv4", subnet_id=SUBNET),
        Frontend(id=f"{LB}/frontendIPConfigurations/p1", name="p1", public_ip_id="/pip"),
    ),
    rules=(
        LbRule(
            id=f"{LB}/loadBalancingRules/a1-TCP-80",
            name="a1-TCP-80",
            frontend_id=FRONTEND,
            pool_id=f"{LB}/backendAddressPools/kubernetes",
            protocol="Tcp",
            frontend_port=80,
            backend_port=80,
            floating_ip=True,
            distribution="Default",
            idle_timeout=4,
            tcp_reset=True,
            probe_id=f"{LB}/probes/a1-TCP-80",
        ),
        LbRule(id=f"{LB}/loadBalancingRules/bare", name="bare"),
    ),
    probes=(
        Probe(
            id=f"{LB}/probes/a1-TCP-80",
            name="a1-TCP-80",
            protocol="Http",
            port=30080,
            path="/",
            interval=5,
            threshold=2,
        ),
        Probe(id=f"{LB}/probes/old", name="old"),
    ),
    pools=(
        Pool(id=f"{LB}/backendAddressPools/kubernetes", name="kubernetes", by_nic=2, by_address=1),
        Pool(id=f"{LB}/backendAddressPools/empty", name="empty"),
    ),
    other_rules=(
        OtherRule(id=f"{LB}/inboundNatRules/ssh", name="ssh", frontend_ids=(FRONTEND,)),
        OtherRule(id=f"{LB}/inboundNatPools/pool", name="pool", frontend_ids=(FRONTEND,)),
        OtherRule(id=f"{LB}/outboundRules/out", name="out", frontend_ids=(FRONTEND, "/other")),
    ),
)

PLS = f"{NETWORK}/privateLinkServices/pls"
PRIVATE_LINK_SERVICE = {
    "id": PLS,
    "name": "pls",
    "etag": "e",
    "tags": {"k8s-azure-owner-service": "web/shop", "empty": None},
    "properties": {
        "alias": "pls.1.weu",
        "provisioningState": "Updating",
        "loadBalancerFrontendIpConfigurations": [ref(FRONTEND)],
        "ipConfigurations": [
            {
                "id": f"{PLS}/ipConfigurations/1",
                "name": "1",
                "properties": {
                    "privateIPAddress": "10.0.1.4",
                    "privateIPAllocationMethod": "static",
                    "primary": True,
                    "subnet": ref(SUBNET),
                },
            },
            {"id": f"{PLS}/ipConfigurations/2", "properties": {"privateIPAllocationMethod": "Dynamic"}},
        ],
        "visibility": {"subscriptions": ["*"]},
        "autoApproval": {"subscriptions": ["a", "b"]},
        "fqdns": ["x.example"],
        "enableProxyProtocol": True,
        "privateEndpointConnections": [
            {
                "id": f"{PLS}/privateEndpointConnections/c",
                "name": "c",
                "properties": {
                    "privateEndpoint": ref("/pe"),
                    "privateLinkServiceConnectionState": {"status": "Approved"},
                },
            }
        ],
    },
}
PRIVATE_LINK_SERVICE_MODEL = PrivateLinkService(
    id=PLS,
    name="pls",
    etag="e",
    tags={"k8s-azure-owner-service": "web/shop", "empty": ""},
    alias="pls.1.weu",
    state="Updating",
    frontend_ids=(FRONTEND,),
    nat_ips=(NatIp(ip="10.0.1.4", static=True, primary=True, subnet_id=SUBNET), NatIp()),
    visibility=("*",),
    auto_approval=("a", "b"),
    fqdns=("x.example",),
    proxy_protocol=True,
    connections=(Connection(id=f"{PLS}/privateEndpointConnections/c", name="c", status="Approved", endpoint_id="/pe"),),
)

VNET = f"{NETWORK}/virtualNetworks/v"
VIRTUAL_NETWORK = {
    "id": VNET,
    "name": "v",
    "etag": "e",
    "properties": {
        "subnets": [
            {
                "id": SUBNET,
                "name": "s",
                "properties": {
                    "addressPrefixes": ["10.0.0.0/24", "fd00::/64"],
                    "addressPrefix": None,
                    "privateLinkServiceNetworkPolicies": "Disabled",
                    "ipConfigurations": [ref("/one"), ref("/two")],
                },
            },
            {"id": f"{VNET}/subnets/t", "name": "t", "properties": {"addressPrefix": "10.0.1.0/24"}},
            {"id": f"{VNET}/subnets/u", "name": "u", "properties": {"ipConfigurations": []}},
        ]
    },
}
VIRTUAL_NETWORK_MODEL = VirtualNetwork(
    id=VNET,
    name="v",
    etag="e",
    subnets=(
        Subnet(
            id=SUBNET,
            name="s",
            prefixes=("10.0.0.0/24", "fd00::/64"),
            pls_policy="Disabled",
            ip_configuration_ids=("/one", "/two"),
        ),
        Subnet(id=f"{VNET}/subnets/t", name="t", prefixes=("10.0.1.0/24",)),
        Subnet(id=f"{VNET}/subnets/u", name="u", ip_configuration_ids=()),
    ),
)
PUBLIC_IP = {
    "id": f"{NETWORK}/publicIPAddresses/p",
    "name": "p",
    "tags": None,
    "etag": "e",
    "properties": {"ipAddress": "20.0.0.1", "ipConfiguration": ref(FRONTEND)},
}
PUBLIC_IP_MODEL = PublicIp(
    id=f"{NETWORK}/publicIPAddresses/p", name="p", tags={}, etag="e", ip="20.0.0.1", user_of_it=FRONTEND
)
NIC = {
    "id": f"{NETWORK}/networkInterfaces/n",
    "properties": {
        "ipConfigurations": [
            {"id": "/one", "properties": {"privateIPAddress": "10.0.0.4", "privateIPAddressVersion": "IPv4"}},
            {"id": "/two", "properties": {}},
        ]
    },
}
CASES: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "loadBalancers": (LOAD_BALANCER, (LOAD_BALANCER_MODEL,)),
    "privateLinkServices": (PRIVATE_LINK_SERVICE, (PRIVATE_LINK_SERVICE_MODEL,)),
    "virtualNetworks": (VIRTUAL_NETWORK, (VIRTUAL_NETWORK_MODEL,)),
    "publicIPAddresses": (PUBLIC_IP, (PUBLIC_IP_MODEL,)),
    "networkInterfaces": (NIC, (NicAddress(id="/one", ip="10.0.0.4", version="IPv4"), NicAddress(id="/two"))),
}


def flattened(value: Any) -> Any:
    """As `az` prints it: `properties` laid beside `id`, and a resource group on everything that has an id."""
    if isinstance(value, list):
        return [flattened(item) for item in value]
    if not isinstance(value, dict):
        return value
    flat = {key: flattened(item) for key, item in value.items() if key != "properties"}
    more = {"resourceGroup": "rg"} if "id" in value else {}
    return {**flat, **more, **(flattened(value["properties"]) if "properties" in value else {})}


def nulled(value: Any) -> Any:
    """Everything that a resource can do without as null."""
    if isinstance(value, dict):
        return {
            key: item if key == "id" else nulled(item) if key == "properties" else None for key, item in value.items()
        }
    return None


def data(value: Any) -> bytes:
    """JSON bytes."""
    return json.dumps(value).encode()


@pytest.mark.parametrize("kind", CASES)
def test_both_forms_and_pages_are_read_alike(kind: str) -> None:
    raw, expected = CASES[kind]
    decode = DECODERS[kind]

    assert decode(data([raw])) == expected
    assert decode(data([flattened(raw)])) == expected
    assert decode(data({"value": [raw], "nextLink": None})) == expected
    assert decode(data({"value": [raw], "nextLink": "https://x/2"}), part=True) == expected
    assert decode(data([raw, flattened(raw)])) == expected * 2
    assert decode(b"[]") == ()


@pytest.mark.parametrize("kind", CASES)
def test_nulls_are_as_good_as_absent(kind: str) -> None:
    raw, expected = CASES[kind]
    bare = {"id": raw["id"]}

    assert DECODERS[kind](data([bare])) == DECODERS[kind](data([nulled(raw)]))
    assert DECODERS[kind](data([bare])) == DECODERS[kind](data([nulled(flattened(raw))]))
    assert DECODERS[kind](data([{**raw, "properties": None}]))[:0] == expected[:0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('"frontendIPConfigurations"', '"frontendIpConfigurations"'),
        ('"frontendIPConfiguration"', '"frontendIpConfiguration"'),
        ('"backendIPConfigurations"', '"backendIpConfigurations"'),
        ('"enableFloatingIP"', '"enableFloatingIp"'),
        ('"loadBalancerFrontendIpConfigurations"', '"loadBalancerFrontendIPConfigurations"'),
    ],
)
def test_other_spellings_of_ip(wrong: str, right: str) -> None:
    for kind, (raw, expected) in CASES.items():
        assert DECODERS[kind](data([raw]).replace(wrong.encode(), right.encode())) == expected


def test_floating_ip_off_is_not_unknown() -> None:
    rule = named("loadBalancingRules", "r", enableFloatingIP=False)

    (found,) = arm_json.decode_load_balancers(data([{"id": LB, "properties": {"loadBalancingRules": [rule]}}]))

    assert found.rules[0].floating_ip is False


BAD = {
    "empty": (b"", "is empty"),
    "not JSON": (b"ERROR: Please run 'az login'", "is not JSON: invalid character (line 1, column 1)"),
    "truncated": (b'[{"id": "/x",\n  "name"', "is not JSON: "),
    "an object": (b'{"id": "/x"}', "is one object where a list belongs"),
    "an error": (
        b'{"error": {"code": "AuthorizationFailed", "message": "no"}}',
        "is an error of Azure: AuthorizationFailed: no",
    ),
    "a text": (b'"x"', "does not have the expected form"),
    "a list of texts": (b'["x"]', "expected `object`, got `str` - at `$[0]`"),
    "an id that is a number": (b'[{"id": 5}]', "expected `str | null`, got `int` - at `$[0].id`"),
    "without an id": (b'[{"name": "x"}]', "without an id"),
    "properties as a list": (b'[{"id": "/x", "properties": []}]', "expected `object | null`, got `array`"),
}


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind != "networkInterfaces"])
@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named(kind: str, name: str) -> None:
    raw, expected = BAD[name]

    with pytest.raises(DecodeError) as caught:
        DECODERS[kind](raw)

    assert expected in str(caught.value)


@pytest.mark.parametrize("kind", ["loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses"])
def test_the_recorded_forms_are_the_same_state(kind: str, golden_dir: Path) -> None:
    nested, flat = ((golden_dir / state / "azure" / f"{kind}.json").read_bytes() for state in ("pls", "pls-az"))

    assert b'"properties"' in nested
    assert b'"properties"' not in flat
    assert DECODERS[kind](nested) == DECODERS[kind](flat)
