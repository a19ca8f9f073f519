"""Whose things these are: what one side says of Services that another side has to be asked for."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.config.settings import Cluster
from auditor.controller import grammar, keys
from auditor.controller.estate import owner_of
from auditor.controller.naming import BASE_LENGTH, base_name, made_by_controller
from auditor.model import ids
from auditor.model.azure import LoadBalancer, PrivateLinkService, PublicIp
from auditor.model.service import Live, Service, ServiceKey
from auditor.model.snapshot import Facts

SERVICE_TAG, OLD_SERVICE_TAG = "k8s-azure-service", "service"
"""Whom the controller made a public address for."""


def tagged(private_link_services: Iterable[PrivateLinkService]) -> set[ServiceKey]:
    """The Services that own a Private Link Service, by its tag."""
    owners = (owner_of(one) for one in private_link_services)
    halves = (owner.partition("/") for owner in owners if owner and "/" in owner)
    return {ServiceKey(namespace, name) for namespace, _, name in halves if namespace and name and "/" not in name}


def link_service_groups(services: Iterable[Service], facts: Facts) -> set[str]:
    """The resource groups that Services want their Private Link Service in."""
    default = facts.pls_resource_group or facts.node_resource_group or ""
    groups = {
        grammar.trim(one.annotations.get(keys.PLS_RESOURCE_GROUP, ""))
        or (default if grammar.trim_fold_true(one.annotations.get(keys.PLS_CREATE)) else "")
        for one in services
    }
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


def strangers(
    services: Iterable[Live],
    *,
    load_balancers: Iterable[LoadBalancer],
    links: Iterable[PrivateLinkService],
    public_ips: Iterable[PublicIp],
    group: str,
) -> set[str]:
    """The Services for which the controller made something, and that are not among these.

    By base name, or by `namespace/name` where a public address says that. `group` is the node resource group: what
    Private Link Services of others hang on is not ours.
    """
    held = [one for one in services if one.in_scope or one.held]
    named = {base_name(one.uid).lower() for one in held}
    labels = {f"{one.namespace}/{one.name}".lower() for one in held}
    ours = f"/resourcegroups/{group.lower()}/"
    names = [
        name
        for lb in load_balancers
        for name in (
            *(one.name for one in lb.frontends),
            *(one.name for one in lb.rules),
            *(one.name for one in lb.probes),
        )
    ]
    names += [ids.last(one) for link in links for one in link.frontend_ids if ours in one.lower()]
    bases = {name[:BASE_LENGTH].lower() for name in names if made_by_controller(name)}
    users = [set(one.tags.get(SERVICE_TAG, one.tags.get(OLD_SERVICE_TAG, "")).lower().split(",")) for one in public_ips]
    gone = {name.strip() for of_one in users for name in of_one if not labels & {one.strip() for one in of_one}}
    return (bases - named) | (gone - {""})
