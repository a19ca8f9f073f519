"""The settings of rendering: with which programs, within which limits, and what a chart is given."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from auditor.config.durations import Duration
from auditor.config.section import Model


class Helm(Model):
    """What `helm template` is given for each chart of a source."""

    release_name: str | None = None
    """Name of the release; without it that of the chart's folder."""
    namespace: str | None = None
    """Namespace of the release; without it that of the source."""
    value_files: tuple[str, ...] = ()
    """Files of values in the repository, relative to the chart; later ones win."""
    kube_version: str | None = None
    """The Kubernetes version that the chart is told, as 1.33; without it the one that helm knows best."""


class Tools(Model):
    """The programs that render manifests, and their limits; they get no network and no environment."""

    kustomize: Path | None = None
    """The program `kustomize` or `kubectl`; without it the one on PATH."""
    helm: Path | None = None
    """The program `helm`; without it the one on PATH."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts from which a kustomization may take a remote base over https; empty: none."""
    timeout: Duration = timedelta(seconds=30)
    """For one kustomize root or chart."""
    memory: int = Field(default=1024, ge=128)
    """MiB that one of these programs may use."""
