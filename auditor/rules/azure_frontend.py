"""Azure rules about the load balancer and the frontends of a Service: is the address where it should be?"""

from collections.abc import Iterator

from auditor.controller import grammar, keys, naming
from auditor.controller.placement import Placement
from auditor.model import ids
from auditor.model.finding import Blind, Claim
from auditor.rules.facts import Facts
from auditor.rules.frontend_state import (
    astray,
    drifted_ip,
    duplicates,
    lb_missing,
    misnamed,
    missing_families,
    only_stray,
    unsure_owner,
)
from auditor.rules.net_asked import not_a_name
from auditor.rules.registry import LBS, rule
from auditor.rules.say import AZURE, CRITICAL, HIGH, MEDIUM, RECONCILE, touch


def words(families: list[bool]) -> str:
    """Families as words: `IPv4 and IPv6`."""
    return " and ".join("IPv6" if v6 else "IPv4" for v6 in families)


@rule("load-balancer-missing", family=AZURE, severity=CRITICAL, per="service", subject="resource", needs=LBS)
def load_balancer_missing(place: Placement, facts: Facts) -> Claim | None:
    """A Service expects a load balancer that Azure does not have.

    Why it matters: nothing forwards to the Service, whatever its status says.

    How to fix: touch the Service; the controller makes the load balancer again.

    When it is wrong: if the node resource group is configured wrongly.
    """
    if not lb_missing(place, facts):
        return None
    name = naming.load_balancer_name(facts.cluster.cluster_name, internal=place.asked.internal)
    return Claim(
        message=f"The load balancer {name} does not exist, yet {place.live.key} needs it.", service=place.live.key,
        resource=facts.id_of("loadBalancers", name), values={"expected": name, "azure": None}, summary=RECONCILE,
        commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("frontend-missing", family=AZURE, severity=CRITICAL, per="service", needs=LBS)
def frontend_missing(place: Placement, facts: Facts) -> Claim | Blind | None:
    """No frontend of the managed load balancers belongs to the Service, for one of its families at least.

    Why it matters: its address does not exist; nobody can reach it.

    How to fix: if a sync failure explains it, correct that; else touch the Service.

    When it is wrong: never while the load balancers were read.
    """
    if astray(place, facts):
        return None
    families = missing_families(place, facts)
    if not families:
        unsure = [v6 for v6 in place.families if place.spot(v6=v6) is None and unsure_owner(place, facts, v6=v6)]
        return Blind(str(place.live.key), "publicIPAddresses") if unsure else None
    lb = naming.load_balancer_name(facts.cluster.cluster_name, internal=place.asked.internal)
    name = place.expected_name(v6=families[0])
    return Claim(
        message=f"{place.live.key} has no {words(families)} frontend in Azure: nothing answers on its address.",
        service=place.live.key, resource=facts.id_of("loadBalancers", lb, "frontendIPConfigurations", name),
        values={"cluster": list(place.live.ingress) or None, "expected": name, "azure": None}, summary=RECONCILE,
        commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("frontend-on-wrong-load-balancer", family=AZURE, severity=CRITICAL, per="service", needs=LBS)
def frontend_on_wrong_load_balancer(place: Placement, facts: Facts) -> Claim | None:
    """The Service's only frontend is on the load balancer of the other kind.

    Why it matters: an internal Service is served in public, or a public one only inside.

    How to fix: a sync failure usually explains why the move did not happen; correct that, or touch the Service.

    When it is wrong: for a moment, while the controller moves it.
    """
    if lb_missing(place, facts) or not only_stray(place):
        return None
    spot = place.strays[0]
    kind = "internal" if place.asked.internal else "public"
    return Claim(
        message=f"{place.live.key} is {kind}, but its only frontend is on {spot.lb.name}.", service=place.live.key,
        resource=spot.frontend.id, values={"expected": kind, "azure": ids.tail(spot.frontend.id)},
        about=(keys.INTERNAL,), summary=RECONCILE, commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("frontend-on-both-load-balancers", family=AZURE, severity=HIGH, per="service", needs=LBS)
def frontend_on_both_load_balancers(place: Placement, facts: Facts) -> Claim | None:
    """A frontend named after the Service is on the load balancer of the other kind too.

    Why it matters: the Service is half moved: both addresses may answer, and what hangs on the old frontend (a PLS)
    is still exposed.

    How to fix: a sync failure usually explains it; correct that, or touch the Service.

    When it is wrong: for a moment, while the controller moves it.
    """
    if astray(place, facts) or not place.strays or not place.spots:
        return None
    both = [ids.tail(s.frontend.id) for s in (*place.spots, *place.strays)]
    return Claim(
        message=f"{place.live.key} has a frontend on {place.strays[0].lb.name} too, where it does not belong.",
        service=place.live.key, resource=place.strays[0].frontend.id, about=(keys.INTERNAL,),
        values={"expected": both[:1], "azure": both}, summary=RECONCILE, commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("frontend-duplicated", family=AZURE, severity=MEDIUM, per="service", subject="resource", needs=LBS)
def frontend_duplicated(place: Placement, _: Facts) -> Iterator[Claim]:
    """More than one frontend of one family is named after the Service.

    Why it matters: one of them is left over from a move and keeps an address, or a PLS, alive.

    How to fix: touch the Service; the controller removes what it does not expect.

    When it is wrong: a dual-stack pair is not reported.
    """
    for spot in duplicates(place):
        yield Claim(
            message=f"{place.live.key} has a second frontend, {spot.frontend.name}.", service=place.live.key,
            resource=spot.frontend.id, summary=RECONCILE,
            values={"expected": place.expected_name(v6=spot.v6), "azure": spot.frontend.name},
            commands=(touch(place.live.key),),
        )  # fmt: skip


@rule("frontend-misnamed", family=AZURE, severity=MEDIUM, per="service", needs=LBS)
def frontend_misnamed(place: Placement, facts: Facts) -> Claim | None:
    """The Service's frontend does not have the name the controller gives it.

    Why it matters: at the next reconcile it is made anew: the PLS on it and its connections are lost.

    How to fix: bring the subnet annotation back to what it was; else accept the new frontend and touch the Service.

    When it is wrong: names that releases before 1.27 cut at 80 characters are not reported.
    """
    if astray(place, facts):
        return None
    for v6 in place.families:
        spot = misnamed(place, v6=v6)
        if spot is not None:
            return Claim(
                message=f"The frontend of {place.live.key} will be made anew: its name is not the expected one.",
                service=place.live.key, resource=spot.frontend.id, about=(keys.INTERNAL_SUBNET,),
                values={"expected": place.expected_name(v6=v6), "azure": spot.frontend.name},
                summary=RECONCILE, commands=(touch(place.live.key),),
            )  # fmt: skip
    return None


@rule("frontend-ip-drifted", family=AZURE, severity=CRITICAL, per="service", needs=LBS)
def frontend_ip_drifted(place: Placement, facts: Facts) -> Claim | Blind | None:
    """The frontend does not have the address that the Service asks for.

    Why it matters: DNS records and firewalls know the requested one; nobody answers there.

    How to fix: if the address is free, touch the Service; else find who took it.

    When it is wrong: never.
    """
    found = None if lb_missing(place, facts) else drifted_ip(place)
    if found is None:
        unseen = any(place.own.get(v6) and unsure_owner(place, facts, v6=v6) for v6 in place.families)
        return Blind(str(place.live.key), "publicIPAddresses") if unseen else None
    spot, wanted = found
    key = keys.IPV6 if spot.v6 else keys.IPV4
    return Claim(
        message=f"{place.live.key} asks for {wanted}, its frontend has {spot.address}.", service=place.live.key,
        resource=spot.frontend.id, field="privateIPAddress" if spot.internal else "publicIPAddress",
        about=(key, "spec.loadBalancerIP"), values={"cluster": wanted, "expected": wanted, "azure": spot.address},
        summary=RECONCILE, commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("status-ip-drifted", family=AZURE, severity=HIGH, per="service", needs=LBS)
def status_ip_drifted(place: Placement, facts: Facts) -> Claim | Blind | None:
    """The addresses in the Service's status are not those of its frontends.

    Why it matters: DNS controllers and people read the status; they send traffic where nobody answers.

    How to fix: touch the Service; the controller writes the status again.

    When it is wrong: for a moment after the frontend was changed.
    """
    status = {str(grammar.ip(i) or i) for i in place.live.ingress}
    if not status or astray(place, facts) or missing_families(place, facts) or drifted_ip(place):
        return None
    addresses = [spot.address for spot in place.spots]
    if None in addresses or len(addresses) < len(place.families):
        return Blind(str(place.live.key), "loadBalancers" if place.asked.internal else "publicIPAddresses")
    more = grammar.comma_list(place.asked.annotations.get(keys.ADDITIONAL_IPS))
    expected = {str(grammar.ip(a) or a) for a in (*addresses, *more) if a}
    left_over = [s for v6, own in place.own.items() if v6 not in place.families for s in own]
    spare = {str(grammar.ip(s.address)) for s in (*duplicates(place), *left_over) if s.address}
    if status - spare == expected - spare:
        return None
    return Claim(
        message=f"The status of {place.live.key} says {_list(status)}, Azure has {_list(expected)}.",
        service=place.live.key, resource=place.spots[0].frontend.id, field="status.loadBalancer.ingress",
        values={"cluster": sorted(status), "azure": sorted(expected)}, summary=RECONCILE,
        commands=(touch(place.live.key),),
    )  # fmt: skip


def _list(found: set[str]) -> str:
    return ", ".join(sorted(found))


@rule("frontend-subnet-drifted", family=AZURE, severity=HIGH, per="service", needs=LBS)
def frontend_subnet_drifted(place: Placement, facts: Facts) -> Claim | None:
    """The frontend is in another subnet than the annotation names.

    Why it matters: network rules meant for the subnet do not hold for this address.

    How to fix: touch the Service; the controller makes the frontend anew in the right subnet.

    When it is wrong: never; without the annotation the subnet is not compared.
    """
    wanted = place.asked.subnet
    if wanted is None or not_a_name(wanted) or lb_missing(place, facts):
        return None
    for own in place.own.values():
        subnet = own[0].frontend.subnet_id
        if subnet and not facts.in_subnet(subnet, wanted):
            return Claim(
                message=f"{place.live.key} asks for {wanted}, its frontend is in {ids.last(subnet)}.",
                service=place.live.key, resource=own[0].frontend.id, field="subnet", about=(keys.INTERNAL_SUBNET,),
                values={"cluster": wanted, "expected": wanted, "azure": ids.last(subnet)}, summary=RECONCILE,
                commands=(touch(place.live.key),),
            )  # fmt: skip
    return None
