"""Deadlines: how much time is left, and that nothing begins after the end."""

from datetime import timedelta

from auditor.sources.gathered import Deadline


def test_time_is_left_until_it_is_over() -> None:
    deadline = Deadline(timedelta(minutes=1))

    assert 0 < deadline.left <= 60
    assert not deadline.passed


def test_no_time_is_left_of_a_limit_that_has_passed() -> None:
    assert Deadline(timedelta()).passed


def test_a_new_round_has_the_whole_time() -> None:
    deadline = Deadline(timedelta())
    deadline.limit = timedelta(minutes=1)
    deadline.renew()

    assert not deadline.passed


def test_what_others_take_meanwhile_is_no_time_of_ours() -> None:
    deadline = Deadline(timedelta())
    deadline.renew(timedelta(minutes=1))

    assert not deadline.passed


def test_nothing_begins_after_the_end() -> None:
    deadline = Deadline(timedelta(minutes=1))
    deadline.end()
    deadline.renew()

    assert deadline.passed
