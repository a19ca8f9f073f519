"""Symbolic links of a commit: what they lead to in the same commit, and never anything outside of it.

A link to a file is read, as `kubectl apply`, Flux and Argo CD read it. Through a link to a folder none of them goes;
what lies there is either read where it is, or it is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.sources.declarations.manifests import is_manifest, under
from auditor.sources.git.tree import SUBMODULE, SYMLINK, Entry, Tree

_MOST = 40
"""Links on the way to one file: as many as Linux follows."""
_LONGEST = 4096
"""Bytes of a path."""


class LinkError(Exception):
    """A link that leads to nothing which is read; the text is a clause that says why."""


class Links:
    """The links of one commit."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._loaded = False

    def target(self, path: str) -> str:
        """The file or folder that a path of the commit means. Raises LinkError, and as Git.blobs."""
        return self._followed(path)

    def unread_below(self, folder: str, read: Iterable[str]) -> bool:
        """True if a folder may hold manifests beside those that are read."""
        known = set(read)
        return any(
            one.mode in (SYMLINK, SUBMODULE) or is_manifest(path)
            for path, one in self._tree.entries.items()
            if under(path, (folder,)) and path not in known
        )

    def _followed(self, path: str) -> str:
        ahead, here, met = path.split("/")[::-1], list[str](), 0
        while ahead:
            part = ahead.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not here:
                    raise LinkError("leads out of the repository")
                here.pop()
                continue
            here.append(part)
            found = self._tree.entries.get("/".join(here))
            if found is None or found.mode != SYMLINK:
                continue
            met += 1
            if met > _MOST:
                raise LinkError("leads through too many links, or in a circle")
            here.pop()
            ahead += self._text(found).split("/")[::-1]
        told = "/".join(here)
        if any(one in self._tree.entries and self._tree.entries[one].mode == SUBMODULE for one in _with_above(here)):
            raise LinkError("leads into a submodule, which is not fetched")
        if told not in self._tree.folders and not self._tree.file(told):
            raise LinkError("leads to what is not in the repository")
        return told

    def _text(self, link: Entry) -> str:
        """Where a link leads, relative to its folder."""
        if not self._loaded:  # all at once: each batch is a process
            self._tree.load(one.path for one in self._tree.entries.values() if one.mode == SYMLINK)
            self._loaded = True
        data = self._tree.read(link.path)
        if data is None or len(data) > _LONGEST or b"\0" in data:
            raise LinkError("cannot be read")
        text = data.decode(errors="backslashreplace")
        if text.startswith("/"):
            raise LinkError("leads out of the repository")
        return text


def _with_above(parts: list[str]) -> Iterable[str]:
    return ("/".join(parts[:number]) for number in range(1, len(parts) + 1))
