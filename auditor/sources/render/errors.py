"""Why something cannot be built."""

from __future__ import annotations


class BuildError(Exception):
    """A root or chart that cannot be built; the text is a clause that says what is wrong and the way out."""
