"""Which cluster is meant: the kubeconfig's files and context, or the pod that we run in. Nothing is contacted here.

The messages of the official client quote whole entries of a kubeconfig, tokens included, so none of them is passed on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from kubernetes.config.incluster_config import SERVICE_HOST_ENV_NAME, SERVICE_TOKEN_FILENAME
from kubernetes.config.kube_config import KubeConfigMerger

from auditor.config.settings import Kubernetes
from auditor.errors import ConfigError
from auditor.sources.kubernetes.say import tidy
from auditor.sources.snapshots.redact import url

DEFAULT = "~/.kube/config"
ACCOUNT = Path(SERVICE_TOKEN_FILENAME).parent
"""Where a pod finds the token and the CA of its service account."""
_SHOWN = 10
_HOW = "set `kubernetes.kubeconfig` (or KUBECONFIG), or `kubernetes.inCluster: true` in a pod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One context of a kubeconfig, with what it names."""

    merged: Any
    """All files as one, for the official client."""
    context: str
    user: str
    """Its name; empty if the context has none."""
    credentials: Mapping[str, Any]
    """The user's entry."""
    cluster: Mapping[str, Any]
    """The cluster's entry."""
    folder: str
    """Where the file lies that the cluster's entry is in: relative paths and commands are meant from there."""

    @property
    def endpoint(self) -> str:
        """The server's address, without credentials: a query may hold a token."""
        server = urlsplit(str(self.cluster["server"]))._replace(query="", fragment="")
        return url(server.geturl().rstrip("/"))

    @property
    def login(self) -> str:
        """How sentences call it."""
        return f"context `{self.context}`" + (f" (user `{self.user}`)" if self.user else "")


def check(settings: Kubernetes) -> None:
    """Raise ConfigError if these settings cannot lead to an API server; for use before anything is contacted."""
    choose(settings)


def choose(settings: Kubernetes, account: Path = ACCOUNT) -> Chosen | None:
    """The context that is meant; None in a pod, with its service account in `account`. Raises ConfigError."""
    if settings.in_cluster or _only_in_a_pod(settings):
        if not os.environ.get(SERVICE_HOST_ENV_NAME):
            raise ConfigError("kubernetes.inCluster: this is no pod of a cluster (KUBERNETES_SERVICE_HOST is not set)")
        if not (account / "token").is_file():
            raise ConfigError(
                f"kubernetes.inCluster: {account / 'token'} is missing: "
                "let the pod mount its service account's token (automountServiceAccountToken)"
            )
        return None
    files = _files(settings)
    return _chosen(settings.context, _merged(files), ", ".join(files))


def _only_in_a_pod(settings: Kubernetes) -> bool:
    """True where nobody names a kubeconfig or a context, none is there, and this is a pod."""
    named = settings.kubeconfig or settings.context or os.environ.get("KUBECONFIG")
    return not named and not Path(DEFAULT).expanduser().exists() and SERVICE_HOST_ENV_NAME in os.environ


def _files(settings: Kubernetes) -> list[str]:
    """The files that are meant, as kubectl finds them; at least one of them is there."""
    if settings.kubeconfig is not None:
        wanted, named = [str(settings.kubeconfig)], "kubernetes.kubeconfig"
    elif os.environ.get("KUBECONFIG"):
        wanted, named = [path for path in os.environ["KUBECONFIG"].split(os.pathsep) if path], "KUBECONFIG"
    else:
        wanted, named = [DEFAULT], ""
    files = [path for one in wanted if Path(path := os.path.expanduser(one)).exists()]  # noqa: PTH111 - of strings
    if not files and named:
        raise ConfigError(f"{named}: {', '.join(wanted)} does not exist; name a kubeconfig that does")
    if not files:
        raise ConfigError(f"there is no kubeconfig: {DEFAULT} does not exist; {_HOW}")
    return files


