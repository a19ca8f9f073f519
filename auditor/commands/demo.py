"""`auditor demo`: the whole live path, against servers on this machine that replay a bundled recording."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.commands.options import option

if TYPE_CHECKING:
    from auditor.lab.server import Lab
    from auditor.model.snapshot import Snapshot

RECORDING = Path(__file__).parents[1] / "lab" / "demo"
INTRODUCTION = """\
A small company's cluster is simulated here, on loopback: a Kubernetes API, the
Azure Resource Manager and a Git remote, which answer what a recording holds
that comes with the auditor. The audit is a real one: the manifests are fetched,
the APIs are read by their SDKs, and the three sides are compared. Twelve
Services of several teams; some things have gone wrong since they were made.

"""
FAREWELL = """\

`auditor explain RULE` says more of a rule,
`auditor run --help` how to audit a cluster of your own.
"""


@click.command(short_help="Show an audit of a simulated cluster with drift in it.")
@option("--no-color", is_flag=True, help="No colour; the variable NO_COLOR says the same.")
def demo(*, no_color: bool) -> None:
    """Audit a simulated cluster with drift in it; no account is needed. Exits with 0 when it has been shown."""
    from auditor import logs
    from auditor import run as shell
    from auditor.lab.server import Lab
    from auditor.publish import deliveries, write_stdout

    logs.configure(human=True)
    write_stdout(INTRODUCTION)
    with Lab(RECORDING) as lab, _environment(lab.environment):
        audit = shell.Audit(gather=lambda: _live(lab))
        shell.run(shell.Request(audits=(audit,), deliveries=deliveries("text", ()), colour=not no_color))
    write_stdout(FAREWELL)


def _live(lab: "Lab") -> "Snapshot":
    """Read the servers as `auditor run` does; the clock is that of the recording, to which its events belong."""
    import tempfile
    from datetime import UTC, datetime, timedelta

    from auditor.commands.progress import progress
    from auditor.sources.live import gather
    from auditor.sources.session import Session

    with tempfile.TemporaryDirectory(prefix="auditor-demo-") as folder:
        session = Session(
            cache_dir=Path(folder), request_timeout=timedelta(seconds=10), progress=progress(quiet=False),
            clock=lambda: lab.captured_at or datetime.now(UTC), pinned=True,
        )  # fmt: skip
        return gather(lab.settings(), session).snapshot


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables, as those that tell azure-identity where the managed identity is."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
