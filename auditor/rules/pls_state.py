"""What can be said of the Private Link Service on a Service's frontend, before any property of it is compared.

One place decides who owns it, who shares it, and which rule silences which: contract.md, *one says*.
"""

from dataclasses import dataclass

from auditor.controller import estate
from auditor.controller.estate import Spot
from auditor.controller.naming import made_by_controller
from auditor.controller.placement import Placement
from auditor.model import ids
from auditor.model.azure import PrivateLinkService
from auditor.rules.facts import Facts, which_service
from auditor.rules.frontend_state import (
    astray,
    missing_families,
)


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """A Service and the PLS on its IPv4 frontend."""

    place: Placement
    spot: Spot
    pls: PrivateLinkService
    ours: bool
    """It has our cluster tag."""
    right_group: bool
    """It is in the resource group where the Service's controller looks."""
    people: tuple[Placement, ...]
    """The live Services on this frontend, in name order."""
    named: Placement | None
    """The one of them that the frontend is named after."""
    owner: Placement | None
    """The one of them that the owner tag names."""

    @property
    def named_asks(self) -> bool:
        """The Service that the frontend is named after is alive and asks for a PLS."""
        return self.named is not None and self.named.asked.pls is not None

    @property
    def tag_altered(self) -> bool:
        """`pls-tags-drifted` speaks: the owner tag names nobody here although the frontend's own Service asks."""
        return self.owner is None and self.named_asks

    @property
    def tag_stale(self) -> bool:
        """`pls-owner-stale` speaks: the owner is gone or asks no longer, and so is the frontend's own Service."""
        owner_asks = self.owner is not None and self.owner.asked.pls is not None
        return not owner_asks and not self.named_asks and any(p.asked.pls for p in self.people)

    @property
    def compared(self) -> bool:
        """The Service's wishes are compared with the PLS: it owns it, and nothing above silences that."""
        return (
            self.ours and self.right_group and self.place.asked.pls is not None and self.owner is self.place
            and not self.tag_altered and not self.tag_stale
        )  # fmt: skip


def silent(place: Placement, facts: Facts) -> bool:
    """PLS findings of a Service are silenced by what its frontend lacks."""
    return astray(place, facts) or False in missing_families(place, facts)


def attachment(place: Placement, facts: Facts) -> Attachment | None:
    """The PLS on the Service's IPv4 frontend; None where there is none, or nothing is said of it."""
    known = facts.attachments
    if place not in known:
        known[place] = _attachment(place, facts)
    found: Attachment | None = known[place]
    return found


def _attachment(place: Placement, facts: Facts) -> Attachment | None:
    spot = place.spot(v6=False)
    found = facts.estate.pls_on.get(spot.key) if spot else None
    if spot is None or not found or silent(place, facts):
        return None
    pls = facts.attached(place) or found[0]
    people = tuple(facts.users.get(spot.key, ()))
    owner = estate.owner_of(pls)
    return Attachment(
        place=place, spot=spot, pls=pls, ours=estate.tagged_ours(pls, facts.cluster.cluster_name),
        right_group=_group(pls) == facts.pls_group(place.asked) or not facts.pls_group(place.asked), people=people,
        named=next((p for p in people if p.base == spot.base and made_by_controller(spot.frontend.name)), None),
        owner=next((p for p in people if p.label == owner), None),
    )  # fmt: skip


def _group(pls: PrivateLinkService) -> str:
    return ids.parse(pls.id).resource_group


def speaks(it: Attachment, facts: Facts) -> bool:
    """True if this is the Service that a finding about the PLS names (*Which Service*)."""
    place = which_service(facts, it.pls)
    return place is not None and place.live.key == it.place.live.key


def our_pls(facts: Facts) -> list[PrivateLinkService]:
    """The PLS on any frontend of a managed load balancer, by id."""
    found = {pls.id.lower(): pls for key in facts.estate.spots for pls in facts.estate.pls_on.get(key, ())}
    return [found[key] for key in sorted(found)]


def unmanaged(facts: Facts, pls: PrivateLinkService) -> bool:
    """True if `pls-unmanaged` silences the rest: the PLS is on a live Service's frontend without our tag."""
    return not estate.tagged_ours(pls, facts.cluster.cluster_name) and which_service(facts, pls) is not None
