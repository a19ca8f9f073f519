"""`auditor demo`: the audit of a recording that comes with the program."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.commands.options import option

if TYPE_CHECKING:
    from auditor.model.snapshot import Snapshot

RECORDING = Path(__file__).parents[1] / "lab" / "demo"
INTRODUCTION = """\
This audits a recording of a small cluster that comes with the auditor: its
manifests in Git, its Services in Kubernetes, and what Azure has made of them.
Some things in it are wrong. No network and no credentials are used.

"""
FAREWELL = """\

`auditor explain RULE` says more of a rule,
`auditor run --help` how to audit a cluster of your own.
"""


@click.command(short_help="Show an audit of a bundled cluster with drift in it.")
@option("--no-color", is_flag=True, help="No colour; the variable NO_COLOR says the same.")
def demo(*, no_color: bool) -> None:
    """Audit a bundled recording with drift in it, offline. Exits with 0 when it has been shown."""
    from auditor import run as shell
    from auditor.publish import deliveries, write_stdout

    write_stdout(INTRODUCTION)
    shell.run(shell.Request(gather=_recorded, deliveries=deliveries("text", ()), colour=not no_color))
    write_stdout(FAREWELL)


def _recorded() -> "Snapshot":
    from auditor.sources.snapshot import read_snapshot

    return read_snapshot(RECORDING)
