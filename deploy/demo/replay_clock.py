"""Which row of a recording is due when: pure, the present is an argument.

A recording is laid on a loop that repeats for ever. History plays it at the pace at which it was
recorded. A live replay starts where history stands and then runs `speed` times as fast: its virtual
time runs ahead, its stamps are the present (docs/decisions/0005-replay-clock.md).
All times are microseconds since 1970 UTC, as int or int64 arrays.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from deploy.demo.recording import Recording

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

Times = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ReplayClock:
    """Turns the present into virtual time, the time at which the recordings are played.

    Before `start_us` both are the same. There virtual time goes on `ahead_us` later, and from there
    it runs `speed` times as fast.
    """

    start_us: int
    speed: float = 1.0
    ahead_us: int = 0

    def virtual(self, present_us: Times) -> Times:
        """Return the virtual time of present moments [n]."""
        since_us = present_us - self.start_us
        ahead = self.ahead_us + np.rint(np.maximum(since_us, 0) * (self.speed - 1))
        return present_us + np.where(since_us >= 0, ahead, 0).astype(np.int64)

    def virtual_at(self, present_us: int) -> int:
        """Return the virtual time of one moment."""
        return int(self.virtual(np.array([present_us], np.int64))[0])

    def present(self, virtual_us: Times) -> Times:
        """Return the present moments at which virtual times [n] are reached; live ones if both."""
        since_us = virtual_us - self.start_us - self.ahead_us
        ahead = self.ahead_us + np.rint(np.maximum(since_us, 0) * (1 - 1 / self.speed))
        return virtual_us - np.where(since_us >= 0, ahead, 0).astype(np.int64)


class Due(NamedTuple):
    """Rows that are due, in order of time: numbers of rows [n] and their virtual times [n]."""

    row: npt.NDArray[np.int64]
    virtual_us: Times


@dataclass(frozen=True)
class Loop:
    """A recording on its loop: row i is due at anchor + offset[i] + k * period for every k.

    Offsets rise strictly, begin at 0 and stay below the period.
    """

    offset_us: Times
    period_us: int
    anchor_us: int

    def between(self, first_us: int, until_us: int) -> Due:
        """Return the rows due in [first, until) of virtual time."""
        if until_us <= first_us:
            return Due(np.empty(0, np.int64), np.empty(0, np.int64))
        laps = range(
            (first_us - self.anchor_us) // self.period_us,
            (until_us - 1 - self.anchor_us) // self.period_us + 1,
        )
        starts = np.array([self.anchor_us + lap * self.period_us for lap in laps], np.int64)
        due = (starts[:, None] + self.offset_us[None, :]).ravel()
        row = np.tile(np.arange(len(self.offset_us)), len(laps))
        wanted = (due >= first_us) & (due < until_us)
        return Due(row[wanted], due[wanted])

    def next_us(self, virtual_us: int) -> int:
        """Return the virtual time of the first row that is due at `virtual_us` or later."""
        position = (virtual_us - self.anchor_us) % self.period_us
        row = np.searchsorted(self.offset_us, position)
        offset_us = self.period_us if row == len(self.offset_us) else int(self.offset_us[row])
        return virtual_us - position + offset_us

    def position(self, virtual_us: Times) -> Times:
        """Return where on the loop virtual times [n] fall: 0 <= position < period."""
        return (virtual_us - self.anchor_us) % self.period_us


def lay(recording: Recording, site_zone: ZoneInfo) -> Loop:
    """Lay a recording on its loop.

    A recording in one run repeats after a whole number of days and is shifted by whole days, so
    that its local time of day is the site's. The offset of the recording's zone is taken in its
    middle, the site's in winter: with summer time on one side only, it is an hour early or late.
    Runs are joined with a pause; such a loop has no time of day to keep.
    """
    spec = recording.spec
    step_us = spec.step_s * SECOND_US
    offset = recording.at_us - recording.at_us[0]
    if spec.run_column is not None:
        offset = _joined(offset, recording.run, spec.run_pause_s * SECOND_US)
        period = int(offset[-1]) + spec.run_pause_s * SECOND_US
    else:
        period = -(-(int(offset[-1]) + step_us) // DAY_US) * DAY_US
    return Loop(offset, period, _anchor_us(recording, site_zone))


def _joined(offset: Times, run: npt.NDArray[np.int64], pause_us: int) -> Times:
    """Close what lies between runs down to the pause."""
    between = np.diff(offset, prepend=0)
    between[np.diff(run, prepend=0) > 0] = pause_us
    return np.cumsum(between)


def _anchor_us(recording: Recording, site_zone: ZoneInfo) -> int:
    zone = ZoneInfo(recording.spec.zone)
    first, middle = (
        datetime.fromtimestamp(recording.at_us[i] / 1e6, UTC)
        for i in (0, len(recording.at_us) // 2)
    )
    time_of_day = (first + (middle.astimezone(zone).utcoffset() or timedelta())).time()
    local = datetime.combine(recording.spec.played_from, time_of_day)
    return round((local - _winter_offset(site_zone)).replace(tzinfo=UTC).timestamp()) * SECOND_US


def _winter_offset(zone: ZoneInfo) -> timedelta:
    return datetime.combine(date(2026, 1, 1), time(12), zone).utcoffset() or timedelta()


def whole_seconds(present_us: Times, after_us: int) -> Times:
    """Cut stamps [n] to whole seconds, each later than the one before, the first than `after_us`.

    The recordings' formats have no fractions; two rows must not get the same stamp.
    """
    seconds = present_us // SECOND_US
    # Running maximum of (stamp - i) lifts a stamp only as far as its predecessors force it.
    index = np.arange(len(seconds))
    lifted = np.maximum.accumulate(np.maximum(seconds - index, after_us // SECOND_US + 1))
    return (lifted + index) * SECOND_US
