"""A recording to a snapshot directory, such that reading it gives the same Snapshot; without secrets.

It is made beside the place where it is wanted and moved there when it is whole: nothing half-written is left. Only
its owner may read it: a cluster's addresses and alerts are nobody else's business.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from auditor.errors import SnapshotError
from auditor.model.snapshot import Gap, Snapshot
from auditor.sources.api_json.kubernetes_json import joined
from auditor.sources.declarations.manifests import ROOT_FILES, SUFFIXES, mentions_service, rendering_roots, under
from auditor.sources.declarations.partials_recorded import compared_places, values_names
from auditor.sources.snapshots import redact, snapshot_yaml
from auditor.sources.snapshots.snapshot_dump import dump
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS, PARTS

Files = Iterable[tuple[str, bytes]]
_SCRATCH = ".auditor-snapshot-"
_REDACTED = {"services": redact.services, "events": redact.events, "nodes": redact.nodes}
_STUB = b"# Not recorded: this file only says that its folder must be rendered first.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was gathered, as it came."""

    snapshot: Snapshot
    """Its facts, gaps and Git sources are written; its objects are not looked at."""
    collections: Mapping[str, bytes] = field(default_factory=dict)
    """JSON by kind: `services`, `loadBalancers`, …; as the API sent it, or several pages joined into one list."""
    manifests: Mapping[str, Files] = field(default_factory=dict)
    """Files by name of the Git source, with their paths in it."""
    rendered: Mapping[str, Files] = field(default_factory=dict)
    """What rendering made, by name of the Git source."""
    namespaces: Mapping[str, str] = field(default_factory=dict)
    """Default namespaces by name of the Git source, where they are not `default`."""


def collected(kubernetes: Mapping[str, list[bytes]], azure: Mapping[str, list[bytes]]) -> dict[str, bytes]:
    """The collections of a recording: the JSON of single objects, by kind, joined into lists as they are in files."""
    lists = {kind: joined(items) for kind, items in kubernetes.items()}
    return lists | {kind: b"[" + b",\n".join(items) + b"]\n" for kind, items in azure.items()}


def write_snapshot(directory: Path, recording: Recording) -> None:
    """Write a snapshot directory, in place of an older snapshot if there is one. Raises SnapshotError."""
    try:
        _check(directory)
        beside = directory if directory.exists() else directory.resolve().parent
        beside.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=beside) as scratch:
            made = Path(scratch, "snapshot")
            _write(made, recording)
            _close(made)
            _move(made, directory)
    except OSError as e:
        raise SnapshotError(f"{directory}: the snapshot cannot be written: {e.strerror or e}") from None


def check_empty(directory: Path) -> None:
    """Raise SnapshotError if the directory holds anything: for those who do not want an older snapshot replaced."""
    try:
        held = _held(directory)
    except OSError as e:
        raise SnapshotError(f"{directory}: the snapshot cannot be written: {e.strerror or e}") from None
    if held:
        raise SnapshotError(f"{directory}: is not empty; choose another directory, or empty it")


def _check(directory: Path) -> None:
    """Only an empty directory or a snapshot is written to: it is replaced as a whole."""
    held = _held(directory)
    if held and snapshot_yaml.FILE not in held:
        raise SnapshotError(f"{directory}: is not empty and no snapshot; choose another directory, or empty it")
    if foreign := sorted(held - set(PARTS)):
        raise SnapshotError(
            f"{directory}: holds {foreign[0]}, which is no part of a snapshot; choose another directory"
        )


def _held(directory: Path) -> set[str]:
    """What is in the directory already; nothing if it is still to be made."""
    if not os.path.lexists(directory):
        return set()
    if not directory.is_dir():
        raise SnapshotError(f"{directory}: is not a directory; choose another place for the snapshot")
    return {entry.name for entry in directory.iterdir() if not entry.name.startswith(_SCRATCH)}


def _close(made: Path) -> None:
    """Take it from all but its owner; until now the folder around it did."""
    made.chmod(0o700)
    for path in made.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _move(made: Path, directory: Path) -> None:
    if not directory.exists():
        made.rename(directory)
        return
    for part in PARTS:
        old = directory / part
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
    # snapshot.yaml last: without it a directory that was cut off here is not mistaken for a whole recording.
    for part in reversed(PARTS):
        if (made / part).exists():
            (made / part).rename(directory / part)


def _write(root: Path, recording: Recording) -> None:
    gaps = list(recording.snapshot.gaps)
    for one in COLLECTIONS:
        data = recording.collections.get(one.kind)
        if data is not None:
            data = _REDACTED.get(one.kind, redact.resources)(data)
        if data is not None:
            _put(root, one.file, data)
    for name, files in recording.manifests.items():
        (root / "git" / _safe(name)).mkdir(parents=True)
        gaps += _manifests(root, f"git/{name}", name, files, recording.namespaces.get(name, "default"))
    for name, files in recording.rendered.items():
        (root / "rendered" / _safe(name)).mkdir(parents=True)
        gaps += _manifests(root, f"rendered/{name}", name, files, recording.namespaces.get(name, "default"))
    data = dump(recording.snapshot, tuple(dict.fromkeys(gaps)), recording.namespaces)
    _put(root, snapshot_yaml.FILE, data)


def _manifests(root: Path, folder: str, source: str, files: Files, namespace: str) -> list[Gap]:
    """Write the files that a replay needs; a gap for each that cannot be recorded."""
    by_path = dict(files)
    rendered = folder.startswith("rendered/")
    roots = {} if rendered else rendering_roots(by_path)
    gaps: list[Gap] = []
    keep, config_maps = compared_places(by_path.items(), namespace, rendered=rendered), values_names(by_path.values())
    for path, data in by_path.items():
        if path.rpartition("/")[2] in ROOT_FILES and roots:
            _put(root, f"{folder}/{_safe(path)}", _STUB)
        elif (
            path.lower().endswith(SUFFIXES)
            and not under(path, roots)
            and (mentions_service(data) or (config_maps and b"ConfigMap" in data))
        ):
            try:
                kept = redact.manifest(data, keep.get(path, ()), config_maps, rendered=rendered)
            except redact.MixedError as e:
                reason = f"{path} holds {e}, so it was not recorded; part them"
                gaps.append(Gap(source="git", scope=f"{source}/{path}", kind="manifests", reason=reason))
                continue
            if kept is not None:
                _put(root, f"{folder}/{_safe(path)}", kept)
    return gaps


def _safe(path: str) -> str:
    """A relative path that stays below its folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise SnapshotError(f"the path `{path}` would lead out of the snapshot; it cannot be recorded")
    return path


def _put(root: Path, relative: str, data: bytes) -> None:
    path = root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
