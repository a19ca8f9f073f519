"""Facts that nobody gave, concluded from load balancers and their frontends.

Only what the objects leave no doubt about: a tie concludes nothing, and each conclusion is named in `Facts.inferred`.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from auditor.controller.naming import BASE_LENGTH, base_name
from auditor.model import ids
from auditor.model.azure import Frontend, LoadBalancer
from auditor.model.service import Live
from auditor.model.snapshot import Facts

_BASE_NAME = re.compile(r"a[0-9a-f]{31}")
"""The frontend of a Service that names no subnet: it lies in the controller's default one (domain.md §2.1, §2.3)."""


def complete(facts: Facts, load_balancers: Sequence[LoadBalancer], services: Iterable[Live]) -> Facts:
    """The facts, those that are absent filled in where that is safe."""
    managed = _managed(facts, load_balancers, services)
    frontends = [one for lb in managed for one in lb.frontends if one.subnet_id]
    found: dict[str, Any] = {
        "subscription_id": _most_common(_segment(lb.id, "subscriptions") for lb in managed),
        "node_resource_group": _most_common(_segment(lb.id, "resourcegroups") for lb in managed),
        "virtual_network": _most_common(_network(one.subnet_id or "") for one in frontends),
        "subnet": _default_subnet(frontends),
    }
    concluded = {name: value for name, value in found.items() if value and getattr(facts, name) is None}
    if not concluded:
        return facts
    return dataclasses.replace(facts, inferred=facts.inferred | concluded.keys(), **concluded)


def _managed(facts: Facts, load_balancers: Sequence[LoadBalancer], services: Iterable[Live]) -> list[LoadBalancer]:
    """The controller's load balancers: those of its name, else all, in the resource group that is the cluster's."""
    group = (facts.node_resource_group or "").lower()
    here = [lb for lb in load_balancers if not group or ids.parse(lb.id).resource_group == group]
    names = {facts.cluster_name.lower(), f"{facts.cluster_name}-internal".lower()}
    here = [lb for lb in here if lb.name.lower() in names] or here
    groups = {ids.parse(lb.id).resource_group for lb in here}
    if len(groups) > 1:
        # All AKS clusters name their load balancers alike: which are ours, the frontends tell.
        ours = {base_name(one.uid) for one in services}
        busy = _most_common(
            ids.parse(lb.id).resource_group for lb in here for one in lb.frontends if one.name[:BASE_LENGTH] in ours
        )
        groups = {busy or _most_common(ids.parse(lb.id).resource_group for lb in here) or ""}
    return [lb for lb in here if ids.parse(lb.id).resource_group in groups]


def _default_subnet(frontends: list[Frontend]) -> str | None:
    """The subnet of more than half of the frontends that have no subnet in their name."""
    subnets = [one.subnet_id or "" for one in frontends if _BASE_NAME.fullmatch(one.name)]
    best = _most_common(subnets)
    if best is None or 2 * sum(one.lower() == best.lower() for one in subnets) <= len(subnets):
        return None
    return ids.last(best)


def _network(subnet_id: str) -> str:
    """The virtual network of a subnet, in any letter case of the id."""
    end = subnet_id.lower().rfind("/subnets/")
    return subnet_id[:end] if end >= 0 else ""


def _segment(resource_id: str, kind: str) -> str:
    """The segment after `kind`, as Azure wrote it."""
    parts = resource_id.split("/")
    low = [part.lower() for part in parts]
    return parts[low.index(kind) + 1] if kind in low[:-1] else ""


def _most_common(values: Iterable[str]) -> str | None:
    """The most frequent value in any letter case, as it was first written; None if two are as frequent."""
    written: dict[str, str] = {}
    count: Counter[str] = Counter()
    for value in values:
        if value:
            written.setdefault(value.lower(), value)
            count[value.lower()] += 1
    best = count.most_common(2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return written[best[0][0]]
