"""A cron expression means what cron means."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditor.config.settings import Serve
from auditor.errors import ConfigError
from auditor.serve.schedule import days_of_week, schedule, trigger

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
    ["@hourly", "* * * *", "* * * * * *", "60 * * * *", "0 0 31 2 *", "0 0 last * *", "0 0 ? * *", "a b c d e"],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError, match=r"^serve.schedule: ") as told:
        schedule(Serve(schedule=expression), MONDAY)

    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("expression", "zone", "interval"),
    [
        ("7 * * * *", "UTC", timedelta(hours=1)),
        ("*/5 * * * *", "UTC", timedelta(minutes=5)),
        ("0 0 * * 0", "UTC", timedelta(days=7)),
        ("0 0 1 * *", "UTC", timedelta(days=31)),
        ("0 8-18 * * 1-5", "UTC", timedelta(hours=62)),
        ("7 * * * *", "Europe/Berlin", timedelta(hours=1)),
    ],
)
def test_the_interval_is_the_longest_time_between_two_audits(expression: str, zone: str, interval: timedelta) -> None:
    assert schedule(Serve(schedule=expression, timezone=zone), MONDAY).interval == interval


def test_the_interval_does_not_change_with_the_clocks() -> None:
    assert schedule(
        Serve(schedule="7 * * * *", timezone="Europe/Berlin"), datetime(2026, 10, 24, tzinfo=UTC)
    ).interval == timedelta(hours=1)


def test_jitter_delays_and_changes_no_interval() -> None:
    found = schedule(Serve(schedule="0 * * * *", jitter=timedelta(minutes=5)), MONDAY)
    times = {found.trigger.get_next_fire_time(None, MONDAY) for _ in range(20)}

    assert found.interval == timedelta(hours=1)
    assert len(times) > 1
    assert all(timedelta(minutes=59) <= time - MONDAY <= timedelta(minutes=65) for time in times)
