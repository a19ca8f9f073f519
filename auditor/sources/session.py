"""What outlives one audit: where repositories are kept, what is known of their blobs, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config.settings import Tools
from auditor.model.snapshot import Gap
from auditor.sources.git.cache import BlobCache, Fetches

if TYPE_CHECKING:
    from auditor.judge import Judged

SKEW_CORRECTED = timedelta(seconds=5)
SKEW_SAID = timedelta(minutes=1)


def _real() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Session:
    """Shared by all audits of a run, or of a daemon's life."""

    cache_dir: Path
    request_timeout: timedelta
    blobs: BlobCache = field(default_factory=BlobCache)
    clock: Callable[[], datetime] = _real
    pinned: bool = False
    """The clock is not the real one, so it is not compared with others."""
    tools: Tools = field(default_factory=Tools)
    """The programs that render manifests."""
    progress: Callable[[str, str], None] = lambda _, __: None
    """Told of which cluster what is waited for; an empty text: for nothing more."""
    fetches: Fetches = field(default_factory=dict)
    """Commits that this run has fetched, so that several clusters fetch a repository once."""
    judged: dict[str, Judged] = field(default_factory=dict)
    """By cluster: what was judged last, and need not be judged again while nothing changes; threads may share it."""
    started: datetime | None = None
    """When the run began, by the clock."""

    def run(self) -> Session:
        """The same for one run, which begins now: nothing of what others fetched is as new."""
        return replace(self, fetches={}, started=self.clock())

    def began(self) -> datetime:
        """The moment of an audit that begins now: that of its run, whose fetches it shares.

        A cluster whose turn comes late may have taken over a commit since then that was not fetched.
        """
        return self.started or self.clock()

    def now(self, skew: timedelta | None, began: datetime | None = None) -> datetime:
        """The moment of the audit, by the API server's clock: what happened when is told by it.

        `skew`: how far the server's clock is ahead of this machine's; None: not known. `began`: the moment by this
        machine's clock; None: now.
        """
        now = began or self.clock()
        if self.pinned or skew is None or abs(skew) <= SKEW_CORRECTED:
            return now
        return (now + skew).replace(microsecond=0)

    def clock_gap(self, skew: timedelta | None) -> Iterator[Gap]:
        """A gap for a clock that is off by a minute or more; nothing is misjudged, but tokens soon will be."""
        if not self.pinned and skew is not None and abs(skew) > SKEW_SAID:
            side = "behind" if skew > timedelta() else "ahead of"
            reason = (
                f"the clock of this machine is {abs(skew).total_seconds():.0f} s {side} the API server's, "
                "by which the audit went; set it right"
            )
            yield Gap(source="kubernetes", scope="*", kind="clock", reason=reason)
