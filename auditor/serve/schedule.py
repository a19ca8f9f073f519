"""When audits are due: the trigger for the scheduler, and how far apart they are."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from auditor.config.cron import interval, trigger
from auditor.config.settings import Serve
from auditor.errors import ConfigError


class Schedule(NamedTuple):
    """When audits are due."""

    trigger: Any
    """Of the scheduler, with jitter."""
    interval: timedelta
    """The longest time between two audits that follow each other."""


def schedule(serve: Serve, now: datetime) -> Schedule:
    """Return the schedule of these settings. Raises ConfigError."""
    try:
        jittered = trigger(serve.schedule, ZoneInfo(serve.timezone), int(serve.jitter.total_seconds()))
        return Schedule(jittered, interval(serve, now))
    except ConfigError as error:
        raise ConfigError(f"serve.schedule: {error}") from None
