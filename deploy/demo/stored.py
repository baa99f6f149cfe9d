"""What the database already holds of the demonstration."""

from datetime import datetime

import numpy as np

from deploy.demo.demo_plant import DemoPlant
from deploy.demo.replay_clock import ReplayClock
from schemas.connection import connect
from schemas.queries import queries

# A difference below is rounding, not another session's count.
OFFSET_MIN = 0.5

_SQL = queries("replay")


def newest_us(dsn: str, site: str, now: datetime) -> int | None:
    """Return when the newest reading of a site is, at most `now`; None if there is none."""
    with connect(dsn) as connection:
        row = connection.execute(_SQL["newest"], {"site": site, "now": now}).fetchone()
    return None if row is None or row[0] is None else round(row[0].timestamp() * 1e6)


def counter_offsets(dsn: str, plant: DemoPlant) -> dict[str, float]:
    """Return what to add to the model's counters so that they go on from what is stored.

    A replay at another speed than 1 counts what it showed; afterwards the function of time that the
    model has would be off by what was shown more, or less.
    """
    found: dict[str, float] = {}
    with connect(dsn) as connection:
        parameters = {"site": plant.site_key, "points": list(plant.model.counters)}
        rows = connection.execute(_SQL["newest_values"], parameters).fetchall()
    for key, at, value in rows:
        at_us = round(at.timestamp() * 1e6)
        state = plant.model.state(np.array([at_us], np.int64), ReplayClock(start_us=at_us))
        offset = value - float(state[key][0])
        if abs(offset) >= OFFSET_MIN:
            found[key] = offset
    return found
