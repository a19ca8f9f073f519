"""A configuration file to Settings; every fault is told with its place, all of them at once.

What is faulty is taken out and the rest is examined without it, so that one mistyped key does not hide what else is
wrong. Nothing is contacted, and no file is opened but this one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from auditor.config import checks, overrides, wording
from auditor.config.document import Document, UnreadableError
from auditor.config.fault import Fault, dotted
from auditor.config.fault import Path as KeyPath
from auditor.config.keys import key_at, keys
from auditor.config.settings import Model, Settings
from auditor.errors import ConfigError

ROUNDS = 4
"""How often the rest is examined; a fault that hides another twice over is not told at once."""

STAND_IN = "\0"
"""A text that no file can hold, in the place of one that is required."""


def load(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read a configuration; the variables of `environment` override keys. Raises ConfigError."""
    return read(path, environment).settings


class Loaded(NamedTuple):
    """A configuration that can be, and where each of its keys stands."""

    settings: Settings
    file: Path
    document: Document
    origins: dict[KeyPath, str]

    def told(self, faults: list[Fault]) -> str:
        """Faults that are found later, a line each."""
        return _told(self.file, self.document, self.origins, faults)


def read(path: Path, environment: Mapping[str, str]) -> Loaded:
    """Read a configuration, and keep where everything stands. Raises ConfigError."""
    try:
        document = Document(_text(path))
    except UnreadableError as error:
        raise ConfigError(f"{path}:{error.line}: {error.sentence}") from None
    _resolve(document.data, path.parent, environment.get("HOME"), Settings)
    faults = document.faults
    origins = overrides.override(document.data, environment, faults)
    if not document.data:
        raise ConfigError(f"{path}: is empty; it begins with `clusters:`")
    settings = _settings(document.data, faults)
    if faults or settings is None:
        raise ConfigError(_told(path, document, origins, faults))
    return Loaded(settings, path, document, origins)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = bytes(error.object).count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no path"
        raise ConfigError(f"cannot read the configuration {path}: {reason}") from None


def _resolve(section: dict[str, Any], folder: Path, home: str | None, model: type[Model]) -> None:
    """Paths in the file are relative to its folder; `~/` is the home folder."""
    for key in keys(model).values():
        value = section.get(key.name)
        if key.model:
            below = key.model
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, dict):
                    _resolve(entry, folder, home, below)
        elif key.item is Path and isinstance(value, str) and value:
            at_home = home is not None and value.startswith("~/")
            section[key.name] = str(Path(str(home), value[2:]) if at_home else folder / value)


def _settings(data: dict[str, Any], faults: list[Fault]) -> Settings | None:
    """Settings of what is not faulty; None if too much is."""
    removed: set[KeyPath] = set()
    for _ in range(ROUNDS):
        try:
            settings = Settings.model_validate(data, by_alias=True, by_name=False)
        except ValidationError as error:
            found = list(wording.faults(error))
            faults += [fault for fault in found if fault.path not in removed]
            for fault in found:
                _take_out(data, fault.path)
            removed.update(fault.path for fault in found)
        else:
            faults += _not_because_of(removed, checks.faults(settings))
            return settings
    return None


def _take_out(data: dict[str, Any], path: KeyPath) -> None:
    """Take a faulty value out; what has to be there is replaced by something that can be."""
    into: Any = data
    for part in path[:-1]:
        into = into[part]
    last = path[-1]
    key = key_at(path)
    if isinstance(last, int):
        into[last] = {"name": STAND_IN} if key and key.model else STAND_IN
    elif key and key.field.is_required():
        into[last] = [{"name": STAND_IN}] if key.many else STAND_IN
    else:
        into.pop(last, None)


def _not_because_of(removed: set[KeyPath], found: Iterator[Fault]) -> Iterator[Fault]:
    """Leave out what is only said because something was taken out of a section, or stands in for it."""
    above = {path[:-1] for path in removed}
    for fault in found:
        within = (fault.path[:length] for length in range(1, len(fault.path) + 1))
        if fault.path not in above and removed.isdisjoint(within):
            yield fault


def _told(file: Path, document: Document, origins: dict[KeyPath, str], faults: list[Fault]) -> str:
    told = [_line(file, document, origins, fault) for fault in dict.fromkeys(faults)]
    return "\n".join(line for _, line in sorted(told, key=lambda one: one[0]))


def _line(file: Path, document: Document, origins: dict[KeyPath, str], fault: Fault) -> tuple[int, str]:
    """The line in the file, by which faults are sorted, and what is said."""
    variable = fault.variable or _origin(origins, fault.path)
    line = fault.line or document.line(fault.path)
    where = variable or f"{file}:{line}"
    named = f" {dotted(fault.path)}" if fault.path else ""
    return (0 if variable else line), f"{where}{named}: {fault.sentence}"


def _origin(origins: dict[KeyPath, str], path: KeyPath) -> str | None:
    """The variable that has set a key, or the list that it is in."""
    return next((variable for at, variable in origins.items() if path[: len(at)] == at), None)
