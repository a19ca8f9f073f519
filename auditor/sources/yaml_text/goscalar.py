"""What an unquoted YAML scalar means to Go (sigs.k8s.io/yaml), so to kubectl and the API server.

The table is `resolve.go` of goyaml v2, which that package uses; `kubectl label --local -f - -o json` is the oracle that
the tests ask. PyYAML differs: there `y` is a string, `1:30` a number and `2026-01-01` a date.
"""

from __future__ import annotations

import base64
import binascii
import functools
import math
import re

from auditor.sources.yaml_text.nodes import Scalar

STAR = "auditor:star"
"""Tag of a bare `*` that the loader recovered."""
_TAG = "tag:yaml.org,2002:"
_RESOLVED_TAGS = frozenset(_TAG + name for name in ("bool", "int", "float", "null"))

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NULLS = frozenset(text for text, found in _WORDS.items() if found is None)
_NUMBER_STARTS = frozenset("0123456789+-.")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INT = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)
_LONGEST_INT = 70
"""64 binary digits and what stands before them; Python refuses to convert very long numbers."""

Value = str | bool | int | float | None


def plain_value(text: str) -> Value:
    """What an unquoted scalar is."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _NUMBER_STARTS else text


def value(scalar: Scalar) -> Value:
    """What a scalar is: quoted ones are strings, an explicit tag decides."""
    if scalar.tag is None:
        return plain_value(scalar.text) if scalar.plain else scalar.text
    if scalar.tag in _RESOLVED_TAGS:
        return plain_value(scalar.text)
    if scalar.tag == f"{_TAG}binary":
        return _binary(scalar.text)
    return scalar.text


def kind(scalar: Scalar) -> str:
    """`string`, `bool`, `number`, `null`, or `alias` for a bare `*`."""
    if scalar.tag == STAR:
        return "alias"
    found = value(scalar)
    if isinstance(found, str):
        return "string"
    if found is None:
        return "null"
    return "bool" if isinstance(found, bool) else "number"


def is_null(node: object) -> bool:
    """True for a scalar that is null, as an empty one is."""
    return type(node) is Scalar and node.text in _NULLS and value(node) is None


def key_text(key: Scalar) -> str:
    """A key as JSON has it: `8080:` is "8080", `yes:` is "true"."""
    text = key.text
    if key.plain and key.tag is None and text not in _WORDS and text[0] not in _NUMBER_STARTS:
        return text
    found = value(key)
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    return "null" if found is None else str(found)


@functools.lru_cache(maxsize=4096)  # the same few ports in every manifest
def _number(text: str) -> str | int | float:
    digits = text.replace("_", "")
    whole = _integer(digits)
    if whole is not None:
        return whole
    number = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return text if math.isinf(number) else number


def _integer(digits: str) -> int | None:
    """A whole number of 64 bits; Go takes a larger one for a float if it can."""
    match = _INT.fullmatch(digits) if len(digits) <= _LONGEST_INT else None
    if match is None:
        return None
    sign, *parts = match.groups()
    number = next(int(part, base) for base, part in zip(_BASES, parts, strict=True) if part is not None)
    number = -number if sign == "-" else number
    return number if -(2**63) <= number < 2**64 else None


def _binary(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return text
