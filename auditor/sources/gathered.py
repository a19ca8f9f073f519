"""What reading one source gives, and how long it may take."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.model.snapshot import Gap, Read

LARGEST = 256 << 20
"""Bytes that one answer may have, unpacked: a page of 500 objects has some 4 MB."""


class SourceError(Exception):
    """Something could not be read; the text is one sentence that names the scope and the way out."""


class Deadline:
    """A moment on the monotonic clock until which a source may take."""

    def __init__(self, limit: timedelta) -> None:
        self.limit = limit
        self._end = time.monotonic() + limit.total_seconds()
        self._over = False

    def end(self) -> None:
        """Let nothing more begin: whoever still reads was left behind."""
        self._over = True

    def renew(self, waiting: timedelta = timedelta()) -> None:
        """Begin anew, for a second round that waited for others, or will wait for them so long."""
        self._end = time.monotonic() + (self.limit + waiting).total_seconds()

    @property
    def left(self) -> float:
        """Seconds until then; 0 if it has passed."""
        return 0.0 if self._over else max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """True if nothing is left."""
        return self.left <= 0


class Requests:
    """How many requests were sent, by source and status (`error` where no answer came); threads may share it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def count(self, source: str, code: int | str) -> None:
        """Note one request."""
        with self._lock:
            self._counts[source, str(code)] += 1

    def counted(self) -> tuple[tuple[str, str, int], ...]:
        """Source, code and number, sorted."""
        with self._lock:
            return tuple((source, code, number) for (source, code), number in sorted(self._counts.items()))


@dataclass(slots=True)
class Gathered:
    """What one source gave so far."""

    source: str
    """`kubernetes` or `azure`"""
    record: bool = False
    """Whether the JSON is kept, for a recording."""
    found: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Objects by their field of a Snapshot; a field that is absent was not read."""
    raw: dict[str, list[bytes]] = field(default_factory=dict)
    """The JSON of each object, by kind."""
    reads: list[Read] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    endpoint: str | None = None
    """The API that was asked."""

    def copy(self) -> Gathered:
        """The same, which whoever still reads into this one does not change."""
        raw = {kind: list(items) for kind, items in list(self.raw.items())}
        return replace(self, found=dict(self.found), raw=raw, reads=list(self.reads), gaps=list(self.gaps))

    def read(self, scope: str, kind: str, objects: int) -> None:
        """Note a collection that was read, now."""
        at = datetime.now(UTC).replace(microsecond=0)
        self.reads.append(Read(source=self.source, scope=scope, kind=kind, objects=objects, read_at=at))

    def missed(self, scope: str, kind: str, reason: str) -> None:
        """Note something that could not be read."""
        gap = Gap(source=self.source, scope=scope, kind=kind, reason=reason)
        if gap not in self.gaps:
            self.gaps.append(gap)
