"""Schemas of values may name others, which helm reads from this machine or asks servers for: such are left out.

A schema only says which values are refused, so a chart makes the same without it. In an archive it cannot be left out.
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from typing import Any

from auditor.sources.render.errors import BuildError

NAME = "values.schema.json"
ARCHIVES = (".tgz", ".tar.gz")
MAX_UNPACKED = 64 * 1024 * 1024
"""Bytes of all archives of a chart, and of those inside them."""
_MAX_NESTED = 4
_GZIP = 31
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_KNOWN = ("http://json-schema.org/", "https://json-schema.org/")


def leads_away(data: bytes) -> bool:
    """True if a schema is not complete by itself, or is none."""
    try:
        stack: list[Any] = [json.loads(data)]
    except (ValueError, RecursionError):
        return True
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            stack += one.values()
            if any(isinstance(one.get(key), str) and not one[key].startswith("#") for key in _REFERENCES):
                return True
            meta = one.get("$schema")
            if isinstance(meta, str) and not meta.startswith(_KNOWN):
                return True
    return False


def check_archive(path: str, data: bytes, left: int, depth: int = 0) -> int:
    """How many bytes are left after an archive of a chart is unpacked, with those inside it, of what was `left`.

    Raises BuildError for one that unpacks to more, or that holds a schema that leads away.
    """
    unpacked = zlib.decompressobj(_GZIP)
    try:
        plain = unpacked.decompress(data, max(left, 1))  # 0 is no limit
        left -= len(plain)
        if not unpacked.eof and not unpacked.unconsumed_tail:
            raise EOFError  # noqa: TRY301
        if unpacked.unused_data.strip(b"\0"):
            raise ValueError  # noqa: TRY301
        if unpacked.unconsumed_tail:
            raise BuildError(
                f"its charts unpack to more than {MAX_UNPACKED >> 20} MiB ({path}); take out what they do not need"
            )
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                wanted = name == NAME or name.endswith(ARCHIVES)
                file = archive.extractfile(member) if wanted and member.isfile() else None
                if file is None:
                    continue
                if name == NAME and leads_away(file.read()):
                    raise BuildError(f"{path} holds a {NAME} that names other files; unpack it")
                if name != NAME:
                    if depth >= _MAX_NESTED:
                        raise BuildError(f"{path} holds archives in archives; unpack it")
                    left = check_archive(path, file.read(), left, depth + 1)
    except (zlib.error, tarfile.TarError, EOFError, ValueError) as e:
        raise BuildError(f"{path} is no archive of a chart ({type(e).__name__}); pack it anew") from None
    return left
