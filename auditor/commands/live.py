"""The flags of commands that read a live cluster, and the settings that they and a configuration make together."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.commands.options import Command, option

if TYPE_CHECKING:
    from auditor.config.settings import Cluster, Kubernetes, Settings

CONFIG = option(
    "-c",
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration; without one: the current context, and the Git repository around the current folder.",
)
CLUSTER = option(
    "--cluster", metavar="NAME", multiple=True, help="Audit only this cluster of the configuration. May be repeated."
)
IN_CLUSTER = "in-cluster"
"""What a cluster is called by the pod in it, if nobody named it."""
LIVE = (
    CONFIG,
    option("--context", metavar="NAME", help="The context of the kubeconfig."),
    option("--kubeconfig", metavar="FILE", type=click.Path(path_type=Path), help="The kubeconfig."),
    option("--ref", metavar="REF", help="The branch, tag or commit of the Git repository."),
    option("--azure-cluster", metavar="ID", help="The resource id of the AKS cluster."),
    option("--subscription", metavar="ID", help="The subscription of the node resource group."),
    option("--node-resource-group", metavar="NAME", help="Where AKS keeps the load balancers."),
    option("--request-timeout", metavar="DURATION", help="For each request, as 30s (the default) or 2m."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the user chose about what is read."""

    config: Path | None
    context: str | None
    kubeconfig: Path | None
    ref: str | None
    azure_cluster: str | None
    subscription: str | None
    node_resource_group: str | None
    request_timeout: str | None


def live(command: Command) -> Command:
    """Give a command the flags about what is read, for `Flags`."""
    for add in reversed(LIVE):
        command = add(command)
    return command


def taken(choices: dict[str, Any]) -> Flags:
    """Take the values of those flags out of all that a command was given."""
    return Flags(**{name: choices.pop(name) for name in Flags.__dataclass_fields__})


def loaded(flags: Flags) -> "Settings | None":
    """Return the settings that a configuration gives; None without one. Raises ConfigError."""
    import os

    from auditor.config.load import load

    return None if flags.config is None else load(flags.config, os.environ)


def settings(flags: Flags, names: tuple[str, ...]) -> "tuple[Settings, tuple[Cluster, ...]]":
    """Return the settings, and the clusters that are meant. Raises ConfigError and UsageError; contacts nothing."""
    from auditor import audits

    found = loaded(flags) or _without_configuration(flags)
    if flags.config is None:
        _no_other(found, names)
    found = _timed(found, flags)
    clusters = audits.chosen(found, names)
    if any((flags.context, flags.kubeconfig, flags.ref, flags.azure_cluster, flags.subscription)) and len(clusters) > 1:
        raise click.UsageError(
            f"{', '.join(one.name for one in clusters)}: which of them do --context, --kubeconfig, --ref and the facts "
            "of Azure belong to? Name one with --cluster."
        )
    clusters = tuple(_overridden(cluster, flags) for cluster in clusters)
    _check(found.model_copy(update={"clusters": clusters}), flags)
    if len(clusters) == 1:  # of several, one that cannot be read is no reason not to read the others
        audits.check(clusters)
    return found, clusters


OF_FLAGS = {("azure", "cluster"): "--azure-cluster", ("azure", "subscriptionId"): "--subscription",
            ("azure", "nodeResourceGroup"): "--node-resource-group", ("git", 0, "ref"): "--ref"}  # fmt: skip
"""Keys of a cluster that flags set."""


def _check(found: "Settings", flags: Flags) -> None:
    """What flags made of the settings must be possible too."""
    from auditor.config.checks import faults
    from auditor.config.fault import dotted
    from auditor.errors import ConfigError

    told = []
    for fault in faults(found):
        flag = OF_FLAGS.get(fault.path[2:], "")
        given = flag and getattr(flags, flag.removeprefix("--").replace("-", "_")) is not None
        told.append(f"{flag if given else dotted(fault.path)}: {fault.sentence}")
    if told:
        raise ConfigError("\n".join(told))


