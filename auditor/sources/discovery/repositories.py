"""Feeds to sources: each repository at each revision once, with the credential that the configuration has for it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from auditor.config import settings
from auditor.sources.discovery.found import Feed, Source, State

_SCP = re.compile(r"(?:[^@/:]+@)?([^/:@]+):(?!//)(.+)")
_PLAIN = re.compile(r"[^\w.@-]+", re.ASCII)
_PORTS = {"https": 443, "http": 80, "ssh": 22}
_AZURE = "dev.azure.com"


def same(url: str) -> str:
    """What all spellings of a repository's address have in common: host in lower case and path, without `.git`.

    Of Azure DevOps the addresses for ssh and for https are alike too.
    """
    host, path = _parts(url)
    path = path.strip("/").removesuffix(".git").strip("/")
    steps = path.split("/")
    if host in (f"ssh.{_AZURE}", "vs-ssh.visualstudio.com") and len(steps) == 4 and steps[0] == "v3":  # noqa: PLR2004
        return f"{_AZURE}/{steps[1]}/{steps[2]}/_git/{steps[3]}"
    if host.endswith(".visualstudio.com"):
        within = path.removeprefix("DefaultCollection/")
        return f"{_AZURE}/{host.partition('.')[0]}/{within}"
    return f"{host}/{path}"


def _parts(url: str) -> tuple[str, str]:
    """Host, with a port that is not the usual one, and path."""
    scp = _SCP.fullmatch(url) if "://" not in url else None
    if scp:
        return scp[1].lower(), scp[2]
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", url
    usual = port is None or port == _PORTS.get(parts.scheme.lower())
    return host if usual else f"{host}:{port}", parts.path


def without_user(url: str) -> str:
    """An address of http(s) without user and password: those are none of ours."""
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in ("http", "https"):
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.rpartition('@')[2]}{slash}{path}"


def last_steps(url: str) -> tuple[str, str]:
    """The last step of a repository's path, and the last two: what it may be called."""
    steps = [step for step in same(url).split("/") if step != "_git"]
    return steps[-1], ".".join(steps[-2:])


def sources(feeds: Iterable[Feed], configured: Sequence[settings.Git]) -> tuple[Source, ...]:
    """The sources, in a stable order. Builds of one repository that are not equally far are sources of their own."""
    by_repository: dict[tuple[str, str], list[Feed]] = defaultdict(list)
    for feed in sorted(feeds, key=lambda one: (one.owner, one.build.path)):
        by_repository[same(feed.url), feed.ref or ""].append(feed)
    entries = {key: _entry(found[0], configured) for key, found in by_repository.items()}
    names = _names({key: _candidates(found[0], entries[key]) for key, found in by_repository.items()})
    return tuple(
        source for key, found in sorted(by_repository.items()) for source in _sources(found, names[key], entries[key])
    )


def _entry(feed: Feed, configured: Sequence[settings.Git]) -> settings.Git | None:
    """The entry of the configuration with this address, else the one that is called as the tool calls the source."""
    for one in configured:
        if one.url is not None and same(one.url) == same(feed.url):
            return one
    return next((one for one in configured if one.name in feed.names), None)


def _candidates(feed: Feed, entry: settings.Git | None) -> tuple[str, ...]:
    first = (entry.name,) if entry else feed.names
    plain = [_PLAIN.sub("-", one).strip("-.") or "git" for one in first]
    ref = _PLAIN.sub("-", feed.ref or "HEAD")
    return (*plain, *(f"{one}@{ref}" for one in plain))


def _names(candidates: dict[tuple[str, str], tuple[str, ...]]) -> dict[tuple[str, str], str]:
    """For each the first name that no other could have too: so a name does not hang on the order."""
    counted = Counter(name for found in candidates.values() for name in set(found))
    return {
        key: next((name for name in found if counted[name] == 1), f"{found[-1]}-{number}")
        for number, (key, found) in enumerate(sorted(candidates.items()), 1)
    }


def _sources(feeds: list[Feed], name: str, entry: settings.Git | None) -> Iterable[Source]:
    groups: dict[State, list[Feed]] = defaultdict(list)
    for feed in feeds:
        groups[feed.state].append(feed)
    # The plain name goes to the group that is all right, and of those to the largest.
    ordered = sorted(groups.items(), key=lambda item: (bool(item[0].cause), -len(item[1]), item[1][0].owner))
    for number, (state, found) in enumerate(ordered):
        first = found[0]
        suffix = f"@{first.owner.namespace}.{first.owner.name}" if number else ""
        yield Source(
            settings=_settings(first, name + suffix, entry),
            builds=tuple(feed.build for feed in found),
            owners=tuple(feed.owner for feed in found),
            state=state,
        )


def _settings(feed: Feed, name: str, entry: settings.Git | None) -> settings.Git:
    """Address, credential and timeout of the configured entry; what is read there is what the cluster says."""
    if entry is None:
        return settings.Git(name=name, url=without_user(feed.url), ref=feed.ref)
    return settings.Git(name=name, url=entry.url, path=entry.path, ref=feed.ref, auth=entry.auth, timeout=entry.timeout)
