"""Azure rules about backend pools: do the nodes get the traffic?"""

from collections.abc import Iterator

from auditor.controller import naming
from auditor.model import ids
from auditor.model.azure import LoadBalancer, Pool
from auditor.model.finding import Blind, Claim
from auditor.model.service import Node, ServiceKey
from auditor.rules.facts import Facts
from auditor.rules.registry import LBS, rule
from auditor.rules.say import AZURE, CRITICAL

EXCLUDED = (
    "node.kubernetes.io/exclude-from-external-load-balancers",
    "alpha.service-controller.kubernetes.io/exclude-balancer",
)
MANAGED = "kubernetes.azure.com/managed"
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def eligible(node: Node) -> bool:
    """True if the controller puts the node into backend pools (domain.md §4.5)."""
    labels = node.labels
    if any(label in labels for label in (*EXCLUDED, *CONTROL_PLANE)):
        return False
    return labels.get(MANAGED, "").lower() != "false"


def _expected_pools(facts: Facts) -> dict[tuple[str, str], tuple[LoadBalancer, str, ServiceKey | None]]:
    """Every pool that a live Service's frontend forwards to; with the Service where the pool is its own."""
    several = facts.cluster.multiple_load_balancers
    found: dict[tuple[str, str], tuple[LoadBalancer, str, ServiceKey | None]] = {}
    for place in facts.placements.values():
        if place.live.deleted_at:
            continue
        if place.asked.local and not several and facts.more_than_a_pair:
            continue
        for spot in place.spots:
            v6 = place.family_of(spot)
            own = place.live.key if place.asked.local and several else None
            name = (
                naming.local_pool_name(own.namespace, own.name, v6=v6) if own
                else naming.pool_name(facts.cluster.cluster_name, v6=v6)
            )  # fmt: skip
            found.setdefault((spot.lb.id.lower(), name.lower()), (spot.lb, name, own))
    return found


def _members(facts: Facts, pool: Pool) -> int:
    """How many backends a pool has, by the list that counts for the cluster's type of pools (domain.md §4.5)."""
    kind = (facts.cluster.backend_pool_type or "").lower()
    if kind == "nodeip":
        return pool.by_address
    return pool.by_nic if kind == "nodeipconfiguration" else max(pool.by_nic, pool.by_address)


@rule("backend-pool-empty", family=AZURE, severity=CRITICAL, per="estate", subject="resource", needs=(*LBS, "nodes"))
def backend_pool_empty(facts: Facts) -> Iterator[Claim | Blind]:
    """A backend pool that Services forward to has no members, though there are nodes.

    Why it matters: every Service of the load balancer is down.

    How to fix: touch any Service of it; the controller joins the nodes again.

    When it is wrong: with no eligible node (scale to zero) it is not reported.
    """
    nodes = any(eligible(node) for node in facts.snapshot.nodes or ())
    if not nodes and not facts.blind("nodes"):
        return
    for lb, name, own in _expected_pools(facts).values():
        pool = next((p for p in lb.pools if p.name.lower() == name.lower()), None)
        if pool is not None and _members(facts, pool) > 0:
            continue
        if not nodes:
            yield Blind(ids.tail(f"{lb.id}/backendAddressPools/{name}"), "nodes")
        else:
            yield Claim(
                message=f"The backend pool {name} of {lb.name} has no members: nothing behind it gets traffic.",
                service=own, resource=pool.id if pool else f"{lb.id}/backendAddressPools/{name}",
                values={"expected": "the eligible nodes", "azure": 0},
                summary="touch a Service of this load balancer: the controller joins the nodes again",
                commands=(f"az network lb address-pool list --lb-name {lb.name} -g {ids.group(lb.id)} -o table",),
            )  # fmt: skip
