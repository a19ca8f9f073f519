"""The load-balancing rules and probes of a Service: expected by name beside observed by name."""

from dataclasses import dataclass, field
from typing import Any

from auditor.controller import lbrules, naming
from auditor.controller.estate import Spot
from auditor.controller.lbrules import ExpectedRule
from auditor.controller.placement import Placement
from auditor.controller.probes import ExpectedProbe
from auditor.model.azure import LbRule, LoadBalancer, Probe
from auditor.rules.facts import Facts
from auditor.rules.frontend_state import (
    astray,
    misnamed,
)
from auditor.rules.net_asked import not_a_name


@dataclass(slots=True)
class Sides:
    """The rules and probes of one Service: expected beside observed, joined by name in any letter case."""

    missing_rules: list[tuple[Spot, ExpectedRule]] = field(default_factory=list)
    extra_rules: list[LbRule] = field(default_factory=list)
    rules: list[tuple[Spot, ExpectedRule, LbRule]] = field(default_factory=list)
    missing_probes: list[tuple[Spot, ExpectedProbe]] = field(default_factory=list)
    extra_probes: list[Probe] = field(default_factory=list)
    probes: list[tuple[ExpectedProbe, Probe]] = field(default_factory=list)


def compare(place: Placement, facts: Facts) -> Sides:
    """Join expected and observed for the families that can be judged; computed once per Service and run."""
    found = facts.sides.get(place)
    if found is None:
        found = facts.sides[place] = _compare(place, facts)
    return found


def _compare(place: Placement, facts: Facts) -> Sides:
    sides = Sides()
    if astray(place, facts) or not_a_name(place.asked.subnet):
        return sides
    base = place.base.lower()
    silent = {v6 for v6 in place.families if place.spot(v6=v6) is None or misnamed(place, v6=v6)}
    rules = {(lb.id, r.name.lower()): r for lb, r in facts.estate.rules_by_base.get(base, ()) if _here(place, lb)}
    probes = {(lb.id, p.name.lower()): p for lb, p in facts.estate.probes_by_base.get(base, ()) if _here(place, lb)}
    for v6 in place.families:
        spot = place.spot(v6=v6)
        if spot is not None and v6 not in silent:
            _join(sides, place, facts, spot, (rules, probes))
    sides.extra_rules = [
        r for (_, name), r in sorted(rules.items()) if _family(place, name) not in silent
    ]  # fmt: skip
    sides.extra_probes = [p for (_, name), p in sorted(probes.items()) if _family(place, name) not in silent]
    return sides


def _here(place: Placement, lb: LoadBalancer) -> bool:
    """What is on the load balancer of the other kind, beside a frontend there, belongs to another rule."""
    if naming.is_internal_load_balancer(lb.name) == place.asked.internal:
        return True
    return not any(spot.lb is lb for spot in place.strays)


def _family(place: Placement, name: str) -> bool:
    """The family (True for IPv6) that a rule or probe is of, by its name."""
    return name.endswith(naming.V6_SUFFIX.lower()) if place.dual else place.families[0]


def _join(
    sides: Sides, place: Placement, facts: Facts, spot: Spot,
    seen_there: tuple[dict[tuple[str, str], LbRule], dict[tuple[str, str], Probe]],
) -> None:  # fmt: skip
    """Take what is expected on one frontend out of the observed rules and probes, and note what differs."""
    rules, probes = seen_there
    v6 = place.family_of(spot)
    expected = lbrules.expected(
        place.asked, place.base, v6=v6, v6_suffix=v6 and place.dual,
        shared_probe=facts.shared_probe_mode(spot.lb),
    )  # fmt: skip
    for name, wanted in expected.rules.items():
        observed = rules.pop((spot.lb.id, name), None)
        if observed is None:
            sides.missing_rules.append((spot, wanted))
        else:
            sides.rules.append((spot, wanted, observed))
    for name, probe in expected.probes.items():
        seen = probes.pop((spot.lb.id, name), None)
        if seen is None:
            sides.missing_probes.append((spot, probe))
        else:
            sides.probes.append((probe, seen))
    for name in expected.unsure_probes:
        probes.pop((spot.lb.id, name), None)


def _pool(place: Placement, facts: Facts, spot: Spot) -> str | None:
    """The backend pool a rule must use, lower-cased; None where that depends on what we cannot see."""
    several = facts.cluster.multiple_load_balancers
    if place.asked.local and several:
        return naming.local_pool_name(place.live.namespace, place.live.name, v6=place.family_of(spot)).lower()
    if place.asked.local and not several and facts.more_than_a_pair:
        return None
    return naming.pool_name(facts.cluster.cluster_name, v6=place.family_of(spot)).lower()


def rule_differences(place: Placement, facts: Facts, spot: Spot, wanted: ExpectedRule, seen: LbRule) -> dict[str, Any]:
    """Property name to (expected, observed), of what the controller compares (domain.md §4.3)."""
    pool = _pool(place, facts, spot)
    frontend = _on(spot, seen.frontend_id, "frontendipconfigurations")
    plain: list[tuple[str, Any, Any]] = [
        ("frontendIPConfiguration", spot.frontend.name.lower(), frontend),
        ("protocol", wanted.protocol.lower(), (seen.protocol or "").lower()),
        ("frontendPort", wanted.frontend_port, seen.frontend_port),
        ("backendPort", wanted.backend_port, seen.backend_port),
        ("enableFloatingIP", wanted.floating_ip, bool(seen.floating_ip)),
        ("loadDistribution", wanted.distribution.lower(), (seen.distribution or "Default").lower()),
    ]
    if pool is not None:
        plain.append(("backendAddressPool", pool, _on(spot, seen.pool_id, "backendaddresspools")))
    if wanted.idle_timeout is not None and seen.idle_timeout is not None:
        plain.append(("idleTimeoutInMinutes", wanted.idle_timeout, seen.idle_timeout))
    if wanted.tcp_reset is not None:
        plain.append(("enableTcpReset", wanted.tcp_reset, bool(seen.tcp_reset)))
    if wanted.probe_known:
        probe = wanted.probe.lower() if wanted.probe else None
        plain.append(("probe", probe, _on(spot, seen.probe_id, "probes")))
    return {name: (left, right) for name, left, right in plain if left != right}


def _on(spot: Spot, resource_id: str | None, kind: str) -> str | None:
    """The name of a part of the same load balancer, lower-cased; the whole id if it is a part of another."""
    if not resource_id:
        return None
    low = resource_id.lower()
    own = f"{spot.lb.id.lower()}/{kind}/"
    return low.removeprefix(own) if low.startswith(own) else low


def probe_differences(wanted: ExpectedProbe, seen: Probe) -> dict[str, Any]:
    """Property name to (expected, observed); the path in any letter case, as the controller compares it."""
    plain: list[tuple[str, Any, Any]] = [
        ("protocol", wanted.protocol, (seen.protocol or "").lower()),
        ("port", wanted.port, seen.port),
        ("intervalInSeconds", wanted.interval, seen.interval),
    ]
    if wanted.path is not None:
        plain.append(("requestPath", wanted.path.lower(), (seen.path or "").lower()))
    if seen.threshold is not None:
        plain.append(("probeThreshold", wanted.threshold, seen.threshold))
    return {name: (left, right) for name, left, right in plain if left != right}
