"""Naive local stamps to UTC, with the two nights a year on which that is not a plain question."""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import NamedTuple
from zoneinfo import ZoneInfo

_NOON = time(12)


class LocalKind(Enum):
    """What a local wall-clock stamp is on its day."""

    PLAIN = "plain"
    GAP = "gap"
    OVERLAP = "overlap"


class Utc(NamedTuple):
    """A moment in UTC and what kind of local stamp it came from."""

    at: datetime
    kind: LocalKind


def to_utc(local: datetime, zone: ZoneInfo, near: datetime | None = None) -> Utc:
    """Convert a naive local stamp to UTC.

    In the autumn overlap a stamp means two moments: the one closer to `near` is taken (the time of
    reception, or the previous row of a recording), the earlier one without `near`. A stamp in the
    spring gap never stood on a correct clock: it is read with the offset before the change, so that
    it lands an hour later on the wall, and is reported as GAP.
    """
    earlier = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    later = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if earlier == later:
        return Utc(earlier, LocalKind.PLAIN)
    if earlier.astimezone(zone).replace(tzinfo=None) != local:
        return Utc(earlier, LocalKind.GAP)
    if near is not None and abs(later - near) < abs(earlier - near):
        return Utc(later, LocalKind.OVERLAP)
    return Utc(earlier, LocalKind.OVERLAP)


def day_start(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC moment at which the local day of `moment` (aware) begins."""
    local = moment.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    start = midnight.astimezone(UTC)
    # Zones that change at midnight have days that begin at 01:00.
    if start.astimezone(zone).date() != local.date():
        start += timedelta(hours=1)
    return start


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC moment at which a local day begins.

    A day that never was (Apia, 30 December 2011) begins with the one after it, and has no time.
    """
    return day_start(datetime.combine(day, _NOON, zone).astimezone(UTC), zone)
