"""Label selectors as `kubectl -l` takes them, read into the requirements of a Scope."""

import re

from auditor.errors import UsageError

Requirement = tuple[str, str, frozenset[str]]

KEY = r"(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?"
EQUALITY = re.compile(rf"({KEY})\s*(==|=|!=)\s*({VALUE})")
SET = re.compile(rf"({KEY})\s+(in|notin)\s*\(\s*({VALUE}(?:\s*,\s*{VALUE})*)\s*\)")
EXISTS = re.compile(rf"(!?)\s*({KEY})")
COMMA = re.compile(r",(?![^(]*\))")
FORMS = "`a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a` and `!a`, joined by commas"


def parse(text: str) -> tuple[Requirement, ...]:
    """Read a selector; all its requirements must hold."""
    return tuple(_requirement(part.strip(), text) for part in COMMA.split(text)) if text.strip() else ()


def _requirement(part: str, text: str) -> Requirement:
    if found := EQUALITY.fullmatch(part):
        return found[1], "notin" if found[2] == "!=" else "in", frozenset({found[3]})
    if found := SET.fullmatch(part):
        return found[1], found[2], frozenset(value.strip() for value in found[3].split(","))
    if found := EXISTS.fullmatch(part):
        return found[2], "!" if found[1] else "exists", frozenset()
    raise UsageError(f"`{part}` in the selector `{text}` is no label requirement; there are {FORMS}")
