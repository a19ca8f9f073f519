"""A live cluster to a Recording: the three sides are read at the same time, each until its own deadline.

What one side needs of another (which Services Git declares, whose frontends Azure has) is asked in a second round, so
that no side waits for one that it does not need, and one that fails is a gap and nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from auditor.config.settings import Cluster
from auditor.model.service import Declared, Node, ServiceKey
from auditor.model.snapshot import Facts, Gap, Snapshot
from auditor.sources import inference, owners
from auditor.sources.confirm import ANY, Doubted, Doubts, confirm
from auditor.sources.elsewhere import elsewhere
from auditor.sources.explained import explained
from auditor.sources.gathered import Deadline, Gathered, Requests
from auditor.sources.git_side import GitSide, together
from auditor.sources.session import Session
from auditor.sources.side_by_side import finished, start
from auditor.sources.snapshots.snapshot_write import Recording, collected

if TYPE_CHECKING:
    from auditor.sources.azure.reader import Reader as AzureReader
    from auditor.sources.git.source import GitRead
    from auditor.sources.kubernetes.client import Client as KubernetesClient
    from auditor.sources.kubernetes.reader import Reader as KubernetesReader


def gather(cluster: Cluster, session: Session, *, record: bool = False, doubts: Doubts = ANY) -> Recording:
    """Read Git, the API server and Azure; whatever fails is a gap. `record` keeps what a recording needs.

    `doubts` tells the Services about which something differs in what was read: those are looked at again.
    """
    with contextlib.ExitStack() as closing:
        gathering = _Gathering(cluster, session, closing, record=record)
        try:
            return gathering.recording(doubts)
        finally:
            gathering.end()  # before the connections are closed


class _Gathering:
    """One audit's reading."""

    def __init__(self, cluster: Cluster, session: Session, closing: contextlib.ExitStack, *, record: bool) -> None:
        self._cluster = cluster
        self._session = session
        self._closing = closing
        """Ends the connections, which a daemon would else pile up."""
        self._record = record
        self._requests = Requests()
        self._git = GitSide(cluster, session, record=record)
        self._client: Future[KubernetesClient] = Future()
        self._deadlines = {"kubernetes": Deadline(cluster.kubernetes.timeout), "azure": Deadline(cluster.azure.timeout)}
        self._kubernetes = Gathered("kubernetes")
        self._azure = Gathered("azure")
        self._reads_kubernetes: KubernetesReader | None = None
        self._reads_azure: AzureReader | None = None
        self._facts = Facts()
        self._skew: timedelta | None = None
        self._began = session.began()
        """What changes from now on may be older on one side than on the other."""

    def recording(self, doubts: Doubts) -> Recording:
        """Start all sides, join them, ask again where one side's answer is the other's question."""
        # The SDKs are imported one after the other and on this thread: imported side by side they deadlock now and
        # then (docs/performance.md). Git is at work in a process of its own meanwhile.
        self._git.begin()
        self._tell("Git")
        kubernetes = self._start_kubernetes()
        azure = self._start_azure(kubernetes)
        self._git.ask(self._client)
        reads = self._git.reads()
        declared, gaps = together(reads)
        self._tell("the cluster")
        cluster_side = finished(kubernetes, "kubernetes", "*", self._cluster.kubernetes.timeout)
        self._tell("Azure")
        azure_side = finished(azure, "azure", "*", self._cluster.azure.timeout + self._patience())
        gaps = (*self._git.gaps, *gaps)
        cluster_side, azure_side = self._second_round(cluster_side, azure_side, declared or ())

        def seen() -> Snapshot:
            return self._snapshot(reads, declared, gaps)

        if not isinstance(cluster_side, Gap):
            self._confirm(cluster_side, azure_side, doubts.of(seen), {one.key for one in declared or ()})
        self._session.progress(self._cluster.name, "")
        return Recording(
            snapshot=explained(seen(), self._git.causes(), self._client, self._cluster.kubernetes.timeout),
            collections=collected(self._kubernetes.raw, self._azure.raw),
            manifests={one.source.name: one.files for one in reads if one.declared is not None},
            rendered={one.source.name: one.rendered for one in reads if one.rendered},
            namespaces={one.source.name: one.namespace for one in reads if one.namespace != "default"},
        )

    def end(self) -> None:
        """Let nobody who was left behind ask anything more."""
        for deadline in self._deadlines.values():
            deadline.end()

    def _tell(self, side: str) -> None:
        self._session.progress(self._cluster.name, f"reading {side} …")

    def _start_kubernetes(self) -> Future[KubernetesReader]:
        from auditor.sources.kubernetes.client import Client
        from auditor.sources.kubernetes.reader import Reader

        settings, deadline = self._cluster.kubernetes, self._deadlines["kubernetes"]
        deadline.renew()

        def read() -> Reader:
            timeout = self._session.request_timeout
            try:
                client = Client(settings, deadline=deadline, request_timeout=timeout, requests=self._requests)
            except BaseException as error:
                self._client.set_exception(error)
                raise
            self._closing.callback(client.close)
            self._client.set_result(client)
            reader = Reader(client, record=self._record, namespaces=settings.namespaces)
            self._reads_kubernetes = reader
            reader.first()
            return reader

        return start("kubernetes", read)

    def _start_azure(self, kubernetes: Future[KubernetesReader]) -> Future[AzureReader]:
        from auditor.sources.azure.client import Client
        from auditor.sources.azure.reader import Reader

        settings, deadline = self._cluster.azure, self._deadlines["azure"]
        deadline.renew()

        def nodes() -> tuple[Node, ...]:
            waited = not kubernetes.done()
            found = finished(kubernetes, "kubernetes", "*", self._cluster.kubernetes.timeout)
            if waited:
                deadline.renew()
            return () if isinstance(found, Gap) else found.gathered.found.get("nodes", ())

        def read() -> Reader:
            timeout = self._session.request_timeout
            client = Client(settings, deadline=deadline, request_timeout=timeout, requests=self._requests)
            self._closing.callback(client.close)
            reader = Reader(client, settings, self._cluster.controller, record=self._record)
            self._reads_azure = reader
            reader.first(nodes)
            return reader

        return start("azure", read)

    def _patience(self) -> timedelta:
        """Where nobody says which cluster it is, its nodes do, and Azure is asked after them."""
        azure = self._cluster.azure
        known = azure.cluster or (azure.subscription_id and azure.node_resource_group)
        return timedelta() if known else self._cluster.kubernetes.timeout

    def _second_round(
        self, kubernetes: KubernetesReader | Gap, azure: AzureReader | Gap, declared: tuple[Declared, ...]
    ) -> tuple[KubernetesReader | Gap, AzureReader | Gap]:
        """Ask each side for what the others made a question of; returns who reads from now on."""
        for deadline in self._deadlines.values():
            deadline.renew()
        if not isinstance(azure, Gap):
            self._azure, self._facts = azure.gathered, azure.facts()
        elif self._reads_azure:
            self._azure, self._facts = self._reads_azure.so_far(azure.reason), self._reads_azure.facts()
        else:
            self._azure.gaps.append(azure)
            self._facts = owners.given(self._cluster)
        if isinstance(kubernetes, Gap) and self._reads_kubernetes:
            kubernetes = self._reads_kubernetes.heir(kubernetes.reason)
        if isinstance(kubernetes, Gap):
            self._kubernetes.gaps.append(kubernetes)
        else:
            self._kubernetes, self._skew = kubernetes.gathered, kubernetes.clock_skew
        first = start("azure", partial(self._ask_azure, azure, declared))
        second = start("kubernetes", partial(self._ask_kubernetes, kubernetes, declared))
        late = finished(first, "azure", "*", self._cluster.azure.timeout)
        # Whoever is left behind goes on reading into what was its own.
        if late and not isinstance(azure, Gap):
            self._azure, azure = azure.so_far(late.reason), late
        late = finished(second, "kubernetes", "*", self._cluster.kubernetes.timeout)
        if late and not isinstance(kubernetes, Gap):
            kubernetes = kubernetes.heir(late.reason, "services")
            self._kubernetes = kubernetes.gathered
        return kubernetes, azure

    def _confirm(
        self,
        kubernetes: KubernetesReader,
        azure: AzureReader | Gap,
        doubted: Doubted,
        declared: AbstractSet[ServiceKey],
    ) -> None:
        """Look again at what differs: all sides went on while they were read."""
        self._deadlines["azure"].renew()
        self._deadlines["kubernetes"].renew(self._cluster.azure.timeout)  # Azure is read in between
        limit = self._cluster.kubernetes.timeout + self._cluster.azure.timeout
        side, group = self._azure if isinstance(azure, Gap) else azure, self._facts.node_resource_group or ""
        task = start("confirm", partial(confirm, kubernetes, side, group, doubted, declared))
        found = finished(task, "kubernetes", "*", limit, "services")
        if not isinstance(azure, Gap):
            self._facts = azure.facts()
        if isinstance(found, Gap):
            kubernetes, self._azure = kubernetes.heir(found.reason, "services"), self._azure.copy()
            self._kubernetes = kubernetes.gathered
            kubernetes.forget(doubted.suspects())

    def _ask_azure(self, reader: AzureReader | Gap, declared: Iterable[Declared]) -> None:
        if not isinstance(reader, Gap):
            services = (*declared, *self._kubernetes.found.get("services", ()))
            reader.follow(owners.link_service_groups(services, reader.facts()), owners.public_ip_groups(services))
            reader.nics()

    def _ask_kubernetes(self, reader: KubernetesReader | Gap, declared: Iterable[Declared]) -> None:
        """Get the Services that somebody speaks of."""
        if not isinstance(reader, Gap):
            keys: set[ServiceKey] = {one.key for one in declared}
            reader.follow(keys | owners.tagged(self._azure.found.get("private_link_services", ())))

    def _snapshot(self, reads: list[GitRead], declared: tuple[Declared, ...] | None, gaps: tuple[Gap, ...]) -> Snapshot:
        found = {**self._kubernetes.found, **self._azure.found}
        balancers, services = found.get("load_balancers"), found.get("services", ())
        other = elsewhere(self._facts, found.get("nodes", ()), balancers, services)
        all_gaps = (*gaps, *self._kubernetes.gaps, *self._azure.gaps, *other, *self._session.clock_gap(self._skew))
        return Snapshot(
            cluster=self._cluster.name,
            captured_at=self._session.now(self._skew, self._began),
            facts=inference.complete(self._facts, balancers or (), services),
            git=tuple(one.source for one in reads),
            declared=declared,
            ignored=self._git.ignored(),
            partials=tuple(partial for one in reads for partial in one.partials),
            gaps=tuple(dict.fromkeys(all_gaps)),
            reads=(*(read for one in reads for read in one.reads), *self._kubernetes.reads, *self._azure.reads),
            endpoints=tuple((one.source, one.endpoint) for one in (self._azure, self._kubernetes) if one.endpoint),
            requests=self._requests.counted(),
            **found,
        )
