"""A clock that is set back while we run: devices that are right are not taken for the future's."""

import logging
from dataclasses import replace

import pytest

from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.rejection import Unreadable
from ingest.reception_clock import MOST_US, ReceptionClock

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
    assert clocks.clock.set_back_us() == 0


def test_it_says_once_that_it_was_set_back_and_forgets_it_when_it_is_right_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clocks = _Clocks()
    clocks.wrong_us = -HOUR_US
    with caplog.at_level(logging.WARNING):
        assert [clocks.clock.now_us() for _ in range(3)] == [NOON_US - HOUR_US] * 3
    assert clocks.clock.set_back_us() == HOUR_US
    assert [line for line in caplog.messages if "set back by 3600 s" in line] == caplog.messages
    assert len(caplog.messages) == 1
    clocks.wrong_us = 0
    clocks.clock.now_us()
    assert clocks.clock.set_back_us() == 0


def test_a_clock_that_was_years_ahead_opens_no_years() -> None:
    clocks = _Clocks()
    clocks.wrong_us = 10_000 * MOST_US
    clocks.clock.now_us()
    clocks.wrong_us = 0
    clocks.clock.now_us()
    assert clocks.clock.set_back_us() == MOST_US


def test_stamps_are_in_the_future_by_the_later_clock() -> None:
    clocks = _Clocks()
    limits = replace(DEFAULT_LIMITS, set_back_us=clocks.clock.set_back_us)
    clocks.wrong_us = -HOUR_US
    received_us = clocks.clock.now_us()
    limits.check_stamp(NOON_US, received_us)
    with pytest.raises(Unreadable, match="after the reception"):
        limits.check_stamp(NOON_US + limits.future_tolerance_us + 1, received_us)
