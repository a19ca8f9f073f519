"""Whole lists out of an API server, page by page: each page becomes typed values as it arrives, and is dropped.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from auditor.sources.api_json.kubernetes_json import continuation, raw_items
from auditor.sources.api_json.wire import DecodeError
from auditor.sources.kubernetes.client import Client
from auditor.sources.kubernetes.errors import BadRequestError, ExpiredError, StrangeAnswerError
from auditor.sources.kubernetes.say import asked

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_RESTARTS = 3


class Decode(Protocol[T_co]):
    """One of the decoders of kubernetes_json."""

    def __call__(self, data: bytes, *, part: bool) -> tuple[T_co, ...]:
        """The objects of a page."""


@dataclass(slots=True)
class Listed(Generic[T]):
    """What a list held."""

    found: list[T] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The JSON of each item, if it was to be kept."""
    whole: bool = True
    """False if a field selector left some out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """How lists are read."""

    client: Client
    limit: int
    """Of objects in a page."""
    record: bool
    """Whether the JSON is kept."""

    def selected(self, path: str, selector: str, decode: Decode[T]) -> Listed[T]:
        """What a field selector lets through, or everything where the server does not know it. Raises SourceError."""
        try:
            found = self.everything(path, decode, selector)
        except BadRequestError:
            return self.everything(path, decode)
        found.whole = False
        return found

    def everything(self, path: str, decode: Decode[T], selector: str = "") -> Listed[T]:
        """A whole list, begun anew if it expires meanwhile. Raises SourceError."""
        for restart in range(_RESTARTS + 1):
            try:
                return self._read(path, decode, selector)
            except ExpiredError:
                if restart == _RESTARTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _read(self, path: str, decode: Decode[T], selector: str) -> Listed[T]:
        listed: Listed[T] = Listed()
        query: dict[str, str | int] = {"limit": self.limit}
        if selector:
            query["fieldSelector"] = selector
        seen: set[str] = set()
        while True:
            page = self.client.get(path, query)
            after = understood(page, path, continuation)
            listed.found += understood(page, path, lambda data: decode(data, part=True))
            if self.record:
                listed.raw += understood(page, path, raw_items)
            if after is None:
                return listed
            if after in seen:
                raise StrangeAnswerError(f"the API server gives the same page again when asked to {asked(path)}")
            seen.add(after)
            query["continue"] = after


def understood(data: bytes, path: str, decode: Callable[[bytes], T]) -> T:
    """What a decoder makes of an answer. Raises StrangeAnswerError."""
    try:
        return decode(data)
    except DecodeError as e:
        raise StrangeAnswerError(
            f"what the API server answered when asked to {asked(path)} {e}; "
            "if it stays so, see what stands between it and here"
        ) from None
