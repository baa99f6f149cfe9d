"""The key figures of the shipped site are the numbers that they were before formulas were data."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np

from dashboard.analysis.counter import track
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.meter import Meter, Readings
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.track import Track
from dashboard.analysis.window import Resolution, Source, Window

START = datetime(2026, 11, 24, 22, tzinfo=UTC)
STEP_S, STEPS = 600.0, 144
WINDOW = Window(START, START + timedelta(seconds=STEP_S * STEPS))
NUMBERS = Path(__file__).parent / "shipped_key_figures.json"


def buckets(path: str, low: float, high: float) -> BucketSeries:
    """Return a day of made-up steps of a point, a twentieth of them missing, others uncertain."""
    rng = np.random.default_rng(crc32(path.encode()))
    kept = np.flatnonzero(rng.uniform(size=STEPS) > 0.05)
    value = rng.uniform(low, high, STEPS)[kept]
    n_good = np.where(rng.uniform(size=STEPS) > 0.03, 10, 0)[kept]
    n = np.full(kept.shape, 10)
    x_ms = START.timestamp() * 1000.0 + kept * STEP_S * 1000.0
    columns = [np.where(n_good > 0, value, np.nan) if part == 1 else value for part in range(6)]
    step = Resolution(Source.FIVE_MINUTES, STEP_S)
    return BucketSeries(step, x_ms, n, n, n_good, *columns)


def counted(path: str) -> Track:
    """Return a day of a made-up counter that is read every ten minutes and once reset."""
    rng = np.random.default_rng(crc32(path.encode()) + 1)
    total = 5_000.0 + np.cumsum(rng.uniform(5.0, 50.0, STEPS + 1))
    if crc32(path.encode()) % 3 == 0:
        total[60:] -= total[60] - 1.0
    kept = np.flatnonzero(rng.uniform(size=STEPS + 1) > 0.1)
    x_ms = START.timestamp() * 1000.0 + kept * STEP_S * 1000.0
    return track(Readings.of(x_ms, total[kept]), Meter.always(None, None))


EVERY = Intervals.always(60.0)
