"""When audits are due, and how far apart they are."""

from datetime import UTC, datetime, timedelta

import pytest

from auditor.config.settings import Serve
from auditor.errors import ConfigError
from auditor.serve.schedule import schedule

MONDAY = datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC)


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
