"""The JSON of Flux's objects, as far as it is used (source v1, kustomize v1, helm v2): every field may be absent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from auditor.sources.api_json.wire import Struct


class Metadata(Struct, rename="camel"):
    name: str | None = None
    namespace: str | None = None
    generation: int | None = None


class Condition(Struct, rename="camel"):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: datetime | None = None


class GitReference(Struct):
    branch: str | None = None
    tag: str | None = None
    semver: str | None = None
    name: str | None = None
    commit: str | None = None


class Reference(Struct):
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None


class Include(Struct):
    repository: Reference | None = None


class GitRepositorySpec(Struct):
    url: str | None = None
    ref: GitReference | None = None
    ignore: str | None = None
    suspend: bool | None = None
    include: list[Include] | None = None


class Artifact(Struct, rename="camel"):
    revision: str | None = None
    last_update_time: datetime | None = None


class GitRepositoryStatus(Struct):
    artifact: Artifact | None = None
    conditions: list[Condition] | None = None


class GitRepository(Struct):
    metadata: Metadata | None = None
    spec: GitRepositorySpec | None = None
    status: GitRepositoryStatus | None = None


class CommonMetadata(Struct):
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None


class SubstituteReference(Struct):
    kind: str | None = None
    name: str | None = None
    optional: bool | None = None


class PostBuild(Struct, rename="camel"):
    substitute: dict[str, str] | None = None
    substitute_from: list[SubstituteReference] | None = None


class Target(Struct, rename="camel"):
    group: str | None = None
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None
    label_selector: str | None = None
    annotation_selector: str | None = None


class DriftIgnoreRule(Struct):
    paths: list[str] | None = None
    target: Target | None = None


class KustomizationSpec(Struct, rename="camel"):
    path: str | None = None
    source_ref: Reference | None = None
    target_namespace: str | None = None
    name_prefix: str | None = None
    name_suffix: str | None = None
    patches: list[dict[str, Any]] | None = None
    components: list[str] | None = None
    ignore_missing_components: bool | None = None
    images: list[dict[str, Any]] | None = None
    common_metadata: CommonMetadata | None = None
    post_build: PostBuild | None = None
    suspend: bool | None = None
    kube_config: dict[str, Any] | None = None
    drift_ignore_rules: list[DriftIgnoreRule] | None = None


class KustomizationStatus(Struct, rename="camel"):
    last_applied_revision: str | None = None
    observed_generation: int | None = None
    conditions: list[Condition] | None = None


class Kustomization(Struct):
    metadata: Metadata | None = None
    spec: KustomizationSpec | None = None
    status: KustomizationStatus | None = None


class DriftDetection(Struct):
    mode: str | None = None
    ignore: list[DriftIgnoreRule] | None = None


class HelmReleaseSpec(Struct, rename="camel"):
    suspend: bool | None = None
    drift_detection: DriftDetection | None = None


class HelmReleaseStatus(Struct, rename="camel"):
    observed_generation: int | None = None
    conditions: list[Condition] | None = None


class HelmRelease(Struct):
    metadata: Metadata | None = None
    spec: HelmReleaseSpec | None = None
    status: HelmReleaseStatus | None = None


class ConfigMap(Struct):
    metadata: Metadata | None = None
    data: dict[str, str] | None = None
