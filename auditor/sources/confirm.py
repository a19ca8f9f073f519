"""What looks orphaned or missing is looked at again: the sides are read one after the other, and the cluster goes on.

The controller removes what it made before it lets a Service go. So an owner counts as gone only if what it left was
there before the Services were read and is there after, and something counts as missing in Azure only if its Service is
there after Azure was read. Nothing is asked where the first reading fits together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model.service import ServiceKey
from auditor.sources import owners
from auditor.sources.gathered import SourceError

if TYPE_CHECKING:
    from auditor.sources.azure.reader import Reader as AzureReader
    from auditor.sources.kubernetes.reader import Reader as KubernetesReader

ROUNDS = 3
"""A cluster in which there is something new each time is left to the next audit."""


def confirm(kubernetes: KubernetesReader, azure: AzureReader) -> None:
    """Read again what a finding may hang on; what cannot be confirmed becomes a gap."""
    sides = _Sides(kubernetes, azure)
    if sides.incomplete:
        return
    confirmed: set[str] = set()
    for _ in range(ROUNDS):
        if sides.strangers() - confirmed:
            # Services of every type, and as they are after Azure was read: one may be a ClusterIP that still has all.
            kubernetes.everything()
            left = sides.strangers()
            if left - confirmed and not sides.blind:
                sides.azure_again()
                confirmed |= left & sides.strangers()
        kubernetes.again(sides.unserved())
        if sides.blind or sides.strangers() <= confirmed:
            return
    sides.unsure("the cluster changed each time it was looked at; audit again later")


class _Sides:
    """Both sides, as they were read last."""

    def __init__(self, kubernetes: KubernetesReader, azure: AzureReader) -> None:
        self._kubernetes, self._azure = kubernetes, azure

    @property
    def incomplete(self) -> bool:
        """A side of which nothing is judged needs no second look."""
        return "services" not in self._kubernetes.gathered.found or "load_balancers" not in self._azure.gathered.found

    @property
    def blind(self) -> bool:
        """Not all Services could be read: nothing is called an orphan then."""
        return any(gap.kind == "services" and gap.scope == "*" for gap in self._kubernetes.gathered.gaps)

    def strangers(self) -> set[str]:
        """What Azure has for Services that are not there."""
        found = self._azure.gathered.found
        return owners.strangers(
            self._kubernetes.gathered.found["services"],
            load_balancers=found["load_balancers"],
            links=found.get("private_link_services", ()),
            public_ips=found.get("public_ips", ()),
            group=self._azure.facts().node_resource_group or "",
        )

    def unserved(self) -> set[ServiceKey]:
        """The Services for which Azure lacks something."""
        found = self._azure.gathered.found
        return owners.unserved(
            self._kubernetes.gathered.found["services"], found["load_balancers"], found.get("private_link_services")
        )

    def azure_again(self) -> None:
        """Read Azure anew; where that fails, nobody knows whether what was there still is."""
        try:
            self._azure.again()
        except SourceError as e:
            self.unsure(str(e))

    def unsure(self, reason: str) -> None:
        """Note that no Service may be taken for gone."""
        text = f"Azure has something for Services that are not there, which a second look did not confirm: {reason}"
        self._kubernetes.gathered.missed("*", "services", text)
