"""Which frontends and Private Link Services nobody asks for any more."""

from auditor.controller import estate, naming
from auditor.controller.estate import Spot
from auditor.model import ids
from auditor.model.azure import LbRule, PrivateLinkService
from auditor.rules.facts import Facts, services_on


def orphaned(spot: Spot, facts: Facts) -> bool:
    """The controller named the frontend, and no live Service owns it, asks for its address or has a rule on it."""
    if not naming.made_by_controller(spot.frontend.name) or spot.base in facts.living or facts.users.get(spot.key):
        return False
    if spot.address and (spot.internal, spot.address.lower()) in facts.asked_addresses:
        return False
    return not any(r.name[:32].lower() in facts.living for r in facts.estate.rules_on.get(spot.key, ()))


def why_orphaned(facts: Facts, pls: PrivateLinkService) -> str | None:
    """Why nobody uses a PLS; None if somebody may, or it is not this cluster's."""
    group = (facts.cluster.node_resource_group or "").lower()
    if not pls.frontend_ids:
        ours = estate.tagged_ours(pls, facts.cluster.cluster_name) and ids.parse(pls.id).resource_group == group
        return "it has no frontend" if ours else None
    if services_on(facts, pls):
        return None
    reasons = [_frontend_gone(facts, f) for f in pls.frontend_ids]
    return reasons[0] if all(reasons) else None


def _frontend_gone(facts: Facts, frontend_id: str) -> str | None:
    spot = facts.estate.spots.get(frontend_id.lower())
    if spot is not None:
        dead_or_none = all(_is_dead_rule(r, facts) for r in facts.estate.rules_on.get(spot.key, ()))
        if orphaned(spot, facts) or not dead_or_none or spot.base in facts.living:
            return None
        return "nobody uses its frontend"
    parsed = ids.parse(frontend_id)
    group = (facts.cluster.node_resource_group or "").lower()
    subscription = (facts.cluster.subscription_id or parsed.subscription).lower()
    if parsed.resource_group != group or parsed.subscription != subscription:
        return None
    if not _managed_name(facts, parsed.segment("loadbalancers")):
        return None
    if parsed.segment("frontendipconfigurations")[:32] in facts.living:
        return None
    used = any(r.name[:32].lower() in facts.living for r in facts.estate.rules_on.get(frontend_id.lower(), ()))
    return None if used else "its frontend does not exist"


def _is_dead_rule(seen: LbRule, facts: Facts) -> bool:
    """A rule of a Service that is gone; one that somebody made by hand is in use as far as we know."""
    return naming.made_by_controller(seen.name) and seen.name[:32].lower() not in facts.living


def _managed_name(facts: Facts, name: str) -> bool:
    plain = name.removesuffix(naming.INTERNAL_SUFFIX)
    return plain in estate.managed_names(facts.cluster) or any(lb.name.lower() == name for lb in facts.estate.lbs)
