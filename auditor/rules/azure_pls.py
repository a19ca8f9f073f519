"""Azure rules about which Private Link Service is on a Service's frontend, and whose it is."""

from auditor.controller import estate, keys, naming
from auditor.controller.placement import Placement
from auditor.model import ids
from auditor.model.azure import PrivateLinkService
from auditor.model.finding import Blind, Claim
from auditor.rules.facts import Declaration, Facts, services_on
from auditor.rules.pls_asked import ARM_NAME, can_never_be
from auditor.rules.pls_state import attachment, silent, speaks
from auditor.rules.registry import PLS, rule
from auditor.rules.say import AZURE, CRITICAL, HIGH, MEDIUM, annotate, touch

OWN_TAGS = (estate.CLUSTER_TAG, estate.OWNER_TAG)


def _expected_name(place: Placement) -> str:
    spot = place.spot(v6=False)
    asked = place.asked.pls.name if place.asked.pls else None
    return asked or naming.default_pls_name(spot.frontend.name if spot else place.expected_name(v6=False))


def hijacked(place: Placement, facts: Facts) -> PrivateLinkService | None:
    """The PLS that the Service names, where that serves another existing frontend and its own frontend has none."""
    pls = place.asked.pls
    if not pls or not pls.name or facts.attached(place) is not None or _refused(place):
        return None
    wanted = (facts.pls_group(place.asked), pls.name.lower())
    spot = place.spot(v6=False)
    for other in facts.snapshot.private_link_services or ():
        if (ids.parse(other.id).resource_group, other.name.lower()) != wanted:
            continue
        if any(f.lower() in facts.frontend_ids and (spot is None or f.lower() != spot.key) for f in other.frontend_ids):
            return other
    return None


def _refused(place: Placement) -> bool:
    """The live Service asks for something that can never be made."""
    return can_never_be(Declaration(place.live, place.asked, place.live, place.live.ip_families))


@rule("pls-missing", family=AZURE, severity=CRITICAL, per="service", needs=PLS)
def pls_missing(place: Placement, facts: Facts) -> Claim | Blind | None:
    """The Service asks for a Private Link Service, and none is on its frontend.

    Why it matters: consumers in other networks reach nothing.

    How to fix: if a sync failure explains it, correct that; else touch the Service.

    When it is wrong: never while all Private Link Services were read.
    """
    if not place.asked.pls or silent(place, facts) or facts.attached(place) is not None or place.spot(v6=False) is None:
        return None
    if _refused(place) or hijacked(place, facts) is not None:
        return None
    if facts.blind("privateLinkServices"):
        return Blind(str(place.live.key), "privateLinkServices")
    name = _expected_name(place)
    group = place.asked.pls.resource_group or facts.cluster.pls_resource_group or facts.cluster.node_resource_group
    subscription = facts.cluster.subscription_id
    return Claim(
        message=f"{place.live.key} asks for a Private Link Service; there is none on its frontend.",
        service=place.live.key, about=(keys.PLS_CREATE,), values={"expected": name, "azure": None},
        resource=f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateLinkServices/{name}",
        summary="if no sync failure explains it, touch the Service", commands=(touch(place.live.key),),
    )  # fmt: skip


@rule("pls-hijacked", family=AZURE, severity=CRITICAL, per="service", needs=PLS)
def pls_hijacked(place: Placement, facts: Facts) -> Claim | None:
    """The Private Link Service that this Service names serves another frontend.

    Why it matters: its consumers reach another Service.

    How to fix: give each Service its own name; then touch this one.

    When it is wrong: never.
    """
    other = None if silent(place, facts) else hijacked(place, facts)
    if other is None:
        return None
    serves = [ids.tail(f) for f in other.frontend_ids]
    return Claim(
        message=f"{other.name} serves another Service's frontend, not that of {place.live.key}.",
        service=place.live.key, resource=other.id, about=(keys.PLS_NAME,),
        field="loadBalancerFrontendIpConfigurations",
        values={"expected": [ids.tail(s.frontend.id) for s in place.spots], "azure": serves},
        summary="give each Service its own name, in Git",
        commands=(annotate(place.live.key, keys.PLS_NAME, f"{other.name}-{place.live.name}"),),
    )  # fmt: skip


