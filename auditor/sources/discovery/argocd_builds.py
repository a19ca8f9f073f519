"""A source of an Application to what is built: a kustomize root, a chart, or a folder of manifests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Any

from auditor.model.service import Owner
from auditor.sources.builds import Build
from auditor.sources.discovery import argocd_shapes as argo
from auditor.sources.discovery.flux_builds import within
from auditor.sources.discovery.parameters import Unbuildable, values_of
from auditor.sources.discovery.repositories import same
from auditor.sources.git.address import shown

__all__ = ["Unbuildable", "build_of"]

_BRACES = re.compile(r"\{([^{}]*)\}")
_LONGEST, _MOST = 2000, 1000
"""Characters of a pattern, and patterns that one with braces may stand for."""


def build_of(
    owner: Owner, sources: Sequence[argo.Source], index: int, status: argo.Status | None, namespace: str
) -> Build:
    """The build of one source. Raises Unbuildable with a clause that says why there is none."""
    source = sources[index]
    path, kind = within(source.path), _kind(source, index, len(sources), status)
    if source.plugin is not None or kind == "Plugin":
        name = (source.plugin or {}).get("name") or "a plugin"
        raise Unbuildable(f"{name} makes its manifests, and plugins are not run")
    if kind == "Helm":
        return _helm(owner, sources, index, path, namespace)
    if kind == "Directory":
        return _directory(owner, source.directory or argo.Directory(), path, namespace)
    options = source.kustomize or argo.Kustomize()
    return Build(
        path=path, owner=str(owner), generate=True, namespace=namespace, kustomization=_kustomize(options),
        optional=bool(options.ignore_missing_components),
        kind="kustomize" if kind else "auto", release="" if kind else owner.name,
    )  # fmt: skip


def _kind(source: argo.Source, index: int, count: int, status: argo.Status | None) -> str | None:
    """What Argo CD takes the folder for: it says so, or the source does."""
    given = {"Helm": source.helm, "Kustomize": source.kustomize, "Directory": source.directory}
    found = next((name for name, options in given.items() if options is not None), None)
    if found or status is None:
        return found
    if status.source_types and len(status.source_types) == count:
        return status.source_types[index]
    return status.source_type if count == 1 else None


def _directory(owner: Owner, options: argo.Directory, path: str, namespace: str) -> Build:
    if any((options.jsonnet or {}).values()):
        raise Unbuildable("its manifests are written in jsonnet, which is not evaluated")
    top = f"/{path}/" if path else "/"
    ignore = [] if options.recurse else [f"{top}*/"]
    if options.include:
        ignore += [f"{top}**/*.*", *(f"!{top}{one}" for one in _alternatives(options.include))]
    ignore += [f"{top}{one}" for one in _alternatives(options.exclude or "")]
    return Build(path=path, owner=str(owner), generate=True, namespace=namespace, ignore=tuple(ignore))


def _alternatives(glob: str) -> list[str]:
    """The globs that one with braces stands for: `{a,b}.yaml` is `a.yaml` and `b.yaml`. Raises Unbuildable."""
    pending, made = [glob], list[str]()
    while pending:
        if len(glob) > _LONGEST or len(pending) + len(made) > _MOST:
            raise Unbuildable("what it includes or excludes of its folder is too long a pattern; write a shorter one")
        one = pending.pop()
        found = _BRACES.search(one)
        if found is None:
            made.append(one)
        else:
            head, tail = one[: found.start()], one[found.end() :]
            pending += [f"{head}{part.strip()}{tail}" for part in reversed(found[1].split(","))]
    return [one for one in made if one]


def _kustomize(options: argo.Kustomize) -> dict[str, Any]:
    if options.common_annotations_envsubst and any(
        "$" in value for value in (options.common_annotations or {}).values()
    ):
        raise Unbuildable("its common annotations hold variables of Argo CD, which are not known here")
    labels = {"pairs": options.common_labels, "includeSelectors": not options.label_without_selector}
    fields: dict[str, Any] = {
        "namespace": options.namespace, "namePrefix": options.name_prefix, "nameSuffix": options.name_suffix,
        "images": [_image(one) for one in options.images or ()], "patches": options.patches,
        "components": options.components, "commonAnnotations": options.common_annotations,
        "labels": [labels] if options.common_labels else None,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def _image(text: str) -> dict[str, str]:
    """`[old=]name[:tag][@digest]` as an entry of `images`."""
    old, found, new = text.rpartition("=")
    new, _, digest = new.partition("@")
    name, colon, tag = new.rpartition(":")
    if not colon or "/" in tag:  # a port
        name, tag = new, ""
    fields = {"name": old if found else name, "newName": name if found else "", "newTag": tag, "digest": digest}
    return {key: value for key, value in fields.items() if value}


def _helm(owner: Owner, sources: Sequence[argo.Source], index: int, path: str, namespace: str) -> Build:
    options = sources[index].helm or argo.Helm()
    if options.file_parameters:
        raise Unbuildable("its chart takes whole files as parameters (fileParameters), which is not followed")
    return Build(
        path=path,
        kind="helm",
        owner=str(owner),
        release=options.release_name or owner.name,
        namespace=options.namespace or namespace,
        optional=bool(options.ignore_missing_value_files),
        value_files=tuple(_file(one, path, sources, index) for one in options.value_files or ()),
        values=values_of(options),
        kube_version=options.kube_version or "",
    )


def _file(name: str, path: str, sources: Sequence[argo.Source], index: int) -> str:
    """A values file relative to the chart: `/…` is of the repository, `$ref/…` of a source that has that name."""
    if "://" in name:
        raise Unbuildable(f"its values file {shown(name.partition('?')[0])} is not in a repository")
    if name.startswith("$"):
        ref, _, rest = name[1:].partition("/")
        lender = next((one for one in sources if one.ref == ref), None)
        if lender is None:
            raise Unbuildable(f"its values file {name} is of a source that it does not have")
        chart = sources[index]
        if (same(lender.repo_url or ""), lender.target_revision or "HEAD") != (
            same(chart.repo_url or ""),
            chart.target_revision or "HEAD",
        ):
            raise Unbuildable(f"its values file {name} is in another repository than its chart")
        name = f"/{rest}"
    if name.startswith("/"):
        return posixpath.relpath(within(name) or ".", path or ".")
    return name
