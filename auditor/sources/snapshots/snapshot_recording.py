"""A snapshot directory to a Recording: the bytes that its Snapshot was made of, ready to be written anew."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.errors import SnapshotError
from auditor.sources.declarations.manifests import is_manifest
from auditor.sources.snapshots.snapshot import read_document, read_snapshot
from auditor.sources.snapshots.snapshot_files import FileError, is_folder, read_file, walk
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS
from auditor.sources.snapshots.snapshot_write import Recording


def read_recording(directory: Path) -> Recording:
    """Read a snapshot directory; what cannot be read is a gap of its Snapshot. Raises SnapshotError if it is none."""
    snapshot = read_snapshot(directory)
    root = os.path.realpath(directory)
    names = [one.name for one in snapshot.git]
    for name in names:
        if names.count(name) > 1:
            raise SnapshotError(f"{directory}: two Git sources are called {name}; give each a name of its own")
    rendered = {name: f"rendered/{name}" for name in names}
    return Recording(
        snapshot=snapshot,
        collections={
            one.kind: _content(root, one.file) for one in COLLECTIONS if getattr(snapshot, one.field) is not None
        },
        manifests={one.name: _files(root, one.path) for one in snapshot.git if is_folder(root, one.path)},
        rendered={name: _files(root, folder) for name, folder in rendered.items() if is_folder(root, folder)},
        namespaces={one.name: one.namespace for one in read_document(root).git or () if one.namespace},
    )


def _content(root: str, file: str) -> bytes:
    """The bytes of a file that was there a moment ago."""
    try:
        return read_file(root, file)
    except FileError as e:
        raise SnapshotError(f"{file} {e}") from None


def _files(root: str, folder: str) -> list[tuple[str, bytes]]:
    """The readable manifest files of a folder; each of the others is a gap of the Snapshot."""
    return sorted((path, data) for path, data in walk(root, folder, is_manifest) if isinstance(data, bytes))
