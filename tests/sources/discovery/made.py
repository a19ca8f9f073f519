"""Objects as Flux and Argo CD have them."""

from typing import Any

A, B, C = "a" * 40, "b" * 40, "c" * 40
REPOSITORY = "https://git.example/platform/fleet.git"


def thing(kind: str, name: str, namespace: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace, "generation": 2}, **fields}


def repository(
    name: str = "fleet", *, url: str = REPOSITORY, revision: str | None = f"main@sha1:{A}", **spec: Any
) -> dict[str, Any]:
    artifact = {"artifact": {"revision": revision, "lastUpdateTime": "2026-11-22T10:12:00Z"}} if revision else {}
    return thing(
        "GitRepository", name, "flux-system", spec={"url": url, "ref": {"branch": "main"}} | spec, status=artifact
    )


def ready(status: str = "True", reason: str = "ReconciliationSucceeded", message: str = "") -> dict[str, str]:
    return {"type": "Ready", "status": status, "reason": reason, "message": message}


def kustomization(
    name: str = "apps",
    path: str = "./clusters/prod",
    *,
    applied: str | None = f"main@sha1:{A}",
    conditions: list[Any] | None = None,
    namespace: str = "flux-system",
    **spec: Any,
) -> dict[str, Any]:
    source = {"kind": "GitRepository", "name": "fleet", "namespace": "flux-system"}
    return thing(
        "Kustomization", name, namespace,
        spec={"path": path, "sourceRef": source} | spec,
        status={"lastAppliedRevision": applied, "observedGeneration": 2, "conditions": conditions or [ready()]},
    )  # fmt: skip


def application(
    name: str = "web",
    *,
    source: dict[str, Any] | None = None,
    server: str = "https://kubernetes.default.svc",
    sync: str = "Synced",
    revision: str = A,
    history: list[dict[str, Any]] | None = None,
    status: dict[str, Any] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    wanted = {"source": source or {"repoURL": REPOSITORY, "path": "apps/web", "targetRevision": "main"}}
    wanted = {} if "sources" in spec else wanted
    return thing(
        "Application", name, "argocd",
        spec={"destination": {"server": server, "namespace": "web"}, "syncPolicy": {"automated": {}}} | wanted | spec,
        status={"sync": {"status": sync, "revision": revision}, "history": history or []} | (status or {}),
    )  # fmt: skip
