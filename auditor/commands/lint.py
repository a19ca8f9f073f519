"""`auditor lint`: what can be said of manifests alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.commands.options import Choices, option, reporting

if TYPE_CHECKING:  # `--help` loads no more than it must
    from auditor.model.service import Declared
    from auditor.model.snapshot import Snapshot


@click.command(short_help="Check manifests, without a cluster.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(allow_dash=True, path_type=Path))
@option(
    "--default-namespace",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The namespace of Services that name none.",
)
@reporting
@click.pass_context
def lint(context: click.Context, /, paths: tuple[Path, ...], default_namespace: str, **choices: Any) -> None:
    """Check the Services in manifests: files, folders, or `-` for standard input.

    Rules of the families manifest and intent apply. All paths together are taken for what one cluster gets. Of Helm
    values (HelmRelease, Application), Gateways and the like, what they list is checked, not what they leave out.
    """
    from auditor import run as shell
    from auditor.commands import manifests
    from auditor.commands.requests import request

    said: list[Declared] = []

    def gather() -> Snapshot:
        found = manifests.gather(paths, default_namespace)
        said.extend(manifests.partial(found))
        return found

    audit = shell.Audit(
        gather=gather, families=manifests.FAMILIES, revise=lambda report: manifests.revise(report, said)
    )
    context.exit(shell.run(request(Choices(**choices), audit)))
