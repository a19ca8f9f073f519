"""Git's side of one cluster: the repositories that the configuration names, or those that the cluster says feed it."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from auditor.config import settings
from auditor.model.service import Declared
from auditor.model.snapshot import Gap, Ignored
from auditor.sources.declarations.manifests import keep_last
from auditor.sources.gathered import Deadline
from auditor.sources.session import Session
from auditor.sources.side_by_side import finished, start

if TYPE_CHECKING:
    from auditor.sources.discovery.found import Discovered, Source
    from auditor.sources.git.source import GitRead
    from auditor.sources.kubernetes.client import Client

_INTENT = {"flux": "Flux", "argocd": "Argo CD"}


class GitSide:
    """Reads them all at the same time, each until its own deadline."""

    def __init__(self, cluster: settings.Cluster, session: Session, *, record: bool) -> None:
        self._cluster = cluster
        self._session = session
        self._record = record
        self._tasks: list[tuple[settings.Git, Source | None, Future[GitRead]]] = []
        self._discovery: Future[Discovered] | None = None
        self._discovered: Discovered | None = None
        self.gaps: list[Gap] = []
        """Of discovery."""

    def begin(self) -> None:
        """Start what needs nobody else."""
        from auditor.sources.git import source  # noqa: F401  (imported on the caller's thread, like all SDKs)

        if self._cluster.intent == "git":
            self._tasks = [(one, None, self._task(one, None)) for one in self._cluster.git]

    def ask(self, client: Future[Client]) -> None:
        """Where the cluster is to say what feeds it, ask it as soon as there is a client."""
        if self._cluster.intent == "git":
            return
        from auditor.sources.discovery.discover import discover

        self._discovery = start("discovery", lambda: discover(client.result(), self._cluster, record=False))

    def reads(self) -> list[GitRead]:
        """Wait for all of them; whatever failed is a gap."""
        if self._discovery is not None:
            intent = _INTENT[self._cluster.intent]
            found = finished(self._discovery, "git", intent, self._cluster.kubernetes.timeout, "manifests")
            if isinstance(found, Gap):
                self.gaps.append(found)
            else:
                self._discovered = found
                self.gaps += found.gaps
                self._tasks = [(one.settings, one, self._task(one.settings, one)) for one in found.sources]
                if not found.sources and not found.gaps:
                    reason = f"{intent} feeds this cluster from no Git repository; set `intent: git` and name yours"
                    self.gaps.append(Gap(source="git", scope=intent, kind="manifests", reason=reason))
        elif not self._tasks:
            reason = (
                "no Git repository is known: add one under `git:` in the configuration, or run the auditor inside one"
            )
            self.gaps.append(Gap(source="git", scope="*", kind="manifests", reason=reason))
        return [self._read(*one) for one in self._tasks]

    def _task(self, source: settings.Git, found: Source | None) -> Future[GitRead]:
        from auditor.sources.git.source import read_git

        work = partial(
            read_git, source, cache_dir=self._session.cache_dir, deadline=Deadline(source.timeout),
            blobs=self._session.blobs, record=self._record, builds=found.builds if found else (),
            tools=self._session.tools, fetches=self._session.fetches,
            applied=found.state.applied if found else None,
        )  # fmt: skip
        return start(f"git {source.name}", work)

    def _read(self, source: settings.Git, found: Source | None, task: Future[GitRead]) -> GitRead:
        from auditor.sources.git.source import GitRead, source_of

        read = finished(task, "git", source.name, source.timeout, "manifests")
        if isinstance(read, Gap):
            read = GitRead(source=source_of(source), gaps=(read,), namespace=source.namespace)
        if found is None:
            return read
        delay = found.delay(read.source.commit, read.ahead) if read.source.commit else None
        of = dataclasses.replace(read.source, applied=found.state.applied, delay=delay, owners=found.owners)
        return dataclasses.replace(read, source=of)

    def ignored(self) -> tuple[Ignored, ...]:
        """The differences that the GitOps tool is told to ignore."""
        return self._discovered.ignored if self._discovered else ()

    def causes(self) -> dict[str, str]:
        """Why the cluster does not follow Git, by the object of the GitOps tool that says so."""
        found = self._discovered.causes if self._discovered else {}
        return {str(owner): text for owner, text in found.items()}


def together(reads: list[GitRead]) -> tuple[tuple[Declared, ...] | None, tuple[Gap, ...]]:
    """What all sources declare, and their gaps; None if none of them was read."""
    gaps = tuple(gap for one in reads for gap in one.gaps)
    if all(one.declared is None for one in reads):
        return None, gaps
    return keep_last(one for read in reads for one in read.declared or ()), gaps
