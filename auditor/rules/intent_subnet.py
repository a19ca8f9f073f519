"""Intent rules about subnets: does the wanted address exist there, and is it free?"""

import ipaddress
from collections.abc import Iterator

from auditor.controller import grammar, keys, naming
from auditor.controller.asked import nat_subnet
from auditor.controller.estate import Spot
from auditor.controller.grammar import IpAddress
from auditor.model import ids
from auditor.model.azure import PrivateLinkService, Subnet
from auditor.model.finding import Blind, Claim, Confidence
from auditor.model.service import Node
from auditor.rules.facts import Declaration, Facts
from auditor.rules.intent import parse_static, slots
from auditor.rules.net_asked import not_a_name, pinned
from auditor.rules.registry import rule
from auditor.rules.say import HIGH, IN_GIT, INTENT, annotate, declared

NETWORK = ("virtualNetworks",)


def _own_subnet(it: Declaration) -> str | None:
    """The internal-subnet annotation where it is a name."""
    return it.asked.subnet if not not_a_name(it.asked.subnet) else None


def _wanted(it: Declaration) -> Iterator[tuple[str, IpAddress, str | None]]:
    """Each wanted address with the annotation that wants it and the name of its subnet (None: the default one)."""
    asked = it.asked
    if asked.internal and not not_a_name(asked.subnet):
        for version, key in ((4, keys.IPV4), (6, keys.IPV6)):
            address = pinned(it, version)
            if address is not None:
                yield key if it.service.annotations.get(key) else "spec.loadBalancerIP", address, asked.subnet
    name = nat_subnet(asked)
    if asked.pls and not not_a_name(name):
        for address in parse_static(asked):
            yield keys.PLS_STATIC_IPS, address, name


def targets(it: Declaration, facts: Facts) -> Iterator[tuple[str, IpAddress, Subnet]]:
    """Each wanted address with the annotation that wants it and the subnet it must be in, where that is known."""
    for where, address, name in _wanted(it):
        subnet = facts.subnet_named(name)
        if subnet is not None:
            yield where, address, subnet


def _unseen(it: Declaration, facts: Facts) -> Blind | None:
    """Not judged: an address is wanted, and the cluster's virtual network was not read."""
    return Blind(str(it.key), "virtualNetworks") if any(_wanted(it)) and not facts.network_read else None


def holding(address: IpAddress, subnet: Subnet) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The prefix of a subnet that an address is in."""
    for prefix in subnet.prefixes:
        network = grammar.cidr(prefix)
        if network is not None and network.version == address.version and address in network:
            return network
    return None


RESERVED = 4
"""Addresses at the beginning of a subnet that Azure keeps."""


def is_reserved(address: IpAddress, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Azure keeps the first four addresses of a subnet and the last (domain.md §7)."""
    return int(address) - int(network.network_address) < RESERVED or address == network.broadcast_address


@rule("subnet-unknown", family=INTENT, severity=HIGH, per="declaration", needs=NETWORK)
def subnet_unknown(it: Declaration, facts: Facts) -> Claim | Blind | None:
    """A subnet annotation names no subnet of the cluster's virtual network.

    Why it matters: the controller cannot make the frontend, or the PLS.

    How to fix: correct the name, or create the subnet.

    When it is wrong: if the recorded virtual network is not the one the controller is configured with.
    """
    wanted = [(keys.INTERNAL_SUBNET, it.asked.subnet)]
    if it.asked.pls:
        wanted.append((keys.PLS_SUBNET, it.asked.pls.subnet))
    wanted = [(key, name) for key, name in wanted if name and not not_a_name(name)]
    if not wanted:
        return None
    if not facts.network_read:
        return Blind(str(it.key), "virtualNetworks")
    missing = [(key, name) for key, name in wanted if facts.subnet_named(name) is None]
    if not missing:
        return None
    key, name = missing[0]
    network = facts.cluster.virtual_network or ""
    return declared(
        it, f"There is no subnet {name} in {ids.last(network)}.", field=key, about=tuple(k for k, _ in missing),
        confidence=_confidence(facts, "virtual_network"), summary="write the name of a subnet that exists; " + IN_GIT,
        commands=(f"az network vnet show --ids {network} --query 'subnets[].name' -o tsv",),
    )  # fmt: skip


def _confidence(facts: Facts, *names: str) -> Confidence:
    return Confidence.MEDIUM if facts.cluster.inferred & set(names) else Confidence.HIGH


@rule("ip-not-in-subnet", family=INTENT, severity=HIGH, per="declaration", needs=NETWORK)
def ip_not_in_subnet(it: Declaration, facts: Facts) -> Claim | Blind | None:
    """A wanted address is in no prefix of the subnet it must be in.

    Why it matters: Azure refuses it. It is not enough to be in the virtual network.

    How to fix: choose an address of the subnet, or name the right subnet.

    When it is wrong: if the default subnet was inferred and is another one (confidence is medium then).
    """
    for where, address, subnet in targets(it, facts):
        if subnet.prefixes and holding(address, subnet) is None:
            prefixes = [p for p in subnet.prefixes if (":" in p) == (address.version == grammar.V6)]
            return declared(
                it, f"{address} is not in {subnet.name} ({', '.join(prefixes or subnet.prefixes)}).", field=where,
                value=str(address), confidence=_confidence(facts, "subnet", "virtual_network"),
                summary=f"choose an address of {subnet.name}; {IN_GIT}", commands=(_pin(it, where, address),),
            )  # fmt: skip
    return _unseen(it, facts)


