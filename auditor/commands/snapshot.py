"""`auditor snapshot`: a recording of what `auditor run` would have read."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.commands.live import CLUSTER, Flags, live, settings, taken
from auditor.commands.options import option, remember

if TYPE_CHECKING:
    from auditor.model.snapshot import Gap, Snapshot
    from auditor.sources.snapshots.snapshot_write import Recording

NOUNS = {
    "manifests": "declared Service",
    "services": "live Service",
    "events": "event",
    "nodes": "node",
    "loadBalancers": "load balancer",
    "privateLinkServices": "private link service",
    "virtualNetworks": "virtual network",
    "publicIPAddresses": "public IP",
    "networkInterfaces": "NIC configuration",
}
"""What is counted, by kind, in the order in which it is told."""


@click.command(short_help="Record what `run` would have read.")
@option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to write the recording; the directory must be empty, or is made.",
)
@option(
    "--snapshot",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Record this recording anew; needs no network and no credentials.",
)
@live
@CLUSTER
@option("-v", "--verbose", count=True, callback=remember, expose_value=False, help="Show tracebacks.")
@option("-q", "--quiet", is_flag=True, help="Write no summary to standard error.")
@click.pass_context
def snapshot(
    context: click.Context,
    /,
    *,
    output: Path,
    snapshot: Path | None,
    cluster: tuple[str, ...],
    quiet: bool,
    **choices: Any,
) -> None:
    """Record what `auditor run` would have read: a bug report, an offline audit, a test fixture.

    Live unless --snapshot names a recording. Only what the auditor reads is recorded; Secrets, and kubectl's copies of
    manifests, are left out. Exits with 0, or with 3 if the recording has gaps; its snapshot.yaml says why.
    `auditor run --snapshot DIR` audits it.
    """
    from auditor.reports.outcome import CLEAN, INCOMPLETE
    from auditor.reports.safe import neutral

    gather = from_live(taken(choices), cluster, quiet=quiet) if snapshot is None else from_recording(snapshot)
    recorded = record(gather, output)
    if not quiet:
        click.echo(neutral(f"{in_one_line(recorded)} -> {output}"), err=True)
    context.exit(INCOMPLETE if recorded.gaps else CLEAN)


def from_recording(directory: Path) -> "Callable[[], Recording]":
    """Return what reads a recording."""
    from auditor.sources.snapshots.snapshot_recording import read_recording

    return lambda: read_recording(directory)


def from_live(flags: Flags, names: tuple[str, ...], *, quiet: bool) -> "Callable[[], Recording]":
    """Return what reads the live cluster."""
    from auditor import audits, logs
    from auditor.commands.progress import progress

    logs.configure(quiet=quiet, human=True)
    found, clusters = settings(flags, names)
    if len(clusters) > 1:
        raise click.UsageError(
            f"A recording holds one cluster: choose one of {', '.join(one.name for one in clusters)} with --cluster."
        )
    return lambda: audits.record(clusters[0], audits.session(found, progress(quiet=quiet)))


def record(gather: "Callable[[], Recording]", output: Path) -> "Snapshot":
    """Write what is gathered; return what a replay of it will see."""
    from auditor.sources.snapshots.snapshot import read_snapshot
    from auditor.sources.snapshots.snapshot_write import check_empty, write_snapshot

    check_empty(output)
    write_snapshot(output, gather())
    return read_snapshot(output)


def in_one_line(recorded: "Snapshot") -> str:
    """Say it in one line: `prod-weu: recorded 44 declared Services, 44 live Services, 3 nodes; no gaps`."""
    from auditor.reports.safe import plural

    counts: Counter[str] = Counter()
    for read in recorded.reads:
        counts[read.kind] += read.objects
    told = ", ".join(plural(counts[kind], noun) for kind, noun in NOUNS.items() if kind in counts) or "nothing"
    return f"{recorded.cluster}: recorded {told}; {_gaps(recorded.gaps)}"


def _gaps(gaps: "tuple[Gap, ...]") -> str:
    from auditor.reports.safe import plural

    if not gaps:
        return "no gaps"
    kinds = dict.fromkeys(f"{gap.source} {gap.kind}" for gap in gaps)
    return f"{plural(len(gaps), 'gap')} ({', '.join(kinds)})"
