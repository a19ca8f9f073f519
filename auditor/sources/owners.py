"""Whose things these are: what one side says of Services that another side has to be asked for."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.config.settings import Cluster
from auditor.controller import grammar, keys
from auditor.controller.estate import owner_of
from auditor.controller.naming import BASE_LENGTH, base_name, made_by_controller
from auditor.model.azure import LoadBalancer, PrivateLinkService
from auditor.model.service import Live, Service, ServiceKey
from auditor.model.snapshot import Facts


def tagged(private_link_services: Iterable[PrivateLinkService]) -> set[ServiceKey]:
    """The Services that own a Private Link Service, by its tag."""
    owners = (owner_of(one) for one in private_link_services)
    halves = (owner.partition("/") for owner in owners if owner and "/" in owner)
    return {ServiceKey(namespace, name) for namespace, _, name in halves if namespace and name and "/" not in name}


def link_service_groups(services: Iterable[Service]) -> set[str]:
    """The resource groups that Services want their Private Link Service in."""
    groups = {grammar.trim(one.annotations.get(keys.PLS_RESOURCE_GROUP, "")) for one in services}
    return groups - {""}


def public_ip_groups(services: Iterable[Service]) -> set[str]:
    """The resource groups in which Services have their public IP addresses."""
    groups = {grammar.trim(one.annotations.get(keys.RESOURCE_GROUP, "")) for one in services}
    return groups - {""}


def given(cluster: Cluster) -> Facts:
    """What the configuration says of the cluster, and no more."""
    controller, azure = cluster.controller, cluster.azure
    return Facts(
        subscription_id=azure.subscription_id,
        node_resource_group=azure.node_resource_group,
        cluster_name=controller.cluster_name or "kubernetes",
        virtual_network=controller.virtual_network,
        subnet=controller.subnet,
        pls_resource_group=controller.private_link_service_resource_group,
        backend_pool_type=controller.backend_pool_type,
        multiple_load_balancers=controller.multiple_load_balancers,
    )


def unknown(load_balancers: Iterable[LoadBalancer], services: Iterable[Live]) -> bool:
    """True if the controller made a frontend for a Service that is not among these."""
    ours = {base_name(one.uid) for one in services}
    return any(
        made_by_controller(one.name) and one.name[:BASE_LENGTH].lower() not in ours
        for lb in load_balancers
        for one in lb.frontends
    )