def _merged(files: list[str]) -> Any:
    current = ""
    for path in files:
        try:
            found = yaml.safe_load(Path(path).read_bytes())
        except OSError as e:
            raise ConfigError(f"the kubeconfig {path} cannot be read: {e.strerror}") from None
        except (yaml.YAMLError, RecursionError, ValueError) as e:
            mark = getattr(e, "problem_mark", None)
            where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
            raise ConfigError(f"the kubeconfig {path} is not YAML{where}") from None
        if not _is_kubeconfig(found):
            raise ConfigError(
                f"the kubeconfig {path} is none: it must have lists of contexts, clusters and users, each entry with a "
                "name; make it anew with `az aks get-credentials`"
            )
        current = current or found.get("current-context")
    merged = KubeConfigMerger(os.pathsep.join(files)).config  # type: ignore[no-untyped-call]
    # The client lets the last file decide, kubectl the first: another cluster would be audited.
    merged.value["current-context"] = current
    return merged


def _is_kubeconfig(found: Any) -> bool:
    """Lists of named entries, as the official client takes for granted."""
    if not isinstance(found, dict):
        return False
    for key, inner in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
        entries = found.get(key) or []
        if not isinstance(entries, list):
            return False
        for one in entries:
            named = isinstance(one, dict) and isinstance(one.get("name"), str)
            if not named or not isinstance(one.get(inner) or {}, dict):
                return False
    return True


def _chosen(wanted: str | None, merged: Any, files: str) -> Chosen:
    contexts = _entries(merged, "contexts")
    if not contexts:
        raise ConfigError(f"the kubeconfig {files} has no context; fill it with `az aks get-credentials`")
    there = f"there is {_listed(contexts)}"
    context = wanted or merged.value.get("current-context")
    if not context:
        raise ConfigError(f"the kubeconfig {files} has no current context: set `kubernetes.context`; {there}")
    if context not in contexts:
        named = "kubernetes.context" if wanted else f"current-context of {files}"
        raise ConfigError(f"{named}: there is no context `{tidy(str(context))}` in {files}; {there}")
    link = contexts[context].value.get("context") or {}
    clusters, users = _entries(merged, "clusters"), _entries(merged, "users")
    cluster = clusters.get(str(link.get("cluster")))
    entry = (cluster.value.get("cluster") or {}) if cluster else {}
    if not cluster or not _is_address(str(entry.get("server") or "")):
        raise ConfigError(
            f"the context `{context}` of the kubeconfig {files} has no cluster with a `server: https://…`; "
            "renew it with `az aks get-credentials`"
        )
    user = link.get("user") or ""
    if user and user not in users:
        raise ConfigError(f"the context `{context}` names the user `{user}`, whom the kubeconfig {files} does not have")
    credentials = (users[user].value.get("user") or {}) if user else {}
    _check_provider(credentials, user)
    _check_impersonation(credentials, user)
    folder = os.path.dirname(os.path.abspath(cluster.path))  # noqa: PTH100, PTH120 - as the client does
    return Chosen(merged=merged, context=context, user=user, credentials=credentials, cluster=entry, folder=folder)


def _is_address(server: str) -> bool:
    try:
        parts = urlsplit(server)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _entries(merged: Any, key: str) -> dict[str, Any]:
    return {node.value["name"]: node for node in merged.value.get(key) or ()}


def _listed(names: Mapping[str, Any]) -> str:
    shown = ", ".join(f"`{tidy(name)}`" for name in list(names)[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _check_provider(credentials: Mapping[str, Any], user: str) -> None:
    """The client leaves out providers that it does not know, and would ask as nobody."""
    provider = credentials.get("auth-provider")
    name = provider.get("name") if isinstance(provider, dict) else None
    if name and name != "oidc" and not credentials.get("exec"):
        raise ConfigError(
            f"the user `{user}` of the kubeconfig logs in by the auth provider `{tidy(str(name))}`, which Kubernetes "
            "no longer has; convert it with `kubelogin convert-kubeconfig -l azurecli`"
        )


def _check_impersonation(credentials: Mapping[str, Any], user: str) -> None:
    """The client leaves it out, and would ask as somebody with other rights."""
    named = next((key for key in ("as", "as-uid", "as-groups", "as-user-extra") if credentials.get(key)), None)
    if named:
        raise ConfigError(
            f"the user `{user}` of the kubeconfig acts as somebody else (`{named}`), which is not supported; "
            "name a context of the user who is meant"
        )
