"""Faults that a test puts into the lab: what to answer instead, how late, or how much of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus


@dataclass(slots=True)
class Fault:
    """One fault; what is None is as it would be."""

    pattern: re.Pattern[str]
    status: int | None
    body: bytes | None
    headers: Mapping[str, str]
    times: int | None
    """How many requests it still meets; None: all."""
    delay: float | None
    truncate: bool
    meanwhile: Callable[[], object] | None = None
    """Called when the answer is made, before it is sent."""


class Faults:
    """The faults in force; the first that fits a request is taken."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put one in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Take all out of force."""
        with self._lock:
            self._faults.clear()

    def take(self, target: str) -> Fault | None:
        """The fault for a request, used up by one."""
        plain = unquote_plus(target)
        with self._lock:
            for fault in self._faults:
                if fault.times != 0 and (fault.pattern.search(target) or fault.pattern.search(plain)):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None
