"""The HTTP side of a Pushgateway: who we are, whom we trust, and what went wrong in one sentence.

The password is read when it is needed and stands in one header of one request: no redirect is followed with it, and
no message has it, also where the server repeats it.
"""

import base64
import http.client
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from auditor.config.settings import Pushgateway
from auditor.errors import DeliveryError
from auditor.metrics.labels import fit

WHERE = "metrics.pushgateway"
LONGEST = 300
"""Characters of an answer that are shown."""


class _StayHere(HTTPRedirectHandler):
    """A redirect is an answer like any other: what is pushed, and the password, go where the user said."""

    def redirect_request(self, *_arguments: object, **_more: object) -> None:
        return None


class Gateway:
    """One Pushgateway, as it was configured. Raises DeliveryError if that cannot be."""

    def __init__(self, settings: Pushgateway) -> None:
        self.url = _address(settings.url)
        """Without anything that is secret."""
        self._secret = _password(settings)
        self._authorization: str | None = None
        if settings.username is not None and self._secret is not None:
            token = f"{settings.username}:{self._secret}".encode(errors="surrogateescape")
            self._authorization = base64.b64encode(token).decode("ascii")
        self._opener = build_opener(_StayHere, *_trusting(settings, self.url))
        self._timeout = settings.timeout.total_seconds()

    def sender(
        self, url: str, method: str, timeout: float | None, headers: Sequence[tuple[str, str]], data: bytes
    ) -> Callable[[], None]:
        """Return what sends one request: a handler, as the Prometheus client wants it."""

        def send() -> None:
            request = Request(url, data=data, headers=dict(headers), method=method)  # noqa: S310 - see _address
            if self._authorization is not None:
                request.add_unredirected_header("Authorization", f"Basic {self._authorization}")
            with self._opener.open(request, timeout=timeout) as answer:
                answer.read(LONGEST)

        return send

    def fault(self, error: Exception) -> str:
        """Return what went wrong, without a secret."""
        said = fit(self._fault(error))
        for secret in (self._secret, self._authorization):
            said = said.replace(secret, "***") if secret else said
        return said

    def _fault(self, error: Exception) -> str:
        if isinstance(error, HTTPError):
            with error:
                return _answered(error.code, _first_line(error))
        reason = error.reason if isinstance(error, URLError) else error
        match reason:
            case ssl.SSLCertVerificationError():
                return (
                    f"its certificate is not trusted ({reason.verify_message}); set {WHERE}.caFile to its authority's"
                )
            case ssl.SSLError():
                return f"there is no TLS to be had ({reason.reason or reason}); is it http?"
            case TimeoutError():
                return f"no answer within {self._timeout:g} s"
            case ConnectionRefusedError():
                return "the connection was refused; does it run there?"
            case socket.gaierror():
                return f"the host is not known ({reason.strerror})"
            case http.client.HTTPException():
                return "what answers there does not speak HTTP"
            case OSError():
                return str(reason.strerror or reason)
        return str(reason)


def _answered(code: int, line: str) -> str:
    said = f": {line}" if line else ""
    if code in {401, 403}:
        return f"it answers {code}; check {WHERE}.username and its password"
    if code == http.client.BAD_REQUEST:
        return f"it answers 400, it does not take these metrics{said}"
    if 300 <= code < 400:  # noqa: PLR2004 - redirects
        return f"it answers {code}, a redirect, which is not followed; set {WHERE}.url to where it leads"
    return f"it answers {code}{said}"


def _first_line(error: HTTPError) -> str:
    try:
        text = error.read(16 * LONGEST).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return ""
    return next((line.strip()[:LONGEST] for line in text.splitlines() if line.strip()), "")


def _address(url: str) -> str:
    """The address with its scheme; raises DeliveryError if it cannot be one, or has a secret in it."""
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or fit(whole) != whole or " " in whole:
        raise DeliveryError(f"{WHERE}.url is not the http or https address of a Pushgateway, as http://localhost:9091")
    if "@" in parts.netloc:
        raise DeliveryError(f"{WHERE}.url must not have a user or password in it: set username and passwordFile")
    return whole.rstrip("/")


def _password(settings: Pushgateway) -> str | None:
    """The password, from where the settings say; raises DeliveryError if it is not there."""
    file, variable = settings.password_file, settings.password_variable
    if file is None and variable is None:
        if settings.username is not None:
            raise DeliveryError(f"{WHERE}.username has no password: set passwordFile or passwordVariable")
        return None
    if settings.username is None:
        raise DeliveryError(f"{WHERE} has a password and no username: set username")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise DeliveryError(f"cannot read {WHERE}.passwordFile {file}: {_why(error)}") from error
    found = os.environ.get(variable or "")
    if not found:
        raise DeliveryError(f"{WHERE}.passwordVariable names {variable}, which is not set")
    return found


def _trusting(settings: Pushgateway, url: str) -> tuple[HTTPSHandler, ...]:
    """What speaks TLS; the system's authorities are trusted, or those of the file."""
    if not url.startswith("https://"):
        return ()
    try:
        return (HTTPSHandler(context=ssl.create_default_context(cafile=settings.ca_file)),)
    except OSError as error:
        raise DeliveryError(f"cannot read {WHERE}.caFile {settings.ca_file}: {_why(error)}") from error


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, ssl.SSLError):
        return "there is no certificate in it"
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not text"
