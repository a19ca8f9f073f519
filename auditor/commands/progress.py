"""A line on the terminal while live audits read; nothing where nobody looks."""

import sys
from collections.abc import Callable

import click


def progress(*, quiet: bool) -> Callable[[str, str], None]:
    """Return what shows what of which cluster is waited for; an empty text: of that one nothing more.

    However the command ends, also by Ctrl-C, the line is taken away and the cursor is shown.
    """
    if quiet or not sys.stderr.isatty():
        return lambda _, __: None
    from rich.console import Console
    from rich.status import Status
    from rich.text import Text

    status = Status("", console=Console(stderr=True))
    waiting: dict[str, str] = {}

    def show(cluster: str, text: str) -> None:
        waiting[cluster] = text
        told = [f"{name}: {what}" for name, what in sorted(waiting.items()) if what]
        if told:
            status.update(Text(" · ".join(told), no_wrap=True, overflow="ellipsis"))
            status.start()
        else:
            status.stop()

    if context := click.get_current_context(silent=True):
        context.call_on_close(status.stop)
    return show
