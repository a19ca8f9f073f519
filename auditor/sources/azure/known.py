"""How the cluster is set up: as the configuration says, else as AKS says, else as its nodes are called."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from auditor.config.settings import Azure, Controller
from auditor.model import ids
from auditor.model.azure import LoadBalancer
from auditor.model.service import Node
from auditor.model.snapshot import Facts
from auditor.sources.api_json.wire import Struct, decode
from auditor.sources.azure.clouds import cluster_id

MANAGED_SUBNET = "aks-subnet"
"""The subnet of nodes in a virtual network that AKS made itself (domain.md §4)."""
_POOL_TYPES = {"nodeip": "nodeIP", "nodeipconfiguration": "nodeIPConfiguration"}
_PROVIDER_ID = re.compile(r"azure://(/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/.+)", re.IGNORECASE)


class _AgentPool(Struct, rename="camel"):
    vnet_subnet_id: str | None = msgspec.field(default=None, name="vnetSubnetID")


class _LoadBalancerProfile(Struct, rename="camel"):
    backend_pool_type: str | None = None


class _NetworkProfile(Struct, rename="camel"):
    load_balancer_profile: _LoadBalancerProfile | None = None


class _Properties(Struct, rename="camel"):
    node_resource_group: str | None = None
    agent_pool_profiles: list[_AgentPool] | None = None
    network_profile: _NetworkProfile | None = None


class _ManagedCluster(Struct):
    location: str | None = None
    properties: _Properties | None = None


_MANAGED_CLUSTER = msgspec.json.Decoder(_ManagedCluster)


def given(settings: Azure, controller: Controller) -> Facts:
    """What the configuration says."""
    cluster = cluster_id(settings.cluster or "")
    facts = Facts() if controller.cluster_name is None else Facts(cluster_name=controller.cluster_name)
    return dataclasses.replace(
        facts,
        subscription_id=settings.subscription_id or (cluster.subscription if cluster else None),
        node_resource_group=settings.node_resource_group,
        virtual_network=controller.virtual_network,
        subnet=controller.subnet,
        pls_resource_group=controller.private_link_service_resource_group,
        backend_pool_type=controller.backend_pool_type,
        multiple_load_balancers=controller.multiple_load_balancers,
    )


def of_cluster(data: bytes) -> Facts:
    """What the JSON of a managed cluster says. Raises DecodeError.

    The load balancers of a cluster that has several are not part of it (only preview versions of the API list them),
    so they stay unknown.
    """
    cluster = decode(data, _MANAGED_CLUSTER)
    p = cluster.properties or _Properties()
    subnets = [one.vnet_subnet_id or "" for one in p.agent_pool_profiles or ()]
    profile = p.network_profile.load_balancer_profile if p.network_profile else None
    kind = (profile.backend_pool_type or "") if profile else ""
    return Facts(
        node_resource_group=p.node_resource_group,
        location=cluster.location,
        virtual_network=_only(subnet[: max(subnet.lower().rfind("/subnets/"), 0)] for subnet in subnets),
        # With several subnets of nodes the controller's default one is not known (domain.md §10, 5).
        subnet=ids.last(_only(subnets) or "") or None,
        backend_pool_type=_POOL_TYPES.get(kind.lower()),
    )


def has_own_network(data: bytes) -> bool:
    """True if AKS made the virtual network itself: no pool names a subnet. Raises DecodeError."""
    p = decode(data, _MANAGED_CLUSTER).properties or _Properties()
    pools = p.agent_pool_profiles or ()
    return bool(pools) and not any(one.vnet_subnet_id for one in pools)


def places(nodes: Iterable[Node]) -> dict[tuple[str, str], tuple[str, str]]:
    """Subscription and resource group of each node, by the same in lower case; none of one that says nothing of it."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for node in nodes:
        # A node that has not joined yet, or that runs elsewhere, says nothing.
        match = _PROVIDER_ID.fullmatch(getattr(node, "provider_id", None) or "")
        if match:
            found.setdefault((match[2].lower(), match[3].lower()), (match[2], match[3]))
    return found


def of_nodes(nodes: Iterable[Node]) -> Facts:
    """What the provider ids of the nodes say, where all agree: `azure:///subscriptions/…/resourceGroups/…`."""
    found = places(nodes)
    if len(found) != 1:
        return Facts()
    ((subscription, group),) = found.values()
    return Facts(subscription_id=subscription, node_resource_group=group)


def located(facts: Facts, nodes: Facts) -> Facts:
    """The facts, with the place that the nodes tell; but not where that is another subscription than is known."""
    known, told = facts.subscription_id, nodes.subscription_id
    if known and told and known.lower() != told.lower():
        return facts
    return merged(facts, nodes)


def spelled(facts: Facts, load_balancers: Iterable[LoadBalancer]) -> Facts:
    """The facts, with the node resource group as Azure writes it: the provider ids of nodes are in lower case."""
    group = facts.node_resource_group or ""
    written = (ids.group(one.id) for one in load_balancers)
    found = next((name for name in written if name.lower() == group.lower()), group)
    return dataclasses.replace(facts, node_resource_group=found)


def merged(first: Facts, second: Facts) -> Facts:
    """The first facts, what is absent there taken from the second."""
    absent: dict[str, Any] = {
        one.name: getattr(second, one.name) for one in dataclasses.fields(Facts) if getattr(first, one.name) is None
    }
    return dataclasses.replace(first, **absent)


def _only(values: Iterable[str]) -> str | None:
    """The one value that all have, in any letter case; None if one has none."""
    found = list(values)
    return found[0] if found and len({value.lower() for value in found}) == 1 and found[0] else None
