"""A snapshot directory to a Snapshot: what design.md's contract says, and a Gap for each thing that is not as it says.

Only a directory that is no snapshot at all, or a snapshot.yaml that cannot be understood, is an error.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.blindness import KINDS, SPARE
from auditor.errors import SnapshotError
from auditor.model.service import Declared, Partial
from auditor.model.snapshot import Gap, Read, Snapshot
from auditor.sources import inference
from auditor.sources.api_json.wire import DecodeError
from auditor.sources.declarations.manifests import SUFFIXES, Manifests, is_manifest, keep_last, read_manifests
from auditor.sources.snapshots import snapshot_yaml
from auditor.sources.snapshots.snapshot_files import AbsentError, FileError, is_folder, read_file, walk
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS, PARTS, Collection

_IN_FILES = {("git", "manifests"), *((one.source, one.kind) for one in COLLECTIONS)}
"""What is read anew; of the rest, as the description of the AKS cluster, only the facts are recorded."""
_HOW = "make it of what `kubectl` and `az` print, as docs/snapshot.md says, or name another"


@dataclass(slots=True)
class _Gathered:
    """What was read so far."""

    root: str
    read_at: datetime | None
    gaps: list[Gap]
    recorded: tuple[Read, ...]
    """What the recording was made of, if it says so."""
    reads: list[Read] = field(default_factory=list)

    def read(self, source: str, scope: str, kind: str, objects: int) -> None:
        """Note a collection that was read: as it was recorded, if it was."""
        then = [one for one in self.recorded if (one.source, one.kind) == (source, kind)]
        if source == "git":
            then = [one for one in then if one.scope == scope]
        if len(then) == 1:  # only of several parts nobody can tell how many objects are whose
            then = [replace(then[0], objects=objects)]
        now = Read(source=source, scope=scope, kind=kind, objects=objects, read_at=self.read_at)
        self.reads += then or [now]

    def explained(self, source: str, kind: str) -> bool:
        """True if the audit that was recorded did not have a collection either."""
        if any(one.source == source and _covers(one, kind) for one in self.gaps):
            return True
        return bool(self.recorded) and not any((one.source, one.kind) == (source, kind) for one in self.recorded)

    def missed(self, scope: str, reason: str) -> None:
        """Note manifests that were not."""
        self.gaps.append(Gap(source="git", scope=scope, kind="manifests", reason=reason))


def read_snapshot(directory: Path) -> Snapshot:
    """Read a snapshot directory. Raises SnapshotError if it is none."""
    root = _root(directory)
    document = read_document(root)
    gathered = _Gathered(
        root, document.captured_at, [snapshot_yaml.gap(one) for one in document.gaps or ()],
        tuple(map(snapshot_yaml.read, document.reads or ())),
    )  # fmt: skip
    found: dict[str, Any] = {one.field: _collection(one, gathered) for one in COLLECTIONS}
    entries = document.git or _git_folders(gathered)
    declared, partials = _declared(entries, gathered)
    gathered.reads += [one for one in gathered.recorded if (one.source, one.kind) not in _IN_FILES]
    given = snapshot_yaml.facts(document)
    return Snapshot(
        cluster=document.cluster or Path(root).name,
        captured_at=document.captured_at,
        facts=inference.complete(given, found["load_balancers"] or (), found["services"] or ()),
        git=tuple(map(snapshot_yaml.git_source, entries)),
        declared=declared,
        partials=partials,
        causes=tuple((document.causes or {}).items()),
        ignored=tuple(map(snapshot_yaml.ignored, document.ignored or ())),
        gaps=tuple(dict.fromkeys(gathered.gaps)),
        reads=tuple(gathered.reads),
        **found,
    )


def _root(directory: Path) -> str:
    try:
        if not directory.exists():
            raise SnapshotError(f"{directory}: there is no such directory; {_HOW}")
        if not directory.is_dir():
            raise SnapshotError(f"{directory}: is not a directory; give the snapshot directory itself")
        if not any(os.path.lexists(directory / part) for part in PARTS):
            parts = ", ".join(PARTS)
            raise SnapshotError(f"{directory}: is no snapshot, it holds none of {parts}; give the directory that does")
    except OSError as e:
        raise SnapshotError(f"{directory}: cannot be read: {e.strerror or e}") from None
    return os.path.realpath(directory)


def read_document(root: str) -> snapshot_yaml.Document:
    """The snapshot.yaml below `root`, a real path; an empty one if there is none. Raises SnapshotError."""
    try:
        return snapshot_yaml.parse(read_file(root, snapshot_yaml.FILE))
    except AbsentError:
        return snapshot_yaml.Document()
    except FileError as e:
        raise SnapshotError(f"{snapshot_yaml.FILE}: {e}") from None


def _collection(what: Collection, gathered: _Gathered) -> tuple[Any, ...] | None:
    """The objects of one file; None and a gap if they cannot be had."""
    try:
        found = what.decode(read_file(gathered.root, what.file))
    except AbsentError as e:
        if not what.optional and not gathered.explained(what.source, what.kind):
            gathered.gaps.append(_unread(what, f"{e}: `{what.command} > {what.file}` makes it"))
        return None
    except (FileError, DecodeError) as e:
        gathered.gaps.append(_unread(what, f"{e}; `{what.command} > {what.file}` makes it anew"))
        return None
    gathered.read(what.source, what.file, what.kind, len(found))
    return found


def _covers(gap: Gap, kind: str) -> bool:
    """True if the gap may be why a collection is not there: a kind that is no collection's is all of the source."""
    known = {one.lower() for kinds in KINDS.values() for one in kinds} | SPARE
    return gap.kind == kind or gap.kind.lower() not in known


