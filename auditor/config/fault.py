"""What is wrong in a configuration: where, in the words of the file, and one sentence."""

from collections.abc import Iterable
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys as the file spells them, and indexes of lists: ("clusters", 0, "name")."""


class Fault(NamedTuple):
    """One thing that is wrong."""

    path: Path
    sentence: str
    line: int | None = None
    """Only where the path does not say it: a key that is given twice."""
    variable: str | None = None
    """The environment variable that is wrong itself."""


def dotted(path: Path) -> str:
    """A path in one word: `clusters[0].git[1].url`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def choice(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
