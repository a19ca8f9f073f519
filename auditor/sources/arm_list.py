"""Lists of ARM resources, before anybody asks what they are: bare arrays, pages, errors, and files of other things."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from auditor.sources import arm_shapes as arm
from auditor.sources.wire import DecodeError, decode

T = TypeVar("T")


def decoder(shape: type[T]) -> msgspec.json.Decoder[Any]:
    """Of a bare array, or of a page as ARM sends it."""
    return msgspec.json.Decoder(list[shape] | arm.Page[shape])  # type: ignore[valid-type]


def resources(data: bytes, reader: msgspec.json.Decoder[Any], collection: str) -> list[Any]:
    """The resources of a list; an id of another type means that another file was put here."""
    found = _listed(decode(data, reader))
    wanted = f"/{collection.lower()}/"
    for raw in found:
        if wanted not in identity(raw).lower():
            raise DecodeError(f"holds {raw.id}, which is none of {collection}")
    return found


def _listed(found: list[Any] | arm.Page[Any]) -> list[Any]:
    if isinstance(found, list):
        return found
    if found.nextLink:
        raise DecodeError("is only the first page of a list (`nextLink` is set): all pages are needed")
    if found.error is not None:
        raise DecodeError(f"is an error of Azure: {found.error.code}: {found.error.message}")
    if found.value is None:
        raise DecodeError("is one object where a list belongs")
    return found.value


def identity(raw: Any) -> str:
    """The id of a resource. Raises DecodeError where it has none."""
    if not raw.id:
        raise DecodeError(f"has a {type(raw).__name__} without an id")
    return str(raw.id)
