"""Audits of the fleet: live against labs, and again from the recordings that they write."""

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from auditor.audit import audit
from auditor.config.settings import Cluster, Git, Tools
from auditor.lab.server import Lab
from auditor.model.finding import Finding, Report
from auditor.model.policy import Policy, Scope
from auditor.model.snapshot import Gap
from auditor.sources.git.cache import BlobCache
from auditor.sources.live import gather
from auditor.sources.session import Session
from auditor.sources.snapshots.snapshot import read_snapshot
from auditor.sources.snapshots.snapshot_write import write_snapshot
from tests.fleet import repository, state
from tests.world import NOW, World

Change = Callable[[World], object]


class Fleet:
    """Clusters and their repository; whatever was built once is not built again."""

    def __init__(self, folder: Path, cache: Path, blobs: BlobCache, tools: Tools) -> None:
        self.folder = folder
        self.files = repository.files()
        self.objects: dict[str, list[dict[str, Any]]] = {}
        self.tools = tools
        self.session = Session(
            cache_dir=cache, request_timeout=timedelta(seconds=10), blobs=blobs, clock=lambda: NOW, pinned=True,
            tools=tools,
        )  # fmt: skip
        self.environment: Callable[[str, str], None] = os.environ.__setitem__
        """Sets the variables with which credentials are found."""
        self._number = 0

    @contextlib.contextmanager
    def serving(self, cluster: str, change: Change | World = lambda _: None) -> Iterator[Lab]:
        """A lab of one cluster, whose world was changed."""
        self._number += 1
        made = change if isinstance(change, World) else state.world(cluster)
        if not isinstance(change, World):
            change(made)
        folder = self.folder / f"state-{self._number}"
        state.record(folder, made, self.files, cluster=cluster.replace("/", "-"), objects=self.objects)
        with Lab(folder) as lab:
            for name, value in lab.environment.items():
                self.environment(name, value)
            yield lab

    def settings(self, lab: Lab, **git: Any) -> Cluster:
        """The configuration of a live audit: one Git source, unless `intent` says that the cluster knows better."""
        intent = git.pop("intent", "git")
        source = Git(name="fleet", url=git.pop("url", None) or lab.git_url("fleet"), ref="main", **git)
        return lab.settings().model_copy(update={"git": (source,), "intent": intent})

    def audited(self, cluster: str, change: Change | World = lambda _: None, **git: Any) -> Report:
        """The report of one cluster, and of its recording the same."""
        git.setdefault("paths", () if git.get("intent") else (f"clusters/{cluster}",))
        with self.serving(cluster, change) as lab:
            return self.read(self.settings(lab, **git))

    def read(self, settings: Cluster) -> Report:
        """Audit a cluster, and the recording of it: both must say the same."""
        recording = gather(settings, self.session, record=True)
        scope = Scope(namespaces=frozenset(settings.kubernetes.namespaces))
        folder = self.folder / f"recorded-{self._number}-{settings.name}"
        write_snapshot(folder, recording)
        found = audit(recording.snapshot, Policy(), NOW, scope=scope)
        again = audit(read_snapshot(folder), Policy(), NOW, scope=scope)
        for here, there in zip(found.findings, again.findings, strict=True):
            assert told(here) == told(there)
        assert {str(one) for one in missing(again)} == {str(one) for one in missing(found)}
        assert again.counts.get("manifests") == found.counts.get("manifests")
        return found


def told(finding: Finding) -> Any:
    """A finding without what says when it was read."""
    plain = msgspec.to_builtins(finding)
    for evidence in plain["evidence"]:
        for key in ("readAt", "etag"):
            evidence["details"].pop(key, None)
    return plain


def missing(report: Report) -> list[Gap]:
    """The gaps of a report."""
    return [
        Gap(source=one.source, scope=one.scope, kind=one.kind, reason=one.reason or "")
        for one in report.coverage if not one.complete
    ]  # fmt: skip


def reasons(report: Report) -> list[str]:
    """What the gaps of a report say."""
    return [one.reason for one in missing(report)]


def rules(report: Report) -> list[tuple[str, str]]:
    """Rule and Service, or field, of each finding."""
    return sorted((one.rule, str(one.service)) for one in report.findings)


def written(finding: Finding) -> tuple[str, int, str]:
    """File, line and object, as the evidence of a finding says it."""
    details = next(one.details for one in finding.evidence if one.source == "git")
    by = details.get("declaredBy")
    return (
        details["path"],
        details["line"],
        f"{by['kind']} {by['namespace']}/{by['name']}".replace(" /", " ") if by else "",
    )
