"""Environment variables that set a single key: `AUDITOR__SERVE__LISTEN`, `AUDITOR__CLUSTERS__0__GIT__0__REF`.

The parts between double underscores are keys, in any case and with or without underscores, or indexes of lists, from 0;
an index one past the end adds an entry. A list of texts is given with commas. An empty variable takes the key back to
its default.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from auditor.config.fault import Fault, Path
from auditor.config.keys import Key, keys, not_known, plain
from auditor.config.settings import Model, Settings

PREFIX = "AUDITOR__"
WORDS = {list: "list", dict: "mapping"}
T = TypeVar("T", list[Any], dict[str, Any])


class OverrideError(Exception):
    """A variable that sets no key."""


def override(data: dict[str, Any], environment: Mapping[str, str], faults: list[Fault]) -> dict[Path, str]:
    """Set what the variables say in `data`; return which path each variable has set."""
    origins: dict[Path, str] = {}
    for variable in sorted((name for name in environment if name.upper().startswith(PREFIX)), key=_order):
        try:
            origins[_one(data, variable[len(PREFIX) :], environment[variable])] = variable
        except OverrideError as error:
            faults.append(Fault((), str(error), variable=variable))
    return origins


def _order(variable: str) -> list[tuple[int, str]]:
    """Indexes by number, so that entries are added in their order."""
    return [(int(part) if _is_index(part) else -1, part) for part in variable.split("__")]


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < len("10000")


def _one(data: dict[str, Any], name: str, text: str) -> Path:
    if not text.isprintable():
        raise OverrideError("has a line break or an invisible character in it")
    return _set(data, Settings, name.split("__"), text, ())


def _set(section: dict[str, Any], model: type[Model], parts: list[str], text: str, path: Path) -> Path:
    """Set one key, below a section of `data`; return its path."""
    key = _find(model, parts[0])
    rest, here = parts[1:], (*path, key.name)
    if key.many and rest:
        entries = _inside(section, key.name, list)
        index, rest = _index(rest[0], len(entries)), rest[1:]
        here = (*here, index)
        if key.model is None:
            entries[index : index + 1] = [_last(text, rest)]
            return here
        if index == len(entries):
            entries.append({})
        section, name = {"": entries[index]}, ""
    else:
        name = key.name
    if key.model is None:
        _put(section, key, _last(text, rest))
        return here
    if not rest:
        raise OverrideError(f"names a section; name one of its keys: {', '.join(keys(key.model))}")
    return _set(_inside(section, name, dict), key.model, rest, text, here)


def _find(model: type[Model], part: str) -> Key:
    known = keys(model)
    for name, key in known.items():
        if plain(name) == plain(part):
            return key
    raise OverrideError(not_known(part, known))


def _inside(section: dict[str, Any], name: str, kind: type[T]) -> T:
    """The list or the mapping below `name`, made if it is not there."""
    found = section.setdefault(name, kind())
    if isinstance(found, kind):
        return found
    raise OverrideError(f"cannot be set: the file has something else than a {WORDS[kind]} there")


def _index(part: str, length: int) -> int:
    if not _is_index(part):
        raise OverrideError(f"needs the index of an entry where it has `{part}`: 0 is the first")
    if int(part) > length:
        raise OverrideError(f"has the index {part}, but the next would be {length}: it follows what the file has")
    return int(part)


def _last(text: str, rest: list[str]) -> str:
    if rest:
        raise OverrideError(f"goes on with `{'__'.join(rest)}` after a key that has no keys below it")
    return text


def _put(section: dict[str, Any], key: Key, text: str) -> None:
    if not text:
        section.pop(key.name, None)
    elif key.many:
        section[key.name] = [part.strip() for part in text.split(",")]
    else:
        section[key.name] = text
