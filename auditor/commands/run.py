"""`auditor run`: one audit of each cluster."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.commands.live import CLUSTER, Flags, live, loaded, settings, taken
from auditor.commands.options import Choices, option, reporting

if TYPE_CHECKING:
    from auditor.model.policy import Scope
    from auditor.model.snapshot import Snapshot
    from auditor.run import Audit, Request


@click.command(short_help="Audit a cluster and report what differs.")
@option(
    "--snapshot",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Audit this recording; needs no network and no credentials.",
)
@live
@CLUSTER
@option("-n", "--namespace", metavar="NAME", multiple=True, help="Only Services of this namespace. May be repeated.")
@option("-l", "--selector", metavar="SELECTOR", help="Only Services with these labels, as kubectl takes them.")
@option("--metrics-textfile", metavar="FILE", type=click.Path(path_type=Path), help="Write metrics for node-exporter.")
@option("--pushgateway", metavar="URL", help="Push metrics to this Pushgateway.")
@reporting
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    snapshot: Path | None,
    cluster: tuple[str, ...],
    namespace: tuple[str, ...],
    selector: str | None,
    metrics_textfile: Path | None,
    pushgateway: str | None,
    **choices: Any,
) -> None:
    """Audit a cluster: what Git declares, what runs in Kubernetes, and what Azure has made of it.

    With a configuration all its clusters are audited side by side, each with a report and a verdict of its own.
    """
    from auditor import run as shell
    from auditor.commands.ending import obeying_sigterm
    from auditor.config.selector import parse
    from auditor.model.policy import Scope
    from auditor.run import Audit

    scope = Scope(namespaces=frozenset(namespace), labels=parse(selector or ""))
    flags = taken(choices)
    metrics = (metrics_textfile, pushgateway)
    if snapshot is None:
        request = _live(flags, cluster, scope, metrics, Choices(**choices))
    else:
        audit = Audit(gather=lambda: _recorded(snapshot, cluster), scope=scope)
        request = _offline(audit, flags, metrics, Choices(**choices))
    with obeying_sigterm():
        code = shell.run(request)
    context.exit(code)


Metrics = tuple[Path | None, str | None]


def _live(flags: Flags, names: tuple[str, ...], scope: "Scope", metrics: Metrics, choices: Choices) -> "Request":
    from auditor import audits
    from auditor.commands.measured import ways_out
    from auditor.commands.progress import progress
    from auditor.commands.requests import request

    found, clusters = settings(flags, names)
    given = {"--namespace": scope.namespaces, "--selector": scope.labels, "--ref": flags.ref}
    chosen = {one.name for one in clusters}
    shared = audits.session(found, progress(quiet=choices.quiet))
    return request(
        choices,
        *audits.live(found, clusters, shared, scope),
        human=None,
        concurrency=found.concurrency,
        also=ways_out(
            found.metrics,
            *metrics,
            schedule=found.serve,
            part=next((flag for flag, value in given.items() if value), ""),
            others=[one.name for one in found.clusters if one.name not in chosen],
        ),
    )


def _offline(audit: "Audit", flags: Flags, metrics: Metrics, choices: Choices) -> "Request":
    """A recording is judged by the policy of the configuration, if there is one; nothing else of it is used."""
    from auditor.commands.requests import request

    settings: dict[str, Any] = {}
    if flags.config is not None or any(metrics):
        from dataclasses import replace

        from auditor.commands.measured import ways_out
        from auditor.config.policy import policy as decided
        from auditor.config.settings import Metrics as MetricsSettings

        found = loaded(flags)
        audit = replace(audit, policy=decided(found)) if found else audit
        settings["also"] = ways_out(found.metrics if found else MetricsSettings(), *metrics, part="--snapshot")
    return request(choices, audit, **settings)


def _recorded(directory: Path, clusters: tuple[str, ...]) -> "Snapshot":
    from auditor.errors import UsageError
    from auditor.sources.snapshots.snapshot import read_snapshot

    snapshot = read_snapshot(directory)
    others = [name for name in clusters if name != snapshot.cluster]
    if others:
        raise UsageError(f"--cluster {others[0]}: {directory} is a recording of the cluster {snapshot.cluster}")
    return snapshot
