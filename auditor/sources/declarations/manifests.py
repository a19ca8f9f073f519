"""Manifest files to declared Services, whole or in part, and a Gap for each thing that could not be understood.

Every file is answered for: it declares Services, or it declares none, or a Gap names it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.model.service import MAX_ALSO, Declared, Partial, ServiceKey
from auditor.model.snapshot import Gap
from auditor.sources.declarations.declared import ENCRYPTED, Origin, declare, is_encrypted, unreplaced
from auditor.sources.declarations.partials import KINDS, TELLING, partials_in
from auditor.sources.declarations.partials_sources import ConfigMaps, Known, config_maps, refers_to_values
from auditor.sources.declarations.partials_values import split
from auditor.sources.render.origins import located, origin_of
from auditor.sources.yaml_text import fields
from auditor.sources.yaml_text.fields import ShapeError
from auditor.sources.yaml_text.nodes import Mapping, Node, Sequence, YamlError
from auditor.sources.yaml_text.yamldoc import load

SUFFIXES = (".yaml", ".yml", ".json")
CHART = "Chart.yaml"
ROOT_FILES = frozenset(("kustomization.yaml", "kustomization.yml", "Kustomization", CHART))
"""A folder that holds one of them does not hold plain manifests."""
MAX_NESTED_LISTS = 8
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_OWNERS = tuple(kind.encode() for kind in KINDS)
_TELLING = tuple(group.encode() for group in TELLING)
_ELSEWHERE = (b"valuesFrom", b"valuesFile", b"postRenderers", b"GitRepository")
"""Of a release: what is said of its Services may stand elsewhere."""
_HINTS = (b"azure-", b"port_", b"loadBalancerIP", b"loadBalancerSourceRanges")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """What the files of one source declare."""

    declared: tuple[Declared, ...] = ()
    partials: tuple[Partial, ...] = ()
    gaps: tuple[Gap, ...] = ()


def is_manifest(path: str) -> bool:
    """True if the name of the file says that it may hold manifests, or how its folder is rendered."""
    return path.lower().endswith(SUFFIXES) or path.rpartition("/")[2] in ROOT_FILES


def mentions_service(data: bytes) -> bool:
    """False if no document in these bytes can be, or speak of, a Service: then they need not be parsed."""
    return _may_hold_service(data) or mentions_owner(data) or (b"ConfigMap" in data and _hints(data))


def mentions_owner(data: bytes) -> bool:
    """False if no document in these bytes can be an object that speaks of a Service, or makes one."""
    return _speaks(data) or any(group in data for group in _TELLING)


def _speaks(data: bytes) -> bool:
    if b"\\" in data or data.startswith(_BOMS):
        return True
    return any(kind in data for kind in _OWNERS) and (_hints(data) or any(word in data for word in _ELSEWHERE))


def _may_hold_service(data: bytes) -> bool:
    return b"Service" in data or b"\\" in data or data.startswith(_BOMS)


def _tells_only(data: bytes) -> bool:
    """True of objects that tell something by being there: of what is no YAML, a template, nothing is applied."""
    return mentions_owner(data) and not _speaks(data) and not _may_hold_service(data)


def _hints(data: bytes) -> bool:
    return any(hint in data for hint in _HINTS)


def read_manifests(
    files: Iterable[tuple[str, bytes]],
    *,
    source: str,
    default_namespace: str = "default",
    rendered: Iterable[tuple[str, bytes]] | None = None,
    as_written: bool = True,
) -> Manifests:
    """The Services that plain manifest files declare, given with their paths.

    A folder that must be rendered first declares nothing and is a gap, unless `rendered` has what rendering made: that
    says of its values where they are written in Git. Without `as_written` they stay where they are.
    """
    by_path = sorted(files)
    roots = rendering_roots(path for path, _ in by_path)
    gaps = [unrendered(source, root, name) for root, name in roots.items()] if rendered is None else []
    plain = [(path, data) for path, data in by_path if path.lower().endswith(SUFFIXES) and not under(path, roots)]
    declared: list[Declared] = []
    partials: list[Partial] = []
    given = [(data, Origin(source, path, default_namespace)) for path, data in plain]
    maps = config_maps(given) if any(refers_to_values(data) for data, _ in given) else {}
    told = [declarations(data, origin, maps) for data, origin in given]
    for path, data in sorted(rendered or ()):
        # What was built takes no values from beside its build.
        origin = origin_of(data, Origin(source, path, default_namespace))
        made = declarations(data, origin)
        told.append(located(made, data, origin) if as_written else made)
    for one in told:
        for found in one:
            if isinstance(found, Declared):
                declared.append(found)
            elif isinstance(found, Partial):
                partials.append(found)
            else:
                gaps.append(found)
    return Manifests(declared=keep_last(declared), partials=tuple(partials), gaps=tuple(gaps))


def rendering_roots(paths: Iterable[str]) -> dict[str, str]:
    """The outermost folders that hold a kustomization or a chart, each with the file that says so."""
    found: dict[str, str] = {}
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        if name in ROOT_FILES:
            found.setdefault(folder, name)
    return {folder: name for folder, name in found.items() if not under(f"{folder}/", found.keys() - {folder})}


def keep_last(declared: Iterable[Declared]) -> tuple[Declared, ...]:
    """One declaration of each Service: of several the last, as `kubectl apply -R` leaves it; it knows the others.

    What several roots build alike of the same file is one declaration.
    """
    kept: dict[ServiceKey, Declared] = {}
    for one in declared:
        before = kept.pop(one.key, None)
        kept[one.key] = one if before is None else _last(before, one)
    return tuple(kept.values())


def _last(before: Declared, one: Declared) -> Declared:
    if before.undecided:
        return dataclasses.replace(one, also=before.also)
    seen, others = [_rootless(one)], list[Declared]()
    for other in (*before.also, before, *one.also):
        plain = _rootless(other)
        if plain not in seen and len(others) < MAX_ALSO:
            seen.append(plain)
            others.append(dataclasses.replace(other, also=()))
    return dataclasses.replace(one, also=tuple(others))


def _rootless(one: Declared) -> Declared:
    return dataclasses.replace(one, root=None, also=())


def under(path: str, folders: Iterable[str]) -> bool:
    """True if a path lies in one of the folders; the empty folder holds everything."""
    return any(not folder or path.startswith(f"{folder}/") for folder in folders)


def unrendered(source: str, root: str, name: str) -> Gap:
    """The gap of a folder whose manifests must be rendered first; `name`: the file in it that says so."""
    tool = "helm template" if name == CHART else "kubectl kustomize"
    where, scope = (f"{root}/{name}", f"{source}/{root}") if root else (name, source)
    reason = f"{where}: this folder must be rendered first (`{tool} {root or '.'}`), its files are no plain manifests"
    return Gap(source="git", scope=scope, kind="manifests", reason=reason)


def declarations(data: bytes, origin: Origin, maps: ConfigMaps | None = None) -> list[Declared | Partial | Gap]:
    """What one file declares; nothing if it is not YAML, since nobody knows what its author meant.

    `maps`: the ConfigMaps that values may come from, those of the file included; None: only those of the file.
    """
    known, may_be_open = None, b"${" in data or b"{{" in data or ENCRYPTED.encode() in data
    if mentions_owner(data):
        maps = config_maps([(data, origin)]) if maps is None and refers_to_values(data) else maps
        known = Known(split(data.decode(errors="replace")), maps or {})

    def each(root: Node) -> list[Declared | Partial | Gap]:
        found: list[Declared | Partial | Gap] = [
            _declared(service, origin, may_be_open=may_be_open) for service in services_in(root)
        ]
        if known is not None:
            found += [_partial(one, origin) for one in partials_in(root, origin, known)]
        return found

    try:
        return [found for document in load(data, each) for found in document]
    except YamlError as e:
        if _tells_only(data):
            return []
        hides = _may_hold_service(data) or not mentions_service(data)
        return [_gap(origin, e.line, e.reason, "manifests" if hides else "declarations")]


def _declared(document: Mapping | ShapeError, origin: Origin, *, may_be_open: bool) -> Declared | Gap:
    if isinstance(document, ShapeError):
        return _gap(origin, document.line, document.reason)
    try:
        found = declare(document, origin)
    except ShapeError as e:
        return _gap(origin, e.line, f"the Service {e.reason}")
    if may_be_open and (text := unreplaced(found)):
        flux = "" if is_encrypted(text) else ", or set `intent: flux` where Flux replaces it"
        why = "is encrypted" if is_encrypted(text) else "nobody has replaced"
        reason = f"the Service {found.key} holds `{text}`, which {why}, so it is not compared: write its value{flux}"
        return _gap(origin, found.line, reason)
    return found


def _partial(found: Partial | ShapeError, origin: Origin) -> Partial | Gap:
    """What an object does not tell hides no Service: it only leaves what it makes uncompared."""
    return found if isinstance(found, Partial) else _gap(origin, found.line, found.reason, "declarations")


def _gap(origin: Origin, line: int, reason: str, kind: str = "manifests") -> Gap:
    return Gap(
        source="git",
        scope=f"{origin.source}/{origin.path}",
        kind=kind,
        reason=f"{origin.path}:{line} {reason}",
    )


def services_in(root: Node, list_kind: str = "", depth: int = 0) -> Iterator[Mapping | ShapeError]:
    """The v1 Service documents, also those inside lists. Items of a ServiceList need not say what they are."""
    if not isinstance(root, Mapping):
        return
    kind = fields.word(root, "kind") or list_kind.removesuffix("List")
    version = fields.word(root, "apiVersion") or ("v1" if list_kind else "")
    if kind == "Service":
        if version == "v1":
            yield root
        elif not version:
            yield ShapeError("has `kind: Service` but no apiVersion", root)
    elif kind in ("List", "ServiceList") and version == "v1" and depth < MAX_NESTED_LISTS:
        items = fields.given(root, "items")
        if isinstance(items, Sequence):
            for item in items:
                yield from services_in(item, kind, depth + 1)
        elif items is not None:
            yield ShapeError("has `items` that are not a list", items)
