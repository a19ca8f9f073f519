"""Two clusters taken for one: the API server of one beside the resources of another, by a wrong context or a wrong id.

All of one cluster would be missing then, and all of the other orphaned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.controller.naming import BASE_LENGTH, base_name
from auditor.model.azure import LoadBalancer
from auditor.model.service import Live, Node
from auditor.model.snapshot import Facts, Gap
from auditor.sources.azure.known import places


def elsewhere(
    facts: Facts, nodes: Iterable[Node], load_balancers: Sequence[LoadBalancer] | None, services: Iterable[Live]
) -> tuple[Gap, ...]:
    """A gap for all of Azure if the nodes are in other resource groups than the one that was read; else nothing.

    Nor where a frontend there is of one of the Services: then it is the cluster's, wherever its nodes are.
    `load_balancers`: None if they were not read.
    """
    subscription, group = facts.subscription_id, facts.node_resource_group
    told = places(nodes)
    if load_balancers is None or not (subscription and group and told):
        return ()
    if (subscription.lower(), group.lower()) in told:
        return ()
    ours = {base_name(one.uid).lower() for one in services}
    if any(one.name[:BASE_LENGTH].lower() in ours for lb in load_balancers for one in lb.frontends):
        return ()
    there = ", ".join(f"/subscriptions/{one}/resourceGroups/{name}" for one, name in told.values())
    read = f"/subscriptions/{subscription}/resourceGroups/{group}"
    reason = (
        f"the nodes are in {there}, and none of the Services has a frontend in {read}: the context and the cluster in "
        "Azure are of two clusters; correct kubernetes.context, or azure.cluster and azure.nodeResourceGroup"
    )
    return (Gap(source="azure", scope=read, kind="resources", reason=reason),)
