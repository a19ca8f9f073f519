"""ARM resource ids: compared in any letter case, shown as Azure wrote them (domain.md §2.9)."""

from typing import NamedTuple

NETWORK = "/providers/microsoft.network/"


class ArmId(NamedTuple):
    """The segments of an ARM id, lower-cased; empty where the id has none."""

    subscription: str
    resource_group: str
    provider: str
    """`microsoft.network`"""
    path: str
    """What follows the provider: `loadbalancers/kubernetes/probes/x`"""

    def segment(self, kind: str) -> str:
        """The name after `kind` in the path, as in `segment("loadbalancers")`; empty if it is not there."""
        parts = self.path.split("/")
        for i in range(0, len(parts) - 1, 2):
            if parts[i] == kind:
                return parts[i + 1]
        return ""


def parse(resource_id: str) -> ArmId:
    """Split an ARM id. Never raises: what is not there is empty."""
    low = resource_id.lower()
    head, _, tail = low.rpartition("/providers/")
    provider, _, path = tail.partition("/")
    parts = head.split("/")
    found = {parts[i]: parts[i + 1] for i in range(1, len(parts) - 1, 2)}
    return ArmId(found.get("subscriptions", ""), found.get("resourcegroups", ""), provider if head else "", path)


def tail(resource_id: str) -> str:
    """The part after `/providers/Microsoft.Network/`, lower-cased; the id, lower-cased, if it has no such part."""
    low = resource_id.lower()
    return low.rpartition(NETWORK)[2]


def resource_type(resource_id: str) -> str:
    """`Microsoft.Network/loadBalancers/probes` of a Network id; `` if it is none."""
    _, found, path = resource_id.partition("/providers/")
    if not found:
        return ""
    parts = path.split("/")
    return "/".join([parts[0], *parts[1::2]])


def group(resource_id: str) -> str:
    """The resource group, in the letter case of the id, for commands that people paste; empty if the id has none."""
    parts = resource_id.split("/")
    low = [part.lower() for part in parts]
    return parts[low.index("resourcegroups") + 1] if "resourcegroups" in low[:-1] else ""


def last(resource_id: str) -> str:
    """The name of the resource: the last segment of its id."""
    return resource_id.rpartition("/")[2]
