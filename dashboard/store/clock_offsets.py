"""Asks how long what devices send takes to us, now and in the week before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from dashboard.analysis.clock_offsets import ClockOffset, worst_first
from schemas.queries import queries

DEVICES_MAX_ROWS = 20
LOOK_BACK_DAYS = 7
RECENT = timedelta(days=1)
"""What was received later than this after it was taken is history, and so is an older reading."""

_SQL = queries("data_health")


def clock_offsets(
    connection: psycopg.Connection[Any], site: str, now: datetime
) -> Sequence[ClockOffset]:
    """Return the devices of a site whose clocks are furthest from ours, as far as they are seen.

    A device is an instrument, or else all points of a line that have none.
    """
    asked = {
        "site": site,
        "since": now - RECENT,
        "now": now,
        "earliest": now - timedelta(days=LOOK_BACK_DAYS + 1),
        "days": LOOK_BACK_DAYS,
        "limit_rows": DEVICES_MAX_ROWS,
    }
    return worst_first(
        ClockOffset(device, points, median_s, interval_s, list(zip(days, medians_s, strict=True)))
        for device, points, median_s, interval_s, days, medians_s in connection.execute(
            _SQL["list_clock_offsets"], asked
        )
    )
