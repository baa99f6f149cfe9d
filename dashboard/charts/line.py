"""One line of a chart: a point's series with everything that is drawn about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.definitions import Typical
from dashboard.analysis.doubts import Doubt
from dashboard.analysis.intervals import ON_CHANGE, Intervals
from dashboard.analysis.series import RawSeries, Series
from dashboard.charts.layout import Frame
from dashboard.charts.local_time_axis import texts
from dashboard.charts.plotly_text import plain
from dashboard.charts.tooltip import Tooltip

UNNAMED_STATE = 0.3  # of the distance between two states

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """A limit of a point, with the text that stands at its line; [start, end) is when it applied.

    Both in milliseconds since 1970 UTC.
    """

    value: float
    text: str
    start_ms: float = -np.inf
    end_ms: float = np.inf


@dataclass(frozen=True)
class Line:
    """What is drawn of one point.

    `intervals` are those in which readings are expected; `states` names the values of a state in
    rising order; `typical` has the typical ranges, one after another; `decimals` is for the hover.
    `short` is what stands for the label where there is no room. Lines of one unit share a panel,
    except when their `panel` differs: a trickle beside a stream. `doubts` say which readings are
    suspect or bad, and why.
    """

    label: str
    unit: str
    colour: str
    decimals: int
    series: Series
    intervals: Intervals = ON_CHANGE
    is_step: bool = False
    states: Mapping[float, str] | None = None
    typical: tuple[Typical, ...] = ()
    limits: tuple[Limit, ...] = ()
    panel: str = ""
    short: str = ""
    doubts: tuple[Doubt, ...] = ()

    def shown(self, value: float, frame: Frame) -> str:
        """Return a value with its unit, or the name of a state, for the hover box."""
        if self.states and value in self.states:
            return f"<b>{plain(self.states[value])}</b>"
        return f"<b>{frame.number(value, self.decimals)}</b> {plain(self.unit)}".rstrip()

    def height(self, values: Floats) -> Floats:
        """Return where values stand on their axis: states one above the other, by their order.

        A value without a name stands between those that have one, or beyond them.
        """
        if not self.states:
            return values
        codes, places = list(self.states), list(range(len(self.states)))
        return np.interp(
            values, codes, places, left=-UNNAMED_STATE, right=places[-1] + UNNAMED_STATE
        )

    @cached_property
    def extremes(self) -> tuple[float, float] | None:
        """The smallest and the largest value that is not FAIL; None if there is none."""
        series = self.series
        values = (
            series.line
            if isinstance(series, RawSeries)
            else np.concatenate([series.low, series.high])
        )
        known = values[~np.isnan(values)]
        return (float(known.min()), float(known.max())) if known.size else None


@dataclass(frozen=True)
class Words:
    """The words of a hover box: for each verdict and each check, and for readings of a bucket."""

    verdicts: Mapping[float, str]
    readings: str
    good: str
    checks: Mapping[int, str] = field(default_factory=dict)

    def why(self, checks: int) -> str:
        """Return the words of the checks in a mask; empty where there is none."""
        return ", ".join(words for bit, words in self.checks.items() if checks & bit)


@dataclass(frozen=True)
class Sheet:
    """What a line is drawn on.

    `end_ms` is the end of the window or the present, whichever is earlier: a bucket that is still
    filling is drawn in the middle of what has passed of it.
    """

    frame: Frame
    words: Words
    end_ms: float
    tooltip: Tooltip

    def clocks(self, x_ms: Floats, skeleton: str) -> list[str]:
        """Return moments in the reader's local time."""
        return texts(x_ms, self.frame.zone, self.frame.locale, skeleton)
