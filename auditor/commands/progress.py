"""A line on the terminal while a live audit reads; nothing where nobody looks."""

import sys
from collections.abc import Callable


def progress(*, quiet: bool) -> Callable[[str], None]:
    """Return what shows how far the reading is; an empty text takes the line away."""
    if quiet or not sys.stderr.isatty():
        return lambda _: None
    from rich.console import Console
    from rich.status import Status
    from rich.text import Text

    status = Status("", console=Console(stderr=True))

    def show(text: str) -> None:
        if text:
            status.update(Text(text))
            status.start()
        else:
            status.stop()

    return show
