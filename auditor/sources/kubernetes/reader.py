"""Services, their Events and the Nodes of a cluster; what cannot be read is a gap, and the others are read even so.

Services are read of the whole cluster wherever that is permitted, also if the audit is about some namespaces or labels
only: the owner of a frontend may be any Service, and must not look absent. The scope is applied later, by the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from auditor.model.service import Event, Live, ServiceKey
from auditor.sources.api_json.kubernetes_json import decode_events, decode_nodes, decode_services, joined
from auditor.sources.gathered import Gathered, SourceError
from auditor.sources.kubernetes import services
from auditor.sources.kubernetes.client import SOURCE, Client
from auditor.sources.kubernetes.errors import ForbiddenError, UnreachableError
from auditor.sources.kubernetes.lists import Listed, Lists
from auditor.sources.side_by_side import side_by_side

__all__ = ["Reader", "joined"]

T = TypeVar("T")

PAGE = 500
"""Objects in a page: kubectl's choice."""
MANY = 100
"""From so many single Services on, reading all of them takes less."""
_AT_ONCE = 8
_KINDS = ("services", "events", "nodes")
_EVERYWHERE = "*"
_OF_SERVICES = "involvedObject.kind=Service"


class Reader:
    """Reads one cluster into `gathered`.

    `record` keeps the JSON of every object too; `namespaces` are read one by one where the whole cluster may not be.
    """

    def __init__(
        self, client: Client, *, record: bool, namespaces: tuple[str, ...] = (), limit: int = PAGE, many: int = MANY
    ) -> None:
        self.gathered = Gathered(SOURCE, record)
        self._client = client
        self._lists = Lists(client=client, limit=limit, record=record)
        self._namespaces = tuple(dict.fromkeys(namespaces))
        self._many = many
        self._known: dict[ServiceKey, services.One] = {}
        self._read: dict[str, bool] = {}
        """Scopes whose Services were read, each with whether that was all of them."""
        self._down: UnreachableError | None = None

    @property
    def server_time(self) -> datetime | None:
        """What the server's clock said with its latest answer."""
        return self._client.server_time

    @property
    def clock_skew(self) -> timedelta | None:
        """How far the server's clock was ahead of ours then; None if it did not say."""
        return self._client.clock_skew

    def first(self) -> None:
        """List Services of type LoadBalancer, Events about Services, and Nodes."""
        try:
            self._services(selected=True)
            self._events()
            self._nodes()
        except UnreachableError as e:
            # Nobody answers, or lets us in: the same question about another collection would only take time.
            for kind in _KINDS:
                if kind not in self.gathered.found:
                    self.gathered.missed(_EVERYWHERE, kind, str(e))
        finally:
            self.gathered.endpoint = self._client.endpoint

    def heir(self, reason: str, kind: str | None = None) -> Reader:
        """Another reader with all that this one has so far; `reason`: why nobody waits for this one any more.

        `kind` was read again when it was left behind, and may be another now.
        """
        made = Reader(
            self._client,
            record=self.gathered.record,
            namespaces=self._namespaces,
            limit=self._lists.limit,
            many=self._many,
        )
        made.gathered, made._known, made._read = self.gathered.copy(), dict(self._known), dict(self._read)
        made.gathered.endpoint = self._client.endpoint
        for one in _KINDS:
            if one == kind or one not in made.gathered.found:
                made.gathered.missed(_EVERYWHERE, one, reason)
        return made

    def forget(self, keys: Iterable[ServiceKey]) -> None:
        """Know nothing of these Services any more: what is known of them may be wrong by now."""
        for key in keys:
            self._known.pop(key, None)
        self._note()

    def follow(self, declared: Iterable[ServiceKey]) -> None:
        """Get those of these Services that the list left out: one whose type is another now is not gone."""
        wanted = sorted(key for key in set(declared) - self._known.keys() if services.possible(key) and self._left(key))
        if len(wanted) > self._many:
            self.everything()
            return
        if not wanted:
            return
        self._look(wanted)

    def again(self, keys: Iterable[ServiceKey]) -> bool:
        """Get these Services once more; True if any Service is another now.

        One that is gone, or cannot be read any more, is known no more; one that is new is.
        """
        wanted = sorted(key for key in keys if key in self._known or self._may_be(key))
        if not wanted:
            return False
        before = self._versions()
        for key in wanted:
            self._known.pop(key, None)
        if len(wanted) > self._many:
            self.everything()
            self._note()
        else:
            self._look(wanted)
        return self._versions() != before

    def _versions(self) -> dict[ServiceKey, tuple[str, str]]:
        return {key: (one.live.uid, one.live.resource_version) for key, one in self._known.items()}

    def _may_be(self, key: ServiceKey) -> bool:
        """True if there may be such a Service where Services were read."""
        return services.possible(key) and (_EVERYWHERE in self._read or key.namespace in self._read)

    def _look(self, wanted: list[ServiceKey]) -> None:
        """Get single Services."""
        answers = side_by_side(self._get, wanted, _AT_ONCE)
        missed: dict[str, SourceError] = {}
        for key, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, SourceError):
                missed.setdefault(key.namespace, answer)
            elif answer is not None:
                self._known[key] = answer
        for namespace, error in missed.items():
            self.gathered.missed(namespace, "services", str(error))
        self._note()

    def everything(self) -> None:
        """Read the Services of every type, as they are now: then one that is not there does not exist."""
        if not self._read:
            return
        try:
            self._services(selected=False)
        except UnreachableError as e:
            self.gathered.missed(_EVERYWHERE, "services", str(e))

    def _left(self, key: ServiceKey) -> bool:
        """True if the list that should hold the Service was read, without those of another type."""
        whole = self._read.get(_EVERYWHERE, self._read.get(key.namespace))
        return whole is False

    def _get(self, key: ServiceKey) -> services.One | SourceError | None:
        """The Service, None if it does not exist, or why that is not known."""
        if self._down is not None:
            return self._down
        try:
            return services.get(self._client, key)
        except UnreachableError as e:
            self._down = e
            return e
        except SourceError as e:
            return e

    def _services(self, *, selected: bool) -> None:
        def read(path: str) -> Listed[Live]:
            if selected:
                return self._lists.selected(path, services.LOAD_BALANCERS, decode_services)
            return self._lists.everything(path, decode_services)

        for scope, listed in self._scopes("services", read):
            stale = [key for key in self._known if scope in (_EVERYWHERE, key.namespace)]
            for key in stale:
                del self._known[key]
            self._known.update(services.keyed(listed))
            self._read[scope] = listed.whole
        if self._read:
            self._note()

    def _events(self) -> None:
        found: list[Event] = []
        raw: list[bytes] = []
        scopes = self._scopes("events", lambda path: self._lists.selected(path, _OF_SERVICES, decode_events))
        for scope, listed in scopes:
            found += listed.found
            raw += listed.raw
            self.gathered.read(scope, "events", len(listed.found))
        if scopes:
            self._found("events", tuple(found), raw)

    def _nodes(self) -> None:
        for scope, listed in self._scopes("nodes", lambda path: self._lists.everything(path, decode_nodes)):
            self._found("nodes", tuple(listed.found), listed.raw)
            self.gathered.read(scope, "nodes", len(listed.found))

    def _scopes(self, kind: str, read: Callable[[str], Listed[T]]) -> list[tuple[str, Listed[T]]]:
        """A collection of the cluster, or of single namespaces where only those may be read; the rest is a gap."""
        try:
            return [(_EVERYWHERE, read(f"/api/v1/{kind}"))]
        except UnreachableError:
            raise
        except SourceError as e:
            alone = self._namespaces if isinstance(e, ForbiddenError) and kind != "nodes" else ()
            but = f"; of the namespaces only {', '.join(alone)} could be asked for" if alone else ""
            self.gathered.missed(_EVERYWHERE, kind, f"{e}{but}")
        found = []
        for namespace in alone:
            try:
                found.append((namespace, read(f"/api/v1/namespaces/{quote(namespace, safe='')}/{kind}")))
            except UnreachableError:
                raise
            except SourceError as e:
                self.gathered.missed(namespace, kind, str(e))
        return found

    def _found(self, kind: str, found: tuple[object, ...], raw: list[bytes]) -> None:
        self.gathered.found[kind] = found
        if self.gathered.record:
            self.gathered.raw[kind] = raw

    def _note(self) -> None:
        """What is known of Services now, in place of what was noted before."""
        known = [self._known[key] for key in sorted(self._known)]
        self._found("services", tuple(one.live for one in known), [one.raw for one in known])
        self.gathered.reads = [read for read in self.gathered.reads if read.kind != "services"]
        for scope in self._read:
            number = sum(scope in (_EVERYWHERE, key.namespace) for key in self._known)
            self.gathered.read(scope, "services", number)