@rule("ip-reserved", family=INTENT, severity=HIGH, per="declaration", needs=NETWORK)
def ip_reserved(it: Declaration, facts: Facts) -> Claim | Blind | None:
    """A wanted address is one that Azure keeps for itself.

    Why it matters: the first four addresses of a subnet and the last are Azure's; the controller is refused.

    How to fix: choose another address.

    When it is wrong: never for IPv4.
    """
    for where, address, subnet in targets(it, facts):
        network = holding(address, subnet)
        if network is not None and is_reserved(address, network):
            return declared(
                it, f"{address} is reserved by Azure in {network}.", field=where, value=str(address),
                summary="choose another address; " + IN_GIT, commands=(_pin(it, where, address),),
            )  # fmt: skip
    return _unseen(it, facts)


def _pin(it: Declaration, where: str, address: IpAddress) -> str:
    key = keys.ip_key(address.version)
    return annotate(it.key, where if where.startswith(keys.PREFIX) else key, "$FREE_ADDRESS")


@rule(
    "ip-taken", family=INTENT, severity=HIGH, per="declaration", needs=("services", "virtualNetworks", "loadBalancers")
)
def ip_taken(it: Declaration, facts: Facts) -> Claim | Blind | None:
    """A wanted address is held by something else.

    Why it matters: Azure refuses it; the Service waits, or stays on its old address.

    How to fix: choose another address, or free this one.

    When it is wrong: if the holder gave the address up after it was read.
    """
    unsure = _unseen(it, facts)
    for where, address, subnet in targets(it, facts):
        network = holding(address, subnet)
        if network is None or is_reserved(address, network):
            continue
        holder = _holder(it, facts, str(address), nat=where == keys.PLS_STATIC_IPS)
        if isinstance(holder, str):
            return declared(
                it, f"{address} is held by {ids.tail(holder)}.", field=where, value=str(address),
                summary="choose another address; " + IN_GIT, commands=(_pin(it, where, address),),
            )  # fmt: skip
        unsure = unsure or holder
    return unsure


def _holder(it: Declaration, facts: Facts, address: str, *, nat: bool) -> str | Blind | None:
    """Who holds an address that this Service can therefore not have: an ARM id or the name of a node."""
    held_by = facts.holders.get(address, ())
    for held in held_by:
        if isinstance(held, Node):
            return f"node {held.name}"
        if isinstance(held, PrivateLinkService):
            own = nat and _is_own_pls(it, facts, held)
        else:
            own = _may_have(it, facts, facts.estate.spots.get(held.id.lower()), address, nat=nat)
        if not own:  # whose it is, only the live Services tell
            return Blind(str(it.key), "services") if facts.blind("services") else held.id
    unread = next((kind for kind in ("nodes", "privateLinkServices") if facts.blind(kind)), None)
    return Blind(str(it.key), unread) if unread and not held_by else None


def _is_own_pls(it: Declaration, facts: Facts, pls: PrivateLinkService) -> bool:
    """True if the PLS is on the Service's own frontend (shared ones included)."""
    base = naming.base_name(it.live.uid) if it.live else None
    if any(ids.last(f)[:32] == base for f in pls.frontend_ids):
        return True
    return any(p.live.key == it.key for f in pls.frontend_ids for p in facts.users.get(f.lower(), ()))


def _may_have(it: Declaration, facts: Facts, spot: Spot | None, address: str, *, nat: bool) -> bool:
    """True if a frontend that has the address is the Service's own, one it may share, or one that Git settles."""
    if spot is None:
        return False
    base = naming.base_name(it.live.uid) if it.live else None
    if spot.base == base:
        return True
    if nat:
        return False
    others = [p for p in facts.users.get(spot.key, ()) if p.live.key != it.key]
    if others and any(_asks_for(facts, p.live.key, address) for p in others):
        return True
    return spot.internal and _room(it, facts, spot, base)


def _asks_for(facts: Facts, key: object, address: str) -> bool:
    return any(d.key == key for d in facts.address_claims.get(address, ()))


def _room(it: Declaration, facts: Facts, spot: Spot, base: str | None) -> bool:
    """True if no rule of anybody else on the frontend has one of the Service's ports."""
    wanted = slots(it.asked)
    for rule_ in facts.estate.rules_on.get(spot.key, ()):
        if base is not None and rule_.name.lower().startswith(base):
            continue
        if wanted is None or (rule_.protocol or "").lower() == "all":
            return False
        if ((rule_.protocol or "").upper(), rule_.frontend_port) in wanted:
            return False
    return True
