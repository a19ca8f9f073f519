"""A clone or a bare repository on this machine: found from any folder in it, and only read."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from auditor.config import settings
from auditor.sources.gathered import Deadline, SourceError
from auditor.sources.git.address import shown
from auditor.sources.git.environment import environment
from auditor.sources.git.failures import no_such_ref
from auditor.sources.git.process import Git, GitError

_HERE = timedelta(seconds=10)


class Local(NamedTuple):
    """A repository on this machine."""

    git: Git
    top: Path
    """Its work tree, or the bare repository itself."""
    inside: str
    """The folder in it from which it was found; empty for its top."""
    origin: str | None
    """Where it was cloned from, fit to be shown."""


def find(path: Path, deadline: Deadline) -> Local:
    """The repository that a folder belongs to. Raises SourceError, and as Git.run."""
    if not path.is_dir():
        raise SourceError("its `path` is no folder; correct it")
    if not os.access(path, os.R_OK | os.X_OK):
        raise SourceError("its `path` may not be opened; correct its rights")
    outside = Git(directory=path.absolute(), environment=environment(), deadline=deadline)
    try:
        found, bare = outside.text("rev-parse", "--absolute-git-dir", "--is-bare-repository").rsplit("\n", 1)
        top, inside = found, ""
        if bare == "false":
            top = outside.text("rev-parse", "--show-toplevel")
            inside = outside.text("rev-parse", "--show-prefix").rstrip("/")
    except GitError as e:
        if "not a git repository" in str(e):
            raise SourceError("its `path` lies in no Git repository; correct it") from None
        raise
    git = Git(directory=Path(found), environment=environment(), deadline=deadline, git_dir=Path(found))
    return Local(git, Path(top), inside, _origin(git))


def commit(git: Git, ref: str | None) -> str:
    """The id of the commit that a ref means in it. Raises SourceError, and as Git.run."""
    try:
        return git.text("rev-parse", "--verify", "--quiet", f"{ref or 'HEAD'}^{{commit}}")
    except GitError:
        raise SourceError(no_such_ref(ref)) from None


def _origin(git: Git) -> str | None:
    try:
        return shown(git.text("config", "--get", "remote.origin.url")) or None
    except GitError:
        return None


def repository_here(directory: Path) -> settings.Git | None:
    """The repository that a folder belongs to, as a source of all its manifests; None if there is none."""
    try:
        local = find(directory, Deadline(_HERE))
    except (SourceError, GitError):
        return None
    name = (local.origin or "").rstrip("/").replace(":", "/").rpartition("/")[2] or local.top.name
    name = name.removesuffix(".git")
    return settings.Git(name=name if name not in ("", ".", "..") else "git", path=local.top)
