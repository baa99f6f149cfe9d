"""Whether a condition is on: delays, deadband, readings in the order of their time (pure).

A reading holds until the next one. Time goes on with readings and, between them, with the clock;
both give the same, so that what was read live equals what is read from the store later.

A condition that came RISES_MAX times within an hour is off only once the readings have said so for
CALM_S: a value that swings around its limit calls people so often and no more.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.alarms.rate import HOUR_US, Rate
from ingest.alarms.running_mean import RunningMean
from schemas.alarm.condition import Condition, Watch
from schemas.quality import Qc

RISES_MAX = 20
CALM_S = 600.0


class Sample(NamedTuple):
    """A reading: its time in microseconds since 1970 UTC, its value (NaN: none) and verdict."""

    at_us: int
    value: float
    qc: int


class Reading(NamedTuple):
    """A sample, and how much later than its stamp it came."""

    sample: Sample
    lag_us: int


class Change(NamedTuple):
    """The condition is on, or off again, since a moment; `value` is the newest reading then."""

    is_on: bool
    at_us: int
    value: float


@dataclass
class Detector:
    """What is known of one condition after some readings.

    `pending_us` is since when the readings say the opposite of `is_on`.
    """

    condition: Condition
    is_on: bool = False
    pending_us: int | None = None
    last_us: int | None = None
    value: float = math.nan
    _rises_us: deque[int] = field(default_factory=lambda: deque(maxlen=RISES_MAX))
    _mean: RunningMean | None = None
    _rate: Rate | None = None

    @property
    def due_us(self) -> int | None:
        """When the condition changes if no reading comes before."""
        if self.pending_us is None:
            return None
        return self.pending_us + self._delay_us

    def recall(self, rises_us: Iterable[int]) -> None:
        """Take when the condition came on up to now, as it is recorded."""
        self._rises_us = deque(rises_us, maxlen=RISES_MAX)

    def advance(self, to_us: int) -> Change | None:
        """Let time pass; return what that changed."""
        due_us = self.due_us
        if due_us is None or due_us > to_us:
            return None
        self.is_on = not self.is_on
        self.pending_us = None
        if self.is_on:
            self._rises_us.append(due_us)
        return Change(self.is_on, due_us, self.value)

    def observe(self, sample: Sample) -> Iterable[Change]:
        """Take the next reading; return what it changed, and what was due before it."""
        changes = [self.advance(sample.at_us)]
        self.last_us = sample.at_us
        says_on = self._says(sample)
        if says_on is not None:
            if not math.isnan(sample.value) and self._mean is None:
                self.value = sample.value
            if self.condition.watch is Watch.SILENCE:
                changes.append(self._broken_silence(sample.at_us))
            elif says_on == self.is_on:
                self.pending_us = None
            else:
                self.pending_us = sample.at_us if self.pending_us is None else self.pending_us
                changes.append(self.advance(sample.at_us))
        return [change for change in changes if change is not None]

    @property
    def _delay_us(self) -> int:
        delay_s = self.condition.delay_off_s if self.is_on else self.condition.delay_on_s
        if self.condition.watch is Watch.SILENCE and not self.is_on:
            delay_s += self.condition.after_s
        elif self.is_on and self._chatters:
            delay_s = max(delay_s, CALM_S)
        return round(delay_s * 1e6)

    @property
    def _chatters(self) -> bool:
        """Whether it came so often within the hour before the readings say the opposite."""
        if self.pending_us is None or len(self._rises_us) < RISES_MAX:
            return False
        return self.pending_us - self._rises_us[0] <= HOUR_US

    def _broken_silence(self, at_us: int) -> Change | None:
        """A reading ends a silence, and the next one begins with it."""
        was_on, self.is_on, self.pending_us = self.is_on, False, at_us
        return Change(False, at_us, self.value) if was_on else None

    def _says(self, sample: Sample) -> bool | None:
        """Return what a reading says; None if it says nothing."""
        condition = self.condition
        if condition.watch is Watch.SILENCE:
            return True
        if condition.watch is Watch.QUALITY:
            return sample.qc >= condition.qc_from
        if sample.qc >= Qc.FAIL or math.isnan(sample.value):
            return None
        if condition.watch is Watch.STATE:
            return round(sample.value) in condition.codes
        watched = self._watched(sample)
        return None if watched is None else condition.exceeds(watched, is_on=self.is_on)

    def _watched(self, sample: Sample) -> float | None:
        """Return what is held against the limits; None if too little is known.

        Of a mean it is the value that people are told, too.
        """
        condition = self.condition
        if condition.watch is Watch.RATE:
            if self._rate is None:
                self._rate = Rate(condition.over_s)
            return self._rate.add(sample.at_us, sample.value)
        if condition.watch is not Watch.MEAN:
            return sample.value
        if self._mean is None:
            self._mean = RunningMean(condition.over_s, condition.ahead_s)
        expected = self._mean.add(sample.at_us, sample.value)
        self.value = self.value if expected is None else expected
        return expected
