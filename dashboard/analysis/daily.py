"""The local days of a plant as windows."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dashboard.analysis.window import Window
from schemas.local_time import midnight


def days_between(first: date, last: date) -> list[date]:
    """Return all days from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def day_windows(days: Sequence[date], zone: ZoneInfo) -> list[Window]:
    """Return each of `days` from its local midnight to the next one: 23, 24 or 25 hours."""
    return [Window(midnight(day, zone), midnight(day + timedelta(days=1), zone)) for day in days]
