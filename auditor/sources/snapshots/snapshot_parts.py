"""The parts of a snapshot directory: one table that reading and writing share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditor.sources.api_json import arm_json, kubernetes_json

PARTS = ("snapshot.yaml", "git", "rendered", "kubernetes", "azure")
"""Everything that a snapshot directory holds."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One file of a snapshot that holds a list."""

    field: str
    """Where it goes in a Snapshot."""
    source: str
    kind: str
    command: str
    """What makes the file."""
    decode: Callable[[bytes], tuple[Any, ...]]
    optional: bool = False
    """No gap if it is absent."""

    @property
    def file(self) -> str:
        """Its path in the snapshot."""
        return f"{self.source}/{self.kind}.json"


COLLECTIONS = (
    Collection(
        "services", "kubernetes", "services", "kubectl get services -A -o json", kubernetes_json.decode_services
    ),
    Collection("events", "kubernetes", "events", "kubectl get events -A -o json", kubernetes_json.decode_events),
    Collection("nodes", "kubernetes", "nodes", "kubectl get nodes -o json", kubernetes_json.decode_nodes),
    Collection(
        "load_balancers", "azure", "loadBalancers", "az network lb list -o json", arm_json.decode_load_balancers
    ),
    Collection(
        "private_link_services",
        "azure",
        "privateLinkServices",
        "az network private-link-service list -o json",
        arm_json.decode_private_link_services,
    ),
    Collection(
        "virtual_networks", "azure", "virtualNetworks", "az network vnet list -o json", arm_json.decode_virtual_networks
    ),
    Collection(
        "public_ips", "azure", "publicIPAddresses", "az network public-ip list -o json", arm_json.decode_public_ips
    ),
    Collection(
        "nic_addresses",
        "azure",
        "networkInterfaces",
        "az network nic list -o json",
        arm_json.decode_network_interfaces,
        optional=True,
    ),
)
