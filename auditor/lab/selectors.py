"""Field and label selectors, as the API server understands them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Matches = Callable[[Mapping[str, str]], bool]

_KEY = r"(?P<key>[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?)"
_EQUALITY = re.compile(rf"\s*{_KEY}\s*(?P<operator>==|!=|=)\s*(?P<value>[A-Za-z0-9._-]*)\s*")
_SET = re.compile(rf"\s*{_KEY}\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)\s*")
_EXISTS = re.compile(rf"\s*(?P<operator>!?)\s*{_KEY}\s*")
_FIELD = re.compile(r"(?P<key>[^=!]+)(?P<operator>==|!=|=)(?P<value>.*)", re.DOTALL)


class SelectorError(Exception):
    """A selector that the API server would refuse; the text is its message."""


def fields(selector: str, known: frozenset[str]) -> Matches:
    """What a field selector asks of an object's fields. Raises SelectorError."""
    return _every([_field(part, known) for part in selector.split(",") if part])


def labels(selector: str) -> Matches:
    """What a label selector asks of an object's labels. Raises SelectorError."""
    return _every([_label(part) for part in re.split(r",(?![^(]*\))", selector) if selector.strip()])


def _every(asked: list[Matches]) -> Matches:
    return lambda has: all(matches(has) for matches in asked)


def _field(part: str, known: frozenset[str]) -> Matches:
    found = _FIELD.fullmatch(part)
    if found is None:
        raise SelectorError(f"invalid selector: '{part}'; can't understand '{part}'")
    key, value = found["key"], re.sub(r"\\(.)", r"\1", found["value"])
    if key not in known:
        raise SelectorError(f"field label not supported: {key}")
    if found["operator"] == "!=":
        return lambda has: has.get(key, "") != value
    return lambda has: has.get(key, "") == value


def _label(part: str) -> Matches:
    """One requirement; `!=` and `notin` hold for an object without the label too."""
    if found := _SET.fullmatch(part):
        key, values = found["key"], {value.strip() for value in found["values"].split(",")}
        if found["operator"] == "in":
            return lambda has: key in has and has[key] in values
        return lambda has: key not in has or has[key] not in values
    if found := _EQUALITY.fullmatch(part):
        key, value = found["key"], found["value"]
        if found["operator"] == "!=":
            return lambda has: has.get(key) != value
        return lambda has: has.get(key) == value
    if found := _EXISTS.fullmatch(part):
        key = found["key"]
        if found["operator"]:
            return lambda has: key not in has
        return lambda has: key in has
    raise SelectorError(f"unable to parse requirement: found '{part}', expected: identifier")
