"""The JSON Schema of a configuration, for editors."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from auditor.config.durations import spelled
from auditor.config.keys import keys, meanings
from auditor.config.settings import Model, Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "aks-drift-auditor configuration"


def schema() -> dict[str, Any]:
    """Return it; every key has its description."""
    made = Settings.model_json_schema(by_alias=True, mode="validation")
    models = {"": Settings} | {model.__name__: model for model in _sections(Settings)}
    for name, model in models.items():
        _describe(made["$defs"][name] if name else made, model)
    return {"$schema": DIALECT, **made, "title": TITLE}


def _sections(model: type[Model]) -> Iterator[type[Model]]:
    for key in keys(model).values():
        if key.model:
            yield key.model
            yield from _sections(key.model)


def _describe(section: dict[str, Any], model: type[Model]) -> None:
    """Add what each key means; leave out that null would do, it counts as not given."""
    section.pop("title", None)
    for name, key in keys(model).items():
        found = section["properties"][name]
        found.pop("title", None)
        default = found.pop("default", None)
        options = [option for option in found.pop("anyOf", ()) if option != {"type": "null"}]
        found |= options[0] if len(options) == 1 else {"anyOf": options} if options else {}
        if default is not None and key.model is None:
            found["default"] = spelled(key.field.default) if isinstance(key.field.default, timedelta) else default
        section["properties"][name] = {"description": meanings()[model.__name__][key.attribute], **found}
