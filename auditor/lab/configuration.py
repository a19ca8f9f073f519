"""The configuration of a live audit of the lab: what its APIs can tell is left to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.config.settings import Azure, Cluster, Controller, Git, GitAuth, Kubernetes
from auditor.lab.git_remote import branch
from auditor.lab.recorded import Recorded, namespaces

GIT_TOKEN_VARIABLE = "AUDITOR_LAB_GIT_TOKEN"  # noqa: S105 - the name of a variable


def cluster_settings(
    recorded: Recorded,
    *,
    kubeconfig: Path,
    endpoint: str,
    cluster_id: str,
    git_urls: Mapping[str, str],
    git_token: bool,
) -> Cluster:
    """The settings of one cluster."""
    given = recorded.given
    told = given.virtual_network and given.subnet
    return Cluster(
        name=recorded.cluster,
        kubernetes=Kubernetes(kubeconfig=kubeconfig, context=recorded.cluster, namespaces=_namespaces(recorded)),
        azure=Azure(cluster=cluster_id, endpoint=endpoint, credential="managed-identity"),
        controller=Controller(
            cluster_name=given.cluster_name,
            private_link_service_resource_group=given.pls_resource_group,
            multiple_load_balancers=given.multiple_load_balancers,
            virtual_network=None if told else given.virtual_network,
            subnet=None if told else given.subnet,
        ),
        git=tuple(
            Git(
                name=one.name,
                url=git_urls[one.name],
                # A recorded commit or tag is no branch here: then it is what HEAD names.
                ref=branch(one.ref) if one.ref else None,
                namespace=recorded.namespaces.get(one.name, "default"),
                auth=GitAuth(token_variable=GIT_TOKEN_VARIABLE) if git_token else GitAuth(),
            )
            for one in recorded.git
        ),
    )


def _namespaces(recorded: Recorded) -> tuple[str, ...]:
    """None for all of them; if some could not be read, each of them by name."""
    unread = {gap.scope for kind in ("services", "events") for gap in recorded.gaps.get(kind, ())}
    blind = {scope for scope in unread if scope != "*" and "/" not in scope}
    if not blind:
        return ()
    return tuple(sorted(blind | namespaces(recorded)))
