"""The files of one commit, by path; blobs are read in batches, and only those that somebody asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from sys import intern
from typing import NamedTuple

from auditor.sources.gathered import SourceError
from auditor.sources.git.process import Git

SYMLINK, SUBMODULE = "120000", "160000"
_MAX_HELD = 256 * 1024 * 1024
"""Bytes of blobs that are held at once; more are read again when they are asked for."""
_MAX_FILES = 1_000_000
_MAX_LISTED = 256 * 1024 * 1024
"""Bytes of the list of files, and of the names of all folders: a few small trees may stand for any number."""
_MAX_PATH = 4096
"""Bytes of one path: no file system takes a longer one."""


class Entry(NamedTuple):
    """One file of a commit."""

    mode: str
    oid: str
    path: str


def entries(git: Git, commit: str) -> Iterator[Entry]:
    """All files of a commit, as they come. Raises SourceError for more than anybody has, and as Git.run."""
    size, number, rest = 0, 0, b""
    with contextlib.closing(git.chunks("ls-tree", "-r", "-z", "--full-tree", commit)) as chunks:
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\0")
            size, number = size + len(chunk), number + len(lines)
            if size > _MAX_LISTED or number > _MAX_FILES or len(rest) > 2 * _MAX_PATH:
                raise _too_large()
            yield from map(_entry, lines)


def _entry(line: bytes) -> Entry:
    head, _, path = line.partition(b"\t")
    if len(path) > _MAX_PATH:
        raise _too_large()
    mode, _, oid = head.decode().split(" ")
    return Entry(intern(mode), oid, text_of(path))


def _too_large() -> SourceError:
    return SourceError(
        f"it has more than {_MAX_FILES:,} files, or longer paths than a file system takes; "
        "name a repository of the manifests alone"
    )


def text_of(path: bytes) -> str:
    """A path as text; names that are no UTF-8 are made printable."""
    return path.decode(errors="backslashreplace")


class Tree:
    """Files and folders of a commit, or of what is left of it. Raises SourceError for more than anybody has."""

    def __init__(self, git: Git, found: Iterable[Entry], held: dict[str, bytes | None] | None = None) -> None:
        self._git = git
        self._held: dict[str, bytes | None] = {} if held is None else held
        self.entries = {one.path: one for one in found}
        self.folders = {""}
        size = 0
        for path in self.entries:
            folder = path.rpartition("/")[0]
            while folder not in self.folders:
                self.folders.add(folder)
                size += len(folder)
                if size > _MAX_LISTED:
                    raise _too_large()
                folder = folder.rpartition("/")[0]

    def only(self, paths: Iterable[str]) -> Tree:
        """The same with some of its files."""
        return Tree(self._git, (self.entries[path] for path in paths), self._held)

    def file(self, path: str) -> bool:
        """True if it is a file with content of its own."""
        found = self.entries.get(path)
        return found is not None and found.mode not in (SYMLINK, SUBMODULE)

    def oid(self, path: str) -> str:
        """The id of a file's content."""
        return self.entries[path].oid

    def below(self, folder: str) -> list[str]:
        """The paths in a folder, and in those in it; sorted."""
        return sorted(path for path in self.entries if not folder or path.startswith(f"{folder}/"))

    def load(self, paths: Iterable[str]) -> None:
        """Read the content of files that will be asked for. Raises as Git.blobs."""
        missing = sorted({self.oid(path) for path in paths} - self._held.keys())
        if not missing:
            return
        if sum(len(data or b"") for data in self._held.values()) > _MAX_HELD:
            self._held.clear()
        for blob in self._git.blobs(missing):
            self._held[blob.oid] = blob.data

    def read(self, path: str) -> bytes | None:
        """The content of a file; None if it is larger than any manifest, or not in this copy."""
        oid = self.oid(path)
        if oid not in self._held:
            self.load((path,))
        return self._held.get(oid)
