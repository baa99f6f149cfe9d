"""A window of time, and the resolution that shows it without losing a spike or drowning a browser.

The choice is explained and measured in `docs/decisions/0004-trend-resolution.md`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

HOUR_S, DAY_S = 3_600.0, 86_400.0
BUCKETS_MAX = 2000  # points of one series that a browser gets
BUCKETS_MIN = 300  # the narrowest screen still gets a curve
BINNED_READINGS_MAX = 40_000  # in one answer, of all series; beyond, stored buckets are shown
WINDOW_MIN_S = 60.0
WINDOW_MAX_S = 5 * 366 * 86_400.0
REDRAW_MIN_S = 5.0  # a followed chart is redrawn at most this often
FUTURE_MAX_S = 3_600.0  # how far beyond now a window may be dragged


class Source(Enum):
    """Where the values of a chart come from."""

    RAW = "raw"
    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"


FINEST_FIRST = tuple(Source)


@dataclass(frozen=True)
class Resolution:
    """A source, and the width in seconds of the buckets that its rows are merged into."""

    source: Source
    step_s: float

    @property
    def is_raw(self) -> bool:
        """Whether every reading is shown as it was stored."""
        return self.source is Source.RAW and self.step_s == 0.0


RAW = Resolution(Source.RAW, 0.0)

# (step of the buckets, source, widest window). A source is not read for wider windows than its
# third column, however narrow the screen: a year of five minutes is 100 000 rows a series. What is
# finer than five minutes is made from the readings, whatever the width, while they are few enough.
_LADDER = (
    (10.0, Source.RAW, WINDOW_MAX_S),
    (30.0, Source.RAW, WINDOW_MAX_S),
    (60.0, Source.RAW, WINDOW_MAX_S),
    (120.0, Source.RAW, WINDOW_MAX_S),
    (300.0, Source.FIVE_MINUTES, 8 * 86_400.0),
    (600.0, Source.FIVE_MINUTES, 8 * 86_400.0),
    (1_200.0, Source.FIVE_MINUTES, 8 * 86_400.0),
    (1_800.0, Source.FIVE_MINUTES, 8 * 86_400.0),
    (3_600.0, Source.HOUR, 200 * 86_400.0),
    (7_200.0, Source.HOUR, 200 * 86_400.0),
    (14_400.0, Source.HOUR, 200 * 86_400.0),
    (28_800.0, Source.HOUR, 200 * 86_400.0),
    (86_400.0, Source.DAY, WINDOW_MAX_S),
)


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time [start, end) of aware moments."""

    start: datetime
    end: datetime

    @property
    def width_s(self) -> float:
        """Width in seconds."""
        return (self.end - self.start).total_seconds()

    def moved(self, fraction: float) -> "Window":
        """Return the window moved by a fraction of its width; negative is towards the past."""
        shift = timedelta(seconds=fraction * self.width_s)
        return Window(self.start + shift, self.end + shift)

    def widened(self, factor: float) -> "Window":
        """Return the window `factor` times as wide about the same middle."""
        margin = timedelta(seconds=self.width_s * (factor - 1) / 2)
        return Window(self.start - margin, self.end + margin)

    def within(self, now: datetime) -> "Window":
        """Return the window, narrowed and moved so that it can be asked for.

        It is between WINDOW_MIN_S and WINDOW_MAX_S wide and ends at most FUTURE_MAX_S after `now`;
        a window that must move keeps its width.
        """
        width = timedelta(seconds=min(max(self.width_s, WINDOW_MIN_S), WINDOW_MAX_S))
        end = min(self.end, now + timedelta(seconds=FUTURE_MAX_S))
        return Window(end - width, end)


def ending(now: datetime, width_s: float) -> Window:
    """Return the window of `width_s` seconds that ends at `now`."""
    return Window(now - timedelta(seconds=width_s), now)


def bucket_budget(width_px: float) -> int:
    """Return how many buckets a chart of that width in CSS pixels is given: one for each pixel."""
    return int(min(max(width_px, BUCKETS_MIN), BUCKETS_MAX))


def resolution(
    width_s: float,
    readings: float,
    width_px: float,
    series_count: int = 1,
    lost: frozenset[Source] = frozenset(),
) -> Resolution:
    """Choose the finest resolution that fits.

    Args:
        width_s: Width of the window in seconds.
        readings: How many readings of the point are expected in the window.
        width_px: Width of the chart in CSS pixels.
        series_count: How many series are asked for at once; they share BINNED_READINGS_MAX.
        lost: Sources that are not there any more over all of the window.

    Raw readings are chosen while they are at most BUCKETS_MAX; then buckets made from them, while
    they are few enough; then stored buckets of five minutes, hours and days. There is at most one
    bucket for each pixel.
    """
    if readings <= BUCKETS_MAX and Source.RAW not in lost:
        return RAW
    budget = bucket_budget(width_px)
    is_binned = readings * series_count <= BINNED_READINGS_MAX
    for step_s, source, widest_s in _LADDER:
        if source in lost or (source is Source.RAW and not is_binned):
            continue
        if width_s <= widest_s and width_s <= step_s * budget:
            return Resolution(source, step_s)
    return Resolution(Source.DAY, 86_400.0)


def redraw_interval_s(width_s: float, width_px: float) -> float:
    """Return the seconds after which a followed chart moves by one pixel, at least REDRAW_MIN_S."""
    return max(REDRAW_MIN_S, width_s / max(width_px, 1.0))
