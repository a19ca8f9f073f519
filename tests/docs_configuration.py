"""The reference of the configuration in docs/configuration.md, and the JSON Schema beside the example."""

import json
import typing
from datetime import timedelta
from pathlib import Path
from typing import Any

from auditor.config.durations import spelled
from auditor.config.keys import EACH, Key, every_key, meanings
from auditor.config.overrides import PREFIX
from auditor.config.schema import schema
from auditor.config.settings import Model, Settings

WORDS = {str: "text", Path: "path", bool: "true or false", int: "number", timedelta: "duration"}


def schema_text() -> str:
    """Return what config/auditor.schema.json holds."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def key_tables() -> str:
    """Return a table for each section of the configuration."""
    sections: dict[tuple[str, ...], list[str]] = {}
    for pattern, key in every_key():
        owner = _owner(pattern)
        rows = sections.setdefault(pattern[:-1], [_heading(pattern[:-1], owner)])
        variable = f"`{_variable(pattern)}`" if key.model is None else ""
        meaning = _cell(meanings()[owner.__name__][key.attribute])
        rows.append(f"| `{key.name}` | {_kind(key)} | {_default(key)} | {meaning} | {variable} |")
    return "\n\n".join("\n".join(rows) for rows in sections.values())


def _owner(pattern: tuple[str, ...]) -> type[Model]:
    found: type[Model] = Settings
    for section, key in every_key():
        if key.model and pattern[: len(section)] == section and len(pattern) > len(section):
            found = key.model
    return found


def _heading(section: tuple[str, ...], model: type[Model]) -> str:
    name = ".".join(section).replace(f".{EACH}", EACH)
    head = "| key | type | default | meaning | variable |\n|---|---|---|---|---|"
    return f"### {f'`{name}`' if name else 'At the top'}\n\n{model.__doc__}\n\n{head}"


def _kind(key: Key) -> str:
    if key.model:
        return "list of sections" if key.many else "section"
    if typing.get_origin(key.item) is typing.Literal:
        return ", ".join(f"`{word}`" for word in typing.get_args(key.item))
    return f"list of {WORDS[key.item]}s" if key.many else WORDS[key.item]


def _default(key: Key) -> str:
    if key.field.is_required():
        return "required"
    value: Any = key.field.default
    if key.model or value is None or value == ():
        return ""
    if isinstance(value, timedelta):
        value = spelled(value)
    elif isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, tuple):
        value = f"[{', '.join(value)}]"
    return f"`{value}`"


def _variable(pattern: tuple[str, ...]) -> str:
    parts = ["0" if part == EACH else "".join(f"_{c}" if c.isupper() else c for c in part) for part in pattern]
    return PREFIX + "__".join(parts).upper()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
