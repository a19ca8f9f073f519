"""The Azure side of the big recording, as `az rest` prints it."""

from typing import Any

from tests.bench.made import SUBNETS, SUBSCRIPTION, Made

GROUP = "MC_rg-prod_prod-weu_westeurope"
ELSEWHERE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
NODES = f"{ELSEWHERE}/{GROUP}/providers"
NETWORK = f"{NODES}/Microsoft.Network"
VNET = f"{ELSEWHERE}/rg-net/providers/Microsoft.Network/virtualNetworks/vnet-weu"
LB = f"{NETWORK}/loadBalancers/kubernetes-internal"
ETAG = 'W/"6f1f2f6e-6b53-5d53-9c6e-0d3c4f0a7b11"'
MANY_NODES = 50
DONE = {"provisioningState": "Succeeded"}


def _child(kind: str, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    shape = f"Microsoft.Network/loadBalancers/{kind}"
    return {"name": name, "id": f"{LB}/{kind}/{name}", "etag": ETAG, "properties": DONE | properties, "type": shape}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"id": f"{LB}/{kind}/{name}"}


def _frontend(one: Made) -> dict[str, Any]:
    return _child(
        "frontendIPConfigurations",
        one.frontend,
        {
            "privateIPAddress": one.ip,
            "privateIPAllocationMethod": "Static",
            "privateIPAddressVersion": "IPv4",
            "subnet": {"id": f"{VNET}/subnets/{one.subnet}"},
            "loadBalancingRules": [_ref("loadBalancingRules", one.rule(p["port"])) for p in one.ports],
        },
    ) | {"zones": ["1", "2", "3"]}


def _rule(one: Made, port: int) -> dict[str, Any]:
    pool = _ref("backendAddressPools", "kubernetes")
    return _child(
        "loadBalancingRules",
        one.rule(port),
        {
            "frontendIPConfiguration": _ref("frontendIPConfigurations", one.frontend),
            "frontendPort": port,
            "backendPort": port,
            "enableFloatingIP": True,
            "idleTimeoutInMinutes": 4,
            "protocol": "Tcp",
            "enableTcpReset": True,
            "loadDistribution": "Default",
            "disableOutboundSnat": True,
            "allowBackendPortConflict": False,
            "backendAddressPool": pool,
            "backendAddressPools": [pool],
            "probe": _ref("probes", one.rule(port)),
        }
        | one.rule_changes,
    )


def _probe(one: Made, port: dict[str, Any]) -> dict[str, Any]:
    http = port.get("appProtocol") == "http"
    path = {"requestPath": "/healthz"} if http else {}
    return _child(
        "probes",
        one.rule(port["port"]),
        {
            "protocol": "Http" if http else "Tcp",
            "port": port["nodePort"],
            **path,
            "intervalInSeconds": 5,
            "numberOfProbes": 1,
            "probeThreshold": 2,
            "noHealthyBackendsBehavior": "AllProbedDown",
            "loadBalancingRules": [_ref("loadBalancingRules", one.rule(port["port"]))],
        }
        | one.probe_changes,
    )


def _nic(number: int) -> dict[str, str]:
    machine = f"virtualMachineScaleSets/aks-pool-12345678-vmss/virtualMachines/{number}"
    return {"id": f"{NODES}/Microsoft.Compute/{machine}/networkInterfaces/aks-pool/ipConfigurations/ipconfig1"}


def load_balancers(all_of_them: list[Made]) -> list[dict[str, Any]]:
    """The one internal load balancer."""
    pool = _child(
        "backendAddressPools", "kubernetes", {"backendIPConfigurations": [_nic(i) for i in range(MANY_NODES)]}
    )
    properties = DONE | {
        "frontendIPConfigurations": [_frontend(one) for one in all_of_them],
        "backendAddressPools": [pool],
        "loadBalancingRules": [_rule(one, p["port"]) for one in all_of_them for p in one.ports],
        "probes": [_probe(one, p) for one in all_of_them for p in one.ports],
        "inboundNatRules": [],
        "inboundNatPools": [],
        "outboundRules": [],
    }
    return [
        {
            "name": "kubernetes-internal",
            "id": LB,
            "etag": ETAG,
            "type": "Microsoft.Network/loadBalancers",
            "location": "westeurope",
            "sku": {"name": "Standard", "tier": "Regional"},
            "properties": properties,
        }
    ]


