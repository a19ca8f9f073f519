"""The ConfigMaps that the values of a release may come from: those of the same file, build or Git source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.model.service import ServiceKey
from auditor.sources.declarations.declared import Origin
from auditor.sources.declarations.partials_values import embedded, split
from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping as Map
from auditor.sources.yaml_text.nodes import Node, Scalar, YamlError
from auditor.sources.yaml_text.nodes import Sequence as List
from auditor.sources.yaml_text.yamldoc import load

MAX_NESTED_LISTS = 8


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """What a ConfigMap holds, and where it stands."""

    path: str
    data: Map
    lines: Sequence[str]
    _parsed: dict[tuple[str, str], Map | ShapeError] = field(default_factory=dict)

    def values(self, key: str, node: Scalar, path: str) -> Map:
        """The values under a key, parsed once; `path`: its file, where that is another. Raises ShapeError."""
        if (key, path) not in self._parsed:
            try:
                self._parsed[key, path] = embedded(node, self.lines, path)
            except ShapeError as e:
                self._parsed[key, path] = e
        found = self._parsed[key, path]
        if isinstance(found, ShapeError):
            raise found
        return found


ConfigMaps = Mapping[ServiceKey, tuple[ConfigMap, ...]]
"""By namespace and name; several where the same one is declared several times."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known around a document."""

    lines: Sequence[str] = ()
    """Of its file."""
    maps: ConfigMaps = field(default_factory=dict)


NOTHING = Known()


def refers_to_values(data: bytes) -> bool:
    """False if nothing in a file can take its values from elsewhere."""
    return b"valuesFrom" in data


def config_maps(files: Iterable[tuple[bytes, Origin]]) -> dict[ServiceKey, tuple[ConfigMap, ...]]:
    """The ConfigMaps in files; those that cannot be read are none."""
    found: dict[ServiceKey, tuple[ConfigMap, ...]] = {}
    for data, origin in files:
        if b"ConfigMap" not in data:
            continue
        lines = split(data.decode(errors="replace"))
        try:
            for documents in load(data, lambda root: list(config_maps_in(root))):
                for document in documents:
                    _note(found, document, origin, lines)
        except YamlError:
            continue
    return found


def config_maps_in(root: Node, depth: int = 0) -> Iterator[Map]:
    """The v1 ConfigMap documents, also of those inside lists."""
    if not isinstance(root, Map):
        return
    word = fields.word(root, "kind")
    if word == "ConfigMap":
        yield root
    elif word.endswith("List") and depth < MAX_NESTED_LISTS and isinstance(items := root.get("items"), List):
        for item in items:
            yield from config_maps_in(item, depth + 1)


def key_of(document: Map, namespace: str) -> ServiceKey | None:
    """Namespace and name of an object; None if it has none that can be read."""
    try:
        metadata = fields.mapping(document, "metadata", "metadata") or Map()
        name = fields.text(metadata, "name", "metadata.name")
        return ServiceKey(fields.text(metadata, "namespace", "") or namespace, name) if name else None
    except ShapeError:
        return None


def _note(found: dict[ServiceKey, tuple[ConfigMap, ...]], document: Map, origin: Origin, lines: Sequence[str]) -> None:
    key = key_of(document, origin.namespace)
    if key is not None:
        one = ConfigMap(origin.path, fields.inner(document, "data"), lines)
        found[key] = (*found.get(key, ()), one)[:2]  # of several it is not known which one counts