def _unread(what: Collection, reason: str) -> Gap:
    return Gap(source=what.source, scope=what.file, kind=what.kind, reason=f"{what.file} {reason}")


def _git_folders(gathered: _Gathered) -> list[snapshot_yaml.Git]:
    """Without a list in snapshot.yaml, each folder of git/ is a source."""
    names: set[str] = set()
    for top in ("git", "rendered"):
        try:
            with os.scandir(Path(gathered.root, top)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            continue
        shown = [entry.name for entry in entries if not entry.name.startswith(".")]
        names.update(name for name in shown if is_folder(gathered.root, f"{top}/{name}"))
        loose = [entry.name for entry in entries if entry.name.lower().endswith(SUFFIXES) and entry.is_file()]
        if loose:
            gathered.missed(top, f"{top}/{loose[0]} belongs to no source; put it into {top}/<source>/")
    return [snapshot_yaml.Git(name=name) for name in sorted(names)]


def _declared(
    entries: list[snapshot_yaml.Git], gathered: _Gathered
) -> tuple[tuple[Declared, ...] | None, tuple[Partial, ...]]:
    if not entries:
        if not any(gap.source == "git" for gap in gathered.gaps):
            gathered.missed("git", "git/ is not in the snapshot: put the manifests into git/<source>/")
        return None, ()
    found = [_source(entry, gathered) for entry in entries]
    if all(one is None for one in found):
        return None, ()
    read = [one for one in found if one is not None]
    kept = keep_last(one for source in read for one in source.declared)
    return kept, tuple(one for source in read for one in source.partials)


def _source(entry: snapshot_yaml.Git, gathered: _Gathered) -> Manifests | None:
    """What one Git source declares; None and a gap if it is not there."""
    plain, rendered = snapshot_yaml.git_source(entry).path, f"rendered/{entry.name}"
    has_rendered = is_folder(gathered.root, rendered)
    if not is_folder(gathered.root, plain) and not has_rendered:
        if not any(gap.source == "git" and gap.scope == entry.name for gap in gathered.gaps):
            gathered.missed(entry.name, f"{plain} is not in the snapshot: put the manifests of {entry.name} there")
        return None
    found = read_manifests(
        _files(entry.name, plain, gathered),
        source=entry.name,
        default_namespace=entry.namespace or "default",
        rendered=_files(entry.name, rendered, gathered) if has_rendered else None,
    )
    gathered.gaps += found.gaps
    gathered.read("git", entry.name, "manifests", len(found.declared) + len(found.partials))
    return found


def _files(source: str, folder: str, gathered: _Gathered) -> list[tuple[str, bytes]]:
    """The readable manifest files of a folder; each of the others is a gap."""
    files: list[tuple[str, bytes]] = []
    if is_folder(gathered.root, folder):
        for path, data in walk(gathered.root, folder, is_manifest):
            if isinstance(data, bytes):
                files.append((path, data))
            else:
                gathered.missed(f"{source}/{path}", f"{path} {data}")
    return files
