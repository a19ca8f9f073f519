"""From what the user chose to the request that the shell carries out."""

from typing import Any

from auditor.commands.options import Choices
from auditor.publish import deliveries
from auditor.run import Request


def request(choices: Choices, **settings: Any) -> Request:
    """Return the request for these choices; `settings` say what to gather and how to judge it."""
    return Request(
        deliveries=deliveries(choices.format, choices.output),
        least=choices.least,
        fail_on=choices.failing,
        exit_zero_on_drift=choices.exit_zero_on_drift,
        colour=not choices.no_color,
        quiet=choices.quiet,
        verbose=choices.verbose,
        **settings,
    )
