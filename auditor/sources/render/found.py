"""A build as its repository has it: of which kind it is, the files that a glob means, without what may be missing."""

from __future__ import annotations

import dataclasses
import posixpath

from auditor.sources.builds import Build
from auditor.sources.declarations.manifests import CHART
from auditor.sources.git.tree import Tree
from auditor.sources.render.globs import fits, steps
from auditor.sources.render.kustomization import is_remote

_WILD = frozenset("*?[")
_COMPONENTS = "components"


def as_found(build: Build, tree: Tree) -> Build:
    """The build with a kind, and with names of files instead of globs and of what is not there."""
    kind = build.kind
    if kind == "auto":
        kind = "helm" if tree.file(posixpath.join(build.path, CHART)) else "kustomize"
    files = tuple(one for name in build.value_files for one in _files(name, build, tree))
    over = dict(build.kustomization)
    if build.optional and isinstance(given := over.get(_COMPONENTS), (list, tuple)):
        over[_COMPONENTS] = [one for one in given if not _absent(_joined(build, str(one)), tree) or is_remote(str(one))]
        if not over[_COMPONENTS]:
            del over[_COMPONENTS]
    return dataclasses.replace(build, kind=kind, value_files=files, kustomization=over)


def _files(name: str, build: Build, tree: Tree) -> list[str]:
    """The value files that a name means, in the order in which Argo CD takes them."""
    path = _joined(build, name)
    if tree.file(path):
        return [name]
    found: list[str] = []
    if build.argo and _WILD & set(name):
        glob = steps(path)
        found = sorted(one for one in tree.entries if tree.file(one) and fits(glob, one.split("/")))
    if found:
        return [posixpath.relpath(one, build.path or ".") for one in found]
    return [] if build.optional and _absent(path, tree) else [name]


def _absent(path: str, tree: Tree) -> bool:
    """True if nothing is there, and no link or submodule leads there."""
    above = path.split("/")
    ways = ("/".join(above[:end]) for end in range(1, len(above) + 1))
    return path not in tree.folders and not any(way in tree.entries for way in ways)


def _joined(build: Build, name: str) -> str:
    path = posixpath.normpath(posixpath.join(build.path, name))
    return "" if path == "." else path
