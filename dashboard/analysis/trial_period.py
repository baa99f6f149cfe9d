"""Where a trial stands in time: coming, running or ended, and which part of it is looked at."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dashboard.analysis.window import Window

_MOMENT = timedelta(microseconds=1)


class State(StrEnum):
    """What a trial is at a moment."""

    RUNNING = "running"
    COMING = "coming"
    ENDED = "ended"


def state(starts_at: datetime, ends_at: datetime, now: datetime) -> State:
    """Return the state of a trial that runs from `starts_at` (inclusive) to `ends_at`."""
    if now >= ends_at:
        return State.ENDED
    return State.RUNNING if now >= starts_at else State.COMING


def last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    """Return the local day on which a trial ends: midnight is the end of the day before."""
    return (ends_at - _MOMENT).astimezone(zone).date()


def days_until(day: date, now: datetime, zone: ZoneInfo) -> int:
    """Return how many local days `day` is away: 0 is today."""
    return (day - now.astimezone(zone).date()).days


def seen(
    starts_at: datetime, ends_at: datetime, now: datetime, width_s: float | None
) -> Window | None:
    """Return the last `width_s` seconds of a trial so far, or (None) all of it.

    Never before its start: what the same pilot line measured then was another trial. None if the
    trial has not begun, or was ended before it began.
    """
    end = min(now, ends_at)
    if end <= starts_at:
        return None
    if width_s is None:
        return Window(starts_at, end)
    return Window(max(end - timedelta(seconds=width_s), starts_at), end)
