"""Flux's `postBuild`: `${variable}` in what was built, replaced as its envsubst does it in its lenient mode.

https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DISABLED = re.compile(r"^    kustomize\.toolkit\.fluxcd\.io/substitute: [\"']?disabled[\"']?$", re.MULTILINE)
"""The label or annotation, in metadata as kustomize prints it."""
_MAX_NESTED = 8
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":=", ":+", ":?", "-", "=", "+", "?")
"""To Flux they all mean the same: what follows stands for a variable that is empty or not there."""


@dataclass(slots=True)
class Substituted:
    """A text with its variables replaced."""

    text: str = ""
    unknown: list[str] = field(default_factory=list)
    """Variables that were not given, and so are empty or their default."""
    refused: list[str] = field(default_factory=list)
    """Expressions that are not understood."""


def substitute(text: str, variables: Mapping[str, str]) -> Substituted:
    """Replace `${name}`, `${name:-default}`, `${name:=default}` and their kin; `$${` stays, as `${`."""
    made = Substituted()
    made.text = _expanded(text, variables, made, 0)
    return made


def _expanded(text: str, variables: Mapping[str, str], made: Substituted, depth: int) -> str:
    parts: list[str] = []
    at = 0
    while (found := text.find("${", at)) >= 0:
        if found > 0 and text[found - 1] == "$" and found > at:
            parts += [text[at : found - 1], "${"]
            at = found + 2
            continue
        end = _closing(text, found + 2)
        if end is None or depth > _MAX_NESTED:
            made.refused.append(text[found : found + 40])
            break
        parts += [text[at:found], _value(text[found + 2 : end], variables, made, depth)]
        at = end + 1
    parts.append(text[at:])
    return "".join(parts)


def _closing(text: str, at: int) -> int | None:
    """Where the brace that is open before `at` closes."""
    open_braces = 1
    for index in range(at, len(text)):
        if text.startswith("${", index):
            open_braces += 1
        elif text[index] == "}":
            open_braces -= 1
            if not open_braces:
                return index
    return None


def _value(inner: str, variables: Mapping[str, str], made: Substituted, depth: int) -> str:
    name = _NAME.match(inner)
    if name is None:
        made.refused.append(f"${{{inner[:40]}}}")
        return ""
    known = variables.get(name[0])
    if known is None:
        made.unknown.append(name[0])
    rest = inner[name.end() :]
    if not rest:
        return known or ""
    operator = next((one for one in _OPERATORS if rest.startswith(one)), None)
    if operator is None:
        made.refused.append(f"${{{inner[:40]}}}")
        return ""
    return known or _expanded(rest[len(operator) :], variables, made, depth + 1)
