"""How many commits lie between what a cluster has applied and what was read, where that can be found out soon."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from auditor.sources.gathered import Deadline
from auditor.sources.git.address import Address
from auditor.sources.git.process import Git, GitError, LateError, MissingGitError

DEPTH = 200
"""Commits that are fetched to look for the one that is applied."""
_SHARE = 0.5
_MOST = 10.0
"""Seconds, and no more than this share of what the source has left: what was read must arrive in time."""
_KEPT = "refs/auditor/head"


def ahead(git: Git, applied: str, commit: str) -> int | None:
    """How many commits `commit` has beyond `applied`; None if it is no later one, or the copy does not go that far."""
    short = _shortly(git)
    try:
        short.run("merge-base", "--is-ancestor", applied, commit)
        # Where a branch goes on beyond the copy, nobody knows how much of it was applied long ago.
        if short.text("rev-list", "--max-parents=0", "--max-count=1", f"{applied}..{commit}"):
            return None
        return int(short.text("rev-list", "--count", f"{applied}..{commit}"))
    except (GitError, LateError, MissingGitError, ValueError):
        return None


def fetched_ahead(git: Git, address: Address, ref: str | None, applied: str, commit: str) -> int | None:
    """The same of a shallow copy, after fetching some of its history into a folder that is gone afterwards.

    Only commits are asked for; a server that cannot leave out files sends those that the copy does not have.
    """
    short = _shortly(git)
    try:
        with tempfile.TemporaryDirectory(prefix="auditor-history-") as made:
            folder = Path(made)
            Git(directory=folder, environment=git.environment, deadline=short.deadline).run(
                "init", "--quiet", "--bare", "--template=", "."
            )
            _borrow(git.directory, folder)
            there = dataclasses.replace(short, directory=folder, git_dir=folder)
            there.run("update-ref", _KEPT, commit)
            there.run(
                "fetch", "--quiet", f"--depth={DEPTH}", "--filter=tree:0", "--no-tags", "--no-recurse-submodules",
                "--update-shallow", "--no-auto-maintenance", "--no-write-fetch-head", "--", address.url,
                f"+{ref or 'HEAD'}:{_KEPT}",
            )  # fmt: skip
            return ahead(there, applied, commit)
    except (GitError, LateError, MissingGitError, OSError):
        return None


def _borrow(copy: Path, folder: Path) -> None:
    """Let a new repository use the objects of a copy, which ends where the copy ends."""
    info = folder / "objects" / "info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "alternates").write_text(f"{copy / 'objects'}\n", encoding="utf-8")
    if (copy / "shallow").exists():
        shutil.copyfile(copy / "shallow", folder / "shallow")


def _shortly(git: Git) -> Git:
    return dataclasses.replace(git, deadline=Deadline(timedelta(seconds=min(_MOST, git.deadline.left * _SHARE))))
