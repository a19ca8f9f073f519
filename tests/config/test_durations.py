"""Durations are read, and spelled as they are read."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config.durations import duration, spelled


@pytest.mark.parametrize(
    ("value", "seconds", "said"),
    [
        ("45s", 45, "45s"),
        ("10m", 600, "10m"),
        ("1h30m", 5400, "1h30m"),
        ("90m", 5400, "1h30m"),
        ("1h5s", 3605, "1h5s"),
        ("8760h", 31_536_000, "8760h"),
        ("90", 90, "1m30s"),
        (90, 90, "1m30s"),
        (0.25, 0.25, "0.25s"),
        ("1m0.5s", 60.5, "1m0.5s"),
        (0, 0, "0s"),
        (timedelta(seconds=1), 1, "1s"),
    ],
)
def test_forms(value: object, seconds: float, said: str) -> None:
    assert duration(value) == timedelta(seconds=seconds)
    assert spelled(duration(value)) == said


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "m",
        "s",
        "1.5h",
        "-1s",
        "1d",
        "PT1M",
        "٣s",
        "9" * 5000,
        -1,
        float("nan"),
        float("inf"),
        True,
        None,
        [],
        {},
    ],
)
def test_what_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        duration(value)


@settings(deadline=None)
@given(st.timedeltas(timedelta(0), timedelta(days=365)))
def test_there_and_back(value: timedelta) -> None:
    value = timedelta(seconds=round(value.total_seconds(), 3))

    assert duration(spelled(value)) == value
