"""When it pours: where in the recordings the wettest day lies. Pure."""

import numpy as np

from deploy.demo.demo_plant import DemoPlant
from deploy.demo.drivers import MAIN_DRIVERS
from deploy.demo.replay_clock import DAY_US


def storm_ahead_us(plant: DemoPlant, now_us: int) -> int:
    """Return how far ahead of the day of `now_us` the day with the most inflow is: whole days."""
    feed = plant.sources.feeds[MAIN_DRIVERS["flow_in"]]
    recording, loop = plant.recordings[feed.recording], plant.loops[feed.recording]
    cells = [row[feed.column] for row in recording.rows]
    flow = np.array([cell if isinstance(cell, int | float) else 0.0 for cell in cells], np.float64)
    wettest = int(np.bincount(loop.offset_us // DAY_US, weights=flow).argmax())
    today = int(loop.position(np.array([now_us], np.int64))[0]) // DAY_US
    return (wettest - today) * DAY_US % loop.period_us
