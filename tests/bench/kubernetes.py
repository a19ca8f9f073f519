"""The Kubernetes side of the big recording: objects as the API server answers them, managedFields and all."""

from typing import Any

from auditor.controller.keys import PREFIX
from tests.bench.made import Made

CREATED = "2026-10-01T08:00:00Z"


def service(one: Made) -> dict[str, Any]:
    """The live Service of the API: about 3.7 kB, most of it managedFields."""
    labels = {
        "app.kubernetes.io/name": one.name,
        "app.kubernetes.io/part-of": "shop",
        "kustomize.toolkit.fluxcd.io/name": "apps",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    }
    ports = [dict(port) for port in one.ports]
    selector = {"app.kubernetes.io/name": one.name}
    owned = {
        "f:metadata": {
            "f:annotations": {f"f:{key}": {} for key in one.live_annotations},
            "f:labels": {f"f:{key}": {} for key in labels},
        },
        "f:spec": {
            "f:ports": {
                f'k:{{"port":{p["port"]},"protocol":"TCP"}}': {".": {}} | {f"f:{key}": {} for key in p} for p in ports
            },
            "f:selector": {f"f:{key}": {} for key in selector},
            "f:type": {},
            "f:externalTrafficPolicy": {},
            "f:internalTrafficPolicy": {},
            "f:sessionAffinity": {},
            "f:allocateLoadBalancerNodePorts": {},
        },
    }
    status: dict[str, Any] = {
        "f:metadata": {"f:finalizers": {".": {}, 'v:"service.kubernetes.io/load-balancer-cleanup"': {}}},
        "f:status": {"f:loadBalancer": {"f:ingress": {}}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "annotations": one.live_annotations,
            "creationTimestamp": CREATED,
            "labels": labels,
            "finalizers": ["service.kubernetes.io/load-balancer-cleanup"],
            "name": one.name,
            "namespace": one.namespace,
            "resourceVersion": str(700000 + one.index),
            "uid": one.uid,
            "managedFields": [
                _write("kubectl-annotate", "Update", {"f:metadata": owned["f:metadata"]}),
                _write("kustomize-controller", "Apply", owned),
                _write("argocd-controller", "Update", owned),
                _write("cloud-controller-manager", "Update", status) | {"subresource": "status"},
            ],
        },
        "spec": {
            "allocateLoadBalancerNodePorts": True,
            "clusterIP": f"172.16.{one.index // 250 % 250}.{one.index % 250}",
            "clusterIPs": [f"172.16.{one.index // 250 % 250}.{one.index % 250}"],
            "externalTrafficPolicy": "Cluster",
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": ports,
            "selector": selector,
            "sessionAffinity": "None",
            "type": "LoadBalancer",
        },
        "status": {"loadBalancer": {"ingress": [{"ip": one.ip, "ipMode": "VIP"}]}},
    }


def _write(manager: str, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": manager,
        "operation": operation,
        "time": CREATED,
    }


def event(one: Made) -> dict[str, Any]:
    """An Event about a Service: it went well."""
    about = {"apiVersion": "v1", "kind": "Service", "name": one.name, "namespace": one.namespace, "uid": one.uid}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "count": 3,
        "eventTime": None,
        "firstTimestamp": CREATED,
        "lastTimestamp": CREATED,
        "involvedObject": about,
        "message": "Ensured load balancer",
        "reason": "EnsuredLoadBalancer",
        "type": "Normal",
        "metadata": {
            "creationTimestamp": CREATED,
            "name": f"{one.name}.18ea8d10ae5c0a1d",
            "namespace": one.namespace,
            "resourceVersion": str(900000 + one.index),
            "uid": one.uid,
        },
        "reportingComponent": "service-controller",
        "reportingInstance": "",
        "source": {"component": "service-controller"},
    }


def node(number: int) -> dict[str, Any]:
    """A Node."""
    name = f"aks-pool-12345678-vmss{number:06}"
    labels = {
        "agentpool": "pool",
        "kubernetes.azure.com/mode": "user",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    addresses = [{"address": f"10.0.0.{10 + number}", "type": "InternalIP"}, {"address": name, "type": "Hostname"}]
    images = [
        {"names": [f"registry.example/{PREFIX}image-{i}@sha256:{'0' * 64}"], "sizeBytes": 10**8} for i in range(50)
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "creationTimestamp": CREATED},
        "spec": {},
        "status": {"addresses": addresses, "images": images},
    }
