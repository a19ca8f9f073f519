"""`auditor config`: is a configuration right, what does it say, and what may it say?"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.commands.options import option

if TYPE_CHECKING:
    from auditor.config.settings import Settings

FILE = option(
    "-c",
    "--config",
    metavar="FILE",
    default="auditor.yaml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration.",
)


@click.group(short_help="Check a configuration, or show what it says.")
def config() -> None:
    """Check a configuration, show what it says, or print the JSON Schema of configurations.

    Nothing is contacted. `AUDITOR__SERVE__LISTEN` and the like override single keys.
    """


@config.command(short_help="Tell what is wrong in a configuration.")
@FILE
@option("--skip-references", is_flag=True, help="Do not look for the files and the variables that it names.")
def check(config: Path, *, skip_references: bool) -> None:
    """Tell everything that is wrong in a configuration, each fault with its line; exits with 2 if there is any.

    The files that it names have to be readable, and the variables set, unless --skip-references is given.
    """
    from auditor.config import references
    from auditor.config.load import read
    from auditor.errors import ConfigError
    from auditor.publish import write_stdout
    from auditor.reports.safe import neutral

    loaded = read(config, os.environ)
    faults = [] if skip_references else list(references.faults(loaded.settings, os.environ))
    if faults:
        raise ConfigError(loaded.told(faults))
    write_stdout(neutral(f"{config}: fine: {_counts(loaded.settings)}") + "\n")


def _counts(settings: "Settings") -> str:
    from auditor.reports.safe import plural

    sources = sum(len(cluster.git) for cluster in settings.clusters)
    return f"{plural(len(settings.clusters), 'cluster')}, {plural(sources, 'Git source')}"


@config.command(short_help="Show a configuration with all defaults.")
@FILE
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"], case_sensitive=False),
    default="yaml",
    show_default=True,
    envvar="AUDITOR_CONFIG_FORMAT",
    show_envvar=True,
    help="How to write it.",
)
def show(config: Path, form: str) -> None:
    """Show what holds: the file, the variables that override it, and the defaults of all other keys.

    Secrets are never part of it: it names the files and the variables that have them.
    """
    from auditor.config.load import load
    from auditor.publish import write_stdout

    settings = load(config, os.environ)
    write_stdout(_written(settings.model_dump(mode="json", by_alias=True, exclude_none=True), form))


def _written(said: dict[str, Any], form: str) -> str:
    if form == "json":
        return _json(said)
    import yaml

    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=120)


def _json(said: dict[str, Any]) -> str:
    import json

    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


@config.command(short_help="Print the JSON Schema of configurations.")
def schema() -> None:
    """Print the JSON Schema of configurations, for editors and other tools."""
    from auditor.config.schema import schema as made
    from auditor.publish import write_stdout

    write_stdout(_json(made()))
