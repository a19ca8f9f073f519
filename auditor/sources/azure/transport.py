"""The wire under the SDKs: no request and no wait goes beyond the deadline, and each request is counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy
from azure.core.pipeline.transport import RequestsTransport

from auditor.sources.azure.faults import UnreachableError
from auditor.sources.gathered import Deadline

_CONNECT = 5.0
"""Seconds for a connection: who is there answers much sooner."""


class LateError(UnreachableError):
    """The deadline has passed, or would pass in a wait. No AzureError, so the SDKs' retries leave it alone."""


class Transport(RequestsTransport):  # type: ignore[misc]  # the SDK exports it lazily, without a type
    """One connection pool; threads may share it once it is open."""

    def __init__(
        self, deadline: Deadline, request_timeout: float, count: Callable[[int | str], None] | None = None
    ) -> None:
        super().__init__()
        self._deadline = deadline
        self._request_timeout = request_timeout
        self._count = count or (lambda _code: None)
        # Two threads that open it at the same time would make two pools.
        self.open()

    def send(self, request: Any, *, proxies: Any = None, **kwargs: Any) -> Any:
        """Send one request, for no longer than is left."""
        left = self._deadline.left
        if left <= 0:
            raise LateError(late(self._deadline))
        kwargs["connection_timeout"] = min(kwargs.get("connection_timeout", _CONNECT), _CONNECT, left)
        kwargs["read_timeout"] = min(kwargs.get("read_timeout", self._request_timeout), self._request_timeout, left)
        try:
            response = super().send(request, proxies=proxies, **kwargs)
        except Exception:
            self._count("error")
            raise
        self._count(response.status_code)
        return response

    def sleep(self, duration: float) -> None:
        """Wait before a retry; LateError where that would take longer than is left."""
        if duration >= self._deadline.left:
            raise LateError(late(self._deadline))
        super().sleep(duration)


def late(deadline: Deadline) -> str:
    """The sentence for a source that took too long."""
    return f"Azure was not read within {deadline.limit.total_seconds():g} s; give azure.timeout more"


class Retry(RetryPolicy[Any, Any]):
    """Retries while there is time: a Retry-After or a pause that reaches the deadline gives the answer back at once."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(
            retry_total=4, retry_connect=2, retry_read=1, retry_status=3, retry_backoff_factor=0.5, retry_backoff_max=8
        )
        self._deadline = deadline

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """The seconds that the answer asks to wait for; None if it does not, or nobody understands what it says."""
        try:
            found = super().get_retry_after(response)
        except (ValueError, TypeError, OverflowError):
            return None
        return found if found is None or math.isfinite(found) else None

    def increment(self, settings: dict[str, Any], response: Any = None, error: Exception | None = None) -> bool:
        """True if another try is allowed, and has the time."""
        if not super().increment(settings, response, error):
            return False
        asked = self.get_retry_after(response) if isinstance(response, PipelineResponse) else None
        wait = self.get_backoff_time(settings) if asked is None else asked
        return wait < self._deadline.left
