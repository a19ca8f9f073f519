"""The settings of an audit, as the configuration file spells them (camelCase there, snake_case here).

Nothing is read here: a path or a name of a variable stays a path or a name, and a secret is never part of a setting.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def duration(value: Any) -> Any:
    """`1h30m`, `10m`, `45s` or a number of seconds, as a timedelta. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return timedelta(seconds=value)
    found = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        raise ValueError(f"`{value}` is no duration; write 45s, 10m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(duration)]


class Model(BaseModel):
    """What all settings have in common: immutable, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Kubernetes(Model):
    """How to reach the API server, and which Services are meant."""

    context: str | None = None
    kubeconfig: Path | None = None
    in_cluster: bool = False
    namespaces: tuple[str, ...] = ()
    selector: str | None = None
    timeout: Duration = timedelta(minutes=2)
    """For everything that is read of the cluster."""


class Azure(Model):
    """Where Azure's side is, and as whom it is read."""

    cluster: str | None = None
    """Resource id of the AKS cluster, from which the rest is found."""
    subscription_id: str | None = None
    node_resource_group: str | None = None
    private_link_service_resource_groups: tuple[str, ...] = ()
    cloud: Literal["public", "usgov", "china"] = "public"
    endpoint: str | None = None
    """Azure Stack, tests; plain http only for loopback."""
    credential: Literal["default", "workload-identity", "managed-identity", "cli", "environment"] = "default"
    timeout: Duration = timedelta(minutes=2)


class Controller(Model):
    """How the cloud controller is configured; what is absent is found out, or not compared."""

    cluster_name: str | None = None
    virtual_network: str | None = None
    subnet: str | None = None
    private_link_service_resource_group: str | None = None
    backend_pool_type: Literal["nodeIPConfiguration", "nodeIP"] | None = None
    multiple_load_balancers: tuple[str, ...] | None = None


class GitAuth(Model):
    """Where the secret of a Git remote is; never the secret itself."""

    username: str | None = None
    """For basic auth; most servers take any name beside a token."""
    token_file: Path | None = None
    token_variable: str | None = None
    """The name of an environment variable."""
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None


class Git(Model):
    """One repository that declares Services."""

    name: str = Field(min_length=1)
    url: str | None = None
    path: Path | None = None
    """A local clone (or bare repository), instead of `url`."""
    ref: str | None = None
    """Branch, tag or commit; without it the remote's HEAD (`url`) or what is checked out (`path`)."""
    paths: tuple[str, ...] = ()
    """Folders or files in the repository; empty: everything."""
    include: tuple[str, ...] = ()
    """Globs of paths in the repository; empty: everything."""
    exclude: tuple[str, ...] = ()
    namespace: str = "default"
    """The namespace of manifests that name none."""
    render: Literal["auto", "plain", "kustomize", "helm"] = "auto"
    auth: GitAuth = GitAuth()
    timeout: Duration = timedelta(minutes=2)


class Cluster(Model):
    """One AKS cluster: its three sides."""

    name: str = Field(min_length=1)
    kubernetes: Kubernetes = Kubernetes()
    azure: Azure = Azure()
    controller: Controller = Controller()
    git: tuple[Git, ...] = ()
    intent: Literal["git", "flux", "argocd"] = "git"


class Pushgateway(Model):
    """Where metrics are pushed to."""

    url: str
    job: str = "aks-drift-auditor"
    username: str | None = None
    password_file: Path | None = None
    password_variable: str | None = None
    ca_file: Path | None = None
    timeout: Duration = timedelta(seconds=10)


class Metrics(Model):
    """Ways out for the metrics of a single run."""

    textfile: Path | None = None
    pushgateway: Pushgateway | None = None
    finding_info_limit: int = Field(default=1000, ge=0)
    """How many findings get a series of their own."""


class Serve(Model):
    """The daemon."""

    listen: str = "127.0.0.1:8080"
    schedule: str = "7 * * * *"
    timezone: str = "UTC"
    jitter: Duration = timedelta(0)
    deadline: Duration = timedelta(minutes=10)
    """After which a run is cut."""
    token_file: Path | None = None
    """The bearer token that POST /audit requires."""
    token_variable: str | None = None


class PolicySettings(Model):
    """What the user decided."""

    ignored_namespaces: tuple[str, ...] = ("kube-system",)
    allowed_visibility: tuple[str, ...] = ()
    allowed_auto_approval: tuple[str, ...] = ()


class Settings(Model):
    """The whole file."""

    clusters: tuple[Cluster, ...] = Field(min_length=1)
    settle: Duration = timedelta(minutes=10)
    request_timeout: Duration = timedelta(seconds=30)
    """For a single request to Kubernetes or Azure."""
    cache_dir: Path | None = None
    """For fetched repositories; without it the user's cache folder."""
    concurrency: int = Field(default=4, ge=1)
    """How many clusters are audited at the same time."""
    metrics: Metrics = Metrics()
    serve: Serve = Serve()
    policy: PolicySettings = PolicySettings()
