"""The JSON of Argo CD's Application (argoproj.io/v1alpha1), as far as it is used: every field may be absent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from auditor.sources.api_json.wire import Struct
from auditor.sources.discovery.flux_shapes import Condition, Metadata


class HelmParameter(Struct, rename="camel"):
    name: str | None = None
    value: str | None = None
    force_string: bool | None = None


class Helm(Struct, rename="camel"):
    value_files: list[str] | None = None
    ignore_missing_value_files: bool | None = None
    values: str | None = None
    values_object: dict[str, Any] | None = None
    parameters: list[HelmParameter] | None = None
    file_parameters: list[dict[str, Any]] | None = None
    release_name: str | None = None
    namespace: str | None = None
    kube_version: str | None = None


class Kustomize(Struct, rename="camel"):
    name_prefix: str | None = None
    name_suffix: str | None = None
    namespace: str | None = None
    images: list[str] | None = None
    common_labels: dict[str, str] | None = None
    label_without_selector: bool | None = None
    common_annotations: dict[str, str] | None = None
    common_annotations_envsubst: bool | None = None
    patches: list[dict[str, Any]] | None = None
    components: list[str] | None = None
    ignore_missing_components: bool | None = None


class Directory(Struct):
    recurse: bool | None = None
    include: str | None = None
    exclude: str | None = None
    jsonnet: dict[str, Any] | None = None


class Source(Struct):
    repo_url: str | None = msgspec.field(default=None, name="repoURL")
    path: str | None = None
    target_revision: str | None = msgspec.field(default=None, name="targetRevision")
    chart: str | None = None
    ref: str | None = None
    helm: Helm | None = None
    kustomize: Kustomize | None = None
    directory: Directory | None = None
    plugin: dict[str, Any] | None = None


class DrySource(Struct):
    repo_url: str | None = msgspec.field(default=None, name="repoURL")


class SyncSource(Struct, rename="camel"):
    target_branch: str | None = None
    path: str | None = None


class SourceHydrator(Struct, rename="camel"):
    dry_source: DrySource | None = None
    sync_source: SyncSource | None = None


class Destination(Struct):
    server: str | None = None
    name: str | None = None
    namespace: str | None = None


class Automated(Struct):
    enabled: bool | None = None


class SyncPolicy(Struct):
    automated: Automated | None = None


class IgnoreDifference(Struct, rename="camel"):
    group: str | None = None
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None
    json_pointers: list[str] | None = msgspec.field(default=None, name="jsonPointers")
    jq_path_expressions: list[str] | None = msgspec.field(default=None, name="jqPathExpressions")
    managed_fields_managers: list[str] | None = None


class Spec(Struct, rename="camel"):
    source: Source | None = None
    sources: list[Source] | None = None
    source_hydrator: SourceHydrator | None = None
    destination: Destination | None = None
    sync_policy: SyncPolicy | None = None
    ignore_differences: list[IgnoreDifference] | None = None


class Sync(Struct):
    status: str | None = None
    revision: str | None = None
    revisions: list[str] | None = None


class SyncResult(Struct):
    revision: str | None = None
    revisions: list[str] | None = None


class OperationState(Struct, rename="camel"):
    phase: str | None = None
    message: str | None = None
    finished_at: datetime | None = None
    sync_result: SyncResult | None = None


class History(Struct, rename="camel"):
    revision: str | None = None
    revisions: list[str] | None = None
    deployed_at: datetime | None = None
    source: Source | None = None
    sources: list[Source] | None = None


class Status(Struct, rename="camel"):
    sync: Sync | None = None
    operation_state: OperationState | None = None
    history: list[History] | None = None
    conditions: list[Condition] | None = None
    source_type: str | None = None
    source_types: list[str] | None = None


class Application(Struct):
    metadata: Metadata | None = None
    spec: Spec | None = None
    status: Status | None = None
