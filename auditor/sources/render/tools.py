"""The programs that render: found once, and known by their file, so that another version is another cache key."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from auditor.config.settings import Tools
from auditor.sources.render.errors import BuildError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program on this machine."""

    path: str
    """Absolute."""
    identity: str
    """Changes when the program does."""

    @property
    def is_kubectl(self) -> bool:
        """True if kustomize is a command of it."""
        return Path(self.path).name.startswith("kubectl")


def find(kind: Literal["kustomize", "helm"], given: Tools) -> Tool:
    """The program that builds this kind. Raises BuildError."""
    configured = given.kustomize if kind == "kustomize" else given.helm
    if configured is not None:
        found = shutil.which(str(configured.absolute()))
        if found is None:
            raise BuildError(f"`tools.{kind}` {configured} is no program; correct it")
    else:
        found = shutil.which(kind) or (shutil.which("kubectl") if kind == "kustomize" else None)
        if found is None:
            names = "neither `kustomize` nor `kubectl`" if kind == "kustomize" else "no `helm`"
            raise BuildError(f"there is {names} on PATH; install it, or set `tools.{kind}`")
    real = Path(found).resolve()
    status = real.stat()
    return Tool(path=os.path.abspath(found), identity=f"{real}:{status.st_size}:{status.st_mtime_ns}")  # noqa: PTH100
