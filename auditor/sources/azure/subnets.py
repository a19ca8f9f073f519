"""What the load balancers and Private Link Services that were read lead to: networks, addresses, interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.azure import Frontend, LoadBalancer, PrivateLinkService
from auditor.sources.azure.lists import LOAD_BALANCERS, NETWORK, PRIVATE_LINK_SERVICES, SCALE_SETS, VIRTUAL_NETWORKS
from auditor.sources.gathered import Gathered

_NEARLY_FULL = 0.9
"""From here on the rule subnet-nearly-full speaks."""
_RESERVED = 5
_BITS = 32
_MOST = 64
"""More lists of interfaces than this are not asked for: the evidence is not worth it."""


def networks(gathered: Gathered) -> tuple[str, ...]:
    """Ids of the virtual networks of the frontends, and of the Private Link Services on them."""
    found = {subnet.lower().rpartition("/subnets/")[0]: subnet for subnet in _subnet_ids(gathered)}
    return tuple(full[: len(key)] for key, full in sorted(found.items()) if key)


def public_addresses(gathered: Gathered) -> tuple[str, ...]:
    """Ids of the public IP addresses of the frontends."""
    found = {f.public_ip_id.lower(): f.public_ip_id for f in _frontends(gathered) if f.public_ip_id}
    return tuple(found[key] for key in sorted(found))


def interface_lists(gathered: Gathered, node_group: str) -> tuple[tuple[str, str], ...]:
    """Paths and API versions of the lists of interfaces that have addresses in subnets that may be nearly full."""
    wanted = {subnet.lower() for subnet in _subnet_ids(gathered)}
    full = [
        subnet
        for network in gathered.found.get(VIRTUAL_NETWORKS.field, ())
        for subnet in network.subnets
        if subnet.id.lower() in wanted and _may_be_full(subnet.prefixes, subnet.ip_configuration_ids)
    ]
    if not full:
        return ()
    own = f"{node_group}/providers/Microsoft.Network/networkInterfaces".lower()
    found = {_interface_list(one) for subnet in full for one in subnet.ip_configuration_ids or ()} - {("", "")}
    return tuple(sorted({(own, NETWORK), *found}))[:_MOST]


def _may_be_full(prefixes: tuple[str, ...], entries: tuple[str, ...] | None) -> bool:
    lengths = [p.partition("/")[2] for p in prefixes if ":" not in p]
    room = sum(max(2 ** (_BITS - int(n)) - _RESERVED, 0) for n in lengths if n.isdigit() and int(n) <= _BITS)
    return bool(room) and len(entries or ()) >= _NEARLY_FULL * room


def _interface_list(entry: str) -> tuple[str, str]:
    """Where the interface of an IP configuration is listed: beside others of its group or of its scale set."""
    low = entry.lower()
    end = low.find("/networkinterfaces/")
    if end < 0:
        return "", ""
    machine = low.find("/virtualmachines/")
    if "/virtualmachinescalesets/" in low and machine >= 0:
        return f"{low[:machine]}/networkinterfaces", SCALE_SETS
    return f"{low[:end]}/networkinterfaces", NETWORK


def _subnet_ids(gathered: Gathered) -> Iterator[str]:
    frontends = list(_frontends(gathered))
    yield from (f.subnet_id for f in frontends if f.subnet_id)
    ours = {f.id.lower() for f in frontends}
    links: tuple[PrivateLinkService, ...] = gathered.found.get(PRIVATE_LINK_SERVICES.field, ())
    for link in links:
        # The subscription has those of other clusters too, whose networks are none of ours.
        if any(one.lower() in ours for one in link.frontend_ids):
            yield from (nat.subnet_id for nat in link.nat_ips if nat.subnet_id)


def _frontends(gathered: Gathered) -> Iterator[Frontend]:
    balancers: tuple[LoadBalancer, ...] = gathered.found.get(LOAD_BALANCERS.field, ())
    for balancer in balancers:
        yield from balancer.frontends
