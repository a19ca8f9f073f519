"""A live cluster to a Recording: the three sides are read at the same time, each until its own deadline.

What one side needs of another (which Services Git declares, whose frontends Azure has) is asked in a second round, so
that no side waits for one that it does not need, and one that fails is a gap and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from auditor.config.settings import Cluster
from auditor.model.service import Declared, Node, ServiceKey
from auditor.model.snapshot import Facts, Gap, Snapshot
from auditor.sources import inference, owners
from auditor.sources.confirm import confirm
from auditor.sources.gathered import Deadline, Gathered, Requests
from auditor.sources.git_side import GitSide, together
from auditor.sources.session import Session
from auditor.sources.side_by_side import EVERYTHING, finished, start
from auditor.sources.snapshot_write import Recording

if TYPE_CHECKING:
    from auditor.sources.azure.reader import Reader as AzureReader
    from auditor.sources.git.source import GitRead
    from auditor.sources.kubernetes.client import Client as KubernetesClient
    from auditor.sources.kubernetes.reader import Reader as KubernetesReader


def gather(cluster: Cluster, session: Session, *, record: bool = False) -> Recording:
    """Read Git, the API server and Azure; whatever fails is a gap. `record` keeps what a recording needs."""
    with contextlib.ExitStack() as closing:
        return _Gathering(cluster, session, closing, record=record).recording()


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
        self._facts = Facts()
        self._skew: timedelta | None = None

    def recording(self) -> Recording:
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
        self._second_round(cluster_side, azure_side, declared or ())
        self._session.progress(self._cluster.name, "")
        return Recording(
            snapshot=self._explained(self._snapshot(reads, declared, (*self._git.gaps, *gaps))),
            collections=self._collections(),
            manifests={one.source.name: one.files for one in reads if one.declared is not None},
            rendered={one.source.name: one.rendered for one in reads if one.rendered},
            namespaces={one.source.name: one.namespace for one in reads if one.namespace != "default"},
        )

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
    ) -> None:
        """Ask each side for what the others made a question of."""
        for deadline in self._deadlines.values():
            deadline.renew()
        if isinstance(azure, Gap):
            self._azure.gaps.append(azure)
            self._facts = owners.given(self._cluster)
        else:
            self._azure = azure.gathered
        if isinstance(kubernetes, Gap):
            self._kubernetes.gaps.append(kubernetes)
        else:
            self._kubernetes, self._skew = kubernetes.gathered, kubernetes.clock_skew
        rounds: list[tuple[Gathered, Future[None], timedelta]] = []
        if not isinstance(azure, Gap):
            task = start("azure", partial(self._ask_azure, azure, declared))
            rounds.append((self._azure, task, self._cluster.azure.timeout))
        if not isinstance(kubernetes, Gap):
            task = start("kubernetes", partial(self._ask_kubernetes, kubernetes, declared))
            rounds.append((self._kubernetes, task, self._cluster.kubernetes.timeout))
        for gathered, task, limit in rounds:
            found = finished(task, gathered.source, "*", limit)
            if isinstance(found, Gap):
                gathered.missed("*", EVERYTHING, found.reason)
        if not isinstance(azure, Gap):
            if not isinstance(kubernetes, Gap):
                self._confirm(kubernetes, azure)
            self._facts = azure.facts()

    def _confirm(self, kubernetes: KubernetesReader, azure: AzureReader) -> None:
        """Look again at what seems orphaned or missing: both sides went on while they were read."""
        limit = self._cluster.kubernetes.timeout + self._cluster.azure.timeout
        found = finished(start("confirm", partial(confirm, kubernetes, azure)), "kubernetes", "*", limit, "services")
        if isinstance(found, Gap):
            self._kubernetes.missed("*", "services", found.reason)

    def _ask_azure(self, reader: AzureReader, declared: Iterable[Declared]) -> None:
        services = (*declared, *self._kubernetes.found.get("services", ()))
        reader.follow(owners.link_service_groups(services), owners.public_ip_groups(services))
        reader.nics()

    def _ask_kubernetes(self, reader: KubernetesReader, declared: Iterable[Declared]) -> None:
        """Get the Services that somebody speaks of."""
        keys: set[ServiceKey] = {one.key for one in declared}
        reader.follow(keys | owners.tagged(self._azure.found.get("private_link_services", ())))

    def _snapshot(self, reads: list[GitRead], declared: tuple[Declared, ...] | None, gaps: tuple[Gap, ...]) -> Snapshot:
        found = {**self._kubernetes.found, **self._azure.found}
        all_gaps = (*gaps, *self._kubernetes.gaps, *self._azure.gaps, *self._session.clock_gap(self._skew))
        return Snapshot(
            cluster=self._cluster.name,
            captured_at=self._session.now(self._skew),
            facts=inference.complete(self._facts, found.get("load_balancers", ()), found.get("services", ())),
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

    def _explained(self, snapshot: Snapshot) -> Snapshot:
        """With what the GitOps tool, and the objects that Git speaks through, say of differences from Git."""
        causes = self._git.causes()
        if snapshot.partials and self._client.done() and not self._client.exception():
            from auditor.sources.discovery.live_objects import LiveObjects
            from auditor.sources.discovery.stopped import stops

            asked = Gathered("kubernetes")
            objects = LiveObjects(self._client.result())
            task = start("owners", lambda: stops(snapshot, objects, asked))
            found = finished(task, "kubernetes", "*", self._cluster.kubernetes.timeout, "declarations")
            asked.gaps += [found] if isinstance(found, Gap) else []
            causes = ({} if isinstance(found, Gap) else found) | causes
            snapshot = dataclasses.replace(snapshot, gaps=(*snapshot.gaps, *asked.gaps))
        return dataclasses.replace(snapshot, causes=tuple(sorted(causes.items()))) if causes else snapshot

    def _collections(self) -> dict[str, bytes]:
        if not self._record:
            return {}
        from auditor.sources.kubernetes_json import joined

        lists = {kind: joined(items) for kind, items in self._kubernetes.raw.items()}
        return lists | {kind: b"[" + b",\n".join(items) + b"]\n" for kind, items in self._azure.raw.items()}
