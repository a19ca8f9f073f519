"""Lists of ARM resources, before anybody asks what they are: bare arrays, pages, errors, and files of other things."""

from __future__ import annotations

from sys import intern
from typing import Any, TypeVar

import msgspec

from auditor.sources.api_json import arm_shapes as arm
from auditor.sources.api_json.wire import DecodeError, decode

T = TypeVar("T")


def decoder(shape: type[T]) -> msgspec.json.Decoder[Any]:
    """Of a bare array, or of a page as ARM sends it."""
    return msgspec.json.Decoder(list[shape] | arm.Page[shape])  # type: ignore[valid-type]


def items(data: bytes) -> list[bytes]:
    """The JSON of each resource of a page. Raises DecodeError."""
    return [bytes(item) for item in _listed(decode(data, _ITEMS), part=True)]


def resources(data: bytes, reader: msgspec.json.Decoder[Any], collection: str, *, part: bool = False) -> list[Any]:
    """The resources of a list, or of a page of one; an id of another type means that another file was put here."""
    found = _listed(decode(data, reader), part=part)
    wanted = f"/{collection.lower()}/"
    for raw in found:
        if wanted not in identity(raw).lower():
            raise DecodeError(f"holds {raw.id}, which is none of {collection}")
    return found


def _listed(found: list[Any] | arm.Page[Any], *, part: bool) -> list[Any]:
    if isinstance(found, list):
        return found
    if found.nextLink and not part:
        raise DecodeError("is only the first page of a list (`nextLink` is set): all pages are needed")
    if found.error is not None:
        raise DecodeError(f"is an error of Azure: {found.error.code}: {found.error.message}")
    if found.value is None:
        raise DecodeError("is one object where a list belongs")
    return found.value


_ITEMS = decoder(msgspec.Raw)


def identity(raw: Any) -> str:
    """The id of a resource. Raises DecodeError where it has none."""
    if not raw.id:
        raise DecodeError(f"has a {type(raw).__name__} without an id")
    return intern(raw.id)
