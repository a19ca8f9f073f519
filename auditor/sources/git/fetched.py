"""A bare, shallow copy of a remote in the cache folder: one for each address, used by one audit at a time."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from auditor.sources.gathered import Deadline
from auditor.sources.git.address import Address
from auditor.sources.git.process import Git, GitError, LateError

_POLL = 0.05


@contextlib.contextmanager
def locked(cache_dir: Path, address: Address, deadline: Deadline) -> Iterator[Path]:
    """The folder of the copy, while nobody else uses it. Raises LateError, OSError."""
    cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = cache_dir.absolute() / hashlib.sha256(address.url.encode()).hexdigest()[:32]
    # The lock of an open file, not the presence of one: it ends with whoever held it.
    file = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _taken(file):
            if deadline.passed:
                raise LateError(f"another audit used {folder} for {deadline.limit.total_seconds():g} s")
            time.sleep(_POLL)
        yield folder
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def fetch(git: Git, address: Address, ref: str | None) -> str:
    """Fetch a ref into the copy, which is made if it is not there; the id of its commit. Raises as Git.run."""
    if not (git.directory / "HEAD").exists():
        _init(git)
    wanted = ref or "HEAD"
    kept = f"refs/auditor/{hashlib.sha256(wanted.encode()).hexdigest()[:32]}"
    git.run(
        "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--update-shallow",
        "--no-auto-maintenance", "--no-write-fetch-head", "--", address.url, f"+{wanted}:{kept}",
    )  # fmt: skip
    try:
        return git.text("rev-parse", "--verify", f"{kept}^{{commit}}")
    except GitError as e:
        if "expected commit type" in str(e):
            raise GitError("couldn't find remote ref that is a commit") from None
        raise


def _init(git: Git) -> None:
    remove(git.directory)
    git.directory.mkdir(mode=0o700)
    # Without the user's template: it could bring hooks.
    Git(directory=git.directory, environment=git.environment, deadline=git.deadline).run(
        "init", "--quiet", "--bare", "--template=", "."
    )


def remove(folder: Path) -> None:
    """Remove a copy, so that the next fetch makes it anew."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def tidy(git: Git) -> None:
    """Let git drop what months of fetching left behind, if it finds it worth while."""
    with contextlib.suppress(GitError, LateError):
        git.run("gc", "--auto", "--quiet")
