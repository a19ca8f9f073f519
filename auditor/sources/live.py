"""A live cluster to a Recording: the three sides are read at the same time, each until its own deadline.

What one side needs of another (which Services Git declares, whose frontends Azure has) is asked in a second round, so
that no side waits for one that it does not need, and one that fails is a gap and nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from auditor.config.settings import Cluster
from auditor.model.service import Declared, Node, ServiceKey
from auditor.model.snapshot import Facts, Gap, Snapshot
from auditor.sources import inference, owners
from auditor.sources.gathered import Deadline, Gathered, Requests
from auditor.sources.manifests import keep_last
from auditor.sources.session import Session
from auditor.sources.side_by_side import EVERYTHING, finished, start
from auditor.sources.snapshot_write import Recording

if TYPE_CHECKING:
    from auditor.sources.azure.reader import Reader as AzureReader
    from auditor.sources.git.source import GitRead
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
        self._deadlines = {"kubernetes": Deadline(cluster.kubernetes.timeout), "azure": Deadline(cluster.azure.timeout)}
        self._kubernetes = Gathered("kubernetes")
        self._azure = Gathered("azure")
        self._facts = Facts()
        self._skew: timedelta | None = None

    def recording(self) -> Recording:
        """Start all sides, join them, ask again where one side's answer is the other's question."""
        # The SDKs are imported one after the other and on this thread: imported side by side they deadlock now and
        # then (docs/performance.md). Git is at work in a process of its own meanwhile.
        git = self._start_git()
        self._tell("Git")
        kubernetes = self._start_kubernetes()
        azure = self._start_azure(kubernetes)
        reads = [self._git_read(index, task) for index, task in enumerate(git)]
        declared, gaps = _declared(reads)
        self._tell("the cluster")
        cluster_side = finished(kubernetes, "kubernetes", "*", self._cluster.kubernetes.timeout)
        self._tell("Azure")
        azure_side = finished(azure, "azure", "*", self._cluster.azure.timeout + self._patience())
        self._second_round(cluster_side, azure_side, declared or ())
        self._session.progress(self._cluster.name, "")
        return Recording(
            snapshot=self._snapshot(reads, declared, gaps),
            collections=self._collections(),
            manifests={one.source.name: one.files for one in reads if one.declared is not None},
            namespaces={one.source.name: one.namespace for one in reads if one.namespace != "default"},
        )

    def _tell(self, side: str) -> None:
        self._session.progress(self._cluster.name, f"reading {side} …")

    def _start_git(self) -> list[Future[GitRead]]:
        from auditor.sources.git.source import read_git

        session = self._session
        return [
            start(
                f"git {one.name}",
                partial(
                    read_git, one, cache_dir=session.cache_dir, deadline=Deadline(one.timeout), blobs=session.blobs,
                    record=self._record,
                ),
            )
            for one in self._cluster.git
        ]  # fmt: skip

    def _git_read(self, index: int, task: Future[GitRead]) -> GitRead:
        from auditor.sources.git.source import GitRead, source_of

        source = self._cluster.git[index]
        found = finished(task, "git", source.name, source.timeout, "manifests")
        if isinstance(found, Gap):
            return GitRead(source=source_of(source), gaps=(found,), namespace=source.namespace)
        return found

    def _start_kubernetes(self) -> Future[KubernetesReader]:
        from auditor.sources.kubernetes.client import Client
        from auditor.sources.kubernetes.reader import Reader

        settings, deadline = self._cluster.kubernetes, self._deadlines["kubernetes"]
        deadline.renew()

        def read() -> Reader:
            timeout = self._session.request_timeout
            client = Client(settings, deadline=deadline, request_timeout=timeout, requests=self._requests)
            self._closing.callback(client.close)
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
            found = finished(kubernetes, "kubernetes", "*", self._cluster.kubernetes.timeout)
            deadline.renew()
            return () if isinstance(found, Gap) else found.gathered.found.get("nodes", ())

        def read() -> Reader:
            timeout = self._session.request_timeout
            client = Client(settings, deadline=deadline, request_timeout=timeout, requests=self._requests)
            self._closing.callback(client.close)
            reader = Reader(client, settings, self._cluster.controller, record=self._record)
            reader.first(nodes() if reader.needs_nodes else ())
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
            self._facts = azure.facts()

    def _ask_azure(self, reader: AzureReader, declared: Iterable[Declared]) -> None:
        services = (*declared, *self._kubernetes.found.get("services", ()))
        reader.follow(owners.link_service_groups(services), owners.public_ip_groups(services))
        reader.nics()

    def _ask_kubernetes(self, reader: KubernetesReader, declared: Iterable[Declared]) -> None:
        """Get the Services that somebody speaks of; look at every Service where a frontend's owner is still unknown."""
        keys: set[ServiceKey] = {one.key for one in declared}
        reader.follow(keys | owners.tagged(self._azure.found.get("private_link_services", ())))
        services = reader.gathered.found.get("services")
        if services is not None and owners.unknown(self._azure.found.get("load_balancers", ()), services):
            reader.everything()

    def _snapshot(self, reads: list[GitRead], declared: tuple[Declared, ...] | None, gaps: tuple[Gap, ...]) -> Snapshot:
        found = {**self._kubernetes.found, **self._azure.found}
        all_gaps = (*gaps, *self._kubernetes.gaps, *self._azure.gaps, *self._session.clock_gap(self._skew))
        return Snapshot(
            cluster=self._cluster.name,
            captured_at=self._session.now(self._skew),
            facts=inference.complete(self._facts, found.get("load_balancers", ()), found.get("services", ())),
            git=tuple(one.source for one in reads),
            declared=declared,
            gaps=tuple(dict.fromkeys(all_gaps)),
            reads=(*(read for one in reads for read in one.reads), *self._kubernetes.reads, *self._azure.reads),
            endpoints=tuple((one.source, one.endpoint) for one in (self._azure, self._kubernetes) if one.endpoint),
            requests=self._requests.counted(),
            **found,
        )

    def _collections(self) -> dict[str, bytes]:
        if not self._record:
            return {}
        from auditor.sources.kubernetes_json import joined

        lists = {kind: joined(items) for kind, items in self._kubernetes.raw.items()}
        return lists | {kind: b"[" + b",\n".join(items) + b"]\n" for kind, items in self._azure.raw.items()}


def _declared(reads: list[GitRead]) -> tuple[tuple[Declared, ...] | None, tuple[Gap, ...]]:
    """What all Git sources declare together, and their gaps; None if none of them was read."""
    gaps = [gap for one in reads for gap in one.gaps]
    if not reads:
        reason = "no Git repository is known: add one under `git:` in the configuration, or run the auditor inside one"
        gaps.append(Gap(source="git", scope="*", kind="manifests", reason=reason))
    if all(one.declared is None for one in reads):
        return None, tuple(gaps)
    kept, doubled = keep_last(one for read in reads for one in read.declared or ())
    return kept, (*gaps, *doubled)
