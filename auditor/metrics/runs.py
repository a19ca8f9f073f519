"""What the metrics are made of: one run of the audit of one cluster, also one that failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.model.finding import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: its report, or none, and how it went."""

    cluster: str
    report: Report | None
    """None: the run failed, or was cut."""
    started_at: datetime
    finished_at: datetime
    durations: Mapping[str, float] = field(default_factory=dict)
    """Phase to seconds."""
    requests: tuple[tuple[str, str, int], ...] = ()
    """Source, status code (`error`: no answer came) and number; a daemon adds up those of all its runs."""

    @property
    def succeeded(self) -> bool:
        """True if it made a report and read at least one collection whole.

        Drift is no failure, and neither is evidence that is incomplete in part: both have metrics of their own. But a
        run that saw nothing knows nothing, and must not replace what an earlier one saw.
        """
        return self.report is not None and any(c.complete for c in self.report.coverage)
