"""Durations as a configuration spells them: `45s`, `10m`, `1h30m`, or a number of seconds."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_DURATION = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+(?:[.][0-9]+)?)s?)?")
_LONGEST = timedelta(days=365)
_LONGEST_TEXT = 40


def duration(value: Any) -> Any:
    """`1h30m`, `10m`, `45s` or a number of seconds, as a timedelta. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
    found = _DURATION.fullmatch(text)
    if not text or len(text) > _LONGEST_TEXT or found is None:
        raise ValueError("expected a duration: write 45s, 10m or 1h30m")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    if hours * 3600 + minutes * 60 + seconds > _LONGEST.total_seconds():
        raise ValueError("is longer than a year")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def spelled(value: timedelta) -> str:
    """A duration as the file spells it: `1h30m`."""
    minutes, seconds = divmod(value.total_seconds(), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number:.8g}{unit}" for number, unit in parts if number) or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(spelled, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^(?=.)([0-9]+h)?([0-9]+m)?([0-9]+([.][0-9]+)?s?)?$"},
                {"type": "number", "minimum": 0},
            ],
            "examples": ["45s", "10m", "1h30m"],
        }
    ),
]
