"""A Kustomization's spec to what is built, and a GitRepository's to what is fetched."""

from __future__ import annotations

import posixpath
from typing import Any

from auditor.sources.discovery import flux_shapes as flux
from auditor.sources.discovery.flux_status import git_cause
from auditor.sources.discovery.revisions import commit_of, name_of
from auditor.sources.gathered import SourceError


def within(path: str | None) -> str:
    """A path that stays in the repository, without `./` and `..`; empty: its top."""
    return posixpath.normpath(f"/{path or ''}").strip("/")


def patterns(text: str | None) -> tuple[str, ...]:
    """The patterns of a text in the form of .gitignore."""
    lines = (line.strip() for line in (text or "").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def ref_of(repository: flux.GitRepository) -> str | SourceError:
    """What is to be fetched. Of a range of versions it is the tag that Flux chose."""
    reference = (repository.spec.ref if repository.spec else None) or flux.GitReference()
    if reference.commit:
        return reference.commit
    if reference.name:
        return reference.name
    if reference.semver:
        artifact = repository.status.artifact if repository.status else None
        chosen = name_of(artifact.revision if artifact else None) or commit_of(artifact.revision if artifact else None)
        reason = git_cause(repository) or "it has fetched nothing yet"
        return chosen or SourceError(f"no tag is known for the versions `{reference.semver}` ({reason})")
    return reference.tag or reference.branch or "master"


def kustomization_of(spec: flux.KustomizationSpec) -> dict[str, Any]:
    """What Flux writes into the kustomization before it builds it."""
    common = spec.common_metadata or flux.CommonMetadata()
    fields: dict[str, Any] = {
        "namespace": spec.target_namespace, "namePrefix": spec.name_prefix, "nameSuffix": spec.name_suffix,
        "patches": spec.patches, "components": spec.components, "images": spec.images,
        "commonAnnotations": common.annotations, "labels": [{"pairs": common.labels}] if common.labels else None,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}
