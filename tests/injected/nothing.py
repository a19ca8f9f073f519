"""Changes of cluster and Azure that mean nothing: order, letter case, what is ignored, what is unrelated."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.injected.raw import (
    A2,
    DEAD,
    EVENTS,
    EXT,
    INT,
    LBS,
    MACHINES,
    NODES,
    PIPS,
    PLS,
    SERVICES,
    VNET,
    VNETS,
    Case,
    Json,
    Raw,
    each,
    every,
    props,
    quiet,
)  # fmt: skip

BASE = "drift-00-baseline"
MANIFEST = "service.beta.kubernetes.io"
ELSEWHERE = f"/subscriptions/{A2}/resourceGroups/MC_other/providers/Microsoft.Network"


# -- helpers: each changes something everywhere ---------------------------------------------------------------------


def _ids(w: Raw, path: str, change: Callable[[str], str]) -> None:
    for thing in every(w.file(path)):
        if isinstance(thing.get("id"), str):
            thing["id"] = change(thing["id"])
        if isinstance(thing.get("resourceGroup"), str):
            thing["resourceGroup"] = change(thing["resourceGroup"])


def _group(name: str) -> str:
    return re.sub(r"(?i)mc_rg_cluster_eastus", lambda m: m[0].swapcase(), name)


def _everywhere(w: Raw, path: str, **fields: Any) -> None:
    """Set a field of every ARM object that has an id and a name."""
    for thing in every(w.file(path)):
        if "id" in thing and "name" in thing:
            thing.update(fields)


def _unknown(w: Raw, path: str) -> None:
    tags = [id(thing["tags"]) for thing in every(w.file(path)) if "tags" in thing]
    for thing in [t for t in every(w.file(path)) if id(t) not in tags]:
        thing["futureField"] = {"nested": [1, None, {"id": "x"}]}


def _reverse(w: Raw, path: str, *names: str) -> None:
    for thing in every(w.file(path)):
        for name in names:
            if isinstance(thing.get(name), list):
                thing[name].reverse()


def _parts(w: Raw, kind: str, change: Callable[[Json], object]) -> None:
    for lb in w.file(LBS):
        for part in props(lb)[kind]:
            change(props(part))


def _all_services(w: Raw, change: Callable[[Json], object]) -> None:
    for service in w.file(SERVICES)["items"]:
        change(service)


def _without(thing: Json, *keys: str) -> None:
    for key in keys:
        thing.pop(key, None)


def _lb(name: str, prefix: str, **parts: Any) -> Json:
    empty: Json = {"frontendIPConfigurations": [], "loadBalancingRules": [], "probes": [], "backendAddressPools": []}
    return {
        "id": f"{prefix}/loadBalancers/{name}",
        "name": name,
        "sku": {"name": "Standard"},
        "properties": empty | parts,
    }


def _other_cluster(w: Raw) -> None:
    lb = f"{ELSEWHERE}/loadBalancers/kubernetes-internal"
    w.file(LBS).append(_lb("kubernetes-internal", ELSEWHERE, frontendIPConfigurations=[
        {"name": DEAD, "id": f"{lb}/frontendIPConfigurations/{DEAD}", "properties": {"privateIPAddress": "10.9.9.9"}}]))  # fmt: skip


def _unrelated_lb(w: Raw) -> None:
    lb = f"{NODES}/loadBalancers/appliance"
    w.file(LBS).append(_lb("appliance", NODES, provisioningState="Failed", frontendIPConfigurations=[
        {"name": "front", "id": f"{lb}/frontendIPConfigurations/front", "properties": {"privateIPAddress": "10.240.99.9"}}]))  # fmt: skip


def _foreign_pls(w: Raw, name: str, group: str, tags: Json, *frontends: str) -> None:
    w.file(PLS).append({"id": f"{group}/privateLinkServices/{name}", "name": name, "tags": tags, "properties": {
        "loadBalancerFrontendIpConfigurations": [{"id": f} for f in frontends], "visibility": {"subscriptions": ["*"]}}})  # fmt: skip


def _pip(w: Raw, name: str, tags: Json | None) -> None:
    w.file(PIPS).append(
        {"id": f"{NODES}/publicIPAddresses/{name}", "name": name, "tags": tags, "properties": {"ipAddress": "20.9.9.9"}}
    )


def _vnet(w: Raw) -> None:
    subnet_id = f"{ELSEWHERE}/virtualNetworks/vnet-aks/subnets/snet-nodes"
    subnet = {
        "name": "snet-nodes",
        "id": subnet_id,
        "properties": {"addressPrefix": "10.240.0.0/24", "privateLinkServiceNetworkPolicies": "Enabled"},
    }
    w.file(VNETS).append(
        {"id": f"{ELSEWHERE}/virtualNetworks/vnet-aks", "name": "vnet-aks", "properties": {"subnets": [subnet]}}
    )


def _node(w: Raw) -> None:
    nodes = w.file(MACHINES)["items"]
    again = json.loads(json.dumps(nodes[0]))
    again["metadata"]["name"] = "aks-nodepool1-12345678-vmss000099"
    again["status"]["addresses"] = [{"type": "InternalIP", "address": "10.240.200.9"}]
    nodes[:] = [*nodes[1:], again]


def _managed(service: Json) -> None:
    service["metadata"]["managedFields"] = [{
        "manager": "kubectl", "operation": "Apply", "apiVersion": "v1", "time": "2026-11-23T01:00:00Z", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:type": {}}}}]  # fmt: skip


def _dynamic(w: Raw) -> None:
    for i, pls in enumerate(w.file(PLS)):
        for j, nat in enumerate(props(pls)["ipConfigurations"]):
            if props(nat)["privateIPAllocationMethod"] == "Dynamic":
                props(nat)["privateIPAddress"] = f"10.240.{100 + j}.{10 + i}"


def _nat_names(w: Raw) -> None:
    for pls in w.file(PLS):
        for i, nat in enumerate(props(pls)["ipConfigurations"]):
            nat.update(name=f"n{i}", id=f"{pls['id']}/ipConfigurations/n{i}")


def _subscriptions(w: Raw, change: Callable[[list[str]], list[str]]) -> None:
    for pls in w.file(PLS):
        for kind in ("visibility", "autoApproval"):
            props(pls)[kind]["subscriptions"] = change(props(pls)[kind]["subscriptions"])


def _renamed(w: Raw, kind: str) -> None:
    for lb in w.file(LBS):
        for part in props(lb)[kind]:
            part["name"] = part["name"].replace("-TCP-", "-tcp-")


AZURE = [
    quiet("pls-az", "ids of load balancers in upper case", lambda w: _ids(w, LBS, str.upper)),
    *(quiet(s, f"ids of {p[6:]} in upper case", lambda w, p=p: _ids(w, p, str.upper))  # type: ignore[misc]
      for s, p in [(BASE, LBS), ("pls", PLS), ("pls-az", PLS), ("internal", VNETS), ("lifecycle-09-forced-away", PIPS)]),
    *(quiet(s, f"resource group of {p[6:]} in other case", lambda w, p=p: _ids(w, p, _group))  # type: ignore[misc]
      for s, p in [(BASE, LBS), ("errors-01-unmanaged-pls", PLS), ("pls-az", PLS), ("lifecycle-04-pls-changes", LBS)]),
    *(quiet(s, f"etags and guids of {p[6:]}", lambda w, p=p: _everywhere(w, p, etag='W/"1"', resourceGuid="2"))  # type: ignore[misc]
      for s, p in [("pls", PLS), ("internal", LBS), ("pls-az", VNETS)]),
    *(quiet(s, f"unknown fields in {p[6:]}", lambda w, p=p: _unknown(w, p))  # type: ignore[misc]
      for s, p in [("pls", PLS), ("internal", LBS), ("pls-az", LBS), ("pls-az", PLS), ("drift-01-drifted", VNETS), (BASE, PIPS)]),
    quiet("internal", "order of frontends, rules, probes and pools", lambda w: _reverse(
        w, LBS, "frontendIPConfigurations", "loadBalancingRules", "probes", "backendAddressPools", "backendIPConfigurations")),
    quiet("internal", "order of load balancers", lambda w: w.file(LBS).reverse()),
    quiet("pls", "order of PLS and of what is in them", each(
        lambda w: w.file(PLS).reverse(),
        lambda w: _reverse(w, PLS, "ipConfigurations", "fqdns", "subscriptions", "privateEndpointConnections"))),
    quiet("pls-az", "order of subnets and of their users", lambda w: _reverse(w, VNETS, "subnets", "ipConfigurations", "addressPrefixes")),
    quiet("lifecycle-06-shared-owner-deleted", "order of public IPs", lambda w: w.file(PIPS).reverse()),
    quiet("internal", "nulls in frontends", lambda w: _parts(w, "frontendIPConfigurations", lambda f: f.update(
        {"gatewayLoadBalancer": None, "inboundNatRules": None, "outboundRules": None} | {k: f.get(k) for k in ("publicIPAddress", "subnet")}))),
    quiet("internal", "nulls in probes and rules", each(
        lambda w: _parts(w, "probes", lambda p: p.setdefault("requestPath", None)),
        lambda w: _parts(w, "loadBalancingRules", lambda r: r.setdefault("probe", None)))),
    quiet("internal", "IPv4 is left out of frontends", lambda w: _parts(w, "frontendIPConfigurations", lambda f: f.pop(
        "privateIPAddressVersion") if f.get("privateIPAddressVersion") == "IPv4" else None)),
    quiet("internal", "zones and allocation of frontends", each(
        lambda w: _parts(w, "frontendIPConfigurations", lambda f: f.update(privateIPAllocationMethod="Static")),
        lambda w: _everywhere(w, LBS, zones=None))),
    quiet("internal", "unpinned frontend in another subnet", lambda w: props(w.frontend("payments/plain")).update(
        subnet={"id": f"{VNET}/subnets/snet-ilb"})),
    quiet("internal", "older and newer probe fields", lambda w: _parts(
        w, "probes", lambda p: p.update(numberOfProbes=1, noHealthyBackendsBehavior="AllProbedUp"))),
    quiet("internal", "case of probe protocols", lambda w: _parts(w, "probes", lambda p: p.update(protocol=p["protocol"].upper()))),
    quiet("internal", "case of a request path", lambda w: w.probe("web/app-protocol").update(requestPath="/READY")),
    quiet("internal", "case of rule names", lambda w: _renamed(w, "loadBalancingRules")),
    quiet("internal", "case of probe names", lambda w: _renamed(w, "probes")),
    quiet("shared-probe", "outbound SNAT", lambda w: _parts(w, "loadBalancingRules", lambda r: r.update(disableOutboundSnat=True))),
    quiet("shared-probe", "TCP reset of UDP rules", lambda w: _parts(
        w, "loadBalancingRules", lambda r: r.update(enableTcpReset=True) if r["protocol"] == "Udp" else None)),
    quiet(BASE, "tags on everything of a load balancer", lambda w: [lb.update(tags={"owner": "me"}) for lb in w.file(LBS)]),
    quiet("pls", "added tags", lambda w: [p["tags"].update({"cost-center": "7", "Env": ""}) for p in w.file(PLS)]),
    quiet("pls", "case and white space of tag values", lambda w: [p["tags"].update(
        {"k8s-azure-cluster-name": " Kubernetes ", "k8s-azure-owner-service": p["tags"]["k8s-azure-owner-service"].upper()}) for p in w.file(PLS)]),
    quiet("pls", "dynamic NAT addresses are told", _dynamic),
    quiet("pls", "names of NAT configurations", _nat_names),
    quiet("pls", "GUIDs in upper case, in another order, twice", lambda w: _subscriptions(w, lambda s: [x.upper() for x in [*s[::-1], *s]])),
    quiet("pls", "no proxy protocol", lambda w: [p.pop("enableProxyProtocol") for p in map(props, w.file(PLS)) if not p["enableProxyProtocol"]]),
    quiet(BASE, "nulls in PLS", lambda w: [props(p).update(visibility=None, autoApproval={"subscriptions": None}, fqdns=None,
                                                         enableProxyProtocol=None, privateEndpointConnections=None) for p in w.file(PLS)]),
    quiet("pls", "alias and network interfaces of PLS", lambda w: [props(p).update(alias="x.y", networkInterfaces=None) for p in w.file(PLS)]),
    quiet("pls", "letter case of a PLS name", lambda w: w.pls("pls-payments").update(name="PLS-Payments")),
    quiet(BASE, "load balancer of another cluster", _other_cluster),
    quiet(BASE, "unrelated load balancer in the node resource group", _unrelated_lb),
    quiet(BASE, "PLS on another cluster's load balancer", lambda w: _foreign_pls(
        w, "theirs", ELSEWHERE, {"k8s-azure-cluster-name": "kubernetes", "k8s-azure-owner-service": "data/pls-fqdns"},
        f"{ELSEWHERE}/loadBalancers/kubernetes-internal/frontendIPConfigurations/{DEAD}")),
    quiet(BASE, "PLS on an appliance", lambda w: _foreign_pls(
        w, "theirs", NODES, {}, f"{NODES}/loadBalancers/appliance/frontendIPConfigurations/front")),
    quiet(BASE, "PLS without frontend and without tags", lambda w: _foreign_pls(w, "theirs", NODES, {})),
    quiet(BASE, "unrelated network", _vnet),
    quiet("pls-az", "unrelated network", _vnet),
    quiet(BASE, "unrelated public IPs", each(lambda w: _pip(w, "mine", None), lambda w: _pip(w, "tagged", {"owner": "me"}))),
    quiet(BASE, "public IP of another cluster", lambda w: _pip(
        w, "theirs", {"k8s-azure-cluster-name": "other", "k8s-azure-service": "web/gone"})),
    quiet(BASE, "foreign frontend on the public load balancer", lambda w: w.lb("kubernetes")["frontendIPConfigurations"].append(
        {"name": "second-outbound", "id": f"{EXT}/frontendIPConfigurations/second-outbound", "properties": {}})),
    quiet(BASE, "foreign probe, foreign pool", lambda w: [
        w.lb()["probes"].append({"name": "p", "id": f"{INT}/probes/p", "properties": {"port": 1, "protocol": "Tcp"}}),
        w.lb()["backendAddressPools"].append({"name": "b", "id": f"{INT}/backendAddressPools/b", "properties": {}})]),
    quiet(BASE, "network interfaces are not recorded", lambda w: w.write("azure/networkInterfaces.json", None)),
    quiet("lifecycle-00-baseline", "private endpoints are not recorded", lambda w: w.write("azure/privateEndpoints.json", None)),
    quiet("internal", "security groups are not recorded", lambda w: w.write("azure/networkSecurityGroups.json", None)),
]  # fmt: skip

CLUSTER = [
    quiet("internal", "node churn", _node),
    quiet("internal", "scaled to zero", lambda w: [
        w.file(MACHINES).update(items=[]),
        *(props(p).update(backendIPConfigurations=[], loadBalancerBackendAddresses=[]) for lb in w.file(LBS) for p in props(lb)["backendAddressPools"])]),
    quiet("pls", "managed fields", lambda w: _all_services(w, _managed)),
    quiet("internal", "no ipMode", each(
        lambda w: _reverse(w, SERVICES, "ingress"), lambda w: [t.pop("ipMode", 0) for t in every(w.file(SERVICES))])),
    quiet("pls", "status conditions", lambda w: _all_services(w, lambda s: s["status"].update(conditions=[{"type": "Ready", "status": "False"}]))),
    quiet("pls-az", "resource versions", lambda w: _all_services(w, lambda s: s["metadata"].update(resourceVersion="777777", generation=9))),
    quiet("pls", "labels, selector, cluster IPs", lambda w: _all_services(w, lambda s: [
        s["metadata"].update(labels={"a": "b"}), s["spec"].update(selector={"a": "b"}, clusterIP="10.0.0.9", internalTrafficPolicy="Local")])),
    quiet("internal", "other annotations", lambda w: _all_services(w, lambda s: s["metadata"].setdefault("annotations", {}).update(
        {"kubectl.kubernetes.io/last-applied-configuration": "{", "example.com/azure-x": "1", "external-dns.alpha.kubernetes.io/hostname": "h"}))),
    quiet("internal", "order of Services, ports and ranges", lambda w: [
        w.file(SERVICES)["items"].reverse(), w.service("web/multi-port")["spec"]["ports"].reverse(),
        w.service("web/internal-source-ranges")["spec"]["loadBalancerSourceRanges"].reverse()]),
    quiet("errors-00-apply", "order of events", lambda w: w.file(EVENTS)["items"].reverse()),
    quiet("errors-00-apply", "other events", lambda w: w.event("data/ip-invalid", "UpdatedLoadBalancer", "2026-11-23T03:56:00Z")),
    quiet(BASE, "an old failure", lambda w: w.event("web/rule-added", "SyncLoadBalancerFailed", "2026-11-23T01:00:00Z")),
    quiet(BASE, "failure of another Service of that name", lambda w: w.event(
        "web/rule-added", "SyncLoadBalancerFailed", "2026-11-23T03:30:00Z",
        involvedObject={"kind": "Service", "namespace": "web", "name": "rule-added", "uid": "other"})),
    quiet(BASE, "nulls in Services", lambda w: _all_services(w, lambda s: s["spec"].update(
        {k: s["spec"].get(k) for k in ("loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges", "externalIPs", "sessionAffinityConfig")}))),
    quiet(BASE, "unrelated Services", lambda w: w.file(SERVICES)["items"].append(
        {"metadata": {"namespace": "web", "name": "plain", "uid": "u"}, "spec": {"type": "ClusterIP", "ports": [{"port": 80}]}, "status": {}})),
    quiet(BASE, "events are empty", lambda w: w.file(EVENTS).update(items=[])),
    quiet("internal", "owner reference, and not in Git", each(
        lambda w: w.meta("web/affinity", ownerReferences=[{"kind": "Gateway", "name": "g", "uid": "u", "apiVersion": "v1"}]),
        lambda w: w.write("git/main/web/affinity.yaml", None))),
    quiet("internal", "a Helm release, and not in Git", each(
        lambda w: w.in_cluster("web/affinity", "meta.helm.sh/release-name", "r"),
        lambda w: w.write("git/main/web/affinity.yaml", None))),
    quiet(BASE, "service list says ServiceList", lambda w: w.file(SERVICES).update(kind="ServiceList")),
]  # fmt: skip


CASES: list[Case] = [*AZURE, *CLUSTER]
