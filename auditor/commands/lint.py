"""`auditor lint`: what can be said of manifests alone."""

from pathlib import Path
from typing import Any

import click

from auditor.commands.options import Choices, option, reporting


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

    Rules of the families manifest and intent apply. All paths together are taken for what one cluster gets.
    """
    from auditor import run as shell
    from auditor.commands.manifests import FAMILIES, gather, revise
    from auditor.commands.requests import request

    audit = shell.Audit(gather=lambda: gather(paths, default_namespace), families=FAMILIES, revise=revise)
    context.exit(shell.run(request(Choices(**choices), audit)))
