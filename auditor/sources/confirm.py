"""What looks wrong is looked at again: the sides are read one after the other, and the cluster goes on meanwhile.

A Service about which something differs is read anew after Azure was: one that is another now takes the place of the old
one, and has changed so lately that nothing about it is certain yet (triage).

Lists of Azure that came in several pages are read until they are the same twice: where one goes meanwhile, others move.

The controller removes what it made before it lets a Service go. So an owner counts as gone only if what it left was
there before the Services were read and is there after. Nothing is asked where the first reading fits together.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

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

Suspects = Callable[[Snapshot], AbstractSet[ServiceKey]]


def differing(snapshot: Snapshot) -> AbstractSet[ServiceKey]:
    """The Services about which any rule says something, by the default policy."""
    return suspects(judged(snapshot, Policy(), Scope(), None))


def confirm(
    kubernetes: KubernetesReader,
    azure: AzureReader | Gathered,
    group: str,
    doubtful: Callable[[], AbstractSet[ServiceKey]],
    declared: AbstractSet[ServiceKey],
) -> None:
    """Read again what a finding may hang on; what cannot be confirmed becomes a gap.

    `azure` is a Gathered where Azure cannot be read again, `group` the node resource group. `doubtful` tells the
    Services about which something differs in what is known so far, `declared` are those that Git has.
    """
    if "services" not in kubernetes.gathered.found:
        return
    sides = _Sides(kubernetes, azure, group)
    before = sides.keys()
    if not isinstance(azure, Gathered) and azure.paged and doubtful():
        azure.paged_again()
    if _confirmed(kubernetes, sides, doubtful):
        unread = {gap.scope for gap in kubernetes.gathered.gaps if gap.kind == "services"}
        for key in sorted((before - sides.keys()) & declared):
            if unread & {"*", key.namespace}:
                continue  # nobody knows whether it is gone, which was said
            reason = f"the Service {key} was deleted during the audit, perhaps in Git too; audit again"
            kubernetes.gathered.missed(key.namespace, "services", reason)
    else:
        sides.unsure("the cluster changed each time it was looked at; audit again later")


def _confirmed(kubernetes: KubernetesReader, sides: _Sides, doubtful: Callable[[], AbstractSet[ServiceKey]]) -> bool:
    """False if there was something new each time."""
    confirmed: set[str] = set()
    looked_at: set[ServiceKey] = set()
    for _ in range(ROUNDS):
        if sides.strangers() - confirmed:
            # Services of every type, and as they are after Azure was read: one may be a ClusterIP that still has all.
            kubernetes.everything()
            strangers = sides.strangers()
            if strangers - confirmed and not sides.blind:
                sides.azure_again()
                confirmed |= strangers & sides.strangers()
                looked_at.clear()
        # Each is read once after Azure, so this ends; where none is another now, all others are as they were too.
        while left := doubtful() - looked_at:
            looked_at |= left
            if not kubernetes.again(left):
                break
        if sides.blind or sides.strangers() <= confirmed:
            return True
    return False


class _Sides:
    """Both sides, as they were read last."""

    def __init__(self, kubernetes: KubernetesReader, azure: AzureReader | Gathered, group: str) -> None:
        self._kubernetes, self._azure, self._group = kubernetes, azure, group

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
                self._azure.paged_again()

    def unsure(self, reason: str) -> None:
        """Note that no Service may be taken for gone."""
        text = f"Azure has something for Services that are not there, which a second look did not confirm: {reason}"
        self._kubernetes.gathered.missed("*", "services", text)
