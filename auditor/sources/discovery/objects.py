"""Custom resources out of a live cluster, or out of a recording of them: lists of JSON, and single ConfigMaps.

A recording holds them as `kubernetes/<plural>.<group>.json`; the ConfigMaps that were asked for as
`kubernetes/configmaps.json`. Of each object it keeps the fields that are used, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from auditor.model.service import ServiceKey
from auditor.sources.api_json.kubernetes_json import raw_items
from auditor.sources.api_json.wire import DecodeError, decode
from auditor.sources.discovery.flux_shapes import ConfigMap
from auditor.sources.gathered import SourceError

T = TypeVar("T")

ROLE = "aks-drift-auditor-gitops"
"""The ClusterRole that config/gitops-rights defines."""
CONFIG_MAPS = "kubernetes/configmaps.json"
_CONFIG_MAP = msgspec.json.Decoder(ConfigMap)


@dataclass(frozen=True, slots=True)
class Resource:
    """A custom resource."""

    plural: str
    group: str
    versions: tuple[str, ...]
    """Newest first; the first that the cluster knows is asked for."""
    kind: str

    @property
    def name(self) -> str:
        """As RBAC and `kubectl get` call it."""
        return f"{self.plural}.{self.group}"

    @property
    def file(self) -> str:
        """In a recording."""
        return f"kubernetes/{self.name}.json"


GIT_REPOSITORIES = Resource("gitrepositories", "source.toolkit.fluxcd.io", ("v1", "v1beta2"), "GitRepository")
KUSTOMIZATIONS = Resource("kustomizations", "kustomize.toolkit.fluxcd.io", ("v1", "v1beta2"), "Kustomization")
HELM_RELEASES = Resource("helmreleases", "helm.toolkit.fluxcd.io", ("v2", "v2beta2", "v2beta1"), "HelmRelease")
APPLICATIONS = Resource("applications", "argoproj.io", ("v1alpha1",), "Application")
GATEWAYS = Resource("gateways", "gateway.networking.k8s.io", ("v1", "v1beta1"), "Gateway")
NGINX_CONTROLLERS = Resource(
    "nginxingresscontrollers", "approuting.kubernetes.azure.com", ("v1alpha1",), "NginxIngressController"
)
MULTI_CLUSTER_SERVICES = Resource(
    "multiclusterservices", "networking.fleet.azure.com", ("v1alpha1",), "MultiClusterService"
)
RESOURCES = (
    GIT_REPOSITORIES, KUSTOMIZATIONS, HELM_RELEASES, APPLICATIONS, GATEWAYS, NGINX_CONTROLLERS, MULTI_CLUSTER_SERVICES,
)  # fmt: skip
"""All that is ever asked for."""


class AbsentError(SourceError):
    """The cluster does not know the resource: its CRD is not installed, or was not recorded."""


class NotAllowedError(SourceError):
    """403; the text says which right is missing."""


class Objects(Protocol):
    """Where custom resources come from."""

    def every(self, resource: Resource) -> list[bytes]:
        """The JSON of all objects of all namespaces. Raises AbsentError, NotAllowedError, SourceError."""

    def config_map(self, key: ServiceKey) -> dict[str, str] | None:
        """The data of a ConfigMap; None if it does not exist. Raises NotAllowedError, SourceError."""


class RecordedObjects:
    """Those of a recording. `read` gives the bytes of a file in it, or None if it is not there."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read

    def every(self, resource: Resource) -> list[bytes]:
        """See Objects."""
        data = self._read(resource.file)
        if data is None:
            raise AbsentError(f"{resource.file} is not in the snapshot")
        try:
            return raw_items(data)
        except DecodeError as e:
            raise SourceError(f"{resource.file} {e}") from None

    def config_map(self, key: ServiceKey) -> dict[str, str] | None:
        """See Objects."""
        data = self._read(CONFIG_MAPS)
        try:
            items = [] if data is None else raw_items(data)
        except DecodeError as e:
            raise SourceError(f"{CONFIG_MAPS} {e}") from None
        for one in filter(None, map(config_map, items)):
            if one.metadata and (one.metadata.namespace, one.metadata.name) == key:
                return one.data or {}
        return None


def config_map(data: bytes) -> ConfigMap | None:
    """A ConfigMap of its JSON; None if it is none."""
    try:
        return decode(data, _CONFIG_MAP)
    except DecodeError:
        return None


def decoded(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T | str:
    """One object, or the clause that says what is wrong with it."""
    try:
        return decode(raw, decoder)
    except DecodeError as e:
        return str(e)
