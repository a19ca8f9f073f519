"""Sentences about requests to an API server: what was asked, and what came of it. No secret passes."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import NamedTuple

import msgspec

from auditor.sources.gathered import SourceError
from auditor.sources.kubernetes import errors

ROLE = "aks-drift-auditor"
"""The ClusterRole that docs and examples call so."""
POD = "this pod's service account"
"""How sentences call the login of a pod; nobody can log in for it, and it has no kubeconfig."""
ANOTHER_POD = "delete the Pod, so that its successor gets a new token"
_LONGEST = 300
_JWT = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]+)*")
_LOGIN = re.compile(r"(https?://)[^/@\s]+@", re.IGNORECASE)
_SECRET = re.compile(r"((?:token|secret|password|assertion|api.?key)[\"']?\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE)
"""What follows in a line of a log or in a URL; not `secrets is forbidden: …`."""
_USER = re.compile(r'User "([^"]*)"')
_PATH = re.compile(r"/api/v1(?:/namespaces/(?P<namespace>[^/]+))?/(?P<resource>[a-z]+)(?:/(?P<name>[^/]+))?")


class _Details(msgspec.Struct):
    name: str | None = None
    kind: str | None = None


class _Status(msgspec.Struct):
    message: str | None = None
    kind: str | None = None
    reason: str | None = None
    details: _Details | None = None


_STATUS = msgspec.json.Decoder(_Status)


class Asked(NamedTuple):
    """What a path asks for, in the words of RBAC."""

    verb: str
    resource: str
    namespace: str | None
    name: str | None

    def __str__(self) -> str:
        what = f"{self.verb} {self.resource}" + (f" `{self.name}`" if self.name else "")
        if self.resource == "nodes":
            return what
        return f"{what} in namespace {self.namespace}" if self.namespace else f"{what} in all namespaces"


def asked(path: str) -> Asked:
    """What a path of the core API asks for."""
    found = _PATH.fullmatch(path)
    if found is None:
        return Asked("get", path, None, None)
    name = found["name"]
    return Asked("get" if name else "list", found["resource"], found["namespace"], name)


def tidy(text: str) -> str:
    """A text from elsewhere as part of a sentence: one line, not too long, without tokens and control characters."""
    text = _SECRET.sub(r"\1***", _LOGIN.sub(r"\1", _JWT.sub("***", text)))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split()).rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def refusal(status: int, body: bytes, *, path: str, endpoint: str, login: str) -> SourceError:
    """The error that an answer other than 200 is."""
    said, what = _said(body), asked(path)
    because = f": {said}" if said else ""
    if status == HTTPStatus.UNAUTHORIZED:
        refused = f"the API server {endpoint} does not accept the credentials of {login}: they have expired, or were "
        if login == POD:
            return errors.LoginError(f"{refused}revoked with their ServiceAccount; {ANOTHER_POD}")
        return errors.LoginError(
            f"{refused}revoked; log in again (`az login`, `kubelogin`), or renew them (`az aks get-credentials`)"
        )
    if status == HTTPStatus.FORBIDDEN:
        return errors.ForbiddenError(_forbidden(said, what, login))
    if status == HTTPStatus.NOT_FOUND and not what.name:
        return errors.NotFoundError(
            f"{endpoint} does not know {path}: it is no Kubernetes API server; check `server` of {login}"
        )
    if status == HTTPStatus.NOT_FOUND and not _absent(body, what):
        return errors.StrangeAnswerError(
            f"{endpoint} answered 404 when asked to {what}, and not in the words of an API server{because}: "
            f"check `server` of {login}, and what stands between"
        )
    if status in _KINDS:
        kind, way = _KINDS[status]
        return kind(f"the API server {endpoint} could not {what}, it answered {status}{because}; {way.format(login)}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.ThrottledError(
            f"the API server {endpoint} has too many requests to {what} (429), still after retries; "
            "try again later, or give it more time (`kubernetes.timeout`)"
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.ServerFailureError(
            f"the API server {endpoint} failed to {what}, still after retries: {status}{because}; try again later"
        )
    return errors.StrangeAnswerError(
        f"{endpoint} answered {status} when asked to {what}{because}: no API server does; "
        f"check `server` of {login}, and what stands between"
    )


_KINDS: dict[int, tuple[type[SourceError], str]] = {
    400: (errors.BadRequestError, "check `server` of {}, and what stands between"),
    404: (errors.NotFoundError, "it was deleted meanwhile, or never was"),
    410: (errors.ExpiredError, "the list expired each time before its end was read: audit again later"),
}
"""The error of a status, and the way out."""


def _absent(body: bytes, what: Asked) -> bool:
    """True if the API server itself says that the object is not there: whatever stands between knows 404 too."""
    try:
        said = _STATUS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    details = said.details or _Details()
    return (said.kind, said.reason, details.kind, details.name) == ("Status", "NotFound", what.resource, what.name)


def _said(body: bytes) -> str:
    """The message of a Status; other bodies (a page of HTML) say nothing."""
    try:
        return tidy(_STATUS.decode(body).message or "")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _forbidden(said: str, what: Asked, login: str) -> str:
    found = _USER.search(said)
    user = f'user "{found[1]}"' if found else f"the user of {login}"
    role = f"ClusterRole {ROLE}"
    if "in Azure" in said:
        role = f"{role}, or the Azure role `Azure Kubernetes Service RBAC Reader`"
    return f"{user} may not {what}: grant `{what.verb}` on `{what.resource}` ({role})"
