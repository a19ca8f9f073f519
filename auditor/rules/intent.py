"""Intent rules: all declared Services of a cluster together, what they want that only one can have."""

from collections.abc import Iterator

from auditor.controller import estate, grammar, keys
from auditor.controller.asked import Asked
from auditor.model.finding import Claim
from auditor.rules.facts import Declaration, Facts
from auditor.rules.net_asked import pinned
from auditor.rules.registry import rule
from auditor.rules.say import CRITICAL, HIGH, IN_GIT, INTENT, MEDIUM, annotate, declared


def slots(asked: Asked) -> set[tuple[str, int]] | None:
    """Protocol and port of each rule; None = all of them (high-availability ports)."""
    if asked.ha_ports and asked.internal:
        return None
    return {(p.protocol, p.port) for p in asked.ports if not asked.flag(p.port, "no_lb_rule")}


def overlap(one: Asked, other: Asked) -> bool:
    """True if the two cannot share a frontend."""
    left, right = slots(one), slots(other)
    if left is None or right is None:
        return left is None or bool(left) if right is None else bool(right)
    return bool(left & right)


def _rivals(facts: Facts, it: Declaration) -> Iterator[tuple[str, Declaration]]:
    for version in (4, 6):
        address = pinned(it, version)
        if address is None:
            continue
        claims = facts.address_claims.get(str(address), ())
        if it in claims:  # not while it is being deleted, nor for a family that it does not have
            yield from ((str(address), other) for other in claims if other is not it)


@rule("ip-port-claimed-twice", family=INTENT, severity=HIGH, per="declaration")
def ip_port_claimed_twice(it: Declaration, facts: Facts) -> Claim | None:
    """Two Services ask for the same address with the same protocol and port.

    Why it matters: the second one is refused, and which one that is depends on who came first.

    How to fix: give one of them another address or port.

    When it is wrong: never while both are declared for this cluster.
    """
    for address, other in _rivals(facts, it):
        if other.asked.internal == it.asked.internal and overlap(it.asked, other.asked):
            return _clash(it, f"{address} is asked for by {other.key} too, with a port in common.", address)
    return None


@rule("ip-shared-incompatibly", family=INTENT, severity=MEDIUM, per="declaration")
def ip_shared_incompatibly(it: Declaration, facts: Facts) -> Claim | None:
    """Two Services ask for one address in ways that cannot be one frontend.

    Why it matters: one is internal and the other public, or they name different subnets; one of them cannot have it.

    How to fix: make them alike, or give one of them another address.

    When it is wrong: never.
    """
    for address, other in _rivals(facts, it):
        if other.asked.internal != it.asked.internal:
            return _clash(it, f"{address} is asked for by {other.key} too, which is not of the same kind.", address)
        if (other.asked.subnet or "").lower() != (it.asked.subnet or "").lower():
            return _clash(it, f"{address} is asked for by {other.key} too, with another subnet.", address)
    return None


def _clash(it: Declaration, message: str, address: str) -> Claim:
    key = keys.IPV6 if ":" in address else keys.IPV4
    return declared(
        it, message, field=key if it.service.annotations.get(key) else "spec.loadBalancerIP", value=address,
        summary="give one of the two another address; " + IN_GIT, commands=(annotate(it.key, key, "$FREE_ADDRESS"),),
    )  # fmt: skip


def _share_a_frontend(facts: Facts, one: Declaration, other: Declaration) -> bool:
    here, there = pinned(one, 4), pinned(other, 4)
    if one.asked.internal == other.asked.internal and here is not None and here == there:
        return True
    places = facts.placements.get(one.key), facts.placements.get(other.key)
    spots = [place.spot(v6=False) if place else None for place in places]
    return spots[0] is not None and spots[0] is spots[1]


@rule("pls-name-claimed-twice", family=INTENT, severity=CRITICAL, per="declaration")
def pls_name_claimed_twice(it: Declaration, facts: Facts) -> Claim | None:
    """Two Services that do not share a frontend give their PLS the same name in the same resource group.

    Why it matters: the later one takes the PLS over, and the first one's consumers reach the wrong Service.

    How to fix: give each its own name.

    When it is wrong: releases after September 2026 refuse the second one instead.
    """
    pls = it.asked.pls
    if not pls or not pls.name:
        return None
    claims = facts.pls_names.get((facts.pls_group(it.asked), pls.name.lower()), ())
    if it not in claims:
        return None  # it is being deleted
    for other in claims:
        if other is not it and not _share_a_frontend(facts, it, other):
            return declared(
                it, f"{other.key} gives its Private Link Service the same name: the later one steals it.",
                field=keys.PLS_NAME, summary="give each its own name; " + IN_GIT,
                commands=(annotate(it.key, keys.PLS_NAME, f"{pls.name}-{it.key.name}"),),
            )  # fmt: skip
    return None


@rule("pls-customised-by-sharer", family=INTENT, severity=HIGH, per="declaration",
      needs=("services", "loadBalancers", "privateLinkServices"))  # fmt: skip
def pls_customised_by_sharer(it: Declaration, facts: Facts) -> Claim | None:
    """A Service customises a PLS that belongs to another Service of its frontend.

    Why it matters: the controller refuses the Service: only the owner may customise a shared PLS.

    How to fix: remove the PLS annotations except `azure-pls-create`, or move them to the owner.

    When it is wrong: never.
    """
    place = facts.placements.get(it.key)
    if not it.asked.pls or place is None:
        return None
    pls = facts.attached(place)
    if pls is None or not estate.tagged_ours(pls, facts.cluster.cluster_name):
        return None
    owner = estate.owner_of(pls)
    spot = place.spot(v6=False)
    people = facts.users.get(spot.key, ()) if spot else ()
    found = [k for k in keys.CUSTOMISING if k in it.service.annotations]
    if not found or owner == place.label or not any(p.label == owner for p in people):
        return None
    return declared(
        it, f"The Private Link Service of this frontend belongs to {owner}; only that Service may customise it.",
        field=found[0], about=tuple(found), summary="remove these annotations, or move them to the owner; " + IN_GIT,
        commands=tuple(annotate(it.key, k, None) for k in found),
    )  # fmt: skip


def parse_static(asked: Asked) -> list[grammar.IpAddress]:
    """The static NAT addresses that parse."""
    return [a for t in (asked.pls.static_ips if asked.pls else ()) if (a := grammar.ip_of(t, 4)) is not None]
