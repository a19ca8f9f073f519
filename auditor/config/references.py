"""What a configuration refers to: are the files there, and are the variables set? Nothing is contacted."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from auditor.config.fault import Fault
from auditor.config.fault import Path as KeyPath
from auditor.config.keys import keys
from auditor.config.settings import Model, Settings

MADE = frozenset({"textfile", "cacheDir"})
"""Paths that the auditor makes itself; only the folder above has to be there."""
FOLDERS = frozenset({"path"})


def faults(settings: Settings, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Every file that cannot be read, and every variable that is not set."""
    yield from _section((), settings, environment)


def _section(at: KeyPath, section: BaseModel, environment: Mapping[str, str]) -> Iterator[Fault]:
    model = type(section)
    for name, key in keys(model).items() if issubclass(model, Model) else ():
        value, here = getattr(section, key.attribute), (*at, name)
        if isinstance(value, BaseModel):
            yield from _section(here, value, environment)
        elif isinstance(value, tuple):
            for index, entry in enumerate(value):
                if isinstance(entry, BaseModel):
                    yield from _section((*here, index), entry, environment)
        elif isinstance(value, Path):
            wrong = _file(name, value)
            if wrong:
                yield Fault(here, wrong)
        elif name.endswith("Variable") and value is not None and not environment.get(value):
            yield Fault(here, f"the environment variable {value} is not set")


def _file(name: str, path: Path) -> str | None:
    try:
        if name == "textfile" and not path.parent.is_dir():
            return f"there is no folder {path.parent}"
        if name in MADE:
            return None
        if name in FOLDERS:
            return None if path.is_dir() else f"there is no folder {path}"
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"cannot read {path}: {error.strerror}"
    return None
