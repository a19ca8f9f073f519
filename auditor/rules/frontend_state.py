"""What is wrong with a Service's frontends: the rules about them, and those that they silence, ask here."""

from auditor.controller import grammar, keys, naming
from auditor.controller.estate import Spot
from auditor.controller.placement import Placement
from auditor.rules.facts import Facts
from auditor.rules.net_asked import not_a_name


def lb_missing(place: Placement, facts: Facts) -> bool:
    """No managed load balancer of the Service's kind exists."""
    return place.asked.internal not in facts.estate.kinds


def only_stray(place: Placement) -> bool:
    """All its frontends are on the load balancer of the other kind."""
    return bool(place.strays) and not place.spots


def astray(place: Placement, facts: Facts) -> bool:
    """Nothing below the load balancer can be judged for this Service."""
    return lb_missing(place, facts) or only_stray(place)


def unsure_owner(place: Placement, facts: Facts, *, v6: bool) -> bool:
    """A public Service may share a frontend by an address that was not read."""
    asks = place.asked.requested(v6=v6) or place.asked.annotations.get(keys.PIP_NAME)
    return not place.asked.internal and bool(asks) and facts.blind("publicIPAddresses")


def missing_families(place: Placement, facts: Facts) -> list[bool]:
    """The families (True for IPv6) for which no frontend belongs to the Service."""
    elsewhere = {spot.v6 for spot in place.strays}
    return [
        v6 for v6 in place.families
        if place.spot(v6=v6) is None and v6 not in elsewhere and not unsure_owner(place, facts, v6=v6)
    ]  # fmt: skip


def misnamed(place: Placement, *, v6: bool) -> Spot | None:
    """The Service's own frontend of a family, if its name (in any letter case) is not the expected one."""
    own = place.own.get(v6)
    if not own or not_a_name(place.asked.subnet):
        return None
    suffix = naming.V6_SUFFIX if v6 and place.dual else ""
    old = naming.old_frontend_name(place.base, place.asked.subnet) + suffix
    fine = {place.expected_name(v6=v6).lower(), old.lower()}
    return None if own[0].frontend.name.lower() in fine else own[0]


def duplicates(place: Placement) -> list[Spot]:
    """Frontends of its own that are one too many."""
    return [spot for own in place.own.values() for spot in own[1:]]


def drifted_ip(place: Placement) -> tuple[Spot, str] | None:
    """Its own frontend whose address is not the requested one, and that."""
    for v6 in place.families:
        wanted = grammar.ip_of(place.asked.requested(v6=v6), 6 if v6 else 4)
        own = place.own.get(v6)
        address = own[0].address if own else None
        if own and wanted is not None and address and grammar.ip(address) != wanted:
            return own[0], str(wanted)
    return None