@rule("pls-unmanaged", family=AZURE, severity=HIGH, per="service", needs=PLS)
def pls_unmanaged(place: Placement, facts: Facts) -> Claim | None:
    """The Private Link Service on the frontend does not bear our cluster tag.

    Why it matters: the controller never changes it, refuses Services that ask for their own, and deletes it with the
    frontend all the same.

    How to fix: if the controller made it, put the tag back; if somebody else did, move it to a frontend of its own.

    When it is wrong: never.
    """
    it = attachment(place, facts)
    if it is None or it.ours or not speaks(it, facts):
        return None
    name = facts.cluster.cluster_name
    return Claim(
        message=f"{it.pls.name} on this frontend lacks the tag {estate.CLUSTER_TAG}={name}: nobody manages it.",
        service=place.live.key, resource=it.pls.id, field=f"tags.{estate.CLUSTER_TAG}",
        values={"expected": name, "azure": {key: it.pls.tags[key] for key in OWN_TAGS if key in it.pls.tags}},
        summary="put the tag back if the controller made it",
        commands=(f"az tag update --resource-id {it.pls.id} --operation Merge --tags {estate.CLUSTER_TAG}={name}",),
    )  # fmt: skip


@rule("pls-in-wrong-resource-group", family=AZURE, severity=HIGH, per="deleting-too", needs=PLS)
def pls_in_wrong_resource_group(place: Placement, facts: Facts) -> Claim | None:
    """The Private Link Service on the frontend is not in the resource group where the Service keeps it.

    Why it matters: the controller does not see it: it can neither change nor delete it, and Azure allows no second one.

    How to fix: bring the annotation back to the group where it is; or delete the PLS, losing its connections.

    When it is wrong: if the controller's default group is configured and not known here.
    """
    it = attachment(place, facts)
    if it is None or not it.ours or it.right_group or not place.asked.pls:
        return None
    shown = ids.group(it.pls.id)
    return Claim(
        message=f"{it.pls.name} is in {shown}, the Service keeps its own in {facts.pls_group(place.asked)}.",
        service=place.live.key, resource=it.pls.id, about=(keys.PLS_RESOURCE_GROUP,), field="resourceGroup",
        values={"expected": facts.pls_group(place.asked), "azure": shown}, summary="name the group where it is, in Git",
        commands=(annotate(place.live.key, keys.PLS_RESOURCE_GROUP, shown),),
    )  # fmt: skip


@rule("pls-misnamed", family=AZURE, severity=HIGH, per="service", needs=PLS)
def pls_misnamed(place: Placement, facts: Facts) -> Claim | None:
    """The Service asks for another name than its Private Link Service has.

    Why it matters: a PLS cannot be renamed; the controller refuses the Service until the names agree.

    How to fix: bring the name back; or delete the PLS, losing its alias and connections.

    When it is wrong: never; letter case is not compared.
    """
    it = attachment(place, facts)
    wanted = place.asked.pls.name if place.asked.pls else None
    if it is None or not it.compared or not wanted or not ARM_NAME.match(wanted):
        return None
    if wanted.lower() == it.pls.name.lower():
        return None
    return Claim(
        message=f"The Service asks for the name {wanted}, its Private Link Service is {it.pls.name}.",
        service=place.live.key, resource=it.pls.id, field="name", about=(keys.PLS_NAME,),
        values={"cluster": wanted, "expected": wanted, "azure": it.pls.name}, summary="bring the name back, in Git",
        commands=(annotate(place.live.key, keys.PLS_NAME, it.pls.name),),
    )  # fmt: skip


