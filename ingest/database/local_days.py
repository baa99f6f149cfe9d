"""Local days of a zone, for whole columns of moments."""

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest.decoding.timestamps import DAY_US, aware, microseconds
from schemas.local_time import day_start

CACHE_LIMIT_DAYS = 50_000

_HOURS_OF_A_LOOK = (0, 12, 24)  # a UTC day touches three local days at most


def local_day_us(ts_us: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return for each moment the start of its local day; all in microseconds since 1970 UTC."""
    starts = {start for day in np.unique(ts_us // DAY_US) for start in _starts(zone, int(day))}
    ordered = np.array(sorted(starts), np.int64)
    return ordered[np.searchsorted(ordered, ts_us, side="right") - 1]


@lru_cache(maxsize=CACHE_LIMIT_DAYS)
def _starts(zone: ZoneInfo, utc_day: int) -> tuple[int, ...]:
    midnight = aware(utc_day * DAY_US)
    looks = (midnight + timedelta(hours=hours) for hours in _HOURS_OF_A_LOOK)
    return tuple(microseconds(day_start(look, zone)) for look in looks)
