"""What pydantic found wrong, in our words: what is expected, and what is there instead."""

import difflib
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from auditor.config.fault import Fault, Path, choice
from auditor.config.keys import key_at, keys, not_known
from auditor.config.settings import Settings

LONGEST = 40
SECRETS = frozenset({"token", "password", "secret", "pat", "key", "sshKey", "privateKey", "credentials"})
EXPECTED = {
    "string_type": "text",
    "path_type": "a path",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "finite_number": "a whole number",
    "tuple_type": "a list",
    "model_type": "a mapping",
}


def faults(error: ValidationError) -> Iterator[Fault]:
    """Each of pydantic's errors as a fault."""
    for one in error.errors(include_url=False):
        if one["type"] != "too_short" or not one["input"]:  # to pydantic a list is too short without its faulty entries
            yield _fault(one)


def _fault(error: ErrorDetails) -> Fault:
    path: Path = error["loc"]
    if error["type"] == "extra_forbidden":
        return Fault(path, _unknown(path))
    return Fault(path, _sentence(error, path))


def _sentence(error: ErrorDetails, path: Path) -> str:
    context, value = error.get("ctx", {}), error["input"]
    match error["type"]:
        case "missing":
            return "is required"
        case "value_error":
            said = str(context["error"])
            return f"{said}{_found(value, 'a duration')}" if said.startswith("expected") else said
        case "literal_error":
            return _choice(path, value)
        case "too_short":
            return "needs at least one entry"
        case "string_too_short":
            return "must not be empty"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case kind if kind in EXPECTED:
            return f"expected {EXPECTED[kind]}{_found(value, EXPECTED[kind])}"
        case _:
            return "cannot be used"


def _found(value: Any, expected: str) -> str:
    """What is there; a text is only shown where none may stand, for it could be a secret."""
    if isinstance(value, bool):
        quotes = "; put it in quotes" if expected == "text" else ""
        return f", found {str(value).lower()}{quotes}"
    if isinstance(value, int | float):
        quotes = "; put it in quotes" if expected == "text" else ""
        return f", found the number {str(value)[:LONGEST]}{quotes}"
    if isinstance(value, str):
        hint = "; write [a, b]" if expected == "a list" else ""
        return f", found {'an empty text' if not value else 'a text'}{hint}"
    if isinstance(value, list | dict):
        return f", found a {'list' if isinstance(value, list) else 'mapping'}"
    return ", found nothing"


def _choice(path: Path, value: Any) -> str:
    key = key_at(path)
    known = [str(word) for word in typing.get_args(key.item)] if key else []
    if not isinstance(value, str):
        return f"expected {choice(known)}{_found(value, choice(known))}"
    low = {word.lower(): word for word in known}
    near = difflib.get_close_matches(value.lower(), low, n=1)
    meant = f"; did you mean `{low[near[0]]}`?" if near else f"; there are {', '.join(known)}"
    return f"`{value[:LONGEST]}` is not known{meant}"


def _unknown(path: Path) -> str:
    *above, name = path
    parent = key_at(tuple(above))
    model = Settings if not above else parent.model if parent else None
    known = keys(model) if model else {}
    said = not_known(str(name)[:LONGEST], known)
    if name in SECRETS:
        return f"a secret is never written here, only the file or the variable that has it: {said}"
    return said
