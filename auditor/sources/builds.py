"""One thing that is rendered out of a repository before it declares anything: a kustomize root, or a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What is built, and with what. Everything is plain data, so that the same build has the same cache key."""

    path: str
    """The folder in the repository; empty: its top."""
    kind: Literal["kustomize", "helm"] = "kustomize"
    owner: str = ""
    """On whose behalf, as sentences call it: `Kustomization flux-system/apps`; empty: the configuration's."""
    generate: bool = False
    """As Flux and Argo CD do: a folder without a kustomization is the sum of the manifests below it."""
    kustomization: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a kustomization that is laid over the root: `patches`, `components`, `namespace`, `images`, …"""
    substitute: Mapping[str, str] | None = None
    """Variables for `${name}` in what was built (Flux's postBuild); None: nothing is replaced."""
    ignore: tuple[str, ...] = ()
    """Patterns, as in .gitignore, of what the GitOps tool leaves out of the repository."""
    release: str = ""
    """Name of the Helm release."""
    namespace: str = ""
    """Namespace of the Helm release, or of objects that name none; empty: the source's."""
    value_files: tuple[str, ...] = ()
    """In the repository, relative to the chart."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Values laid over those files."""
    kube_version: str = ""
