"""JSON bytes, from an API or a file, to typed values; whatever is wrong with them is one DecodeError.

Structs name only the fields that are used, all with defaults: msgspec skips the rest without building objects.
"""

from __future__ import annotations

import codecs
from sys import intern
from typing import TypeVar

import msgspec

T = TypeVar("T")

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class DecodeError(Exception):
    """These bytes are not what they should be; the text is a clause that says where."""


class Struct(msgspec.Struct, gc=False, omit_defaults=True):
    """What others derive from: no cyclic garbage collection, since JSON has no cycles."""


def decode(data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The typed value of JSON bytes. Raises DecodeError."""
    try:
        data = utf8(data)
        if not data or data.isspace():
            raise DecodeError("is empty")
        return decoder.decode(data)
    except msgspec.ValidationError as e:
        raise DecodeError(f"does not have the expected form: {_lowered(str(e))}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
        said = str(e).removeprefix("JSON is malformed: ")
        raise DecodeError(f"is not JSON: {_positioned(said, data)}") from None


def part(data: msgspec.Raw, decoder: msgspec.json.Decoder[T], name: str) -> T:
    """The typed value of a part of what `decode` has decoded, and what it is called there. Raises DecodeError."""
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as e:
        raise DecodeError(f"does not have the expected form: {_lowered(str(e))} of {name}") from None


def utf8(data: bytes) -> bytes:
    """Text as UTF-8 without a BOM: PowerShell's `>` writes UTF-16. Raises UnicodeDecodeError."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding).encode()
    return data


def shared(text: str | None) -> str | None:
    """The text, kept once however often it is said: a large estate repeats most of what it says."""
    return None if text is None else intern(text)


def shared_map(texts: dict[str, str] | None) -> dict[str, str]:
    """The same for keys and values; absent is empty."""
    return {intern(key): intern(value) for key, value in (texts or {}).items()}


def _lowered(text: str) -> str:
    """As the end of a sentence; an acronym stays one."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _positioned(text: str, data: bytes) -> str:
    """The place as people count it; msgspec counts bytes."""
    head, found, tail = text.rpartition("(byte ")
    if not found:
        return _lowered(text)
    at = int(tail.rstrip(")"))
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    return f"{_lowered(head)}(line {line}, column {column})"
