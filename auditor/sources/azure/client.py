"""GET from Azure's Resource Manager: azure-mgmt-network's client as the transport, bodies as bytes.

Nothing but GET is sent. No provider is registered, no redirection followed, no page fetched from another host.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Any, Self
from urllib.parse import quote

import msgspec
import urllib3.exceptions
from azure.core import exceptions as sdk
from azure.core.credentials import TokenCredential
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.network import NetworkManagementClient

from auditor import __version__
from auditor.config.settings import Azure
from auditor.sources.api_json.wire import DecodeError, Struct, decode
from auditor.sources.azure import clouds, credentials
from auditor.sources.azure.addresses import below, is_path
from auditor.sources.azure.faults import AnswerError, UnreachableError, refused, scope_of, short
from auditor.sources.azure.transport import Retry, Transport, late
from auditor.sources.gathered import LARGEST, Deadline, Requests, SourceError

MAX_PAGES = 1000
_CHUNK = 1 << 18
_LINK = b'"nextLink"'


class _Page(Struct, rename="camel"):
    next_link: str | None = None


_PAGE = msgspec.json.Decoder(_Page)


class Client:
    """One credential and one connection pool; threads may share it."""

    def __init__(
        self,
        settings: Azure,
        *,
        deadline: Deadline,
        request_timeout: timedelta,
        requests: Requests,
        credential: TokenCredential | None = None,
        largest: int = LARGEST,
    ) -> None:
        """Contact nobody yet. Raises ConfigError, or UnreachableError where the identity cannot be.

        `largest`: how many bytes an answer may have.
        """
        self._largest = largest
        clouds.check(settings)
        cloud = clouds.CLOUDS[settings.cloud]
        self.endpoint = clouds.endpoint(settings)
        self._deadline = deadline
        self._timeout = request_timeout.total_seconds()
        # Plain http is for loopback only, as was just checked.
        self._options = {"enforce_https": False} if self.endpoint.lower().startswith("http://") else {}
        self._token_transport = Transport(deadline, self._timeout)
        identity = credentials.find(settings, self._token_transport, deadline, credential)
        transport = Transport(deadline, self._timeout, lambda code: requests.count("azure", code))
        self._sdk = NetworkManagementClient(
            identity,
            "none",  # every path names its own
            base_url=self.endpoint,
            credential_scopes=[cloud.scope],
            transport=transport,
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy(user_agent=f"aks-drift-auditor/{__version__}", user_agent_overwrite=True),
                policies.ProxyPolicy(),
                Retry(deadline),
                ARMChallengeAuthenticationPolicy(identity, cloud.scope),
            ],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._sdk.close()
        self._token_transport.close()

    def get(self, path: str, api_version: str) -> bytes:
        """The JSON of a resource or a list's first page, by its path. Raises SourceError."""
        if not is_path(path):
            # It may have come out of an answer: behind the endpoint it could make another host of it.
            raise SourceError(f"`{short(path)}` is no resource id, and is not asked for; audit again later")
        return self._get(f"{self.endpoint}{quote(path, safe='/')}?api-version={api_version}", path)

    def pages(self, path: str, api_version: str) -> Iterator[bytes]:
        """The pages of a list, as they come. Raises SourceError."""
        seen: set[str] = set()
        data = self.get(path, api_version)
        while True:
            yield data
            link = _next_link(data, path)
            if not link:
                return
            data = self._get(self._checked(link, path, seen), path)

    def _checked(self, link: str, path: str, seen: set[str]) -> str:
        """The next page's address. Raises SourceError if it is not where the others are, or was read already."""
        scope, kind, _ = scope_of(path)
        found = below(self.endpoint, link)
        if found is None:
            where = short(link.partition("//")[2].partition("/")[0].rpartition("@")[2]) or "no URL"
            raise SourceError(
                f"the next page of {kind} in {scope} is said to be at {where}, which is not {self.endpoint}: "
                "no token is sent there; check azure.endpoint"
            )
        if link in seen or len(seen) >= MAX_PAGES:
            raise SourceError(
                f"the list of {kind} in {scope} does not end: its pages go in a circle; audit again later"
            )
        seen.add(link)
        return found

    def _get(self, url: str, path: str) -> bytes:
        try:
            return self._once(url, path)
        except _CutError:
            # Bodies come after the SDK's own retries.
            if self._deadline.passed:
                raise
            return self._once(url, path)

    def _once(self, url: str, path: str) -> bytes:
        try:
            response = self._sdk.send_request(HttpRequest("GET", url), stream=True, **self._options)
        except sdk.AzureError as e:
            raise self._broken(e, path) from None
        with response:
            status, headers = response.status_code, response.headers
            body = self._body(response, path)
        if status != HTTPStatus.OK:
            raise refused(path, status, body, retry_after=headers.get("Retry-After"), date=headers.get("Date"))
        # A resource is an object, and so is a page of a list: an array would pass for a list that is empty.
        if body.lstrip()[:1] != b"{":
            scope, what, _ = scope_of(path)
            raise AnswerError(
                f"the answer to the reading of {what} in {scope} {_strange(body, headers.get('Content-Type', ''))}; "
                "check azure.endpoint, and whether a proxy stands between",
                status=status,
            )
        return body

    def _body(self, response: Any, path: str) -> bytes:
        """All of it, unless it takes longer than is left: a server may send a byte at a time."""
        raw = response.internal_response.raw
        start, body = time.monotonic(), BytesIO()  # which, unlike a list of parts, is not copied in the end
        try:
            while part := raw.read1(_CHUNK, decode_content=True):
                body.write(part)
                if self._deadline.passed or time.monotonic() - start > self._timeout:
                    raise self._slow(path)
                if body.tell() > self._largest:
                    scope, kind, _ = scope_of(path)
                    raise SourceError(
                        f"the answer to the reading of {kind} in {scope} has more than {self._largest >> 20} MiB, "
                        "which Azure never sends; check azure.endpoint, and whether a proxy stands between"
                    )
        except urllib3.exceptions.ReadTimeoutError:
            raise self._slow(path) from None
        except (urllib3.exceptions.HTTPError, OSError):
            scope, kind, _ = scope_of(path)
            raise _CutError(f"the answer to the reading of {kind} in {scope} was cut off; audit again later") from None
        return body.getvalue()

    def _slow(self, path: str) -> SourceError:
        """Too late: for the run, or for one request, after which others may still succeed."""
        if self._deadline.passed:
            return UnreachableError(late(self._deadline))
        scope, kind, _ = scope_of(path)
        return SourceError(
            f"{kind} in {scope} took longer than {self._timeout:g} s to read; give --request-timeout more"
        )

    def _broken(self, error: sdk.AzureError, path: str) -> SourceError:
        if self._deadline.passed or isinstance(error, sdk.ServiceResponseTimeoutError):
            return self._slow(path)
        if isinstance(error, sdk.ServiceResponseError):
            scope, kind, _ = scope_of(path)
            return _CutError(f"the connection broke off in the reading of {kind} in {scope}; audit again later")
        text = str(error)
        reason, way = "cannot be reached", "check the network and azure.endpoint"
        if "CERTIFICATE" in text:
            reason, way = "has no certificate that this machine trusts", "set REQUESTS_CA_BUNDLE if it is a private one"
        elif "SSL" in text:
            reason = "does not speak TLS"
        elif "resolve" in text or "getaddrinfo" in text:
            reason = "has no address: its name is not known here"
        elif "refused" in text:
            reason = "refuses connections"
        return UnreachableError(f"{self.endpoint} {reason}; {way}")


class _CutError(SourceError):
    """A body that ended too early."""


def _next_link(data: bytes, path: str) -> str | None:
    if _LINK not in data:
        return None
    try:
        return decode(data, _PAGE).next_link
    except DecodeError as e:
        scope, kind, _ = scope_of(path)
        raise SourceError(f"a page of {kind} in {scope} {e}; audit again later") from None


def _strange(body: bytes, content_type: str) -> str:
    """What a body is that is no JSON object."""
    start = body.lstrip()
    if not start:
        return "is empty"
    if start.startswith(b"["):
        return "is a bare JSON array, which Azure never sends"
    kind = short(content_type.partition(";")[0])
    if "json" in kind.lower():
        return f"is called {kind}, and is no JSON object"
    return f"is {kind or 'something'}, not JSON"
