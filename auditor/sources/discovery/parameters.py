"""The values of a Helm source: `values` or `valuesObject`, with the parameters laid over them as `helm --set` does."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from auditor.sources.declarations.partials_values import unescaped
from auditor.sources.discovery import argocd_shapes as argo
from auditor.sources.yaml_text.nodes import YamlError
from auditor.sources.yaml_text.plain import plain
from auditor.sources.yaml_text.yamldoc import load

_STEP = re.compile(r"((?:[^\\.\[]|\\.)+)((?:\[[0-9]{1,3}\])*)(?:\.|$)")
"""A key, and entries of a list: of those at most a thousand."""
_LIST = re.compile(r"\{([^{}]*)\}")
_DEEPEST = 64
"""Keys that lead to a value."""
_SHOWN = 100


class Unbuildable(Exception):  # noqa: N818 - it is a clause of a gap
    """Why there is no build."""


def values_of(options: argo.Helm) -> dict[str, Any]:
    """The values that are laid over those of the files. Raises Unbuildable."""
    values = options.values_object
    if values is None:
        try:
            documents = load((options.values or "").encode(errors="replace"), plain)
        except YamlError:
            raise Unbuildable("its `helm.values` are no YAML") from None
        values = documents[0] if documents else {}
    if not isinstance(values, dict):
        raise Unbuildable("its `helm.values` are no mapping")
    found = copy.deepcopy(values)
    for one in options.parameters or ():
        text = one.value or ""
        _put(found, steps(one.name or ""), _given(text, unescaped if one.force_string else typed))
    return found


def _given(text: str, read: Callable[[str], Any]) -> Any:
    """One value, or those of `{a,b}`; elsewhere Argo CD takes a comma for a part of the text."""
    several = _LIST.fullmatch(text)
    if several is None:
        return read(text)
    return [read(one) for one in re.split(r"(?<!\\),", several[1])] if several[1] else []


def steps(name: str) -> list[str | int]:
    r"""The keys of `a.b[0].c\.d`. Raises Unbuildable."""
    found: list[str | int] = []
    at = 0
    while at < len(name):
        step = _STEP.match(name, at)
        if step is None:
            break
        found.append(unescaped(step[1]))
        found += [int(number) for number in re.findall(r"\d+", step[2])]
        at = step.end()
    if not found or at < len(name) or len(found) > _DEEPEST:
        raise Unbuildable(f"its parameter `{name[:_SHOWN]}` is not understood")
    return found


def typed(text: str) -> Any:
    """The value that `helm --set` makes of a text."""
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    return int(text) if re.fullmatch(r"0|-?[1-9]\d{0,17}", text) else unescaped(text)


def _put(values: dict[str, Any], path: list[str | int], value: Any) -> None:
    here: Any = values
    for step, following in zip(path, [*path[1:], None], strict=True):
        if isinstance(step, int):
            here += [None] * (step + 1 - len(here))
        if following is None:
            here[step] = value
            return
        wanted = list if isinstance(following, int) else dict
        inner = here[step] if isinstance(step, int) else here.get(step)
        if not isinstance(inner, wanted):
            inner = wanted()
            here[step] = inner
        here = inner
