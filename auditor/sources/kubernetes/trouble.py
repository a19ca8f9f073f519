"""Why there is no connection to an API server, each cause with its way out. No secret passes."""

from __future__ import annotations

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
)

from auditor.sources.gathered import SourceError
from auditor.sources.kubernetes.errors import LoginError, StrangeAnswerError, UnreachableError
from auditor.sources.kubernetes.say import ANOTHER_POD, POD, asked, tidy

_RENEW = "renew it with `az aks get-credentials`"
_POLICY = "see whether a NetworkPolicy or a firewall keeps this Pod from it"


def unconnected(error: HTTPError, *, path: str, endpoint: str, login: str) -> SourceError:
    """The error that a failed connection is."""
    if isinstance(error, NameResolutionError):
        how = "check it, and that DNS knows it here: a private cluster is known only in its own network"
        return UnreachableError(f"the name in {endpoint} cannot be resolved: {how}")
    if isinstance(error, NewConnectionError):
        how = (
            _POLICY if login == POD else f"see whether the cluster is stopped, or the kubeconfig out of date ({_RENEW})"
        )
        return UnreachableError(f"no connection to the API server {endpoint}{_reason(error)}: {how}")
    if isinstance(error, ConnectTimeoutError):
        how = _POLICY if login == POD else "check the network, the VPN, and the cluster's authorized IP ranges"
        return UnreachableError(f"no connection to the API server {endpoint} in time: {how}")
    if isinstance(error, ProxyError):
        how = "check HTTPS_PROXY and NO_PROXY" + ("" if login == POD else ", or `proxy-url` in the kubeconfig")
        return UnreachableError(f"no connection to the API server {endpoint} through the proxy: {how}")
    if isinstance(error, LocationValueError):
        return UnreachableError(f"{endpoint} is no address: check `server` of {login}")
    how = "see what stands between, or try again later"
    return StrangeAnswerError(
        f"the answer of the API server {endpoint} broke off when asked to {asked(path)}, still after retries: {how}"
    )


def unusable(error: Exception, *, endpoint: str, login: str) -> SourceError:
    """The error that certificates or credentials are with which no request can be made."""
    if isinstance(error, ApiException):
        return UnreachableError(
            f"no trusted connection to the API server {endpoint}: {_trust(str(error.reason), login)}"
        )
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return LoginError(f"the certificates of {login} cannot be used: {place}{error.strerror}")
    # The text of a ValueError quotes the header, which holds the token.
    way = ANOTHER_POD if login == POD else "renew them (`az aks get-credentials`)"
    return LoginError(f"the credentials of {login} cannot be sent; {way}")


def _reason(error: NewConnectionError) -> str:
    cause = error.__cause__
    return f" ({cause.strerror})" if isinstance(cause, OSError) and cause.strerror else ""


def _trust(text: str, login: str) -> str:
    _, found, why = text.partition("CERTIFICATE_VERIFY_FAILED]")
    if found:
        how = f"check certificate-authority-data of the cluster, or {_RENEW}"
        how = "see whether something between this Pod and it breaks TLS open" if login == POD else how
        return f"{tidy(why.partition('(_ssl')[0])}; {how}"
    if login == POD:
        return "TLS failed; see what stands between"
    return "TLS failed; check that `server` speaks TLS, and the client certificate"
