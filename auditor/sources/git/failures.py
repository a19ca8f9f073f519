"""What git says when it fails, to one clause that names the cause and the way out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_USER_IN_URL = re.compile(r"(?<=://)[^/\s@']*@")
_URL = re.compile(r"[a-z+]+://[^\s']*")
_MAX_TOLD = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of the remote."""

    ref: str | None
    has_credential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a repository could not be read."""

    reason: str
    known: bool = True
    """False if it may as well be our copy that is broken."""


def explain(said: str, asked: Asked) -> Failure:
    """The failure that git's own words tell of."""
    words = _URL.sub("", said)  # which may be called anything, `certificates` too
    if re.search(_REF, words, re.IGNORECASE):
        return Failure(reason=no_such_ref(asked.ref))
    for pattern, reason in _CAUSES:
        if re.search(pattern, words, re.IGNORECASE):
            return Failure(reason=reason)
    if re.search(_CREDENTIAL, words, re.IGNORECASE):
        return Failure(reason=_REFUSED if asked.has_credential else _NO_CREDENTIAL)
    return Failure(reason=f"git says: {_told(said)}", known=False)


def no_such_ref(ref: str | None) -> str:
    """The clause for a ref that is not there."""
    if ref is None:
        return "it has no commit that HEAD leads to; correct `url` or set `ref`, or push a first commit"
    return f"it has no branch, tag or commit `{ref}`; correct `ref` (a commit id must be written in full)"


_REFUSED = "the server refuses the credential of `auth` (401); renew the token, and see auth.username"
_NO_CREDENTIAL = (
    "the server wants a credential, or there is no such repository; give auth.tokenFile or auth.tokenVariable"
)
PARTIAL = (
    "it is a partial clone, which lacks files of that commit; fetch all of it (`git fetch --refetch`), or give `url`"
)
_REF = r"couldn't find remote ref|not our ref|unadvertised object|no such remote ref"
_CREDENTIAL = (
    r"authentication failed|could not read (username|password)|terminal prompts disabled|error: 401|access denied"
)
_CAUSES = (
    (r"host key verification failed|host key is known|remote host identification has changed",
     "the host key of the server is not known, or is another one; put the right one into auth.knownHostsFile"),
    (r"permission denied \(.*(publickey|password|keyboard)|too many authentication failures",
     "the server refuses the ssh key; give the right one with auth.sshKeyFile, and its public half to the server"),
    (r"error: 403|permission to .* denied",
     "the server forbids it (403); let the identity of `auth` read this repository"),
    (r"error: 404|repository '[^']*' not found|repository not found|project .* not found|could not be found",
     "the server has no such repository, or hides it from this identity (404); correct `url` or `auth`"),
    (r"does not appear to be a git repository|is this a git repository|dumb http transport",
     "there is no Git repository at that address; correct `url`"),
    (r"could not resolve host|name or service not known|temporary failure in name resolution|nodename nor servname",
     "the name of the host is not known; correct `url`, or see to the name service"),
    (r"connection (refused|reset)|(failed to|couldn't|could not) connect|no route to host|network is unreach|timed out",
     "the server cannot be reached; see whether it runs and whether a firewall or proxy is in the way"),
    (r"operation too slow|transfer speed", "the server stopped sending; try again, or see to the network"),
    (r"certificate|ssl_|ssl:|gnutls|tls connect",
     "the connection could not be secured; see the server's certificate, http.sslCAInfo"),
    (r"redirect|error: 30\d", "the server sends us to another address; write that address into `url`"),
    (r"transport '[^']*' not allowed",
     "it leads to a protocol that is not allowed; see url.<base>.insteadOf in the configuration of Git"),
    (r"dubious ownership",
     "the repository belongs to another user; add it to safe.directory in the configuration of Git"),
    (r"error: 429|error: 5\d\d|internal server error|service unavailable", "the server is in trouble; try again later"),
    (r"promisor remote", PARTIAL),
    (r"no space left|disk quota", "the disk of the cache folder is full; make room, or set cacheDir"),
)  # fmt: skip


def _told(said: str) -> str:
    """The last thing that git itself calls fatal, harmless to print."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines or ["nothing"]
    text = _CONTROL.sub(" ", fatal[-1].partition(": ")[2] or fatal[-1])
    return _USER_IN_URL.sub("", text)[:_MAX_TOLD]
