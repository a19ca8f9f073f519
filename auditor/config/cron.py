"""A cron expression as cron means it, made into a trigger of the scheduler.

The scheduler numbers the days of the week from Monday (cron: Sunday is 0 and 7), and where day of month and day of week
are given it wants both to match (cron: one of them). Both are put right here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from auditor.errors import ConfigError

if TYPE_CHECKING:
    from auditor.config.settings import Serve

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
WEEK = len(DAYS)
FIELDS = ("minute", "hour", "day", "month", "day_of_week")
FORM = "write minute, hour, day, month and day of week, as 7 * * * *"
FORMS = [re.compile(r"[0-9*,/-]+")] * 3 + [re.compile(r"[0-9A-Za-z*,/-]+")] * 2
"""The scheduler would understand more, as `last`."""
DAY = re.compile(r"(?:\*|(?P<first>[0-7]|[a-z]{3})(?:-(?P<last>[0-7]|[a-z]{3}))?)(?:/(?P<step>[1-7]))?")
HORIZON = timedelta(days=8)
"""Further ahead than a week, in which most schedules repeat."""
FORESEEN = 2000
"""But no more times than these are looked at: 0.1 s."""
SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
"""What never comes after it never comes."""
HOURLY = ("7 * * * *", timedelta(hours=1))
"""The default, for which the scheduler need not be imported."""


def check(expression: str) -> None:
    """Raise ConfigError if an expression is no schedule, or one that never comes."""
    if trigger(expression, UTC).get_next_fire_time(None, SOME_DAY) is None:
        raise ConfigError(f"`{expression[:60]}` never comes; {FORM}")


def interval(serve: Serve, now: datetime) -> timedelta:
    """Return the longest time between two audits that follow each other: a weekend, where only working days are named.

    Raises ConfigError.
    """
    from zoneinfo import ZoneInfo

    if serve.schedule == HOURLY[0]:
        return HOURLY[1]
    times = list(_times(trigger(serve.schedule, ZoneInfo(serve.timezone)), now))
    if len(times) == 1:
        raise ConfigError(f"`{serve.schedule[:60]}` never comes; {FORM}")
    return max(later - earlier for earlier, later in itertools.pairwise(times[1:]))


def trigger(expression: str, timezone: tzinfo, jitter: int = 0) -> Any:
    """Return the trigger of a cron expression, which fires up to `jitter` seconds late. Raises ConfigError."""
    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    fields = expression.split()
    if len(fields) != len(FIELDS) or not all(map(re.fullmatch, FORMS, fields)):
        raise ConfigError(f"`{expression[:60]}` is no schedule; {FORM}")
    given = dict(zip(FIELDS, fields, strict=True))
    given["day_of_week"] = days_of_week(given["day_of_week"])
    alternatives = [given]
    if not fields[2].startswith("*") and not fields[4].startswith("*"):
        alternatives = [given | {"day_of_week": "*"}, given | {"day": "*"}]
    try:
        made = [CronTrigger(**one, timezone=timezone, jitter=jitter or None) for one in alternatives]
    except (ValueError, OverflowError, RecursionError) as error:
        raise ConfigError(f"`{expression[:60]}` is no schedule: {error}; {FORM}") from None
    return made[0] if len(made) == 1 else OrTrigger(made)


def days_of_week(field: str) -> str:
    """Return the days that a cron field means, by their names: `0,5-7/2` is `sun,fri`. Raises ConfigError."""
    meant = {day for part in field.lower().split(",") for day in _days(part)}
    return "*" if len(meant) == WEEK else ",".join(day for day in DAYS if day in meant)


def _days(part: str) -> Iterator[str]:
    found = DAY.fullmatch(part)
    first, last = (_number(found[name]) for name in ("first", "last")) if found else (None, None)
    if found is None or WEEK + 1 in {first, last}:
        raise ConfigError(f"`{part[:20]}` is no day of the week; write 0 to 7 (Sunday is 0 or 7), sun to sat, or 1-5")
    if first is None:
        first, last = 0, WEEK - 1
    elif last is None:
        last = WEEK - 1 if found["step"] else first
    elif last < first:  # over the end of the week, as fri-sun
        last += WEEK
    for number in range(first, last + 1, int(found["step"] or 1)):
        yield DAYS[number % WEEK]


def _number(day: str | None) -> int | None:
    """The number of a day; one too large for a name that is none."""
    if day is None:
        return None
    if day.isdecimal():
        return int(day)
    return DAYS.index(day) if day in DAYS else WEEK + 1


def _times(exact: Any, now: datetime) -> Iterator[datetime]:
    """Yield now, and then when it fires: at least twice if it can, until the horizon."""
    yield now
    moment: datetime | None = exact.get_next_fire_time(None, now)
    for number in range(FORESEEN):
        if moment is None:
            return
        yield moment
        if number > 1 and moment > now + HORIZON:
            return
        moment = exact.get_next_fire_time(moment, moment)
