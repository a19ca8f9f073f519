"""The settings of an audit, as the configuration file spells them (camelCase there, snake_case here).

Nothing is read here: a path or a name of a variable stays a path or a name, and a secret is never part of a setting.
The docstring under a field is its description in the JSON Schema and in docs/configuration.md (keys.py reads it:
pydantic's `use_attribute_docstrings` parses this file once for each class, 30 ms in every run).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from auditor.config.durations import Duration, duration
from auditor.config.rendering import Helm, Tools
from auditor.config.section import Model

__all__ = [
    "Azure", "Cluster", "Controller", "Duration", "Git", "GitAuth", "Helm", "Kubernetes", "Metrics", "Model",
    "PolicySettings", "Pushgateway", "Serve", "Settings", "Tools", "duration",
]  # fmt: skip


class Kubernetes(Model):
    """How to reach the API server, and which Services are meant."""

    context: str | None = None
    """A context of the kubeconfig; without it the current one."""
    kubeconfig: Path | None = None
    """A kubeconfig file; without it `KUBECONFIG` or ~/.kube/config."""
    in_cluster: bool = False
    """The auditor runs in the cluster and uses its own service account."""
    namespaces: tuple[str, ...] = ()
    """Only Services of these namespaces; empty: all."""
    selector: str | None = None
    """Only Services with these labels, as `kubectl -l` takes them."""
    timeout: Duration = timedelta(minutes=2)
    """For everything that is read of the cluster."""


class Azure(Model):
    """Where Azure's side is, and as whom it is read."""

    cluster: str | None = None
    """Resource id of the AKS cluster, from which the rest is found."""
    subscription_id: str | None = None
    """The subscription of the cluster; without it that of `cluster`."""
    node_resource_group: str | None = None
    """The resource group of the load balancers, `MC_…`; without it that of `cluster`."""
    private_link_service_resource_groups: tuple[str, ...] = ()
    """Where to look if the subscription as a whole may not be read."""
    cloud: Literal["public", "usgov", "china"] = "public"
    """Which Azure."""
    endpoint: str | None = None
    """Azure Stack, tests; plain http only for loopback."""
    credential: Literal["default", "workload-identity", "managed-identity", "cli", "environment"] = "default"
    """How to sign in; `default` tries what the environment offers."""
    timeout: Duration = timedelta(minutes=2)
    """For everything that is read of Azure."""


class Controller(Model):
    """How the cloud controller is configured; what is absent is found out, or not compared."""

    cluster_name: str | None = None
    """Its `--cluster-name`; on AKS always `kubernetes`."""
    virtual_network: str | None = None
    """Resource id of the virtual network of the nodes."""
    subnet: str | None = None
    """Name of its default subnet."""
    private_link_service_resource_group: str | None = None
    """Its default resource group for Private Link Services."""
    backend_pool_type: Literal["nodeIPConfiguration", "nodeIP"] | None = None
    """What backend pools hold."""
    multiple_load_balancers: tuple[str, ...] | None = None
    """Names of the load balancers, where several standard load balancers are used."""


class GitAuth(Model):
    """Where the secret of a Git remote is; never the secret itself."""

    username: str | None = None
    """For basic auth; most servers take any name beside a token."""
    token_file: Path | None = None
    """A file with the token or password."""
    token_variable: str | None = None
    """The name of an environment variable."""
    ssh_key_file: Path | None = None
    """A private key; only for ssh addresses."""
    known_hosts_file: Path | None = None
    """The host keys to trust; only for ssh addresses."""


class Git(Model):
    """One repository that declares Services."""

    name: str = Field(min_length=1)
    """What reports call the source."""
    url: str | None = None
    """https, ssh or file; no user name or password in it."""
    path: Path | None = None
    """A local clone (or bare repository), instead of `url`."""
    ref: str | None = None
    """Branch, tag or commit; without it the remote's HEAD (`url`) or what is checked out (`path`)."""
    paths: tuple[str, ...] = ()
    """Folders or files in the repository; empty: everything."""
    include: tuple[str, ...] = ()
    """Globs of paths in the repository; empty: everything."""
    exclude: tuple[str, ...] = ()
    """Globs of paths in the repository that are left aside."""
    namespace: str = "default"
    """The namespace of manifests that name none."""
    render: Literal["auto", "plain", "kustomize", "helm"] = "auto"
    """How manifests are made; `auto` builds a path that is a kustomize root, and reads the files of others."""
    helm: Helm = Helm()
    """How the charts are rendered, with `render: helm`."""
    auth: GitAuth = GitAuth()
    """Where the secret for the remote is."""
    timeout: Duration = timedelta(minutes=2)
    """For fetching and reading the repository."""


