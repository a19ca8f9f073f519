"""What was built before, by all that went into it: in memory while the process lives, and in the cache folder."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.sources.builds import Build
from auditor.sources.git.tree import Tree
from auditor.sources.render.kustomization import Kustomization
from auditor.sources.render.tools import Tool

FORMAT = 2
"""Another number forgets all that was built by an older version of us."""
MAX_FILES = 4000
MAX_BYTES = 256 * 1024 * 1024


def key_of(build: Build, tool: Tool, tree: Tree, paths: Iterable[str], asked: tuple[str, ...]) -> str:
    """The key of a build: the program, what is asked of it, and the content of every file that it reaches."""
    said = [FORMAT, tool.identity, dataclasses.asdict(build), asked, sorted((p, tree.oid(p)) for p in paths)]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else str(value)


@dataclass(slots=True)
class Built:
    """Results by key; threads may share it."""

    memory: dict[str, bytes] = field(default_factory=dict)
    parsed: dict[str, Kustomization] = field(default_factory=dict)
    """Kustomizations by blob id and path."""

    def get(self, key: str, folder: Path) -> bytes | None:
        """A result, if it is there and whole."""
        if key not in self.memory:
            try:
                data = (folder / key).read_bytes()
            except OSError:
                return None
            head, _, content = data.partition(b"\n")
            if head.decode("ascii", "replace") != hashlib.sha256(content).hexdigest():
                return None
            with contextlib.suppress(OSError):
                os.utime(folder / key)  # it is still of use
            self.memory[key] = content
        return self.memory[key]

    def put(self, key: str, content: bytes, folder: Path) -> None:
        """Keep a result; a cache folder that cannot be written only costs time."""
        self.memory[key] = content
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".new-", dir=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
                Path(name).replace(folder / key)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def tidy(self, folder: Path) -> None:
        """Forget what was used least recently, beyond what is kept."""
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            found = sorted(((e.stat().st_mtime_ns, e.stat().st_size, e.name) for e in entries), reverse=True)
            size = 0
            for number, (_, length, name) in enumerate(found):
                size += length
                if number >= MAX_FILES or size > MAX_BYTES:
                    (folder / name).unlink(missing_ok=True)
                    self.memory.pop(name, None)
