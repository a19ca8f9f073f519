"""The selected blobs of a commit to what they declare: each new one is read once, and parsed if it can be a Service."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from auditor.config import settings
from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Gap
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import mentions_service
from auditor.sources.gathered import SourceError
from auditor.sources.git.cache import BlobCache, Parsed
from auditor.sources.git.failures import PARTIAL
from auditor.sources.git.process import MAX_BLOB, Blob, Git, GitError
from auditor.sources.git.selection import Selection

_UNREADABLE = {
    b"version https://git-lfs.github.com/spec/": "is kept in Git LFS, which is not read; keep manifests in Git itself",
    b"\0GITCRYPT\0": "is encrypted with git-crypt; keep manifests of Services unencrypted",
}


@dataclass(slots=True)
class Contents:
    """What the files of one commit declare."""

    declared: list[Declared] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    files: tuple[tuple[str, bytes], ...] = ()
    """For a recording: the files that can hold a Service, and those that say what must be rendered."""


def read_contents(
    git: Git, selection: Selection, source: settings.Git, blobs: BlobCache, *, record: bool = False
) -> Contents:
    """Read what is selected. Raises SourceError, and as Git.run."""
    known = blobs.of(source)
    around = blobs.around(source)
    found: dict[tuple[str, str], Parsed | None] = {}
    data: dict[str, bytes] = {}
    new: dict[str, list[str]] = defaultdict(list)
    for one in selection.files:
        key = (one.oid, one.path)
        if key in known and not (record and known[key] is not None):
            found[key] = known[key]
        else:
            new[one.oid].append(one.path)
    for blob in git.blobs(new) if new else ():
        for path in new[blob.oid]:
            key = (blob.oid, path)
            found[key] = known[key] if key in known else _understood(blob, path, source, blobs)
            if blob.data is not None and key not in known:
                around.note(key, blob.data)
            if record and blob.data is not None and found[key] is not None:
                data[path] = blob.data
    around = around.only(set(found))
    taken = around.declared(git, source.name, source.namespace)
    contents = _joined(selection, {**found, **taken}, data)
    blobs.keep(source, found)
    blobs.keep_around(source, around)
    return contents


def _joined(selection: Selection, found: dict[tuple[str, str], Parsed | None], data: dict[str, bytes]) -> Contents:
    contents = Contents(files=(*_markers(selection), *sorted(data.items())))
    for one in selection.files:
        if (one.oid, one.path) not in found:
            raise GitError(f"the blob {one.oid} of {one.path} was not answered for")
        for thing in found[one.oid, one.path] or ():
            if isinstance(thing, Declared):
                contents.declared.append(thing)
            elif isinstance(thing, Partial):
                contents.partials.append(thing)
            else:
                contents.gaps.append(thing)
    return contents


def _markers(selection: Selection) -> list[tuple[str, bytes]]:
    return [(f"{root}/{name}" if root else name, b"") for root, name in sorted(selection.roots.items())]


def _understood(blob: Blob, path: str, source: settings.Git, blobs: BlobCache) -> Parsed | None:
    """What a blob declares; None if it cannot hold a Service."""
    if blob.size is None:
        if source.path is not None:
            raise SourceError(PARTIAL)
        raise GitError(f"the blob {blob.oid} is missing")  # our own copy is broken, and will be made anew
    if blob.data is None:
        size = f"{blob.size / 1024 / 1024:.0f} MiB"
        return (_gap(source, path, f"has {size}, more than the {MAX_BLOB // 1024 // 1024} that are read; exclude it"),)
    for start, reason in _UNREADABLE.items():
        if blob.data.startswith(start):
            return (_gap(source, path, reason),)
    if not mentions_service(blob.data):
        return None
    return tuple(blobs.parse(blob.data, Origin(source.name, path, source.namespace)))


def _gap(source: settings.Git, path: str, reason: str) -> Gap:
    return Gap(source="git", scope=f"{source.name}/{path}", kind="manifests", reason=f"{path} {reason}")
