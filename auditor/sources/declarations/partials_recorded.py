"""What a recording needs of files with Helm values: where in them something is compared, which ConfigMaps they name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from auditor.sources.declarations.manifests import SUFFIXES, mentions_owner, read_manifests
from auditor.sources.declarations.partials import objects_in
from auditor.sources.declarations.partials_releases import sources_of
from auditor.sources.declarations.partials_sources import refers_to_values
from auditor.sources.snapshots.redact_values import Places
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import YamlError
from auditor.sources.yaml_text.yamldoc import load


def compared_places(files: Iterable[tuple[str, bytes]], namespace: str, *, rendered: bool = False) -> dict[str, Places]:
    """By file, the lines and columns of what partial declarations say."""
    found: dict[str, set[tuple[int, int]]] = {}
    given = [(path, data) for path, data in files if path.lower().endswith(SUFFIXES)]
    if any(mentions_owner(data) for _, data in given):
        plain, made = ((), given) if rendered else (given, None)
        read = read_manifests(plain, source="", default_namespace=namespace, rendered=made, as_written=False)
        for partial in read.partials:
            for at in partial.places.values():
                found.setdefault(at.path or partial.path, set()).add((at.line, at.column))
    return dict(found)


def values_names(files: Iterable[bytes]) -> frozenset[str]:
    """The names of the ConfigMaps that values come from."""
    found: set[str] = set()
    for data in files:
        if mentions_owner(data) and refers_to_values(data):
            with contextlib.suppress(YamlError):
                for objects in load(data, lambda root: list(objects_in(root))):
                    for one in objects:
                        with contextlib.suppress(ShapeError):
                            found.update(sources_of(one))
    return frozenset(found)
