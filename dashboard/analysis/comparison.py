"""A pilot against the full-scale plant: the same water at the same place of the axis.

What the pilot treats now passed the reference earlier, or will pass it later. The reference is
therefore moved in time by the hydraulic delay between the two: what it showed at `t` stands at
`t + delay`. Where the two differ in size (a load a thousand times larger) or in unit, each is
divided by its own mean in the window, so that 1 is its usual and both share an axis.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeGuard

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import RawSeries, Series, summary
from dashboard.analysis.window import Window

DELAY_MAX_MIN = 14 * 1_440.0  # sludge stays in a plant for weeks; water for hours


@dataclass(frozen=True)
class Side:
    """One of the two: its series as read, and the intervals in which its readings are expected."""

    series: Series
    intervals: Intervals


@dataclass(frozen=True)
class Comparison:
    """Both series on one time axis.

    `pilot_mean` and `reference_mean` are those of the readings in the window, in the units of the
    points, None without any. `relative` tells that both series are divided by them.
    """

    pilot: Series
    reference: Series
    pilot_mean: float | None
    reference_mean: float | None
    relative: bool

    @property
    def difference_percent(self) -> float | None:
        """The mean of the pilot against that of the reference, in percent of the reference.

        Only points of the same unit should be asked for it. None where the reference is not
        positive.
        """
        if self.pilot_mean is None or self.reference_mean is None or self.reference_mean <= 0:
            return None
        return 100.0 * (self.pilot_mean - self.reference_mean) / self.reference_mean


def asked_window(window: Window, delay_min: float) -> Window:
    """Return where the reference must be read so that it fills `window` after its shift."""
    delay = timedelta(minutes=delay_min)
    return Window(window.start - delay, window.end - delay)


def compare(
    pilot: Side, reference: Side, window: Window, delay_min: float, *, relative: bool
) -> Comparison:
    """Return both on one axis: the reference `delay_min` minutes later than it was read.

    A mean that is not positive divides nothing: then `relative` of the answer is false.
    """
    moved = shifted(reference.series, delay_min)
    pilot_mean = summary(pilot.series, window, pilot.intervals).mean
    reference_mean = summary(moved, window, reference.intervals).mean
    if not relative or not _positive(pilot_mean) or not _positive(reference_mean):
        return Comparison(pilot.series, moved, pilot_mean, reference_mean, relative=False)
    return Comparison(
        divided(pilot.series, pilot_mean),
        divided(moved, reference_mean),
        pilot_mean,
        reference_mean,
        relative=True,
    )


def _positive(mean: float | None) -> TypeGuard[float]:
    return mean is not None and mean > 0


def shifted(series: Series, delay_min: float) -> Series:
    """Return the series `delay_min` minutes later; a negative delay moves it back."""
    return replace(series, x_ms=series.x_ms + delay_min * 60_000.0)


def divided(series: Series, by: float) -> Series:
    """Return the series with every value divided by a positive number."""
    if isinstance(series, RawSeries):
        return replace(series, value=series.value / by)
    return series.with_values(lambda values: values / by)
