"""GET from one API server: bytes, or a sentence about why not. Importing this imports the official client (0.4 s).

No request takes longer than the request timeout without a byte, and none is begun after the deadline. What may pass
by itself (429, 5xx, a broken connection) is tried again while the deadline permits; a 401 reads the credentials anew,
once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

import urllib3
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError, LocationValueError, ReadTimeoutError

from auditor.config.settings import Kubernetes
from auditor.errors import ConfigError
from auditor.sources.gathered import LARGEST, Deadline, Requests, SourceError
from auditor.sources.kubernetes import errors, say, trouble
from auditor.sources.kubernetes.access import Access, access
from auditor.sources.kubernetes.kubeconfig import ACCOUNT, choose

SOURCE = "kubernetes"
_CONNECT = 10.0
_TRIES = 4
_LATER = frozenset({429, 500, 502, 503, 504})
_CHUNK = 1 << 16
_PLUGIN_SHARE = 0.8
"""Of what is left until the deadline, so that there is time to say that a plugin hangs."""


class Client:
    """A way to one API server; threads may share it.

    Raises ConfigError if the kubeconfig or the context is not there; credentials are read with the first request.
    `pause` is how many seconds the first retry waits, `account` where a pod's token and CA are, `largest` how many
    bytes an answer may have.
    """

    def __init__(
        self,
        settings: Kubernetes,
        *,
        deadline: Deadline,
        request_timeout: timedelta,
        requests: Requests,
        pause: float = 0.25,
        account: Path = ACCOUNT,
        largest: int = LARGEST,
    ) -> None:
        self._largest = largest
        self._settings = settings
        self._account = account
        self._chosen = choose(settings, account)
        self._deadline = deadline
        self._timeout = request_timeout.total_seconds()
        self._requests = requests
        self._pause = pause
        self._access: Access | None = None
        self._renewed = False
        self._lock = threading.Lock()
        self._date: tuple[datetime, datetime] | None = None

    @property
    def endpoint(self) -> str | None:
        """The server's address without credentials; None in a pod before the first request."""
        return self._chosen.endpoint if self._chosen else self._access.endpoint if self._access else None

    @property
    def server_time(self) -> datetime | None:
        """What the server's clock said with the latest answer."""
        return self._date[0] if self._date else None

    @property
    def clock_skew(self) -> timedelta | None:
        """How far the server's clock was ahead of ours then (exact to a second or two); None: it did not say."""
        return self._date[0] - self._date[1] if self._date else None

    def close(self) -> None:
        """Close the connections."""
        if self._access is not None:
            self._access.api.close()  # type: ignore[no-untyped-call]

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> bytes:
        """The body of a path below the server. Raises a SourceError, see errors.py."""
        way = self._way()
        status, body = self._answer(way, path, query or {})
        if status == HTTPStatus.UNAUTHORIZED and (renewed := self._renew(way)) is not None:
            way = renewed
            status, body = self._answer(way, path, query or {})
        if status != HTTPStatus.OK:
            raise say.refusal(status, _masked(body, way), path=path, endpoint=way.endpoint, login=way.login)
        return body

    def _way(self) -> Access:
        with self._lock:
            if self._access is None:
                self._access = self._made()
            return self._access

    def _made(self) -> Access:
        return access(self._chosen, lambda: min(self._timeout, self._deadline.left * _PLUGIN_SHARE), self._account)

    def _renew(self, refused: Access) -> Access | None:
        """Credentials read anew, by the first who was refused; None if those were refused too."""
        with self._lock:
            if self._access is refused:
                if self._renewed:
                    return None
                self._renewed = True
                try:
                    self._chosen = choose(self._settings, self._account)
                except ConfigError as e:
                    raise errors.LoginError(f"{e} (it was read again, since it was refused)") from None
                self._access = self._made()
            return self._access

    def _answer(self, way: Access, path: str, query: Mapping[str, str | int]) -> tuple[int, bytes]:
        """Status and body, after the retries."""
        for attempt in range(_TRIES):
            last = attempt == _TRIES - 1
            wait = self._pause * 2**attempt
            try:
                status, body, after = self._once(way, path, query)
            except HTTPError as e:
                if isinstance(e, LocationValueError) or last or wait >= self._deadline.left:
                    raise trouble.unconnected(e, path=path, endpoint=way.endpoint, login=way.login) from None
            else:
                # A longer wait than there is time for would only be time lost.
                wait = wait if after is None else after
                if status not in _LATER or last or wait >= self._deadline.left:
                    return status, body
            time.sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, way: Access, path: str, query: Mapping[str, str | int]) -> tuple[int, bytes, float | None]:
        """Status, body and Retry-After of a single request."""
        if self._deadline.passed:
            raise self._late(way, path)
        code: int | str = "error"
        try:
            request = way.api.param_serialize(
                "GET", path, query_params=list(query.items()), auth_settings=["BearerToken"],
                header_params={"Accept": "application/json", "Accept-Encoding": "gzip"},
            )  # fmt: skip
            left = max(self._deadline.left, 0.01)
            timeout = min(_CONNECT, self._timeout, left), min(self._timeout, left)
            answer = way.api.call_api(*request, _request_timeout=timeout).response
            self._seen(answer.headers.get("Date"))
            body = self._body(answer, way, path)
            code = int(answer.status)
        except SourceError:
            raise
        except (ReadTimeoutError, TimeoutError):
            raise self._late(way, path) from None
        except HTTPError:
            raise
        except (ApiException, OSError, ValueError) as e:
            raise trouble.unusable(e, endpoint=way.endpoint, login=way.login) from None
        finally:
            self._requests.count(SOURCE, code)
        kind = answer.headers.get("Content-Type", "application/json")
        if code == HTTPStatus.OK and "json" not in kind.lower():
            raise errors.StrangeAnswerError(
                f"{way.endpoint} answered with {say.tidy(kind)} instead of JSON when asked to {say.asked(path)}: "
                f"a proxy or a login page may stand between; check `server` of {way.login}"
            )
        return code, body, _seconds(answer.headers.get("Retry-After"))

    def _body(self, answer: urllib3.HTTPResponse, way: Access, path: str) -> bytes:
        """All of the body; a server that sends it drop by drop does not outlast the deadline."""
        body = BytesIO()
        try:
            while chunk := answer.read1(_CHUNK):
                body.write(chunk)
                if self._deadline.passed:
                    answer.close()
                    raise self._late(way, path)
                if body.tell() > self._largest:
                    answer.close()
                    raise errors.StrangeAnswerError(
                        f"{way.endpoint} sent more than {self._largest >> 20} MiB when asked to {say.asked(path)}: "
                        f"no API server does; check `server` of {way.login}, and what stands between"
                    )
        finally:
            answer.release_conn()
        return body.getvalue()

    def _seen(self, date: str | None) -> None:
        try:
            told = parsedate_to_datetime(date) if date else None
        except ValueError:
            return
        if told is not None and told.tzinfo is not None:
            self._date = told, datetime.now(UTC)

    def _late(self, way: Access, path: str) -> errors.NoAnswerError:
        if self._deadline.passed:
            limit, setting = self._deadline.limit.total_seconds(), "kubernetes.timeout"
        else:
            limit, setting = self._timeout, "requestTimeout"
        return errors.NoAnswerError(
            f"the API server {way.endpoint} did not {say.asked(path)} within {limit:g} s: "
            f"raise `{setting}`, or see whether the server is overloaded"
        )


def _seconds(after: str | None) -> float | None:
    """Retry-After; an API server sends seconds."""
    return float(after) if after is not None and after.strip().isdecimal() else None


def _masked(body: bytes, way: Access) -> bytes:
    """A body without our own token, should anything echo it."""
    return body.replace(way.secret.encode(), b"***") if way.secret else body
