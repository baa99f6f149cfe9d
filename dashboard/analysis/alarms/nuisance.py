"""Alarms that ask for attention without need: chattering, fleeting, stale; and what would help.

What helps is computed from what happened: with the proposed delay or deadband nine of ten
repetitions of the window would not have been raised.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import numpy as np

from dashboard.analysis.alarms.occurrence import Floats, Occurrence, by_alarm, seconds
from dashboard.analysis.window import Window

CHATTERING_TIMES = 3  # ISA-18.2: three or more times in a minute
CHATTERING_WITHIN_S = 60.0
FLEETING_MAX_S = 60.0  # the standards say "short" and give no number: a minute is ours
STALE_AFTER = timedelta(hours=24)
HELPED_SHARE = 0.9
DELAY_STEP_S = 5.0


@dataclass(frozen=True)
class Nuisance:
    """How often an alarm was one in a window, and what to set: seconds, or a part of its unit.

    None where the occurrences do not tell.
    """

    alarm_id: UUID
    times: int
    delay_s: float | None = None
    deadband: float | None = None


def chattering(raised: Sequence[Occurrence]) -> list[Nuisance]:
    """Return the alarms that chattered, the worst first; `times` counts what chattered."""
    found = []
    for alarm_id, occurrences in by_alarm(raised).items():
        chattered = _chattered(seconds([one.raised_at for one in occurrences]))
        if chattered.any():
            times = int(chattered.sum())
            found.append(
                Nuisance(alarm_id, times, _delay_off_s(occurrences), _deadband(occurrences))
            )
    return sorted(found, key=lambda one: (-one.times, one.alarm_id))


def fleeting(raised: Sequence[Occurrence]) -> list[Nuisance]:
    """Return the alarms that cleared before anybody could act and did not chatter."""
    found = []
    for alarm_id, occurrences in by_alarm(raised).items():
        chattered = _chattered(seconds([one.raised_at for one in occurrences]))
        short = [
            one.lasted_s(one.raised_at)
            for one, is_chatter in zip(occurrences, chattered, strict=True)
            if not is_chatter
            and one.cleared_at is not None
            and one.lasted_s(one.raised_at) <= FLEETING_MAX_S
        ]
        if short:
            found.append(Nuisance(alarm_id, len(short), delay_of(np.array(short))))
    return sorted(found, key=lambda one: (-one.times, one.alarm_id))


def stale(occurrences: Sequence[Occurrence], at: datetime) -> list[Occurrence]:
    """Return what has been active for more than a day at a moment, the oldest first."""
    found = [
        one
        for one in occurrences
        if one.raised_at + STALE_AFTER < at and (one.cleared_at is None or one.cleared_at > at)
    ]
    return sorted(found, key=lambda one: one.raised_at)


def most_stale(occurrences: Sequence[Occurrence], window: Window, now: datetime) -> int:
    """Return how many alarms were stale at once in a window, at most."""
    steps: list[tuple[datetime, int]] = []
    for one in occurrences:
        begins = max(one.raised_at + STALE_AFTER, window.start)
        ends = min(one.cleared_at or now, window.end)
        if begins < ends:
            steps += [(begins, 1), (ends, -1)]
    most = present = 0
    for _, step in sorted(steps):
        present += step
        most = max(most, present)
    return most


def _chattered(raised_s: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which of an alarm's rising moments are among three within a minute."""
    found = np.zeros(raised_s.size, dtype=np.bool_)
    reach = CHATTERING_TIMES - 1
    for place in range(raised_s.size - reach):
        if raised_s[place + reach] - raised_s[place] <= CHATTERING_WITHIN_S:
            found[place : place + CHATTERING_TIMES] = True
    return found


def _delay_off_s(occurrences: Sequence[Occurrence]) -> float | None:
    """Return the delay off that would join nine of ten short breaks."""
    breaks = [
        (after.raised_at - before.cleared_at).total_seconds()
        for before, after in pairwise(occurrences)
        if before.cleared_at is not None
    ]
    short = [one for one in breaks if 0 <= one <= CHATTERING_WITHIN_S]
    return delay_of(np.array(short)) if short else None


def delay_of(lasted_s: Floats) -> float:
    """Return a delay above nine of ten durations, in steps of DELAY_STEP_S."""
    at_least_s = float(np.quantile(lasted_s, HELPED_SHARE, method="higher"))
    return (math.floor(at_least_s / DELAY_STEP_S) + 1) * DELAY_STEP_S


def _deadband(occurrences: Sequence[Occurrence]) -> float | None:
    """Return the deadband that nine of ten clearings would not have passed, to two digits."""
    passed = [
        abs(one.limit - one.cleared_value)
        for one in occurrences
        if one.limit is not None and one.cleared_value is not None
    ]
    if len(passed) < CHATTERING_TIMES:
        return None
    least = float(np.quantile(passed, HELPED_SHARE, method="higher"))
    if not math.isfinite(least) or least <= 0:
        return None
    step = 10.0 ** (math.floor(math.log10(least)) - 1)
    # A little more than the farthest: what reaches the deadband clears.
    return round((math.floor(least / step + 1e-9) + 1) * step, 12)
