"""What the models say of their keys: how the file spells them, what they hold, and what they mean."""

import ast
import difflib
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo

from auditor.config import rendering, settings
from auditor.config.fault import choice
from auditor.config.settings import Model, Settings

EACH = "[]"
"""In the pattern of a key: any index of a list."""


class Key(NamedTuple):
    """One key of a model."""

    name: str
    """As the file spells it: `subscriptionId`."""
    attribute: str
    field: FieldInfo
    item: Any
    """The type of the value, or of each entry of a list."""
    many: bool
    """It holds a list."""

    @property
    def model(self) -> type[Model] | None:
        """The model of the section, or of each of the sections, that it holds."""
        return self.item if isinstance(self.item, type) and issubclass(self.item, Model) else None


@cache
def keys(model: type[Model]) -> dict[str, Key]:
    """The keys of a model, by the name in the file."""
    found = (_key(attribute, field) for attribute, field in model.model_fields.items())
    return {key.name: key for key in found}


def _key(attribute: str, field: FieldInfo) -> Key:
    kind: Any = field.annotation
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    many = typing.get_origin(kind) is tuple
    return Key(field.alias or attribute, attribute, field, typing.get_args(kind)[0] if many else kind, many)


def key_at(path: tuple[str | int, ...]) -> Key | None:
    """The key that a path leads to; an index stands for the list that it is in. None if there is none."""
    model: type[Model] | None = Settings
    found: Key | None = None
    for part in path:
        if isinstance(part, str):
            found = keys(model).get(part) if model else None
            if found is None:
                return None
            model = found.model
    return found


def every_key(model: type[Model] = Settings, pattern: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    """Every key there is with its pattern, as ("clusters", "[]", "name")."""
    for key in keys(model).values():
        here = (*pattern, key.name)
        yield here, key
        if key.model:
            yield from every_key(key.model, (*here, EACH) if key.many else here)


def not_known(name: str, known: dict[str, Key]) -> str:
    """Say that a key is not known, and what was perhaps meant."""
    said = f"`{name}` is no key"
    low = {plain(key): key for key in known}
    near = difflib.get_close_matches(plain(name), low, n=1, cutoff=0.6)
    near = near or [key for key in low if key.startswith(plain(name)) and plain(name)][:1]
    if near:
        return f"{said}; did you mean `{low[near[0]]}`?"
    homes = [_home(pattern) for pattern, key in every_key() if plain(key.name) == plain(name)]
    if homes:
        return f"{said} here; it belongs {choice(homes)}"
    return f"{said}; there are {', '.join(known)}"


def plain(name: str) -> str:
    """A key or a part of a variable without case and underscores, to compare them."""
    return name.replace("_", "").lower()


def _home(pattern: tuple[str, ...]) -> str:
    section = ".".join(pattern[:-1]).replace(f".{EACH}", EACH)
    return f"under `{section}`" if section else "at the top"


@cache
def meanings() -> dict[str, dict[str, str]]:
    """What each field means: class, attribute, the docstring under the field."""
    files = (settings.__file__, rendering.__file__)
    trees = [ast.parse(Path(file).read_text(encoding="utf-8")) for file in files if file]
    return {
        one.name: {
            field.target.id: doc.value.value
            for field, doc in zip(one.body, one.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and isinstance(doc.value.value, str)
        }
        for tree in trees
        for one in tree.body
        if isinstance(one, ast.ClassDef)
    }
