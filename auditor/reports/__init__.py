"""Report → text: pure functions, one file per format; no file, no clock and no terminal is touched here.

A module of this folder that is not in `SHARED` is a format: its file name is the format's name, `render` writes it.
Formats are listed without being imported, so that `--help` stays quick.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.model.finding import Report
    from auditor.reports.options import Options

    Render = Callable[[Report, Options], str | bytes]

SHARED = frozenset({"options", "outcome", "rulebook", "safe", "sides", "story", "summary", "unseen"})
"""Modules of this folder that formats share, and that are none."""

ALIASES = {"json": "json-v1"}
"""`json` is the current version; it moves only with a major release."""


def names() -> list[str]:
    """Every format that `--format` takes."""
    modules = (m.name for m in pkgutil.iter_modules(__path__))
    return sorted([*(m.replace("_", "-") for m in modules if m not in SHARED), *ALIASES])


def renderer(name: str) -> "Render":
    """Return the function that writes the format `name`, one of `names()`."""
    module = importlib.import_module(f"{__name__}.{ALIASES.get(name, name).replace('-', '_')}")
    render: Render = module.render
    return render
