"""One Git source to what it declares at one commit; whatever fails is a gap of it, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config import settings
from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Gap, GitSource, Read
from auditor.sources.builds import Build
from auditor.sources.declarations.manifests import keep_last
from auditor.sources.gathered import Deadline, SourceError
from auditor.sources.git import fetched, history, local
from auditor.sources.git.access import access
from auditor.sources.git.address import address, shown
from auditor.sources.git.cache import BlobCache, Fetches
from auditor.sources.git.contents import read_contents
from auditor.sources.git.failures import Asked, Failure, explain
from auditor.sources.git.process import Git, GitError, LateError, MissingGitError
from auditor.sources.git.refs import check_ref
from auditor.sources.git.selection import select
from auditor.sources.git.tree import Tree, entries

if TYPE_CHECKING:
    from auditor.sources.render.renderer import Rendered

_TOOLS = settings.Tools()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRead:
    """What one Git source gave."""

    source: GitSource
    """With the commit that was read; None if none was."""
    declared: tuple[Declared, ...] | None = None
    """None: nothing was read."""
    partials: tuple[Partial, ...] = ()
    """What other objects say of Services that are made of them."""
    gaps: tuple[Gap, ...] = ()
    reads: tuple[Read, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    """For a recording: what a replay needs, by path in the repository."""
    rendered: tuple[tuple[str, bytes], ...] = ()
    """For a recording: what was built, by root."""
    namespace: str = "default"
    """Of manifests that name none."""
    ahead: int | None = None
    """Commits that were read and are not applied; None: not counted."""


def source_of(source: settings.Git) -> GitSource:
    """The source as a report names it, before anything of it was read."""
    return GitSource(
        name=source.name, path=f"git/{source.name}", url=shown(source.url) if source.url else None, ref=source.ref
    )


def read_git(
    source: settings.Git,
    *,
    cache_dir: Path,
    deadline: Deadline,
    blobs: BlobCache,
    record: bool = False,
    user_config: bool = True,
    builds: tuple[Build, ...] = (),
    tools: settings.Tools = _TOOLS,
    fetches: Fetches | None = None,
    applied: str | None = None,
) -> GitRead:
    """Read a source, until the deadline.

    `user_config`: what the user's ~/.gitconfig says of remotes counts. `builds`: what is rendered of it, instead of
    what its settings select. `tools`: the programs for that. `fetches`: what the same run has fetched already.
    `applied`: the commit that the cluster has, from which the commits that it lacks are counted.
    """
    try:
        check_ref(source.ref)
        reading = _Reading(deadline, blobs, record, builds, tools, cache_dir, applied)
        if source.url is not None and source.path is None:
            known = {} if fetches is None else fetches
            return _remote(source, source.url, reading, cache_dir, user_config=user_config, fetches=known)
        if source.path is not None and source.url is None:
            return _local(source, source.path, reading)
        reason = "it has no `url` and no `path`, or both; give one of them"
    except LateError as e:
        reason = f"{e}; give it a longer `timeout`, or see what holds it up"
    except MissingGitError as e:
        reason = f"{e}; install it"
    except SourceError as e:
        reason = str(e)
    except GitError as e:
        reason = _failure(e, source).reason
    except OSError as e:
        reason = f"{e.filename or 'its copy'} cannot be used: {e.strerror or e}; correct its rights, or set cacheDir"
    where = shown(source.url) if source.url else source.path
    told = f"{source.name} ({where}) could not be read: {reason}"
    gap = Gap(source="git", scope=source.name, kind="manifests", reason=told)
    return GitRead(source=source_of(source), gaps=(gap,), namespace=source.namespace)


def _failure(error: GitError, source: settings.Git) -> Failure:
    auth = source.auth
    has_credential = auth.token_file is not None or auth.token_variable is not None
    return explain(str(error), Asked(ref=source.ref, has_credential=has_credential))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a source is read."""

    deadline: Deadline
    blobs: BlobCache
    record: bool
    builds: tuple[Build, ...]
    tools: settings.Tools
    cache_dir: Path
    applied: str | None

    def counted(self, found: GitRead, count: Callable[[str, str], int | None]) -> GitRead:
        """With the number of commits that are not applied, if `count` finds it out."""
        commit = found.source.commit
        if self.applied is None or commit is None or self.applied == commit:
            return found
        return dataclasses.replace(found, ahead=count(self.applied, commit))

    def of(self, git: Git, commit: str, source: settings.Git) -> GitRead:
        """What a commit declares. Raises SourceError, GitError."""
        tree = Tree(git, entries(git, commit))
        selection = select(git, commit, source, tree, self.builds)
        contents = read_contents(git, selection, source, self.blobs, record=self.record)
        rendered = self._rendered(tree, selection.builds, source)
        kept = keep_last((*contents.declared, *rendered.declared))
        partials = (*contents.partials, *rendered.partials)
        found, at = len(kept) + len(partials), datetime.now(UTC).replace(microsecond=0)
        return GitRead(
            source=dataclasses.replace(source_of(source), commit=commit),
            declared=kept,
            partials=partials,
            gaps=(*selection.gaps, *contents.gaps, *rendered.gaps),
            reads=(Read(source="git", scope=source.name, kind="manifests", objects=found, read_at=at),),
            files=contents.files,
            rendered=tuple(rendered.files) if self.record else (),
            namespace=source.namespace,
        )

    def _rendered(self, tree: Tree, builds: tuple[Build, ...], source: settings.Git) -> Rendered:
        from auditor.sources.render.renderer import Rendered, Rendering  # most sources have nothing to render

        if not builds:
            return Rendered()
        return Rendering(
            source=source, tools=self.tools, deadline=self.deadline, built=self.blobs.built, cache_dir=self.cache_dir
        ).of(tree, builds)


def _remote(
    source: settings.Git, url: str, reading: _Reading, cache_dir: Path, *, user_config: bool, fetches: Fetches
) -> GitRead:
    where = address(url)
    key = (where.url, source.ref, source.auth)
    environment = access(where, source.auth, user_config=user_config)
    with fetched.locked(cache_dir, where, reading.deadline) as folder:
        git = Git(directory=folder, environment=environment, deadline=reading.deadline, git_dir=folder)
        existed = folder.exists()
        try:
            if key not in fetches or not existed:
                fetches[key] = fetched.fetch(git, where, source.ref)
            found = reading.of(git, fetches[key], source)
        except GitError as e:
            if _failure(e, source).known or not existed:
                raise
            # It may be our copy that is broken: a process that was killed, a full disk. Once it is made anew.
            fetched.remove(folder)
            fetches[key] = fetched.fetch(git, where, source.ref)
            found = reading.of(git, fetches[key], source)
        fetched.tidy(git)
        return reading.counted(found, partial(history.fetched_ahead, git, where, source.ref))


def _local(source: settings.Git, path: Path, reading: _Reading) -> GitRead:
    repository = local.find(path, reading.deadline)
    meant = source
    if not source.paths and repository.inside:
        meant = source.model_copy(update={"paths": (repository.inside,)})  # who names a folder of a clone means it
    found = reading.of(repository.git, local.commit(repository.git, source.ref), meant)
    found = reading.counted(found, partial(history.ahead, repository.git))
    return dataclasses.replace(found, source=dataclasses.replace(found.source, url=repository.origin))