@rule("pls-lingering", family=AZURE, severity=HIGH, per="service", needs=PLS)
def pls_lingering(place: Placement, facts: Facts) -> Claim | Blind | None:
    """A Private Link Service is on the frontend, and no live Service there asks for one.

    Why it matters: taking the annotation away does not delete it: the Service is still exposed to other networks.

    How to fix: delete the PLS (its connections end), or ask for it again.

    When it is wrong: never.
    """
    it = attachment(place, facts)
    if it is None or not it.ours or any(p.asked.pls for p in it.people) or not speaks(it, facts):
        return None
    if _extra_to_its_owner(facts, it.pls, it.spot.key):
        return None
    if facts.blind("services"):
        return Blind(str(place.live.key), "services")
    return Claim(
        message=f"{it.pls.name} still exposes this Service, and nobody asks for a Private Link Service any more.",
        service=place.live.key, resource=it.pls.id, about=(keys.PLS_CREATE,),
        values={"cluster": place.asked.annotations.get(keys.PLS_CREATE), "expected": None, "azure": it.pls.name},
        summary="delete it (its connections end), or ask for it again",
        commands=(f"az network private-link-service delete --ids {it.pls.id}",),
    )  # fmt: skip


def _extra_to_its_owner(facts: Facts, pls: PrivateLinkService, frontend: str) -> bool:
    """True if the frontend is one that the PLS has in addition to that of its living owner, who asks."""
    owner = estate.owner_of(pls)
    return any(
        p.label == owner and p.asked.pls and (spot := p.spot(v6=False)) is not None and spot.key != frontend
        for p in services_on(facts, pls)
    )


@rule("pls-owner-stale", family=AZURE, severity=MEDIUM, per="service", needs=PLS)
def pls_owner_stale(place: Placement, facts: Facts) -> Claim | Blind | None:
    """The owner tag names a Service that is gone, or asks no longer, while others of the frontend ask.

    Why it matters: nobody can change the PLS any more: the controller takes it for another Service's.

    How to fix: hand it over: change the tag to one of those who ask.

    When it is wrong: never.
    """
    it = attachment(place, facts)
    if it is None or not it.ours or not it.right_group or not place.asked.pls or not it.tag_stale:
        return None
    if facts.blind("services"):
        return Blind(str(place.live.key), "services")
    owner = estate.owner_of(it.pls) or "nobody"
    return _owner_claim(place, it.pls, f"{it.pls.name} belongs to {owner}, which does not ask for it any more.")


@rule("pls-tags-drifted", family=AZURE, severity=HIGH, per="service", needs=PLS)
def pls_tags_drifted(place: Placement, facts: Facts) -> Claim | Blind | None:
    """The owner tag is gone or altered, although the frontend's own Service asks for the Private Link Service.

    Why it matters: the controller takes it for another Service's and refuses every change.

    How to fix: put the tag back.

    When it is wrong: never; added tags are not reported.
    """
    it = attachment(place, facts)
    if it is None or not it.ours or not it.right_group or it.named is not place or not it.tag_altered:
        return None
    found = it.pls.tags.get(estate.OWNER_TAG)
    if found is not None and facts.blind("services") and found.strip().lower() not in facts.living_labels:
        return Blind(str(place.live.key), "services")
    said = f"says {found!r}" if found is not None else "is missing"
    return _owner_claim(
        place, it.pls, f"The owner tag of {it.pls.name} {said}: the controller does not take it for {place.live.key}'s."
    )


def _owner_claim(place: Placement, pls: PrivateLinkService, message: str) -> Claim:
    owner = str(place.live.key)
    return Claim(
        message=message, service=place.live.key, resource=pls.id, field=f"tags.{estate.OWNER_TAG}",
        values={"expected": owner, "azure": pls.tags.get(estate.OWNER_TAG)}, summary="change the tag",
        commands=(
            f"az tag update --resource-id {pls.id} --operation Merge --tags {estate.OWNER_TAG}={owner}",
            touch(place.live.key),
        ),
    )  # fmt: skip
