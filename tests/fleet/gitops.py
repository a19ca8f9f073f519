"""The objects of Flux and Argo CD in a cluster of the fleet."""

from typing import Any

from tests.fleet.state import URL

APPLIED = "0" * 40
"""What the recording calls the commit: the lab makes its own of it."""
OLD = "1" * 40
Objects = dict[str, list[dict[str, Any]]]


def condition(*, ready: bool, reason: str = "", message: str = "") -> dict[str, str]:
    """A condition of Flux."""
    return {"type": "Ready", "status": "True" if ready else "False", "reason": reason, "message": message}


def flux_repository(**spec: Any) -> dict[str, Any]:
    """The GitRepository of the fleet."""
    revision = f"main@sha1:{APPLIED}"
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "fleet", "namespace": "flux-system", "generation": 1},
        "spec": {"url": URL, "ref": {"branch": "main"}} | spec,
        "status": {"artifact": {"revision": revision, "lastUpdateTime": "2026-11-22T10:12:00Z"},
                   "conditions": [condition(ready=True)]},
    }  # fmt: skip


def kustomization(
    path: str, *, name: str = "apps", applied: str = APPLIED, ready: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """A Kustomization of Flux."""
    source = {"kind": "GitRepository", "name": "fleet"}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system", "generation": 1},
        "spec": {"path": f"./{path}", "sourceRef": source, "prune": True} | spec,
        "status": {"lastAppliedRevision": f"main@sha1:{applied}", "observedGeneration": 1,
                   "conditions": [ready or condition(ready=True)]},
    }  # fmt: skip


def flux(*kustomizations: dict[str, Any], releases: list[dict[str, Any]] | None = None, **repository: Any) -> Objects:
    """What Flux has in a cluster."""
    return {
        "gitrepositories.source.toolkit.fluxcd.io": [flux_repository(**repository)],
        "kustomizations.kustomize.toolkit.fluxcd.io": list(kustomizations),
        "helmreleases.helm.toolkit.fluxcd.io": releases or [],
    }


def helm_release(
    name: str, namespace: str, values: dict[str, Any], *, ready: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """A live HelmRelease."""
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": namespace, "generation": 1},
        "spec": {"values": values} | spec, "status": {"conditions": [ready or condition(ready=True)]},
    }  # fmt: skip


def config_map(name: str, data: dict[str, str]) -> dict[str, Any]:
    """A ConfigMap beside the Kustomizations."""
    return {"kind": "ConfigMap", "metadata": {"name": name, "namespace": "flux-system"}, "data": data}


def application(
    name: str, source: dict[str, Any], *, namespace: str = "default", applied: str = APPLIED, sync: str = "Synced",
    status: dict[str, Any] | None = None, **spec: Any,
) -> dict[str, Any]:  # fmt: skip
    """An Application of Argo CD."""
    server = {"server": "https://kubernetes.default.svc", "namespace": namespace}
    return {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "generation": 1},
        "spec": {"source": {"repoURL": URL, "targetRevision": "main"} | source, "destination": server,
                 "syncPolicy": {"automated": {}}} | spec,
        "status": {"sync": {"status": sync, "revision": APPLIED},
                   "history": [{"id": 1, "revision": applied, "deployedAt": "2026-11-22T10:12:00Z"}]} | (status or {}),
    }  # fmt: skip
