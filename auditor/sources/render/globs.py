"""Patterns of .gitignore and globs of paths, in time that grows with their length: strangers write both.

A pattern becomes one matcher for each step of a path; `**` is any number of steps. Nothing is tried twice.
https://git-scm.com/docs/gitignore#_pattern_format
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_ANY = "**"
_Step = re.Pattern[str] | None
"""None: `**`."""


@lru_cache(maxsize=4096)
def step(glob: str) -> re.Pattern[str]:
    """What fits one step of a path: `*`, `?`, `[a-z]`, `[!a]`, and a backslash before a character."""
    chunks = [""]
    at = 0
    while at < len(glob):
        one = glob[at]
        found = _class(glob, at) if one == "[" else None
        if one == "*":
            chunks.append("")
        elif one == "?":
            chunks[-1] += "."
        elif found:
            chunks[-1] += found[0]
            at = found[1]
        else:
            if one == "\\" and at + 1 < len(glob):
                at += 1
            chunks[-1] += re.escape(glob[at])
        at += 1
    if len(chunks) == 1:
        return _compiled(chunks[0])
    middle = "".join(f"(?>.*?{one})" for one in chunks[1:-1] if one)
    return _compiled(f"{chunks[0]}{middle}.*{chunks[-1]}")


def _class(glob: str, at: int) -> tuple[str, int] | None:
    """A class of characters that begins here, and where it ends; None: it is a bracket."""
    end = glob.find("]", at + (3 if glob[at + 1 : at + 2] in ("!", "^") else 2))
    if end < 0:
        return None
    inner = glob[at + 1 : end]
    no = inner[0] in "!^"
    parts = re.sub(r"([\\\[\]&~|^])", r"\\\1", inner[1:] if no else inner)
    return f"[{'^' if no else ''}{parts}]", end


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")


def fits(glob: Sequence[_Step], path: Sequence[str]) -> bool:
    """True if all of a path fits."""
    reached = {0}
    for name in ("", *path):
        if name:
            reached = {
                after for at in reached if at < len(glob)
                for after in _after(glob[at], at, name)
            }  # fmt: skip
        for at in sorted(reached):  # `**` may stand for nothing
            while at < len(glob) and glob[at] is None:
                at += 1  # noqa: PLW2901
                reached.add(at)
        if not reached:
            return False
    return len(glob) in reached


def _after(one: _Step, at: int, name: str) -> tuple[int, ...]:
    if one is None:
        return (at,)
    return (at + 1,) if one.fullmatch(name) else ()


def steps(glob: str) -> list[_Step]:
    """The matchers of a glob of paths."""
    return [None if one == _ANY else step(one) for one in glob.split("/") if one]


class Pattern(NamedTuple):
    """One line of a .gitignore."""

    steps: list[_Step]
    anywhere: bool
    """It is about names, in any folder."""
    folders: bool
    """It is about folders alone."""
    excludes: bool

    def says(self, path: Sequence[str], *, folder: bool) -> bool:
        """True if it is about this path itself; whatever lies in a folder follows the folder."""
        if self.folders and not folder:
            return False
        if self.anywhere:
            return fits(self.steps, path[-1:])
        return fits(self.steps, path)


def pattern(line: str) -> Pattern | None:
    """The pattern of a line; None if it has none."""
    text = line.rstrip("\r\n")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    excludes = not text.startswith("!")
    text = text if excludes else text[1:]
    if not text.strip("/") or (excludes and text.startswith("#")):
        return None
    folders = text.endswith("/")
    text = text.rstrip("/")
    found = steps(text)
    if found and found[-1] is None and len(found) > 1:
        found.append(step("?*"))  # what is in the folder, not the folder itself
    return Pattern(found, "/" not in text, folders, excludes)
