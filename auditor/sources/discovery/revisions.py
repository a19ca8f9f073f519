"""Revisions as Flux and Argo CD write them, and what a cluster that lags behind a branch is said to be."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_COMMIT = re.compile(r"(?:^|[@/:])([0-9a-f]{64}|[0-9a-f]{40})$")
_SHORT = re.compile(r"[0-9a-f]{7,63}")
_RANGE = re.compile(r"[\^~<>=!]|\s|\|\||^\*$|\.[xX*](\.|$)")


def commit_of(revision: str | None) -> str | None:
    """The commit id of `main@sha1:…`, `sha1:…`, `main/…` (Flux before 2.0) or of a bare id; None if there is none."""
    found = _COMMIT.search(revision or "")
    return found[1] if found else None


def name_of(revision: str | None) -> str | None:
    """The branch or tag of `v1.2.3@sha1:…`; None if there is none."""
    head, at, _ = (revision or "").rpartition("@")
    if at:
        return head or None
    head, slash, tail = (revision or "").rpartition("/")
    return head if slash and head and commit_of(tail) else None


def is_range(revision: str) -> bool:
    """True for what only a comparison of versions can resolve, as `>=1.2 <2` or `1.*`."""
    return bool(_RANGE.search(revision))


def is_short(revision: str, commit: str | None) -> bool:
    """True if it is the beginning of this commit's id: a server cannot be asked for a part of one."""
    return bool(_SHORT.fullmatch(revision)) and commit is not None and commit.startswith(revision)


def moment(at: datetime) -> str:
    """A time for a sentence."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def behind(
    applied: str | None,
    head: str | None,
    *,
    count: int | None = None,
    since: datetime | None = None,
    cause: str | None = None,
) -> str | None:
    """Why the cluster has not taken over `head`: `3 commits behind since …; suspended`. None: it has.

    `applied` None: the tool has applied nothing yet. `head` None: it is not known, and nothing can be said.
    `count` is that of the commits between the two, where it could be counted.
    """
    if head is None or applied == head:
        return None
    if applied is None:
        text = "nothing applied yet"
    elif count:
        text = f"{count} commit{'s' if count > 1 else ''} behind"
        text += f" since {moment(since)}" if since else ""
    else:
        text = f"behind: applied {applied[:7]}, Git is at {head[:7]}"
        text += f" since {moment(since)}" if since else ""
    return f"{text}; {cause}" if cause else text
