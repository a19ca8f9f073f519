"""What a user may choose about how a report is written, never about what is true."""

from dataclasses import dataclass

from auditor.model.finding import Severity

PIPED_WIDTH = 80
WIDEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a report is written."""

    min_severity: Severity = Severity.INFO
    """Findings below it are counted, not listed."""
    width: int = PIPED_WIDTH
    """Columns of the text report."""
    colour: bool = False
    """Colour the severities of the text report."""
