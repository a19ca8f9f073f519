"""A snapshot directory, read once: the raw JSON of each object, the facts, the gaps and the folders of its Git sources.

What the auditor cannot read of a recording, it cannot be served either: `None` instead of a collection.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from auditor.blindness import by_kind
from auditor.model.snapshot import Facts, Gap, GitSource, Snapshot
from auditor.sources import inference
from auditor.sources.api_json.wire import DecodeError, utf8
from auditor.sources.snapshots import snapshot_yaml
from auditor.sources.snapshots.snapshot import read_document
from auditor.sources.snapshots.snapshot_files import FileError, is_folder, read_file
from auditor.sources.snapshots.snapshot_parts import COLLECTIONS

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_LISTED = ("items", "value")
"""Where a list of Kubernetes and a page of ARM have their objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Everything that is served."""

    cluster: str
    captured_at: datetime | None
    root: str
    facts: Facts
    given: Facts
    """Of the facts, those that somebody gave, not those that were concluded."""
    objects: Mapping[str, list[bytes] | None]
    """The JSON of each object by kind, without white space; None: it was not read."""
    gaps: Mapping[str, list[Gap]]
    """Parts of a collection that were not read, by kind."""
    git: tuple[GitSource, ...]
    namespaces: Mapping[str, str]
    """The default namespace of a Git source, if one was recorded."""


def read(directory: Path) -> Recorded:
    """Read a snapshot directory. Raises SnapshotError if its snapshot.yaml cannot be understood."""
    root = os.path.realpath(directory)
    document = read_document(root)
    objects: dict[str, list[bytes] | None] = {}
    decoded: dict[str, tuple[Any, ...]] = {}
    for one in COLLECTIONS:
        try:
            data = read_file(root, one.file)
            decoded[one.field] = one.decode(data)
            objects[one.kind] = _objects(utf8(data))
        except (FileError, DecodeError):
            objects[one.kind] = None
    given = snapshot_yaml.facts(document)
    facts = inference.complete(given, decoded.get("load_balancers", ()), decoded.get("services", ()))
    told = {name: None for name in given.inferred if name in Facts.__dataclass_fields__}
    entries = document.git or _folders(root)
    return Recorded(
        cluster=document.cluster or Path(root).name,
        captured_at=document.captured_at,
        root=root,
        facts=facts,
        given=replace(given, **told) if told else given,  # type: ignore[arg-type]
        objects=objects,
        gaps=_gaps(map(snapshot_yaml.gap, document.gaps or ()), facts),
        git=tuple(map(snapshot_yaml.git_source, entries)),
        namespaces={one.name: one.namespace for one in entries if one.namespace},
    )


class _Metadata(msgspec.Struct):
    namespace: str | None = None
    annotations: dict[str, str] | None = None


class _Service(msgspec.Struct):
    metadata: _Metadata


_SERVICE = msgspec.json.Decoder(_Service)


def namespaces(recorded: Recorded) -> set[str]:
    """Where there are Services."""
    found = (_SERVICE.decode(raw).metadata.namespace for raw in recorded.objects["services"] or ())
    return {one for one in found if one}


def named_groups(recorded: Recorded) -> set[str]:
    """The resource groups that Services name: the recording does not say that they are not there."""
    every = (_SERVICE.decode(raw).metadata.annotations or {} for raw in recorded.objects["services"] or ())
    return {value.strip().lower() for one in every for key, value in one.items() if key.endswith("-resource-group")}


def _objects(data: bytes) -> list[bytes]:
    """The objects of a list, a page or a bare array; a single object is a list of one."""
    if data.lstrip().startswith(b"["):
        found = _LIST.decode(data)
    else:
        document = _OBJECT.decode(data)
        listed = next((document[key] for key in _LISTED if key in document), None)
        found = [msgspec.Raw(data)] if listed is None else _LIST.decode(listed)
    return [msgspec.json.format(bytes(raw), indent=-1) for raw in found]


def _gaps(gaps: Iterable[Gap], facts: Facts) -> dict[str, list[Gap]]:
    """The gaps by kind, as the rules would understand them; of network interfaces, which no rule needs, by name."""
    every = tuple(gaps)
    seen: dict[str, Any] = {one.field: () for one in COLLECTIONS if not one.optional}
    found = by_kind(Snapshot(cluster="", facts=facts, declared=(), gaps=every, **seen))
    spare = [one for one in every if one.kind.lower() == "networkinterfaces"]
    return found | ({"networkInterfaces": spare} if spare else {})


def _folders(root: str) -> list[snapshot_yaml.Git]:
    """Without a list in snapshot.yaml, each folder of git/ is a source."""
    try:
        names = sorted(entry.name for entry in Path(root, "git").iterdir() if not entry.name.startswith("."))
    except OSError:
        return []
    return [snapshot_yaml.Git(name=name) for name in names if is_folder(root, f"git/{name}")]
