"""Where each live Service stands in Azure: frontends it owns by name, and those it shares by address (domain.md §3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.controller import naming
from auditor.controller.asked import Asked
from auditor.controller.estate import Estate, Spot
from auditor.controller.keys import PIP_NAME, PIP_NAME_V6
from auditor.model import ids
from auditor.model.service import Live


@dataclass(slots=True, eq=False)
class Placement:
    """One live Service in scope, and its frontends."""

    live: Live
    asked: Asked
    base: str
    families: tuple[bool, ...]
    """IP families, True for IPv6."""
    own: dict[bool, list[Spot]] = field(default_factory=dict)
    """By family: frontends named after it on load balancers of its kind, the expected name first."""
    strays: list[Spot] = field(default_factory=list)
    """Frontends named after it on load balancers of the other kind."""
    shared: dict[bool, Spot] = field(default_factory=dict)
    """By family: a frontend of another name that has its requested address."""

    @property
    def dual(self) -> bool:
        """Two IP families."""
        return len(self.families) > 1

    def expected_name(self, *, v6: bool) -> str:
        """The name of its own frontend."""
        return naming.frontend_name(self.base, self.asked.subnet, v6_suffix=v6 and self.dual)

    def family_of(self, spot: Spot) -> bool:
        """True for IPv6: the frontend's family; of an unread public address that of the Service, if it has but one."""
        return spot.v6 if self.dual or spot.family_known else self.families[0]

    def spot(self, *, v6: bool) -> Spot | None:
        """The frontend it uses: its own, else the one it shares."""
        own = self.own.get(v6)
        return own[0] if own else self.shared.get(v6)

    @property
    def spots(self) -> list[Spot]:
        """The frontend of each family that has one."""
        return [spot for v6 in self.families if (spot := self.spot(v6=v6)) is not None]

    @property
    def label(self) -> str:
        """`namespace/name`, lower-cased, as the owner tag is compared."""
        return f"{self.live.namespace}/{self.live.name}".lower()


def place(live: Live, asked: Asked, estate: Estate) -> Placement:
    """Find the frontends of one live Service."""
    families = tuple(f == "IPv6" for f in dict.fromkeys(live.ip_families or ("IPv4",)))
    placement = Placement(live, asked, naming.base_name(live.uid), families)
    own: dict[bool, list[Spot]] = defaultdict(list)
    for spot in estate.by_base.get(placement.base, ()):
        if spot.internal == asked.internal:
            own[placement.family_of(spot)].append(spot)
        else:
            placement.strays.append(spot)
    for v6, spots in own.items():
        name = placement.expected_name(v6=v6)
        placement.own[v6] = _best_first(spots, name, live.ingress, estate) if len(spots) > 1 else spots
    for v6 in families:
        if v6 not in placement.own and (found := _shared(placement, estate, v6=v6)) is not None:
            placement.shared[v6] = found
    return placement


def _best_first(spots: list[Spot], name: str, ingress: tuple[str, ...], estate: Estate) -> list[Spot]:
    """The expected name before others; of two that have it, the one whose address the status has, or that has rules."""
    return sorted(
        spots, key=lambda s: (s.frontend.name != name, s.address not in ingress, s.key not in estate.rules_on, s.key)
    )


def _shared(placement: Placement, estate: Estate, *, v6: bool) -> Spot | None:
    asked = placement.asked
    addresses = asked.shares
    if asked.internal:
        for address in addresses:
            for spot in estate.by_address.get((True, address), ()):
                if spot.v6 == v6:
                    return spot
        return None
    requested = asked.requested(v6=v6)
    for spot in estate.by_address.get((False, requested.lower()), ()) if requested else ():
        if spot.v6 == v6:
            return spot
    pip_name = asked.annotations.get(PIP_NAME_V6 if v6 and placement.dual else PIP_NAME)
    if pip_name:
        for spot in estate.spots.values():
            public_ip = spot.frontend.public_ip_id
            if not spot.internal and spot.v6 == v6 and public_ip and ids.last(public_ip).lower() == pip_name.lower():
                return spot
    return None


def users(placements: Iterable[Placement]) -> Mapping[str, list[Placement]]:
    """Frontend key to the Services that use it (own or share), in name order."""
    found: dict[str, list[Placement]] = defaultdict(list)
    for placement in sorted(placements, key=lambda p: p.live.key):
        keys = {s.key for spots in placement.own.values() for s in spots}
        keys.update(s.key for s in placement.shared.values())
        keys.update(s.key for s in placement.strays)
        for key in sorted(keys):
            found[key].append(placement)
    return found
