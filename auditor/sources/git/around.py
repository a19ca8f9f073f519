"""What files of a source take from each other: a HelmRelease its values from a ConfigMap in another file."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.model.service import Declared, Partial, ServiceKey
from auditor.model.snapshot import Gap
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.manifests import declarations
from auditor.sources.declarations.partials_sources import ConfigMap, config_maps, refers_to_values
from auditor.sources.git.process import Git

Key = tuple[str, str]
"""Blob id and path."""
Maps = dict[ServiceKey, tuple[ConfigMap, ...]]


@dataclass(slots=True)
class Around:
    """The files of one source that hold ConfigMaps, and those that refer to them."""

    holders: dict[Key, Maps | None] = field(default_factory=dict)
    """None: not read, since nothing refers to any."""
    takers: dict[Key, bytes] = field(default_factory=dict)

    def note(self, key: Key, data: bytes) -> None:
        """Look at a file once."""
        if b"ConfigMap" in data:
            self.holders[key] = None
        if refers_to_values(data):
            self.takers[key] = data

    def only(self, keys: set[Key]) -> Around:
        """What is said of these files."""
        return Around(
            {key: maps for key, maps in self.holders.items() if key in keys},
            {key: data for key, data in self.takers.items() if key in keys},
        )

    def declared(self, git: Git, source: str, namespace: str) -> dict[Key, tuple[Declared | Partial | Gap, ...]]:
        """What those that refer declare, with the values that they take. Raises as Git.blobs."""
        if not self.takers:
            return {}
        unread = {oid for (oid, _), maps in self.holders.items() if maps is None}
        if unread:
            read = {blob.oid: blob.data or b"" for blob in git.blobs(sorted(unread))}
            for key in (key for key, maps in self.holders.items() if maps is None):
                self.holders[key] = config_maps([(read.get(key[0], b""), Origin(source, key[1], namespace))])
        together: Maps = {}
        for _, maps in sorted(self.holders.items(), key=lambda one: one[0][1]):
            for name, found in (maps or {}).items():
                together[name] = (*together.get(name, ()), *found)
        return {
            key: tuple(declarations(data, Origin(source, key[1], namespace), together))
            for key, data in self.takers.items()
        }
