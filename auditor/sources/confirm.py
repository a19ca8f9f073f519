"""What looks wrong is looked at again: the sides are read one after the other, and the cluster goes on meanwhile.

A Service about which something differs is read anew after Azure was: one that is another now takes the place of the old
one, and has changed so lately that nothing about it is certain yet (triage).

Lists of Azure that came in several pages are read until they are the same twice: where one goes meanwhile, others move.

The controller removes what it made before it lets a Service go. So an owner counts as gone only if what it left was
there before the Services were read and is there after. Nothing is asked where the first reading fits together, nor
where it is what the audit before ended with: that one looked again, and nothing was written since, as the versions of
Services and the etags of Azure say.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from auditor.judge import judged, suspects
from auditor.model.policy import Policy, Scope
from auditor.model.service import ServiceKey
from auditor.model.snapshot import Snapshot
from auditor.sources import owners
from auditor.sources.gathered import Gathered, SourceError

if TYPE_CHECKING:
    from auditor.sources.azure.reader import Reader as AzureReader
    from auditor.sources.kubernetes.reader import Reader as KubernetesReader

ROUNDS = 3
"""A cluster in which there is something new each time is left to the next audit."""


def _differing(snapshot: Snapshot) -> AbstractSet[ServiceKey]:
    """The Services about which any rule says something, by the default policy."""
    return suspects(judged(snapshot, Policy(), Scope(), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What a first reading says of itself."""

    suspects: Callable[[Snapshot], AbstractSet[ServiceKey]] = _differing
    """The Services about which something differs."""
    settled: Callable[[Snapshot], bool] = lambda _: False
    """True if it is the same as what the audit before ended with."""

    def of(self, seen: Callable[[], Snapshot]) -> Doubted:
        """The same, of what is known at any moment."""
        return Doubted(lambda: self.suspects(seen()), lambda: self.settled(seen()))


class Doubted(NamedTuple):
    """The same, of what is known by now."""

    suspects: Callable[[], AbstractSet[ServiceKey]]
    settled: Callable[[], bool]


ANY = Doubts()


def confirm(
    kubernetes: KubernetesReader,
    azure: AzureReader | Gathered,
    group: str,
    doubted: Doubted,
    declared: AbstractSet[ServiceKey],
) -> None:
    """Read again what a finding may hang on; what cannot be confirmed becomes a gap.

    `azure` is a Gathered where Azure cannot be read again, `group` the node resource group, `declared` are the Services
    that Git has.
    """
    if "services" not in kubernetes.gathered.found:
        return
    sides = _Sides(kubernetes, azure, group)
    if _settled(sides, doubted):
        return
    before = sides.keys()
    if _confirmed(kubernetes, sides, doubted):
        unread = {gap.scope for gap in kubernetes.gathered.gaps if gap.kind == "services"}
        for key in sorted((before - sides.keys()) & declared):
            if unread & {"*", key.namespace}:
                continue  # nobody knows whether it is gone, which was said
            reason = f"the Service {key} was deleted during the audit, perhaps in Git too; audit again"
            kubernetes.gathered.missed(key.namespace, "services", reason)
    else:
        sides.unsure("the cluster changed each time it was looked at; audit again later")


def _confirmed(kubernetes: KubernetesReader, sides: _Sides, doubted: Doubted) -> bool:
    """False if there was something new each time."""
    confirmed: set[str] = set()
    looked_at: set[ServiceKey] = set()
    for _ in range(ROUNDS):
        if sides.strangers() - confirmed:
            # Services of every type, and as they are after Azure was read: one may be a ClusterIP that still has all.
            kubernetes.everything()
            if _settled(sides, doubted):
                return True
            strangers = sides.strangers()
            if strangers - confirmed and not sides.blind:
                sides.azure_again()
                confirmed |= strangers & sides.strangers()
                looked_at.clear()
        if sides.unsteady and doubted.suspects():
            sides.pages_again()
        # Each is read once after Azure, so this ends; where none is another now, all others are as they were too.
        while left := doubted.suspects() - looked_at:
            looked_at |= left
            if not kubernetes.again(left):
                break
        if sides.blind or sides.strangers() <= confirmed:
            return True
    return False


def _settled(sides: _Sides, doubted: Doubted) -> bool:
    """True if all is as the audit before ended with; of what came in several pages, some may be as before and moved."""
    if sides.unsteady and doubted.settled():
        sides.pages_again()
    return not sides.unsteady and doubted.settled()


class _Sides:
    """Both sides, as they were read last."""

    def __init__(self, kubernetes: KubernetesReader, azure: AzureReader | Gathered, group: str) -> None:
        self._kubernetes, self._azure, self._group = kubernetes, azure, group
        self.unsteady = not isinstance(azure, Gathered) and azure.paged
        """Lists of Azure came in several pages, and were read once."""

    @property
    def blind(self) -> bool:
        """Not all Services could be read: nothing is called an orphan then."""
        return any(gap.kind == "services" and gap.scope == "*" for gap in self._kubernetes.gathered.gaps)

    def keys(self) -> set[ServiceKey]:
        """The Services that are known."""
        return {one.key for one in self._kubernetes.gathered.found["services"]}

    def strangers(self) -> set[str]:
        """What Azure has for Services that are not there."""
        gathered = self._azure if isinstance(self._azure, Gathered) else self._azure.gathered
        return owners.strangers(
            self._kubernetes.gathered.found["services"],
            load_balancers=gathered.found.get("load_balancers", ()),
            links=gathered.found.get("private_link_services", ()),
            public_ips=gathered.found.get("public_ips", ()),
            group=self._group,
        )

    def azure_again(self) -> None:
        """Read Azure anew; where that fails, nobody knows whether what was there still is."""
        if isinstance(self._azure, Gathered):
            self.unsure("Azure could not be read to its end; audit again later")
            return
        try:
            self._azure.again()
        except SourceError as e:
            self.unsure(str(e))
        else:
            if self._azure.paged:
                self.pages_again()

    def pages_again(self) -> None:
        """Read the lists that came in several pages until they are the same twice."""
        if not isinstance(self._azure, Gathered):
            self._azure.paged_again()
        self.unsteady = False

    def unsure(self, reason: str) -> None:
        """Note that no Service may be taken for gone."""
        text = f"Azure has something for Services that are not there, which a second look did not confirm: {reason}"
        self._kubernetes.gathered.missed("*", "services", text)
