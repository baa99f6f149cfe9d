"""A clock that is set while we run: devices that are right are not taken for the future's."""

import logging
from dataclasses import replace

import pytest

from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.rejection import Unreadable
from ingest.reception_clock import MOST_US, SLOW_MOST_US, ReceptionClock, Slow

NOON_US = 1_790_000_000_000_000
HOUR_US = 3_600_000_000


class _Clocks:
    """A wall's clock that can be set, and a steady one that cannot."""

    def __init__(self) -> None:
        self.wrong_us = self.passed_us = 0
        self.clock = ReceptionClock(
            lambda: NOON_US + self.passed_us + self.wrong_us, lambda: self.passed_us
        )


def test_a_clock_that_goes_on_was_not_set_back() -> None:
    clocks = _Clocks()
    clocks.passed_us = HOUR_US
    assert clocks.clock.now_us() == NOON_US + HOUR_US
    clocks.wrong_us = HOUR_US  # put forward
    assert clocks.clock.now_us() == NOON_US + 2 * HOUR_US
    assert clocks.clock.later_us(NOON_US) == 0


def test_it_says_once_that_it_was_set_back_and_forgets_it_when_it_is_right_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clocks = _Clocks()
    clocks.wrong_us = -HOUR_US
    with caplog.at_level(logging.WARNING):
        assert [clocks.clock.now_us() for _ in range(3)] == [NOON_US - HOUR_US] * 3
    assert clocks.clock.later_us(NOON_US) == HOUR_US
    assert [line for line in caplog.messages if "set back by 3600 s" in line] == caplog.messages
    assert len(caplog.messages) == 1
    clocks.wrong_us = 0
    clocks.clock.now_us()
    assert clocks.clock.later_us(NOON_US) == 0


def test_a_clock_that_was_years_ahead_opens_no_years() -> None:
    clocks = _Clocks()
    clocks.wrong_us = 10_000 * MOST_US
    clocks.clock.now_us()
    clocks.wrong_us = 0
    clocks.clock.now_us()
    assert clocks.clock.later_us(NOON_US) == MOST_US


def test_stamps_are_in_the_future_by_the_later_clock() -> None:
    clocks = _Clocks()
    limits = replace(DEFAULT_LIMITS, later_us=clocks.clock.later_us)
    clocks.wrong_us = -HOUR_US
    received_us = clocks.clock.now_us()
    limits.check_stamp(NOON_US, received_us)
    with pytest.raises(Unreadable, match="after the reception"):
        limits.check_stamp(NOON_US + limits.future_tolerance_us + 1, received_us)


def test_what_a_slow_clock_received_is_judged_by_what_it_says_when_it_is_right() -> None:
    """An ingest that started before its machine knew the time refused what was right."""
    clocks = _Clocks()
    limits = replace(DEFAULT_LIMITS, later_us=clocks.clock.later_us)
    clocks.passed_us = 10_000_000
    received_us = clocks.clock.now_us()
    assert clocks.clock.put_forward() is None
    with pytest.raises(Unreadable, match="after the reception"):
        limits.check_stamp(received_us + HOUR_US, received_us)
    clocks.passed_us, clocks.wrong_us = 11_000_000, HOUR_US
    assert clocks.clock.put_forward() == Slow(NOON_US, NOON_US + 11_000_000, HOUR_US)
    assert clocks.clock.put_forward() is None
    limits.check_stamp(received_us + HOUR_US, received_us)
    for stamp_us, reception_us in (
        (received_us + HOUR_US + limits.future_tolerance_us + 1, received_us),
        (NOON_US + 2 * HOUR_US, clocks.clock.now_us()),  # it is right now
        (NOON_US + HOUR_US - 1, NOON_US - 1),  # received by an earlier process
    ):
        with pytest.raises(Unreadable, match="after the reception"):
            limits.check_stamp(stamp_us, reception_us)


def test_a_clock_that_is_put_forward_twice_was_slow_by_all_of_it() -> None:
    clocks = _Clocks()
    for times in (1, 2):
        clocks.wrong_us = times * HOUR_US
        found = clocks.clock.put_forward()
    assert found == Slow(NOON_US, NOON_US + HOUR_US, 2 * HOUR_US)


def test_a_clock_that_is_put_forward_after_a_month_says_nothing_of_the_month() -> None:
    clocks = _Clocks()
    clocks.passed_us = 30 * MOST_US
    assert clocks.clock.put_forward() is None
    clocks.wrong_us = HOUR_US
    until_us = NOON_US + 30 * MOST_US
    assert clocks.clock.put_forward() == Slow(until_us - SLOW_MOST_US, until_us, HOUR_US)


def test_a_clock_that_was_set_back_and_right_again_was_not_slow() -> None:
    clocks = _Clocks()
    clocks.clock.put_forward()
    clocks.wrong_us = -HOUR_US
    assert clocks.clock.put_forward() is None
    clocks.wrong_us = 0
    slow = clocks.clock.put_forward()
    assert slow is not None
    assert slow.since_us > slow.until_us  # nothing: it was taken when it came
