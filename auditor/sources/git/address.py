"""Where a repository is fetched from: which addresses may be used at all, and with which protocol."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.sources.gathered import SourceError

_SCP_LIKE = re.compile(r"(?:[\w.][\w.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?![:-]|//).+")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*|[0-9A-Fa-f:.]+")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_FORMS = "use https://, ssh://, git@host:path or file://; a folder of this machine goes into `path`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address that may be fetched from."""

    url: str
    protocol: str
    """`https`, `http` (loopback), `ssh` or `file`"""
    root: str = ""
    """Of http(s): scheme, host and port, to which a credential belongs."""


def address(url: str) -> Address:
    """The address of a `url` setting. Raises SourceError, without repeating what may be a secret."""
    if url.startswith("-") or _UNPRINTABLE.search(url):
        raise SourceError("its `url` begins with a dash, or holds blanks or control characters; correct it")
    if "://" not in url and _SCP_LIKE.fullmatch(url):
        return Address(url=url, protocol="ssh")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise SourceError(f"its `url` is malformed; {_FORMS}") from None
    if "://" not in url or parts.scheme not in ("https", "http", "ssh", "file"):
        raise SourceError(f"its `url` is of a kind that is not fetched; {_FORMS}")
    if parts.scheme == "file":
        return Address(url=url, protocol="file")
    if not _HOST.fullmatch(host):
        raise SourceError(f"its `url` names no host; {_FORMS}")
    if parts.password is not None or (parts.username is not None and parts.scheme != "ssh"):
        raise SourceError(
            "its `url` has a user or a password in it; take out all before the @, and use "
            "auth.username with auth.tokenFile or auth.tokenVariable"
        )
    if parts.scheme == "ssh":
        return Address(url=url, protocol="ssh")
    if parts.scheme == "http" and not _loopback(host):
        raise SourceError("its `url` is plain http, which is used for this machine only; write https://")
    return Address(url=url, protocol=parts.scheme, root=f"{parts.scheme}://{parts.netloc}/")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """An address for people, without anything that may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable url"
    user, found, host = parts.netloc.rpartition("@")
    plain_user = parts.scheme == "ssh" and user and ":" not in user
    if found:
        user = user if plain_user else ""
        parts = parts._replace(netloc=f"{user}@{host}" if user else host)
    return parts._replace(query="", fragment="").geturl() if "://" in url else url