class Cluster(Model):
    """One AKS cluster: its three sides."""

    name: str = Field(min_length=1)
    """What reports, metrics and `--cluster` call the cluster."""
    kubernetes: Kubernetes = Kubernetes()
    """How to reach the API server, and which Services are meant."""
    azure: Azure = Azure()
    """Where Azure's side is, and as whom it is read."""
    controller: Controller = Controller()
    """How the cloud controller is configured; what is absent is found out, or not compared."""
    git: tuple[Git, ...] = ()
    """The repositories that declare Services."""
    intent: Literal["git", "flux", "argocd"] = "git"
    """Where it is said what is declared; `flux` and `argocd` ask the cluster where its manifests come from."""


class Pushgateway(Model):
    """Where metrics are pushed to."""

    url: str
    """Address of the Pushgateway; no user name or password in it."""
    job: str = "aks-drift-auditor"
    """The label `job` of what is pushed."""
    username: str | None = None
    """For basic auth."""
    password_file: Path | None = None
    """A file with the password."""
    password_variable: str | None = None
    """The name of an environment variable with the password."""
    ca_file: Path | None = None
    """Certificates to trust, as a PEM file."""
    timeout: Duration = timedelta(seconds=10)
    """For a push."""


class Metrics(Model):
    """Ways out for the metrics of a single run."""

    textfile: Path | None = None
    """A file for node-exporter's textfile collector, replaced at once."""
    pushgateway: Pushgateway | None = None
    """Where metrics are pushed to."""
    finding_info_limit: int = Field(default=1000, ge=0)
    """How many findings get a series of their own."""


class Serve(Model):
    """The daemon."""

    listen: str = "127.0.0.1:8080"
    """HOST:PORT of the HTTP server."""
    schedule: str = "7 * * * *"
    """When to audit, as five cron fields; Sunday is 0 or 7."""
    timezone: str = "UTC"
    """Of the schedule, as Europe/Berlin."""
    jitter: Duration = timedelta(0)
    """Start up to this much later, at random."""
    deadline: Duration = timedelta(minutes=10)
    """After which a run is cut."""
    token_file: Path | None = None
    """The bearer token that POST /audit requires."""
    token_variable: str | None = None
    """The name of an environment variable with that token."""


class PolicySettings(Model):
    """What the user decided."""

    ignored_namespaces: tuple[str, ...] = ("kube-system",)
    """Namespaces in which a Service need not be in Git."""
    allowed_visibility: tuple[str, ...] = ()
    """Subscriptions, or `*`, that every Private Link Service may be visible to."""
    allowed_auto_approval: tuple[str, ...] = ()
    """Subscriptions, or `*`, whose connections every Private Link Service may approve by itself."""


class Settings(Model):
    """The whole file."""

    clusters: tuple[Cluster, ...] = Field(min_length=1)
    """The clusters to audit."""
    settle: Duration = timedelta(minutes=10)
    """How long the controller may take before a difference is drift."""
    request_timeout: Duration = timedelta(seconds=30)
    """For a single request to Kubernetes or Azure."""
    cache_dir: Path | None = None
    """For fetched repositories; without it the user's cache folder."""
    concurrency: int = Field(default=4, ge=1)
    """How many clusters are audited at the same time."""
    tools: Tools = Tools()
    """The programs that render manifests."""
    metrics: Metrics = Metrics()
    """Ways out for the metrics of a single run."""
    serve: Serve = Serve()
    """The daemon."""
    policy: PolicySettings = PolicySettings()
    """What is allowed, and what is left aside."""
