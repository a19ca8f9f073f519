"""Azure rules about a load balancer and what is on it as a whole: foreign parts, failed ones, and too many."""

from collections.abc import Iterator

from auditor.controller import naming
from auditor.controller.estate import Spot
from auditor.model import ids
from auditor.model.azure import LoadBalancer, PrivateLinkService
from auditor.model.finding import Blind, Claim
from auditor.model.service import ServiceKey
from auditor.rules.facts import Facts, which_service
from auditor.rules.frontend_state import astray
from auditor.rules.orphan_state import orphaned, why_orphaned
from auditor.rules.pls_state import unmanaged
from auditor.rules.registry import LBS, PLS, rule
from auditor.rules.say import AZURE, HIGH, MEDIUM

PLS_NEAR, PLS_LIMIT = 7, 8


@rule("foreign-frontend", family=AZURE, severity=MEDIUM, per="estate", subject="resource", needs=LBS)
def foreign_frontend(facts: Facts) -> Iterator[Claim]:
    """A frontend on a managed internal load balancer that no controller named.

    Why it matters: it keeps the load balancer alive after the last Service, and AKS does not support it.

    How to fix: move it to a load balancer of its own.

    When it is wrong: never; the controller's names are `a` and 31 hex digits.
    """
    for spot in facts.estate.spots.values():
        if spot.internal and not naming.made_by_controller(spot.frontend.name):
            yield Claim(
                message=f"{spot.frontend.name} on {spot.lb.name} was not made by the controller.",
                resource=spot.frontend.id, values={"azure": spot.address or spot.frontend.name},
                summary="move it to a load balancer of its own",
                commands=(_delete_part("frontend-ip", spot.lb, spot.frontend.name),),
            )  # fmt: skip


def _delete_part(kind: str, lb: LoadBalancer, name: str) -> str:
    return f"az network lb {kind} delete -g {ids.group(lb.id)} --lb-name {lb.name} -n {name}"


@rule("foreign-rule-pins-frontend", family=AZURE, severity=HIGH, per="estate", subject="resource", needs=LBS)
def foreign_rule_pins_frontend(facts: Facts) -> Iterator[Claim]:
    """A rule that no controller made uses the frontend of a live Service.

    Why it matters: the frontend cannot be deleted while it is used, so the Service will hang when it is deleted.

    How to fix: remove the rule, or move it to a frontend of its own.

    When it is wrong: never; rules of other Services on a shared frontend are not reported.
    """
    for spot in facts.estate.spots.values():
        service = _holder(facts, spot)
        if service is None:
            continue
        rules = [(r.id, r.name) for r in facts.estate.rules_on.get(spot.key, ())]
        others = [(o.id, o.name) for o in facts.estate.others_on.get(spot.key, ())]
        for rule_id, name in (*rules, *others):
            if naming.made_by_controller(name):
                continue
            yield Claim(
                message=f"{name} uses the frontend of {service}: it will block the Service's deletion.",
                service=service, resource=rule_id, values={"azure": name}, summary="remove it",
                commands=(_delete_part(_kind(rule_id), spot.lb, name),),
            )  # fmt: skip


def _kind(rule_id: str) -> str:
    """What `az network lb` calls a rule of that id."""
    if "/loadbalancingrules/" in rule_id.lower():
        return "rule"
    return "outbound-rule" if "/outboundrules/" in rule_id.lower() else "inbound-nat-rule"


def _holder(facts: Facts, spot: Spot) -> ServiceKey | None:
    """The live Service a frontend is named after, else the first of its users."""
    people = facts.users.get(spot.key, ())
    named = next((p for p in people if p.base == spot.base), people[0] if people else None)
    return named.live.key if named else None


@rule("provisioning-failed", family=AZURE, severity=HIGH, per="estate", subject="resource", needs=LBS)
def provisioning_failed(facts: Facts) -> Iterator[Claim | Blind]:
    """A managed load balancer or a Private Link Service is in state Failed.

    Why it matters: Azure did not apply the last change; what it shows may not be what runs.

    How to fix: touch the Service; the controller writes the resource again.

    When it is wrong: never.
    """
    for lb in facts.estate.lbs:
        if (lb.state or "").lower() == "failed":
            yield Claim(
                message=f"Azure reports {lb.name} as Failed.", resource=lb.id, field="provisioningState",
                values={"expected": "Succeeded", "azure": lb.state}, summary="have Azure apply it again",
                commands=(f"az network lb update --ids {lb.id}",),
            )  # fmt: skip
    if facts.blind("privateLinkServices"):
        yield Blind("privateLinkServices", "privateLinkServices")
    for pls in facts.snapshot.private_link_services or ():
        if (pls.state or "").lower() == "failed" and _in_view(facts, pls):
            place = which_service(facts, pls)
            yield Claim(
                message=f"Azure reports the Private Link Service {pls.name} as Failed.", resource=pls.id,
                service=place.live.key if place else None, field="provisioningState",
                values={"expected": "Succeeded", "azure": pls.state},
                summary="have Azure apply it again",
                commands=(f"az network private-link-service update --ids {pls.id}",),
            )  # fmt: skip


def _in_view(facts: Facts, pls: PrivateLinkService) -> bool:
    """True if a PLS is this cluster's, and no other finding speaks of it instead (contract.md, *one says*)."""
    if why_orphaned(facts, pls) is not None:
        return True
    spots = [facts.estate.spots[f.lower()] for f in pls.frontend_ids if f.lower() in facts.estate.spots]
    if not spots or all(orphaned(spot, facts) for spot in spots) or unmanaged(facts, pls):
        return False
    place = which_service(facts, pls)
    return place is None or not astray(place, facts)


@rule("pls-limit-near", family=AZURE, severity=MEDIUM, per="estate", subject="resource", needs=PLS)
def pls_limit_near(facts: Facts) -> Iterator[Claim]:
    """A load balancer has seven or more Private Link Services.

    Why it matters: Azure allows eight on a load balancer; the ninth Service is refused.

    How to fix: remove those that nobody needs, or have Services share a frontend.

    When it is wrong: Microsoft raises the limit for some subscriptions.
    """
    for lb in facts.estate.lbs:
        keys = {f.id.lower() for f in lb.frontends}
        number = len({pls.id.lower() for key in keys for pls in facts.estate.pls_on.get(key, ())})
        if number >= PLS_NEAR:
            yield Claim(
                message=f"{lb.name} has {number} Private Link Services; Azure allows {PLS_LIMIT}.", resource=lb.id,
                field="privateLinkServices", values={"expected": f"at most {PLS_LIMIT}", "azure": number},
                summary="remove those that nobody needs, or ask Microsoft to raise the limit",
                commands=(
                    "az network private-link-service list --query '[].{name:name, group:resourceGroup}' -o table",
                ),
            )  # fmt: skip
