"""What would keep an alarm that comes again and again from coming: a delay, or another limit. Pure.

Chattering and fleeting alarms are over within a minute. One that comes ten times a night for a
quarter of an hour each is neither, and is what a shift switches off first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np

from dashboard.analysis.alarms.nuisance import delay_of
from dashboard.analysis.alarms.occurrence import Occurrence
from dashboard.analysis.window import Window

REPEATED_TIMES = 3
AGAIN_WITHIN_S = 3_600.0  # what comes back so soon is the same event
SHORT_MAX_S = 3_600.0  # a longer delay would hide what somebody should see
RESPONSE_SHARE = 0.5  # of the time to respond that a delay may take
USUAL_SHARE = 0.5  # of the days: what comes so often is how the plant is
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Remedy:
    """What to set: a delay off or on in seconds; or on how many of how many days an alarm came."""

    delay_off_s: float | None = None
    delay_on_s: float | None = None
    days: int | None = None
    days_of: int = 0


def remedy(occurrences: Sequence[Occurrence], window: Window) -> Remedy | None:
    """Return what would help against an alarm's repetitions in a window; None if nothing tells.

    The occurrences are those of one alarm, in the order in which they came.
    """
    if len(occurrences) < REPEATED_TIMES:
        return None
    breaks_s = [
        (after.raised_at - before.cleared_at).total_seconds()
        for before, after in pairwise(occurrences)
        if before.cleared_at is not None
    ]
    again = [one for one in breaks_s if 0 <= one <= AGAIN_WITHIN_S]
    if 2 * len(again) >= len(occurrences) - 1:
        return Remedy(delay_off_s=delay_of(np.array(again)))
    if (delay_on_s := _delay_on_s(occurrences)) is not None:
        return Remedy(delay_on_s=delay_on_s)
    days = len({(one.raised_at - window.start) // DAY for one in occurrences})
    days_of = math.ceil((window.end - window.start) / DAY)
    if days >= REPEATED_TIMES and days >= USUAL_SHARE * days_of:
        return Remedy(days=days, days_of=days_of)
    return None


def _delay_on_s(occurrences: Sequence[Occurrence]) -> float | None:
    """Return a delay that outlasts nine of ten, if there is time for it."""
    lasted_s = [
        (one.cleared_at - one.raised_at).total_seconds()
        for one in occurrences
        if one.cleared_at is not None
    ]
    if len(lasted_s) < REPEATED_TIMES:
        return None
    delay_s = delay_of(np.array(lasted_s))
    respond_s = [one.respond_within_s for one in occurrences if one.respond_within_s is not None]
    longest_s = min([SHORT_MAX_S, *(RESPONSE_SHARE * each for each in respond_s)])
    return delay_s if delay_s <= longest_s else None
