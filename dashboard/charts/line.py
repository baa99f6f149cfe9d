"""One line of a chart: a point's series with everything that is drawn about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.definitions import Typical
from dashboard.analysis.intervals import ON_CHANGE, Intervals
from dashboard.analysis.series import BucketSeries, RawSeries, Series
from dashboard.charts.envelope import band, broken, gap_after_ms
from dashboard.charts.layout import Frame
from dashboard.charts.local_time_axis import texts
from dashboard.charts.palette import translucent
from dashboard.charts.plotly_numbers import packed
from dashboard.charts.plotly_text import plain
from dashboard.charts.tooltip import Told, Tooltip
from schemas.quality import Qc

LINE_PX = 1.6
BAND_ALPHA = 0.16
BAND_EDGE_ALPHA = 0.5  # a spike of one reading in a year is one pixel wide: it needs an edge
UNNAMED_STATE = 0.3  # of the distance between two states
DOTS_MAX = 60  # so few readings are also shown as dots

Floats = NDArray[np.float64]
Trace = dict[str, Any]
Span = tuple[float, float]


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
    except when their `panel` differs: a trickle beside a stream.
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
    """The words of a hover box: a name for each verdict, and one for the readings of a bucket."""

    verdicts: Mapping[float, str]
    readings: str
    good: str


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


def traces(line: Line, axis: str, span: Span | None, sheet: Sheet) -> list[Trace]:
    """Return the traces of a line on the value axis `axis` (`y`, `y2` …).

    `span` is the range of that axis: failed readings beyond it are marked at its edge.
    """
    if isinstance(line.series, RawSeries):
        marks = [
            _marks(line, line.series.marked(verdict), axis, span, sheet)
            for verdict in (Qc.SUSPECT, Qc.FAIL)
        ]
        drawn = _raw_trace(line, line.series, axis, sheet)
        return [drawn, *(mark for mark in marks if mark is not None)]
    return _bucket_traces(line, line.series, axis, sheet)


def _raw_trace(line: Line, series: RawSeries, axis: str, sheet: Sheet) -> Trace:
    x, y, qc = broken(
        series.x_ms,
        gap_after_ms(series.x_ms, line.intervals, 0.0),
        series.line,
        series.qc.astype(np.float64),
    )
    clocks = sheet.clocks(x, "second")
    verdicts = sheet.words.verdicts
    told = [
        Told(line.shown(value, sheet.frame), clock, note=verdicts.get(flag, ""))
        for value, clock, flag in zip(y.tolist(), clocks, qc.tolist(), strict=True)
    ]
    drawn = _stroke(line, axis, "lines+markers" if series.x_ms.size <= DOTS_MAX else "lines")
    return drawn | {
        "x": packed(x),
        "y": packed(line.height(y)),
        **_tips(line, told, sheet),
    }


def _marks(
    line: Line, marked: RawSeries, axis: str, span: Span | None, sheet: Sheet
) -> Trace | None:
    """Return readings of one verdict as marks: shape and colour both tell it."""
    if not marked.x_ms.size:
        return None
    failed = marked.qc[0] == Qc.FAIL
    colour = sheet.frame.ink.bad if failed else sheet.frame.ink.suspect
    low, high = span if span is not None else (-np.inf, np.inf)
    symbols = np.full(marked.value.shape, "x-thin" if failed else "circle-open", dtype=object)
    symbols[marked.value > high] = "triangle-up-open"
    symbols[marked.value < low] = "triangle-down-open"
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "name": plain(line.label),
        "yaxis": axis,
        "cliponaxis": False,
        "x": packed(marked.x_ms),
        "y": packed(np.clip(line.height(marked.value), low, high)),
        "marker": {
            "symbol": symbols.tolist(),
            "size": 8,
            "color": colour,
            "line": {"color": colour, "width": 1.6},
        },
    }
    if not failed:  # the line passes through it and says the rest
        return trace | {"hoverinfo": "skip"}
    clocks, verdict = sheet.clocks(marked.x_ms, "second"), sheet.words.verdicts[Qc.FAIL]
    told = [
        Told(line.shown(value, sheet.frame), clock, note=verdict)
        for value, clock in zip(marked.value.tolist(), clocks, strict=True)
    ]
    return trace | _tips(line, told, sheet)


def _bucket_traces(line: Line, series: BucketSeries, axis: str, sheet: Sheet) -> list[Trace]:
    middle = series.middle_ms(sheet.end_ms)
    gap_ms = gap_after_ms(middle, line.intervals, series.resolution.step_s)
    x, y, begin, low, high, n, n_good = broken(
        middle,
        gap_ms,
        series.last if line.is_step else series.mean,
        series.x_ms,
        series.low,
        series.high,
        series.n.astype(np.float64),
        series.n_good.astype(np.float64),
    )
    whole_days = series.resolution.step_s >= 86_400
    clocks = sheet.clocks(begin, "day" if whole_days else "minute")
    rows = zip(*(column.tolist() for column in (y, low, high, n, n_good)), strict=True)
    told = [
        Told(
            line.shown(value, sheet.frame),
            clock,
            _extent(line, (least, most), sheet.frame),
            _count_text(counts, sheet),
        )
        for clock, (value, least, most, *counts) in zip(clocks, rows, strict=True)
    ]
    drawn = _stroke(line, axis, "lines+markers" if x.size <= DOTS_MAX else "lines")
    drawn |= {"x": packed(x), "y": packed(line.height(y)), **_tips(line, told, sheet)}
    # Between two states there is nothing, and none of them is the smallest.
    return [drawn] if line.states else [_area(line, series, middle, gap_ms, axis), drawn]


def _area(line: Line, series: BucketSeries, middle: Floats, gap_ms: Floats, axis: str) -> Trace:
    """Return the area between the smallest and the largest value of each bucket."""
    x, y = band(middle, series.low, series.high, gap_ms)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(line.label),
        "yaxis": axis,
        "x": packed(x),
        "y": packed(y),
        "fill": "toself",
        "fillcolor": translucent(line.colour, BAND_ALPHA),
        "line": {"width": 0.8, "color": translucent(line.colour, BAND_EDGE_ALPHA)},
        "hoverinfo": "skip",
    }


def _tips(line: Line, told: Sequence[Told], sheet: Sheet) -> Trace:
    """Return what a trace says of each of its points when it is pointed at."""
    said = [sheet.tooltip.text(line.label, line.short or line.label, one) for one in told]
    return {"text": said, "hovertemplate": sheet.tooltip.template}


def _extent(line: Line, extremes: tuple[float, float], frame: Frame) -> str:
    """Return minimum and maximum of a bucket; a state has none."""
    if line.states:
        return ""
    return f"({' – '.join(frame.number(end, line.decimals) for end in extremes)})"


def _count_text(counts: Sequence[float], sheet: Sheet) -> str:
    """Return how many readings a bucket has, and how many of them are good if not all are."""
    count, good = counts
    text = f"{sheet.frame.number(count, 0)} {sheet.words.readings}"
    return text if good >= count else f"{text}, {sheet.frame.number(good, 0)} {sheet.words.good}"


def _stroke(line: Line, axis: str, mode: str) -> Trace:
    return {
        "type": "scatter",
        "mode": mode,
        "name": plain(line.label),
        "yaxis": axis,
        "connectgaps": False,
        "line": {
            "color": line.colour,
            "width": LINE_PX,
            "shape": "hv" if line.is_step else "linear",
        },
        "marker": {"size": 4, "color": line.colour},
    }
