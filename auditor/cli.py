"""Arguments in, exit code out: the commands, and what becomes of errors.

0  clean        no confirmed finding at or above --fail-on, and everything could be seen
1  drift        a confirmed finding at or above --fail-on
2  broken       wrong usage or configuration, or the auditor itself broke
3  incomplete   nothing at that level, but something could not be seen
"""

import traceback
from typing import Any, NoReturn

import click

from auditor import __version__
from auditor.commands.config import config
from auditor.commands.demo import demo
from auditor.commands.explain import explain
from auditor.commands.lint import lint
from auditor.commands.options import VERBOSE
from auditor.commands.run import run
from auditor.commands.serve import serve
from auditor.commands.snapshot import snapshot
from auditor.errors import AuditorError

EPILOG = """\b
Exit codes:
  0  clean
  1  a confirmed finding at or above --fail-on
  2  wrong usage or configuration, or the auditor broke
  3  nothing at that level, but something could not be seen
"""
BROKEN = 2
INTERRUPTED = 130


class Auditor(click.Group):
    """The group of commands; no error leaves it as a traceback unless -v asks for it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn what it raises into a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except AuditorError as error:
            _fail(ctx, str(error), error.exit_code)
        except BrokenPipeError:
            _quietly(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001  (whatever it is: let through, it would exit with 1, which means drift)
            _fail(ctx, _unexpected(error, ctx), BROKEN)


def _fail(context: click.Context, message: str, exit_code: int) -> NoReturn:
    """Say it on standard error, without a traceback, and end."""
    from auditor.reports.safe import neutral

    click.echo("\n".join(neutral(line) for line in f"Error: {message}".splitlines()), err=True)
    context.exit(exit_code)


def _quietly(context: click.Context) -> NoReturn:
    """Whoever read the output has gone away: nothing is left to say."""
    from auditor.publish import silence_stdout

    silence_stdout()
    context.exit(0)


def _unexpected(error: Exception, context: click.Context) -> str:
    if context.meta.get(VERBOSE):
        click.echo(traceback.format_exc(), err=True)
        hint = "Please report it with the traceback above."
    else:
        hint = "Run it again with -v and please report the traceback."
    return f"the auditor broke, which is a bug ({type(error).__name__}: {error}). {hint}"


@click.group(cls=Auditor, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="auditor", message="%(prog)s %(version)s")
def main() -> None:
    """Tell where internal Azure load balancers and Private Link Services on AKS differ from what Git declares."""


for command in (run, lint, snapshot, serve, explain, config, demo):
    main.add_command(command)
