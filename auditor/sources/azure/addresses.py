"""Addresses that come out of answers: none of them may lead a token to another host."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_PATH = re.compile(r"/subscriptions(?:/[^/]+)+", re.IGNORECASE)
_STRANGE = re.compile(r"[\s\\\x00-\x1f\x7f]|//[^/?#]*@")
"""What URLs of Azure do not have, and what readers of URLs do not agree about."""


def is_path(path: str) -> bool:
    """True for the path of something in a subscription; others could make another host of the endpoint."""
    return _PATH.fullmatch(path) is not None and not {".", ".."} & set(path.split("/"))


def below(endpoint: str, link: str) -> str | None:
    """The address of a next page, made anew of the endpoint and of path and query; None if it is another host's."""
    if _STRANGE.search(link) or _origin(link) != _origin(endpoint):
        return None
    parts, own = urlsplit(link), urlsplit(endpoint)
    return urlunsplit((own.scheme, own.netloc, parts.path, parts.query, ""))


def _origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port; of an impossible URL none, so that it is not ours."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None
