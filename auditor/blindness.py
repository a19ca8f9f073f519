"""What could not be seen, sorted by the collection that is incomplete: from it follows what may not be judged.

A gap of a recording may be worded by anybody, so a kind that we do not know counts for everything of its source.
"""

from collections import defaultdict
from collections.abc import Mapping

from auditor.model.snapshot import Gap, Snapshot

KINDS: Mapping[str, tuple[str, ...]] = {
    "git": ("manifests",),
    "kubernetes": ("services", "events", "nodes"),
    "azure": ("loadBalancers", "privateLinkServices", "virtualNetworks", "publicIPAddresses"),
}
COLLECTIONS: Mapping[str, str] = {
    "manifests": "declared", "services": "services", "events": "events", "nodes": "nodes",
    "loadBalancers": "load_balancers", "privateLinkServices": "private_link_services",
    "virtualNetworks": "virtual_networks", "publicIPAddresses": "public_ips",
}  # fmt: skip
"""Kind to the snapshot's field."""
OWN = "auditor"
"""The source of gaps that are rules which failed: those are listed one by one."""
SPARE = frozenset(
    {"networkinterfaces", "networksecuritygroups", "privateendpoints", "declarations", "clock", "managedcluster"}
)
"""Kinds that no rule needs: a gap there leaves the report incomplete, and every rule as sure as before."""
WHOLE = frozenset({"resources", "everything"})
"""Kinds that stand for all of a source, whatever its scope is called."""
ALL_OR_NOTHING = frozenset({"loadBalancers", "events"})
"""Collections of which a part is worth nothing: what is missing may be what decides."""


def by_kind(snapshot: Snapshot) -> dict[str, list[Gap]]:
    """The gaps, by the kind of collection that they leave incomplete."""
    found: dict[str, list[Gap]] = defaultdict(list)
    for gap in snapshot.gaps:
        for kind in _kinds(gap):
            if _concerns(gap, kind, snapshot):
                found[kind].append(gap)
    for kind, attribute in COLLECTIONS.items():
        if getattr(snapshot, attribute) is None and not found[kind]:
            source = next(s for s, kinds in KINDS.items() if kind in kinds)
            found[kind].append(Gap(source=source, scope="*", kind=kind, reason="was not read"))
    return {kind: gaps for kind, gaps in found.items() if gaps}


def _kinds(gap: Gap) -> tuple[str, ...]:
    source, word = gap.source.strip().lower(), gap.kind.strip().lower()
    known = KINDS.get(source, () if source == OWN else tuple(k for kinds in KINDS.values() for k in kinds))
    if word in SPARE:
        return ()
    if word in WHOLE:
        return known
    named = tuple(k for k in known if k.lower() == word) or tuple(
        k for k in known if k.lower().rstrip("s") in f"{word} {gap.scope.lower()}"
    )
    return named or known


def _concerns(gap: Gap, kind: str, snapshot: Snapshot) -> bool:
    """Load balancers count in the node resource group only; other networks than the cluster's do not count."""
    scope, group = gap.scope.lower(), (snapshot.facts.node_resource_group or "").lower()
    if kind == "loadBalancers" and group and "/resourcegroups/" in scope:
        return f"/resourcegroups/{group}" in scope
    network = (snapshot.facts.virtual_network or "").lower()
    if kind == "virtualNetworks" and network and "/virtualnetworks/" in scope:
        return network.startswith(scope) or scope.startswith(network)
    return True


def unusable(snapshot: Snapshot, gaps: Mapping[str, list[Gap]]) -> dict[str, Gap]:
    """Kinds of which nothing may be judged, each with the gap that is to blame."""
    return {
        kind: found[0] for kind, found in gaps.items()
        if found and (getattr(snapshot, COLLECTIONS[kind]) is None or kind in ALL_OR_NOTHING)
    }  # fmt: skip
