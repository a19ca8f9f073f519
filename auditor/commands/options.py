"""Flags that several commands share; each has an environment variable, `AUDITOR_` and its long name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from auditor import reports

if TYPE_CHECKING:
    from auditor.model.finding import Severity

Command = Callable[..., Any]
SEVERITIES = ("critical", "high", "medium", "low", "info")
VERBOSE = "auditor.verbose"
"""Where the context keeps `-v`, for the one who catches what nobody expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user chose about the report and the exit code."""

    format: str
    output: tuple[str, ...]
    min_severity: str
    fail_on: str
    exit_zero_on_drift: bool
    verbose: int
    quiet: bool
    no_color: bool

    @property
    def least(self) -> "Severity":
        """The least severity to list."""
        from auditor.model.finding import Severity

        return Severity[self.min_severity.upper()]

    @property
    def failing(self) -> "Severity | None":
        """The least severity that fails; None: none does."""
        from auditor.model.finding import Severity

        return None if self.fail_on == "never" else Severity[self.fail_on.upper()]


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """Declare a flag with its environment variable, which `--help` names."""
    long = next(name for name in names if name.startswith("--"))
    variable = "AUDITOR_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_envvar=True, **settings)


def remember(context: click.Context, _: click.Parameter, value: int) -> int:
    """Keep the value of `-v` in the context."""
    context.meta[VERBOSE] = value
    return value


REPORTING = (
    option(
        "-f",
        "--format",
        type=click.Choice(reports.names(), case_sensitive=False),
        default="text",
        show_default=True,
        help="How to write the report.",
    ),
    option(
        "-o",
        "--output",
        metavar="[FORMAT=]PATH",
        multiple=True,
        type=click.Path(),
        help="Where to write it; `-` is standard output. May be given several times, as `-o text=- -o json=FILE`; in "
        "the variable with `:` between, as `text=-:json=FILE`.",
    ),
    option(
        "--min-severity",
        type=click.Choice(SEVERITIES, case_sensitive=False),
        default="info",
        show_default=True,
        help="List no finding below it; the exit code does not change.",
    ),
    option(
        "--fail-on",
        type=click.Choice([*SEVERITIES, "never"], case_sensitive=False),
        default="high",
        show_default=True,
        help="Exit with 1 if there is a confirmed finding of this severity or worse.",
    ),
    option("--exit-zero-on-drift", is_flag=True, help="Exit with 0 where it would be 1; 2 and 3 stay."),
    option("-v", "--verbose", count=True, callback=remember, help="Tell more, and show tracebacks; -vv: the SDKs too."),
    option("-q", "--quiet", is_flag=True, help="Write no summary and no warning to standard error."),
    option("--no-color", is_flag=True, help="No colour; the variable NO_COLOR says the same."),
)


def reporting(command: Command) -> Command:
    """Give a command the flags about the report and the exit code, for `Choices`."""
    for add in reversed(REPORTING):
        command = add(command)
    return command