def _without_configuration(flags: Flags) -> "Settings":
    """What can be found out where nobody wrote it down."""
    from auditor.config.settings import Cluster, Kubernetes, Settings
    from auditor.sources.git.local import repository_here

    here = repository_here(Path.cwd())
    kubernetes = Kubernetes(context=flags.context, kubeconfig=flags.kubeconfig)
    cluster = Cluster(name=IN_CLUSTER, kubernetes=kubernetes, git=(here,) if here else ())
    found = _as_variables_say(Settings(clusters=(cluster,)))
    context = _context(found.clusters[0].kubernetes)
    if context is None or found.clusters[0].name != IN_CLUSTER:
        return found
    named = found.clusters[0].model_copy(update={"name": _fit(context)})
    return found.model_copy(update={"clusters": (named, *found.clusters[1:])})


def _no_other(found: "Settings", names: tuple[str, ...]) -> None:
    """A name chooses among clusters; it must not pass for the name of whichever one is at hand."""
    from auditor.errors import UsageError

    known = [cluster.name for cluster in found.clusters]
    for name in names:
        if name not in known:
            raise UsageError(
                f"--cluster {name}: without a configuration the cluster is {', '.join(known)}, as the context says; "
                f"name the configuration that has {name} with --config FILE"
            )


def _context(kubernetes: "Kubernetes") -> str | None:
    """The context that is meant; None in a pod. Raises ConfigError, with more ways out where there is no cluster."""
    from auditor.errors import ConfigError
    from auditor.sources.kubernetes.kubeconfig import choose

    try:
        chosen = choose(kubernetes)
    except ConfigError as error:
        if kubernetes.context or kubernetes.kubeconfig:
            raise
        raise ConfigError(
            f"{error}; or name a recording with --snapshot DIR, or see `auditor demo`, which needs no cluster"
        ) from None
    return chosen.context if chosen else None


def _as_variables_say(found: "Settings") -> "Settings":
    """Variables like AUDITOR__CLUSTERS__0__AZURE__CLOUD set a key, as they do over a configuration."""
    import os

    from pydantic import ValidationError

    from auditor.config import wording
    from auditor.config.fault import Fault, dotted
    from auditor.config.overrides import override
    from auditor.config.settings import Settings
    from auditor.errors import ConfigError

    data = found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    faults: list[Fault] = []
    origins = override(data, os.environ, faults)
    try:
        changed = Settings.model_validate(data, by_alias=True, by_name=False) if origins else found
    except ValidationError as error:
        faults += wording.faults(error)
    if faults:
        told = (
            f"{fault.variable or origins.get(fault.path) or dotted(fault.path)}: {fault.sentence}" for fault in faults
        )
        raise ConfigError("\n".join(told))
    return changed


def _fit(context: str) -> str:
    """A context's name as a cluster's, which is a label of metrics and a name of files too."""
    import re

    return re.sub(r"[^A-Za-z0-9._-]+", "-", context).strip("._-")[:100].rstrip("._-") or IN_CLUSTER


def _timed(found: "Settings", flags: Flags) -> "Settings":
    if flags.request_timeout is None:
        return found
    from auditor.config.settings import duration

    try:
        return found.model_copy(update={"request_timeout": duration(flags.request_timeout)})
    except ValueError as error:
        raise click.UsageError(f"--request-timeout: {error}.") from error


def _overridden(cluster: "Cluster", flags: Flags) -> "Cluster":
    """Flags win over the configuration."""
    kubernetes: dict[str, Any] = {"context": flags.context, "kubeconfig": flags.kubeconfig}
    azure: dict[str, Any] = {
        "cluster": flags.azure_cluster,
        "subscription_id": flags.subscription,
        "node_resource_group": flags.node_resource_group,
    }
    if flags.context or flags.kubeconfig:
        kubernetes["in_cluster"] = False
    update: dict[str, Any] = {
        "kubernetes": cluster.kubernetes.model_copy(update=_given(kubernetes)),
        "azure": cluster.azure.model_copy(update=_given(azure)),
    }
    if flags.ref:
        if len(cluster.git) != 1:
            raise click.UsageError(f"--ref: {cluster.name} has {len(cluster.git)} Git repositories, not one.")
        update["git"] = (cluster.git[0].model_copy(update={"ref": flags.ref}),)
    return cluster.model_copy(update=update)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
