"""An export of what a root reaches, in a fresh folder outside any repository: regular files that we write, no more."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from auditor.sources.git.tree import Tree
from auditor.sources.render.errors import BuildError
from auditor.sources.render.process import Limits
from auditor.sources.render.tools import Tool

MAX_BYTES = 128 * 1024 * 1024
"""Of all files of one root."""
_LFS = b"version https://git-lfs.github.com/spec/"


class Export:
    """A folder with `tree`, the files, and `own`, which holds what we add, and is the home of the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        self.own = folder / "own"
        for made in (self.tree, self.own):
            made.mkdir(mode=0o700)

    def write(self, tree: Tree, paths: Iterable[str]) -> None:
        """Write files of a commit. Raises BuildError, OSError."""
        size = 0
        for path in paths:
            if any(part in ("", ".", "..") for part in path.split("/")) or "\0" in path or not tree.file(path):
                raise BuildError(f"{path!a} is no path that can be written; rename it")
            data = tree.read(path)
            if data is None:
                raise BuildError(f"{path} is too large to be read, or missing in this copy; exclude it")
            if data.startswith(_LFS):
                raise BuildError(f"{path} is kept in Git LFS, which is not read; keep it in Git itself")
            size += len(data)
            if size > MAX_BYTES:
                raise BuildError(f"it reaches more than {MAX_BYTES >> 20} MiB of files; split it up")
            target = self.tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def write_own(self, name: str, content: Any) -> Path:
        """Write a file of our own, as JSON."""
        target = self.own / name
        target.write_text(json.dumps(content), encoding="utf-8")
        return target

    def clean(self, text: str) -> str:
        """A text of the program without the paths of this folder."""
        for real in (self.folder, self.folder.resolve()):
            for part in (f"{real}/tree/", f"{real}/own/", f"{real}/"):
                text = text.replace(part, "")
            text = text.replace(str(real / "tree"), ".").replace(str(real), ".")
        return text.replace("../tree/", "").replace("../tree", ".")


class Sandbox(NamedTuple):
    """With what something is built, where, and within which limits."""

    tool: Tool
    export: Export
    limits: Limits


@contextlib.contextmanager
def export() -> Iterator[Export]:
    """A folder that only we can read, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="auditor-render-") as made:
        yield Export(Path(made))
