"""Text from outside made fit for a terminal: it is shown, it never acts."""

import re
import textwrap

from auditor.model.finding import Severity

ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Control characters, what turns the direction of writing or shows as nothing, and lone surrogates."""

QUOTED = re.compile("`[^`]*`")
NO_BREAK = "\0"
"""Stands for a blank at which a line must not be broken; `neutral` has left no other."""
NARROWEST = 20

COLOURS = {
    Severity.CRITICAL: "\x1b[1;31m",
    Severity.HIGH: "\x1b[31m",
    Severity.MEDIUM: "\x1b[33m",
    Severity.LOW: "\x1b[36m",
    Severity.INFO: "\x1b[2m",
}
PLAIN = "\x1b[0m"


def neutral(text: str) -> str:
    r"""Spell every acting character out, as `\x1b` or `\n`."""
    return ACTING.sub(_spelt, text)


def _spelt(match: re.Match[str]) -> str:
    return ascii(match[0])[1:-1]


def wrapped(text: str, width: int, indent: str, *, hang: str = "") -> list[str]:
    """Break `text` at white space into lines of at most `width` columns.

    A longer word stays whole, and so does what stands in backticks, if it fits into a line: it is there to be copied.
    """
    said = neutral(text).strip()
    if len(indent) + len(said) <= width:  # most lines; the library takes far longer
        return [indent + said] if said else []
    room = max(width, len(indent) + NARROWEST) - len(indent + hang)
    lines = textwrap.wrap(
        QUOTED.sub(lambda m: m[0].replace(" ", NO_BREAK) if len(m[0]) <= room else m[0], said),
        max(width, len(indent) + NARROWEST),
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(NO_BREAK, " ") for line in lines]


def painted(severity: Severity, *, colour: bool) -> str:
    """Return the word of a severity, padded to the longest, in its colour."""
    word = f"{severity.word:<8}"
    return f"{COLOURS[severity]}{word}{PLAIN}" if colour else word


def plural(number: int, noun: str) -> str:
    """Return `1 Service`, `2 Services`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
