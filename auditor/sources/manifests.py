"""Manifest files to declared Services, and a Gap for each thing that could not be understood.

Every file is answered for: it declares Services, or it declares none, or a Gap names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.model.service import Declared, ServiceKey
from auditor.model.snapshot import Gap
from auditor.sources import fields
from auditor.sources.declared import Origin, declare
from auditor.sources.fields import ShapeError
from auditor.sources.nodes import Mapping, Node, Scalar, Sequence, YamlError
from auditor.sources.yamldoc import load

SUFFIXES = (".yaml", ".yml", ".json")
CHART = "Chart.yaml"
ROOT_FILES = frozenset(("kustomization.yaml", "kustomization.yml", "Kustomization", CHART))
"""A folder that holds one of them does not hold plain manifests."""
MAX_NESTED_LISTS = 8
_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """What the files of one source declare."""

    declared: tuple[Declared, ...] = ()
    gaps: tuple[Gap, ...] = ()


def is_manifest(path: str) -> bool:
    """True if the name of the file says that it may hold manifests, or how its folder is rendered."""
    return path.lower().endswith(SUFFIXES) or path.rpartition("/")[2] in ROOT_FILES


def mentions_service(data: bytes) -> bool:
    """False if no document in these bytes can be a Service: then they need not be parsed."""
    return b"Service" in data or b"\\" in data or data.startswith(_BOMS)


def read_manifests(
    files: Iterable[tuple[str, bytes]],
    *,
    source: str,
    default_namespace: str = "default",
    rendered: Iterable[tuple[str, bytes]] | None = None,
) -> Manifests:
    """The Services that plain manifest files declare, given with their paths.

    A folder that must be rendered first declares nothing and is a gap, unless `rendered` has what rendering made.
    """
    by_path = sorted(files)
    roots = rendering_roots(path for path, _ in by_path)
    gaps = [unrendered(source, root, name) for root, name in roots.items()] if rendered is None else []
    plain = [(path, data) for path, data in by_path if path.lower().endswith(SUFFIXES) and not under(path, roots)]
    declared: list[Declared] = []
    for path, data in (*plain, *sorted(rendered or ())):
        for found in declarations(data, Origin(source, path, default_namespace)):
            if isinstance(found, Declared):
                declared.append(found)
            else:
                gaps.append(found)
    kept, doubled = keep_last(declared)
    return Manifests(declared=kept, gaps=(*gaps, *doubled))


def rendering_roots(paths: Iterable[str]) -> dict[str, str]:
    """The outermost folders that hold a kustomization or a chart, each with the file that says so."""
    found: dict[str, str] = {}
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        if name in ROOT_FILES:
            found.setdefault(folder, name)
    return {folder: name for folder, name in found.items() if not under(f"{folder}/", found.keys() - {folder})}


def keep_last(declared: Iterable[Declared]) -> tuple[tuple[Declared, ...], tuple[Gap, ...]]:
    """One declaration of each Service: of several the last, as `kubectl apply -R` leaves it, and a gap that says so."""
    kept: dict[ServiceKey, Declared] = {}
    gaps: list[Gap] = []
    for one in declared:
        other = kept.pop(one.key, None)
        if other is not None:
            gaps.append(_doubled(other, one))
        kept[one.key] = one
    return tuple(kept.values()), tuple(gaps)


def _doubled(first: Declared, last: Declared) -> Gap:
    one_source = first.source == last.source
    where = " and ".join(f"{'' if one_source else f'{one.source}/'}{one.path}:{one.line}" for one in (first, last))
    reason = f"Service {last.key} is declared twice: {where}; remove one"
    return Gap(source="git", scope=f"{last.source}/{last.path}", kind="declarations", reason=reason)


def under(path: str, folders: Iterable[str]) -> bool:
    """True if a path lies in one of the folders; the empty folder holds everything."""
    return any(not folder or path.startswith(f"{folder}/") for folder in folders)


def unrendered(source: str, root: str, name: str) -> Gap:
    """The gap of a folder whose manifests must be rendered first; `name`: the file in it that says so."""
    tool = "helm template" if name == CHART else "kubectl kustomize"
    where, scope = (f"{root}/{name}", f"{source}/{root}") if root else (name, source)
    reason = f"{where}: this folder must be rendered first (`{tool} {root or '.'}`), its files are no plain manifests"
    return Gap(source="git", scope=scope, kind="manifests", reason=reason)


def declarations(data: bytes, origin: Origin) -> list[Declared | Gap]:
    """What one file declares; nothing if it is not YAML, since nobody knows what its author meant."""

    def each(root: Node) -> list[Declared | Gap]:
        return [_declared(service, origin) for service in services_in(root)]

    try:
        return [found for document in load(data, each) for found in document]
    except YamlError as e:
        return [_gap(origin, e.line, e.reason)]


def _declared(document: Mapping | ShapeError, origin: Origin) -> Declared | Gap:
    if isinstance(document, ShapeError):
        return _gap(origin, document.line, document.reason)
    try:
        return declare(document, origin)
    except ShapeError as e:
        return _gap(origin, e.line, f"the Service {e.reason}")


def _gap(origin: Origin, line: int, reason: str) -> Gap:
    return Gap(
        source="git",
        scope=f"{origin.source}/{origin.path}",
        kind="manifests",
        reason=f"{origin.path}:{line} {reason}",
    )


def services_in(root: Node, list_kind: str = "", depth: int = 0) -> Iterator[Mapping | ShapeError]:
    """The v1 Service documents, also those inside lists. Items of a ServiceList need not say what they are."""
    if not isinstance(root, Mapping):
        return
    kind = _word(root, "kind") or list_kind.removesuffix("List")
    version = _word(root, "apiVersion") or ("v1" if list_kind else "")
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


def _word(root: Mapping, key: str) -> str:
    node = root.get(key)
    return node.text if type(node) is Scalar else ""
