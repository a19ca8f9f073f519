"""A World written down as a snapshot directory: the JSON that kubectl and ARM would print. Used for the demo's recording."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from auditor.model import azure
from auditor.model.service import Declared, Event, Live, Port, Service
from tests.world import NODES, NOW, SUBSCRIPTION, VNET, World

Json = dict[str, Any]


def write(world: World, directory: Path, *, cluster: str, commit: str) -> None:
    """Write the whole world below `directory`, which must not exist yet or be empty."""
    snapshot = world.snapshot()
    files: dict[str, Any] = {
        "kubernetes/services.json": _list([_service(s) for s in world.live or ()]),
        "kubernetes/events.json": _list([_event(e, world) for e in world.events or ()]),
        "kubernetes/nodes.json": _list([_node(n.name, n.addresses) for n in world.nodes or ()]),
        "azure/loadBalancers.json": [_lb(lb) for lb in snapshot.load_balancers or ()],
        "azure/privateLinkServices.json": [_pls(p) for p in world.pls or ()],
        "azure/virtualNetworks.json": [_vnet(v) for v in snapshot.virtual_networks or ()],
        "azure/publicIPAddresses.json": [_public_ip(p) for p in world.public_ips or ()],
    }
    for name, content in files.items():
        _write(directory / name, json.dumps(content, indent=1) + "\n")
    for declared in world.declared or ():
        _write(directory / "git" / "main" / declared.path, manifest(declared))
    _write(directory / "snapshot.yaml", _snapshot_yaml(world, cluster, commit))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _time(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def _list(items: list[Json]) -> Json:
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}


def _port(port: Port) -> Json:
    found: Json = {
        "name": port.name,
        "port": port.port,
        "protocol": port.protocol,
        "targetPort": port.target_port or port.port,
    }
    if port.node_port:
        found["nodePort"] = port.node_port
    return {k: v for k, v in found.items() if v != ""}


def _spec(service: Service) -> Json:
    spec: Json = {
        "type": service.type,
        "externalTrafficPolicy": service.external_traffic_policy,
        "healthCheckNodePort": service.health_check_node_port,
        "ipFamilies": list(service.ip_families) if service.ip_families else None,
        "ipFamilyPolicy": service.ip_family_policy,
        "sessionAffinity": service.session_affinity,
        "allocateLoadBalancerNodePorts": service.allocate_node_ports,
        "selector": {"app": service.name},
        "ports": [_port(p) for p in service.ports or ()],
    }
    return {k: v for k, v in spec.items() if v is not None}


def manifest(service: Declared) -> str:
    """The YAML that declares a Service; strings in quotes, as the API server demands of annotations."""
    lines = [
        "apiVersion: v1",
        "kind: Service",
        "metadata:",
        f"  name: {service.name}",
        f"  namespace: {service.namespace}",
    ]
    lines += ["  labels:", *(f"    {k}: {v}" for k, v in service.labels.items())] if service.labels else []
    lines += ["  annotations:", *(f"    {k}: {json.dumps(v)}" for k, v in service.annotations.items())]
    spec = yaml.safe_dump({"spec": _spec(service)}, sort_keys=False, default_flow_style=False)
    return "\n".join(lines) + "\n" + spec


def _service(live: Live) -> Json:
    metadata: Json = {
        "name": live.name, "namespace": live.namespace, "uid": live.uid, "resourceVersion": live.resource_version,
        "creationTimestamp": _time(live.created_at), "annotations": dict(live.annotations), "labels": dict(live.labels),
        "finalizers": list(live.finalizers),
    }  # fmt: skip
    if live.changed_at:
        metadata["managedFields"] = [
            {"manager": live.changed_by, "operation": "Update", "apiVersion": "v1", "time": _time(live.changed_at)}
        ]
    status = {"loadBalancer": {"ingress": [{"ip": ip, "ipMode": "VIP"} for ip in live.ingress]} if live.ingress else {}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": _spec(live), "status": status}


def _event(event: Event, world: World) -> Json:
    live = next(s for s in world.live or () if s.uid == event.uid)
    name = f"{live.name}.{event.resource_version}"
    return {
        "apiVersion": "v1", "kind": "Event", "type": "Warning" if "Failed" in event.reason else "Normal", "reason": event.reason,
        "message": event.message, "lastTimestamp": _time(event.at), "firstTimestamp": _time(event.at), "count": 1,
        "involvedObject": {"kind": "Service", "name": live.name, "namespace": live.namespace, "uid": live.uid},
        "metadata": {"name": name, "namespace": live.namespace, "resourceVersion": event.resource_version},
        "source": {"component": "service-controller"},
    }  # fmt: skip


def _node(name: str, addresses: tuple[str, ...]) -> Json:
    return {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "status": {"addresses": [{"type": "InternalIP", "address": a} for a in addresses]},
    }  # fmt: skip


def _ref(resource_id: str | None) -> Json | None:
    return {"id": resource_id} if resource_id else None


def _part(resource_id: str, name: str, properties: Json) -> Json:
    kept = {k: v for k, v in properties.items() if v is not None}
    return {"id": resource_id, "name": name, "properties": {"provisioningState": "Succeeded", **kept}}


def _lb(lb: azure.LoadBalancer) -> Json:
    frontends = [_part(f.id, f.name, {
        "privateIPAddress": f.ip, "privateIPAddressVersion": f.version, "privateIPAllocationMethod": "Dynamic",
        "subnet": _ref(f.subnet_id), "publicIPAddress": _ref(f.public_ip_id)}) for f in lb.frontends]  # fmt: skip
    rules = [_part(r.id, r.name, {
        "frontendIPConfiguration": _ref(r.frontend_id), "backendAddressPool": _ref(r.pool_id), "protocol": r.protocol,
        "frontendPort": r.frontend_port, "backendPort": r.backend_port, "enableFloatingIP": r.floating_ip,
        "loadDistribution": r.distribution, "idleTimeoutInMinutes": r.idle_timeout, "enableTcpReset": r.tcp_reset,
        "probe": _ref(r.probe_id)}) for r in lb.rules]  # fmt: skip
    probes = [_part(p.id, p.name, {
        "protocol": p.protocol, "port": p.port, "requestPath": p.path, "intervalInSeconds": p.interval,
        "probeThreshold": p.threshold, "numberOfProbes": p.threshold}) for p in lb.probes]  # fmt: skip
    vm = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{NODES.split('/')[4]}/providers/Microsoft.Compute/virtualMachineScaleSets"
    pools = [_part(p.id, p.name, {"backendIPConfigurations": [
        {"id": f"{vm}/aks-pool/virtualMachines/{i}/networkInterfaces/nic/ipConfigurations/ipconfig1"} for i in range(p.by_nic)
    ]}) for p in lb.pools]  # fmt: skip
    return {
        "id": lb.id, "name": lb.name, "type": "Microsoft.Network/loadBalancers", "location": "westeurope",
        "etag": 'W/"8e1f6c2a-0001"', "sku": {"name": lb.sku, "tier": "Regional"},
        "properties": {"provisioningState": lb.state, "frontendIPConfigurations": frontends, "loadBalancingRules": rules,
                       "probes": probes, "backendAddressPools": pools, "inboundNatRules": [], "outboundRules": []},
    }  # fmt: skip


def _pls(pls: azure.PrivateLinkService) -> Json:
    nat = [{"name": f"nat-{i}", "properties": {
        "privateIPAddress": n.ip, "privateIPAllocationMethod": "Static" if n.static else "Dynamic",
        "primary": n.primary, "subnet": _ref(n.subnet_id)}} for i, n in enumerate(pls.nat_ips)]  # fmt: skip
    connections = [_part(c.id, c.name, {
        "privateEndpoint": _ref(c.endpoint_id), "privateLinkServiceConnectionState": {"status": c.status}})
        for c in pls.connections]  # fmt: skip
    return {
        "id": pls.id, "name": pls.name, "type": "Microsoft.Network/privateLinkServices", "location": "westeurope",
        "etag": 'W/"8e1f6c2a-0002"', "tags": dict(pls.tags),
        "properties": {"alias": pls.alias, "provisioningState": pls.state, "fqdns": list(pls.fqdns),
                       "loadBalancerFrontendIpConfigurations": [_ref(f) for f in pls.frontend_ids], "ipConfigurations": nat,
                       "visibility": {"subscriptions": list(pls.visibility)}, "enableProxyProtocol": pls.proxy_protocol,
                       "autoApproval": {"subscriptions": list(pls.auto_approval)}, "privateEndpointConnections": connections},
    }  # fmt: skip


def _vnet(vnet: azure.VirtualNetwork) -> Json:
    subnets = [_part(s.id, s.name, {
        "addressPrefixes": list(s.prefixes), "privateLinkServiceNetworkPolicies": s.pls_policy}) for s in vnet.subnets]  # fmt: skip
    return {
        "id": vnet.id, "name": vnet.name, "type": "Microsoft.Network/virtualNetworks", "etag": 'W/"8e1f6c2a-0003"',
        "properties": {"provisioningState": "Succeeded", "subnets": subnets},
    }  # fmt: skip


def _public_ip(pip: azure.PublicIp) -> Json:
    found = _part(pip.id, pip.name, {"ipAddress": pip.ip, "ipConfiguration": _ref(pip.user_of_it)})
    return found | {"type": "Microsoft.Network/publicIPAddresses", "tags": dict(pip.tags), "etag": 'W/"8e1f6c2a-0004"'}


def _snapshot_yaml(world: World, cluster: str, commit: str) -> str:
    facts = world.facts
    return yaml.safe_dump({
        "schema": "aks-auditor/snapshot-v1", "cluster": cluster, "capturedAt": _time(NOW),
        "azure": {"subscriptionId": SUBSCRIPTION, "nodeResourceGroup": facts.node_resource_group, "location": "westeurope"},
        "controller": {"clusterName": "kubernetes", "virtualNetwork": VNET, "subnet": facts.subnet,
                       "privateLinkServiceResourceGroup": facts.pls_resource_group,
                       "backendPoolType": "nodeIPConfiguration", "multipleLoadBalancers": []},
        "git": [{"name": "main", "path": "git/main", "url": "https://git.example/platform/fleet.git", "ref": "main",
                 "commit": commit}],
        "gaps": [],
    }, sort_keys=False)  # fmt: skip
