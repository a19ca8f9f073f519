"""What discovery finds: repositories with what is built out of them, and how far the cluster has come with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.config import settings
from auditor.model.service import Owner
from auditor.model.snapshot import Gap, Ignored
from auditor.sources.builds import Build
from auditor.sources.discovery.revisions import behind


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far the GitOps tool has come."""

    applied: str | None
    """The commit that is applied; None: nothing is."""
    since: datetime | None = None
    """When what is not applied yet came into sight."""
    cause: str | None = None
    """Why it does not go on: `suspended`, `failing: …`, `waits for …`."""
    changed: bool = False
    """The object itself was changed, and the tool has not looked at that yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One object of the GitOps tool, and the repository that it takes something of."""

    owner: Owner
    url: str
    ref: str | None
    names: tuple[str, ...]
    """What the source may be called, best first."""
    build: Build
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One repository at one revision, with the builds that are equally far."""

    settings: settings.Git
    builds: tuple[Build, ...]
    owners: tuple[Owner, ...]
    """Of each build, in the same order."""
    state: State

    def delay(self, commit: str | None, count: int | None = None) -> str | None:
        """What GitSource.delay says once `commit` was read; None: the cluster has it."""
        said = behind(self.state.applied, commit, count=count, since=self.state.since, cause=self.state.cause)
        if said is None and self.state.changed:
            said = f"{self.owners[0]} was changed and is not applied anew yet"
            return f"{said}; {self.state.cause}" if self.state.cause else said
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """Everything that the cluster says of where its manifests come from."""

    sources: tuple[Source, ...] = ()
    gaps: tuple[Gap, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    """Differences that somebody declared to be none."""
    causes: Mapping[Owner, str] = field(default_factory=dict)
    """Of HelmReleases, Kustomizations and Applications that are suspended or fail."""
    elsewhere: tuple[Owner, ...] = ()
    """Objects that feed another cluster: left out."""
    recorded: Mapping[str, bytes] = field(default_factory=dict)
    """For a recording: files by their path in a snapshot."""


@dataclass(slots=True)
class Finds:
    """What is found bit by bit, by flux.py and argocd.py."""

    feeds: list[Feed] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    causes: dict[Owner, str] = field(default_factory=dict)
    elsewhere: list[Owner] = field(default_factory=list)
    recorded: dict[str, list[bytes]] = field(default_factory=dict)

    def missed(self, scope: str, reason: str, kind: str = "manifests") -> None:
        """Note what stays unknown."""
        gap = Gap(source="git", scope=scope, kind=kind, reason=reason)
        if gap not in self.gaps:
            self.gaps.append(gap)
