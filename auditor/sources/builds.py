"""One thing that is rendered out of a repository before it declares anything: a kustomize root, or a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names that kustomize knows for its file, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What is built, and with what. Everything is plain data, so that the same build has the same cache key."""

    path: str
    """The folder in the repository; empty: its top."""
    kind: Literal["kustomize", "helm", "auto"] = "kustomize"
    """`auto`: a chart if the folder is one, else what kustomize builds; as Argo CD finds it out."""
    owner: str = ""
    """On whose behalf, as sentences call it: `Kustomization flux-system/apps`; empty: the configuration's.

    What a `Kustomization` owns is built as Flux does it (`flux`)."""
    generate: bool = False
    """As Flux and Argo CD do: a folder without a kustomization is the sum of the manifests below it."""
    kustomization: Mapping[str, Any] = field(default_factory=dict)
    """Fields that are added to the root's kustomization: `patches`, `components`, `namespace`, `images`, …

    Lists go behind what is there, anything else replaces it; as Flux does it."""
    substitute: Mapping[str, str] | None = None
    """Variables for `${name}` in what was built (Flux's postBuild); None: nothing is replaced."""
    substitute_missing: str = ""
    """Why `substitute` is not all of it, as `Secret flux-system/vars may not be read`.

    Then a variable that is not in it is unknown, instead of empty."""
    ignore: tuple[str, ...] = ()
    """Patterns, as in .gitignore, of what the GitOps tool leaves out of the repository (Flux's `spec.ignore`)."""
    release: str = ""
    """Name of the Helm release."""
    optional: bool = False
    """What is laid over a root or chart and is not in the repository is left out: `components`, files of values."""
    namespace: str = ""
    """Namespace of the Helm release, or of objects that name none; empty: the source's."""
    value_files: tuple[str, ...] = ()
    """In the repository, relative to the chart; those of Argo CD may be globs."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Values laid over those files."""
    kube_version: str = ""

    @property
    def argo(self) -> bool:
        """True if it is built as Argo CD does it."""
        return self.owner.startswith("Application ")

    def __hash__(self) -> int:
        return hash((self.path, self.kind, self.owner, self.release, self.namespace))

    @property
    def flux(self) -> bool:
        """True if it is built as Flux does it.

        Then a kustomization may name files anywhere in the repository, and what Flux leaves out of a repository by
        default, or by its `.sourceignore` files, is not there.
        """
        return self.owner.startswith("Kustomization ")

    @property
    def label(self) -> str:
        """What sentences call it."""
        return f"{self.path or '.'} ({self.owner})" if self.owner else self.path or "."
