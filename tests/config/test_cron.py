"""A cron expression means what cron means, to the check of a configuration as to the daemon."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditor.config.cron import HOURLY, check, days_of_week, interval, trigger
from auditor.config.settings import Serve
from auditor.errors import ConfigError

MONDAY = datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("*", "*"),
        ("?", None),
        ("0", "sun"),
        ("7", "sun"),
        ("1", "mon"),
        ("6", "sat"),
        ("8", None),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("0-6", "*"),
        ("1-7", "*"),
        ("0-7", "*"),
        ("5-7", "sun,fri,sat"),
        ("0-3", "sun,mon,tue,wed"),
        ("MON-fri", "mon,tue,wed,thu,fri"),
        ("sun-tue", "sun,mon,tue"),
        ("fri-mon", "sun,mon,fri,sat"),
        ("*/2", "sun,tue,thu,sat"),
        ("1-5/2", "mon,wed,fri"),
        ("3/2", "wed,fri"),
        ("0,3,sat", "sun,wed,sat"),
        ("0,7", "sun"),
        ("*/0", None),
        ("*-3", None),
        ("sunday", None),
        ("abc", None),
        ("1-xyz", None),
        ("", None),
        ("1,", None),
    ],
)
def test_days_of_the_week(field: str, days: str | None) -> None:
    if days is None:
        with pytest.raises(ConfigError, match="no day of the week"):
            days_of_week(field)
    else:
        assert days_of_week(field) == days


@pytest.mark.parametrize(
    ("expression", "zone", "times"),
    [
        ("0 0 * * 0", "UTC", ["Sun 2026-11-29 00:00", "Sun 2026-12-06 00:00"]),
        ("0 0 * * 7", "UTC", ["Sun 2026-11-29 00:00", "Sun 2026-12-06 00:00"]),
        ("0 0 * * 1", "UTC", ["Mon 2026-11-30 00:00", "Mon 2026-12-07 00:00"]),
        ("7 * * * *", "UTC", ["Mon 2026-11-23 00:07", "Mon 2026-11-23 01:07"]),
        ("*/15 8-9 * * mon-fri", "UTC", ["Mon 2026-11-23 08:00", "Mon 2026-11-23 08:15"]),
        # Both days given: one of them is enough.
        ("0 0 24 * 4", "UTC", ["Tue 2026-11-24 00:00", "Thu 2026-11-26 00:00", "Thu 2026-12-03 00:00"]),
        ("0 0 24 * 2", "UTC", ["Tue 2026-11-24 00:00", "Tue 2026-12-01 00:00"]),
        # Unless one begins with a star: then both have to match.
        ("0 0 */2 * 2", "UTC", ["Tue 2026-12-01 00:00", "Tue 2026-12-15 00:00"]),
        ("0 6 * JAN sun", "UTC", ["Sun 2027-01-03 06:00", "Sun 2027-01-10 06:00"]),
        ("30 1 * * *", "Europe/Berlin", ["Mon 2026-11-23 01:30", "Tue 2026-11-24 01:30"]),
    ],
)
def test_when_it_fires(expression: str, zone: str, times: list[str]) -> None:
    made = trigger(expression, ZoneInfo(zone))
    found, moment = [], MONDAY.replace(tzinfo=ZoneInfo(zone))
    for _ in times:
        moment = made.get_next_fire_time(moment, moment)
        found.append(f"{moment:%a %Y-%m-%d %H:%M}")

    assert found == times


@pytest.mark.parametrize(
    "expression",
    ["@hourly", "* * * *", "* * * * * *", "60 * * * *", "0 0 31 2 *", "0 0 last * *", "0 0 ? * *", "a b c d e",
     "0 0 * * 8", "0 0 * * xyz", "0 0 * * last"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError) as told:
        check(expression)

    assert "\n" not in str(told.value)
    with pytest.raises(ConfigError):
        interval(Serve(schedule=expression), MONDAY)


@pytest.mark.parametrize(
    "expression", ["7 * * * *", "0 0 * * sun", "0 0 29 2 *", "0 0 31 2 1", "*/5 1-3 * jan-mar 0,7"]
)
def test_what_comes_some_day_is_a_schedule(expression: str) -> None:
    check(expression)

    assert interval(Serve(schedule=expression), MONDAY) > timedelta(0)


def test_the_default_is_known_without_the_scheduler() -> None:
    default = Serve()
    same = Serve(schedule="7 */1 * * *")

    assert (default.schedule, interval(default, MONDAY)) == HOURLY
    assert interval(same, MONDAY) == HOURLY[1]
