"""Which commit a ref means."""

from __future__ import annotations

import re

from auditor.sources.gathered import SourceError

_NOT_IN_A_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(/|$)|(^|/)\.|[./]$")


def check_ref(ref: str | None) -> None:
    """Raise SourceError unless it can be the name of a branch or tag, or the id of a commit (git-check-ref-format)."""
    if ref is not None and (not ref or ref.startswith(("-", "/")) or ref == "@" or _NOT_IN_A_REF.search(ref)):
        raise SourceError(f"`{ref!a}` is no name of a branch or tag and no commit id; correct `ref`")