def private_link_service(one: Made) -> dict[str, Any]:
    """The PLS of a Service, with a connection."""
    name = f"pls-{one.frontend}"
    where = f"{NETWORK}/privateLinkServices/{name}"
    endpoint = f"{ELSEWHERE}/rg-web/providers/Microsoft.Network/privateEndpoints/pe-{one.name}"
    properties = {
        "alias": f"{name}.{one.uid}.westeurope.azure.privatelinkservice",
        "enableProxyProtocol": False,
        "fqdns": [f"{one.name}.example.internal"],
        "visibility": {"subscriptions": [SUBSCRIPTION]},
        "autoApproval": {"subscriptions": []},
        "loadBalancerFrontendIpConfigurations": [_ref("frontendIPConfigurations", one.frontend)],
        "networkInterfaces": [{"id": f"{NETWORK}/networkInterfaces/{name}.nic.{one.uid}"}],
        "ipConfigurations": [
            {
                "name": f"snet-pls-{name}-dynamic-0"[:80],
                "id": f"{where}/ipConfigurations/{one.uid}",
                "etag": ETAG,
                "properties": DONE
                | {
                    "primary": True,
                    "privateIPAddressVersion": "IPv4",
                    "privateIPAllocationMethod": "Dynamic",
                    "subnet": {"id": f"{VNET}/subnets/snet-pls"},
                },
            }
        ],
        "privateEndpointConnections": [
            {
                "name": f"pe-{one.name}.{one.uid}",
                "id": f"{where}/privateEndpointConnections/pe-{one.name}.{one.uid}",
                "etag": ETAG,
                "properties": DONE
                | {
                    "privateEndpoint": {"id": endpoint},
                    "linkIdentifier": str(one.index),
                    "privateLinkServiceConnectionState": {
                        "status": "Approved",
                        "description": "",
                        "actionsRequired": "",
                    },
                },
            }
        ],
    }
    tags = {"k8s-azure-cluster-name": "kubernetes", "k8s-azure-owner-service": f"{one.namespace}/{one.name}"}
    return {
        "name": name,
        "id": where,
        "etag": ETAG,
        "type": "Microsoft.Network/privateLinkServices",
        "location": "westeurope",
        "tags": tags,
        "properties": DONE | properties | one.pls_changes,
    }


def virtual_networks(all_of_them: list[Made]) -> list[dict[str, Any]]:
    """The network, whose subnets list who has an address in them."""
    used: dict[str, list[dict[str, str]]] = {name: [] for name in SUBNETS}
    used["snet-nodes"] += [_nic(i) for i in range(MANY_NODES)]
    for one in all_of_them:
        used[one.subnet].append(_ref("frontendIPConfigurations", one.frontend))
    subnets = [
        {
            "name": name,
            "id": f"{VNET}/subnets/{name}",
            "etag": ETAG,
            "type": "Microsoft.Network/virtualNetworks/subnets",
            "properties": DONE
            | {
                "addressPrefix": prefix,
                "ipConfigurations": used[name],
                "delegations": [],
                "privateEndpointNetworkPolicies": "Disabled",
                "privateLinkServiceNetworkPolicies": "Disabled",
            },
        }
        for name, prefix in SUBNETS.items()
    ]
    return [
        {
            "name": "vnet-weu",
            "id": VNET,
            "etag": ETAG,
            "type": "Microsoft.Network/virtualNetworks",
            "location": "westeurope",
            "properties": DONE | {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}, "subnets": subnets},
        }
    ]
