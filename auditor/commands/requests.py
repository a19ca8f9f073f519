"""From what the user chose to the request that the shell carries out."""

from typing import Any

from auditor import logs
from auditor.commands.options import Choices
from auditor.publish import deliveries
from auditor.run import Audit, Request


def request(choices: Choices, *audits: Audit, human: bool | None = True, **settings: Any) -> Request:
    """Return the request for these choices and audits. `human`: what is told is for a person; None: if one looks."""
    logs.configure(verbose=choices.verbose, quiet=choices.quiet, human=human)
    return Request(
        audits=audits,
        deliveries=deliveries(choices.format, choices.output),
        least=choices.least,
        fail_on=choices.failing,
        exit_zero_on_drift=choices.exit_zero_on_drift,
        colour=not choices.no_color,
        **settings,
    )
