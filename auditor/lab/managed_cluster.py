"""The AKS cluster of a recording, made up from its facts: what ARM would tell of it.

A fact that was only concluded is not told, since a live audit would take it for certain.
"""

from __future__ import annotations

import re
from typing import Any

from auditor.lab.recorded import Recorded

NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def cluster_id(recorded: Recorded) -> str:
    """Its resource id."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", recorded.cluster).strip("-") or "cluster"
    subscription = recorded.facts.subscription_id or NO_SUBSCRIPTION
    group = f"/subscriptions/{subscription}/resourceGroups/rg-{name}"
    return f"{group}/providers/Microsoft.ContainerService/managedClusters/{name}"


def managed_cluster(recorded: Recorded) -> dict[str, Any]:
    """Its document."""
    given, found = recorded.given, cluster_id(recorded)
    pool: dict[str, Any] = {"name": "nodepool1", "mode": "System", "type": "VirtualMachineScaleSets", "count": 3}
    if given.virtual_network and given.subnet:
        pool["vnetSubnetID"] = f"{given.virtual_network}/subnets/{given.subnet}"
    profile: dict[str, Any] = {}
    if given.backend_pool_type:
        # ARM begins the value with a capital, the controller does not.
        profile["backendPoolType"] = given.backend_pool_type[0].upper() + given.backend_pool_type[1:]
    return {
        "id": found,
        "name": found.rpartition("/")[2],
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": recorded.facts.location or "westeurope",
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "kubernetesVersion": "1.33",
            "nodeResourceGroup": recorded.facts.node_resource_group,
            "agentPoolProfiles": [pool],
            "networkProfile": {
                "networkPlugin": "azure",
                "loadBalancerSku": "standard",
                "loadBalancerProfile": profile,
            },
        },
    }
