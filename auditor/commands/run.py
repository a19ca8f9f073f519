"""`auditor run`: one audit of one cluster."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.commands.options import Choices, option, reporting

if TYPE_CHECKING:
    from auditor.model.snapshot import Snapshot


@click.command(short_help="Audit a cluster and report what differs.")
@option(
    "--snapshot",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Audit this recording; needs no network and no credentials.",
)
@option("--cluster", metavar="NAME", multiple=True, help="Audit only this cluster. May be given several times.")
@option("-n", "--namespace", metavar="NAME", multiple=True, help="Only Services of this namespace. May be repeated.")
@option("-l", "--selector", metavar="SELECTOR", help="Only Services with these labels, as kubectl takes them.")
@reporting
@click.pass_context
def run(
    context: click.Context,
    /,
    snapshot: Path | None,
    cluster: tuple[str, ...],
    namespace: tuple[str, ...],
    selector: str | None,
    **choices: Any,
) -> None:
    """Audit a cluster: what Git declares, what runs in Kubernetes, and what Azure has made of it."""
    from auditor import run as shell
    from auditor.commands.requests import request
    from auditor.commands.selector import parse
    from auditor.model.policy import Scope

    if snapshot is None:
        raise click.UsageError("There is nothing to audit: name a recording with --snapshot DIR.")
    scope = Scope(namespaces=frozenset(namespace), labels=parse(selector or ""))
    context.exit(shell.run(request(Choices(**choices), gather=lambda: _recorded(snapshot, cluster), scope=scope)))


def _recorded(directory: Path, clusters: tuple[str, ...]) -> "Snapshot":
    from auditor.errors import UsageError
    from auditor.sources.snapshot import read_snapshot

    snapshot = read_snapshot(directory)
    others = [name for name in clusters if name != snapshot.cluster]
    if others:
        raise UsageError(f"--cluster {others[0]}: {directory} is a recording of the cluster {snapshot.cluster}")
    return snapshot
