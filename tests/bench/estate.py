"""A big recording: N Services in Git, in the cluster and in Azure, shaped as the three sides really print them.

Run as `python -m tests.bench.estate DIR N`, in a process of its own so that the one that measures stays small. Almost
everything is as the controller makes it; one Service in a hundred has drifted, in one of `made.DRIFTS` ways in turn.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.bench.azure import GROUP, MANY_NODES, VNET, load_balancers, private_link_service, virtual_networks
from tests.bench.kubernetes import event, node, service
from tests.bench.made import SUBSCRIPTION, Made, make


def manifest(one: Made) -> str:
    """Its file in Git."""
    lines = ["apiVersion: v1", "kind: Service", "metadata:", f"  name: {one.name}", f"  namespace: {one.namespace}"]
    lines += ["  labels:", f"    app.kubernetes.io/name: {one.name}", "    app.kubernetes.io/part-of: shop"]
    lines += ["  annotations:", *(f'    {key}: "{value}"' for key, value in one.annotations.items())]
    lines += ["spec:", "  type: LoadBalancer", "  selector:", f"    app.kubernetes.io/name: {one.name}", "  ports:"]
    for port in one.ports:
        lines += [f"    - name: {port['name']}", f"      port: {port['port']}"]
        lines += [f"      targetPort: {port['targetPort']}", f"      protocol: {port['protocol']}"]
        lines += [f"      appProtocol: {port['appProtocol']}"] if "appProtocol" in port else []
    return "\n".join(lines) + "\n"


def write(directory: Path, number: int) -> None:
    """Make a snapshot directory of `number` Services."""
    all_of_them = [make(i) for i in range(number)]
    for one in all_of_them:
        if one.in_git:
            path = directory / "git" / "main" / one.namespace / f"{one.name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(manifest(one))
    documents: dict[str, Any] = {
        "kubernetes/services": _listed(service(one) for one in all_of_them),
        "kubernetes/events": _listed(event(one) for one in all_of_them if one.index % 5 == 0),
        "kubernetes/nodes": _listed(node(i) for i in range(MANY_NODES)),
        "azure/loadBalancers": load_balancers(all_of_them),
        "azure/privateLinkServices": [private_link_service(one) for one in all_of_them if one.pls],
        "azure/virtualNetworks": virtual_networks(all_of_them),
        "azure/publicIPAddresses": [],
    }
    for name, document in documents.items():
        path = directory / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document, separators=(",", ":")))
    facts = {
        "schema": "aks-auditor/snapshot-v1",
        "cluster": "bench",
        "capturedAt": "2026-11-22T10:50:00Z",
        "azure": {"subscriptionId": SUBSCRIPTION, "nodeResourceGroup": GROUP, "location": "westeurope"},
        "controller": {
            "clusterName": "kubernetes",
            "virtualNetwork": VNET,
            "subnet": "snet-nodes",
            "backendPoolType": "nodeIPConfiguration",
            "multipleLoadBalancers": [],
        },
        "git": [{"name": "main", "path": "git/main", "commit": "3f2c1aa" + "0" * 33}],
    }
    (directory / "snapshot.yaml").write_text(json.dumps(facts))


def _listed(items: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(items)}


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
