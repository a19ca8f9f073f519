"""What Azure refused or failed at, in one sentence that names the scope and the way out; never a secret."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from auditor.sources.api_json.arm_shapes import Error
from auditor.sources.api_json.wire import DecodeError, Struct, decode
from auditor.sources.gathered import SourceError

_TOKEN = re.compile(r"eyJ[\w-]+(\.[\w-]*){1,2}|[Bb]earer\s+\S+")
_SECRET = re.compile(
    r"((?:token|secret|password|assertion|signature|\bsig|api.?key)[\"']?\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE
)
_NOISE = re.compile(r"\s*(Trace ID|Correlation ID|Timestamp|To mitigate this issue|Visit https?://).*", re.DOTALL)
_ADVICE = re.compile(r"(?:[A-Z][^.\n]*)?https?://\S+\s*")
"""A sentence that sends the reader elsewhere."""
_ACTION = re.compile(r"perform action '([^']+)'(?: over scope '([^']+)')?")
_PRINCIPAL = re.compile(r"object id '([0-9A-Fa-f-]+)'")
_LONGEST = 200
_SKEW = 300
"""Seconds that a clock may be off before a token may fail for it."""


class _Body(Struct):
    error: Error | None = None


_BODY = msgspec.json.Decoder(_Body)


class UnreachableError(SourceError):
    """No request to this API can succeed: no identity, no connection, no time left."""


class AnswerError(SourceError):
    """ARM answered, and not with what was asked for."""

    def __init__(self, text: str, *, status: int, code: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def short(text: str) -> str:
    """The first useful line of a message, without tokens and without advice for developers."""
    lines = _ADVICE.sub("", _NOISE.sub("", text)).strip().splitlines()
    first = _SECRET.sub(r"\1***", _TOKEN.sub("***", " ".join((lines or [""])[0].split()))).rstrip(".:")
    return first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"


def scope_of(path: str) -> tuple[str, str, str]:
    """The scope of a path (subscription, group or resource), the kind it asks for, and the action that reads it."""
    head, _, tail = path.partition("?")[0].rpartition("/providers/")
    parts = tail.strip("/").split("/")
    if len(parts) < len(("provider", "kind")):
        return path.partition("?")[0], "a resource", "read"
    kind = parts[-1] if len(parts) % 2 == 0 else parts[-2]
    action = "/".join([parts[0], *parts[1::2], "read"])
    is_list = len(parts) % 2 == 0
    return (head if is_list and len(parts) == len(("provider", "kind")) else path.partition("?")[0]), kind, action


def refused(path: str, status: int, body: bytes, *, retry_after: str | None, date: str | None) -> SourceError:
    """What an answer that is no success means."""
    error = _error(body)
    code, said = short(error.code or ""), short(error.message or "")
    scope, kind, _ = scope_of(path)
    because = f" ({code}: {said})" if code and said else f" ({code or said})" if code or said else ""
    if status == HTTPStatus.UNAUTHORIZED:
        return UnreachableError(
            f"Azure did not accept the identity's token for {scope}{because}; {_skewed(date) or _TENANT}"
        )
    if status == HTTPStatus.FORBIDDEN:
        return AnswerError(_forbidden(path, error, because), status=status, code=code)
    if status == HTTPStatus.NOT_FOUND:
        return AnswerError(_absent(scope, kind, code, because), status=status, code=code)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = f"wait {retry_after} s" if (retry_after or "").isdigit() else "wait a little"
        text = f"Azure throttles the reading of {kind} in {scope}{because}; {wait}, then audit again"
        return AnswerError(text, status=status, code=code)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        text = f"{scope}: Azure answered {status}, a redirection, which is not followed; check azure.endpoint"
        return AnswerError(text, status=status, code=code)
    text = f"Azure answered {status} to the reading of {kind} in {scope}{because}; "
    way = (
        "audit again later"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR
        else "check azure.cloud, azure.endpoint and the ids given"
    )
    return AnswerError(text + way, status=status, code=code)


_TENANT = "check that the identity is of the subscription's tenant, and azure.cloud"


def _error(body: bytes) -> Error:
    try:
        return decode(body, _BODY).error or Error()
    except DecodeError:
        return Error()


def _forbidden(path: str, error: Error, because: str) -> str:
    scope, kind, action = scope_of(path)
    message = error.message or ""
    who = f"the identity {found[1]}" if (found := _PRINCIPAL.search(message)) else "the identity"
    if error.code not in {"AuthorizationFailed", "LinkedAuthorizationFailed", None}:
        return f"Azure forbids {who} to read {kind} in {scope}{because}"
    named = _ACTION.search(message)
    wanted = named[1] if named else action
    where = (named[2] or scope) if named else scope
    # ARM names the collection where a list was asked for: the grant belongs on what holds it.
    where = re.sub(r"/providers/[^/]+/[^/]+/?$", "", where)
    return f"{who} may not read {kind} in {where}: grant {wanted} on it"


def _absent(scope: str, kind: str, code: str, because: str) -> str:
    if code == "SubscriptionNotFound":
        return f"there is no subscription for {scope}, or the identity's tenant does not know it{because}"
    if code == "ResourceGroupNotFound":
        return f"there is no resource group {scope}; check its name{because}"
    if code == "ResourceNotFound":
        return f"there is no {scope}; check its id{because}"
    return f"Azure knows no {kind} in {scope}{because}; check the ids given, and azure.endpoint"


def _skewed(date: str | None) -> str | None:
    """What to say if this machine's clock is far from that of the answer."""
    try:
        off = (datetime.now(UTC) - parsedate_to_datetime(date or "")).total_seconds()
    except (TypeError, ValueError):
        return None
    if abs(off) < _SKEW:
        return None
    return f"this machine's clock is {abs(off) / 60:.0f} minutes {'ahead of' if off > 0 else 'behind'} Azure's; set it"


def no_token(identity: str, message: str, way: str) -> UnreachableError:
    """No identity got a token: which were tried, each with its reason."""
    _, found, attempts = message.partition("Attempted credentials:")
    if not found:
        reason = short(message)
        return UnreachableError(f"{identity} got no token for Azure: {reason or 'no reason was given'}; {way}")
    tried = []
    for line in attempts.splitlines():
        name, colon, reason = line.strip().partition(": ")
        if colon and name.endswith("Credential"):
            tried.append(f"{name.removesuffix('Credential')}: {short(reason)}")
    return UnreachableError(f"{identity} got no token for Azure ({'; '.join(tried)}); {way}")
