"""Lists and single resources of Microsoft.Network, decoded page by page as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from auditor.model.snapshot import Read
from auditor.sources.api_json import arm_json
from auditor.sources.api_json.arm_list import items
from auditor.sources.api_json.wire import DecodeError
from auditor.sources.azure.client import Client
from auditor.sources.azure.faults import AnswerError, UnreachableError
from auditor.sources.gathered import Gathered, SourceError

NETWORK = "2024-05-01"
"""The version of Microsoft.Network's API: it has every field that is used, and the sovereign clouds have it."""
CONTAINER_SERVICE = "2024-05-01"
SCALE_SETS = "2018-10-01"
"""The one version in which network interfaces of scale sets are listed."""


class _Decode(Protocol):
    def __call__(self, data: bytes, *, part: bool = False) -> tuple[Any, ...]: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of resource."""

    name: str
    field: str
    """Where it goes in a Snapshot."""
    decode: _Decode


LOAD_BALANCERS = Kind("loadBalancers", "load_balancers", arm_json.decode_load_balancers)
PRIVATE_LINK_SERVICES = Kind("privateLinkServices", "private_link_services", arm_json.decode_private_link_services)
VIRTUAL_NETWORKS = Kind("virtualNetworks", "virtual_networks", arm_json.decode_virtual_networks)
PUBLIC_IPS = Kind("publicIPAddresses", "public_ips", arm_json.decode_public_ips)
NETWORK_INTERFACES = Kind("networkInterfaces", "nic_addresses", arm_json.decode_network_interfaces)
ALL = (LOAD_BALANCERS, PRIVATE_LINK_SERVICES, PUBLIC_IPS, VIRTUAL_NETWORKS)


class Lists:
    """Reads lists into what was gathered; a list that breaks off leaves nothing behind."""

    def __init__(self, client: Client, gathered: Gathered) -> None:
        self._client = client
        self._gathered = gathered
        self.paged: dict[tuple[Kind, str], None] = {}
        """Kind and scope of the lists that came in several pages."""

    def read_all(self, scope: str, kind: Kind, *, named: bool = False) -> bool:
        """As `below`, or note the gap; True if they were read. Raises UnreachableError only.

        `named`: it is a resource group that a Service names, which may not exist: nothing is in it.
        """
        return self._or_gap(scope, kind, self.below, named=named)

    def read_one(self, resource_id: str, kind: Kind) -> bool:
        """As `one`, or note the gap; True if it was read. Raises UnreachableError only."""
        return self._or_gap(resource_id, kind, self.one)

    def _or_gap(self, scope: str, kind: Kind, read: Callable[[str, Kind], object], *, named: bool = False) -> bool:
        try:
            read(scope, kind)
        except UnreachableError:
            raise
        except SourceError as e:
            if not (named and isinstance(e, AnswerError) and e.code == "ResourceGroupNotFound"):
                self._gathered.missed(scope, kind.name, str(e))
                return False
            self._gathered.read(scope, kind.name, 0)
        return True

    def below(self, scope: str, kind: Kind) -> tuple[Any, ...]:
        """All resources of a kind in a resource group or subscription. Raises SourceError."""
        return self.at(f"{scope}/providers/Microsoft.Network/{kind.name}", kind, scope=scope)

    def at(self, path: str, kind: Kind, *, scope: str, version: str = NETWORK) -> tuple[Any, ...]:
        """All resources of the list at a path. Raises SourceError."""
        found, raw = self._listed(path, kind, scope, version)
        self._keep(kind, scope, found, raw)
        return tuple(found)

    def ids(self, kinds: Iterable[Kind]) -> frozenset[str]:
        """What is known of these kinds."""
        return frozenset(one.id.lower() for kind in kinds for one in self._gathered.found.get(kind.field, ()))

    def again(self, kinds: Iterable[Kind]) -> None:
        """Read anew what was read of these kinds, in its place. Raises SourceError, and then keeps all as it was."""
        wanted = {kind.name: kind for kind in kinds if kind.field in self._gathered.found}
        fresh = [(wanted[one.kind], one.scope, self._anew(wanted[one.kind], one))
                 for one in self._gathered.reads if one.kind in wanted]  # fmt: skip
        self._gathered.reads = [one for one in self._gathered.reads if one.kind not in wanted]
        for kind in wanted.values():
            self._gathered.found[kind.field] = ()
            self._gathered.raw.pop(kind.name, None)
        for kind, scope, (found, raw) in fresh:
            self._keep(kind, scope, found, raw)

    def _anew(self, kind: Kind, before: Read) -> tuple[list[Any], list[bytes]]:
        single = "/providers/" in before.scope
        try:
            if single:
                return self._single(before.scope, kind)
            return self._listed(f"{before.scope}/providers/Microsoft.Network/{kind.name}", kind, before.scope)
        except AnswerError as e:
            # A resource may be gone; a group that was empty may have been none at all (links.py).
            if e.status == HTTPStatus.NOT_FOUND and (single or not before.objects):
                return [], []
            raise

    def _listed(self, path: str, kind: Kind, scope: str, version: str = NETWORK) -> tuple[list[Any], list[bytes]]:
        found: list[Any] = []
        raw: list[bytes] = []
        for number, page in enumerate(self._client.pages(path, version)):
            if number and kind in ALL:
                self.paged[kind, scope] = None
            found += _decoded(lambda data: kind.decode(data, part=True), page, kind, scope)
            if self._gathered.record:
                raw += items(page)
        return found, raw

    def one(self, resource_id: str, kind: Kind) -> tuple[Any, ...]:
        """One resource, by its id. Raises SourceError."""
        found, raw = self._single(resource_id, kind)
        self._keep(kind, resource_id, found, raw)
        return tuple(found)

    def _single(self, resource_id: str, kind: Kind) -> tuple[list[Any], list[bytes]]:
        data = self._client.get(resource_id, NETWORK)
        return list(_decoded(kind.decode, b"[" + data + b"]", kind, resource_id)), [data]

    def _keep(self, kind: Kind, scope: str, found: list[Any], raw: list[bytes]) -> None:
        held = self._gathered.found.get(kind.field, ())
        if kind in ALL:  # what was read by its id may be in a list too, and what pages push on is on two of them
            known = self.ids((kind,))
            each = {one.id.lower(): index for index, one in enumerate(found)}
            new = [index for key, index in each.items() if key not in known]
            found, raw = [found[index] for index in new], [raw[index] for index in new if raw]
        self._gathered.found[kind.field] = (*held, *found)
        self._gathered.read(scope, kind.name, len(found))
        if self._gathered.record:
            self._gathered.raw.setdefault(kind.name, []).extend(raw)


def _decoded(decode: Callable[[bytes], tuple[Any, ...]], data: bytes, kind: Kind, scope: str) -> tuple[Any, ...]:
    try:
        return decode(data)
    except DecodeError as e:
        raise SourceError(
            f"what Azure answered to the reading of {kind.name} in {scope} {e}; audit again later"
        ) from None
