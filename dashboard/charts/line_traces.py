"""The traces of one line of a chart: the line, what is marked on it, and what is told of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.analysis.doubts import checks_at
from dashboard.analysis.series import BucketSeries, RawSeries
from dashboard.charts.envelope import band, broken, gap_after_ms
from dashboard.charts.layout import Frame
from dashboard.charts.line import Floats, Line, Sheet
from dashboard.charts.palette import translucent
from dashboard.charts.plotly_numbers import packed
from dashboard.charts.plotly_text import plain
from dashboard.charts.tooltip import HoverText
from schemas.quality import Qc

LINE_PX = 1.6
BAND_ALPHA = 0.16
BAND_EDGE_ALPHA = 0.5  # a spike of one reading in a year is one pixel wide: it needs an edge
DOTS_MAX = 60  # so few readings are also shown as dots
DOT_PX = 4

Trace = dict[str, Any]
Span = tuple[float, float]


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
    return _bucket_traces(line, line.series, axis, span, sheet)


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
        HoverText(line.shown(value, sheet.frame), clock, note=_said(verdicts.get(flag, ""), why))
        for value, clock, flag, why in zip(
            y.tolist(), clocks, qc.tolist(), _reasons(line, x, 0.0, sheet), strict=True
        )
    ]
    return _stroke(line, axis, y) | {
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
    colour = sheet.frame.palette.bad if failed else sheet.frame.palette.suspect
    low, high = span if span is not None else (-np.inf, np.inf)
    symbols = np.full(marked.value.shape, _symbol(marked.qc[0]), dtype=object)
    symbols[marked.value > high] = "triangle-up-open"
    symbols[marked.value < low] = "triangle-down-open"
    height = np.clip(line.height(marked.value), low, high)
    trace = _signs(line, axis, (marked.x_ms, height), symbols.tolist(), colour)
    if not failed:  # the line passes through it and says the rest
        return trace | {"hoverinfo": "skip"}
    clocks, verdict = sheet.clocks(marked.x_ms, "second"), sheet.words.verdicts[Qc.FAIL]
    told = [
        HoverText(line.shown(value, sheet.frame), clock, note=_said(verdict, why))
        for value, clock, why in zip(
            marked.value.tolist(), clocks, _reasons(line, marked.x_ms, 0.0, sheet), strict=True
        )
    ]
    return trace | _tips(line, told, sheet)


def _signs(
    line: Line, axis: str, places: tuple[Floats, Floats], symbols: str | list[str], colour: str
) -> Trace:
    """Return signs at places; the line passes through them and says the rest."""
    x, y = places
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(line.label),
        "yaxis": axis,
        "cliponaxis": False,
        "x": packed(x),
        "y": packed(y),
        "marker": {
            "symbol": symbols,
            "size": 8,
            "color": colour,
            "line": {"color": colour, "width": 1.6},
        },
    }


def _symbol(verdict: int) -> str:
    return "x-thin" if verdict == Qc.FAIL else "circle-open"


def _bucket_traces(
    line: Line, series: BucketSeries, axis: str, span: Span | None, sheet: Sheet
) -> list[Trace]:
    middle, step_ms = series.middle_ms(sheet.end_ms), series.resolution.step_s * 1000.0
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
        HoverText(
            line.shown(value, sheet.frame),
            clock,
            _extent(line, (least, most), sheet.frame),
            _said(_count_text(counts, sheet), why),
        )
        for clock, (value, least, most, *counts), why in zip(
            clocks, rows, _reasons(line, begin, step_ms, sheet), strict=True
        )
    ]
    drawn = _stroke(line, axis, y)
    drawn |= {"x": packed(x), "y": packed(line.height(y)), **_tips(line, told, sheet)}
    marks = _bucket_marks(line, series, axis, span, sheet)
    # Between two states there is nothing, and none of them is the smallest.
    area = [] if line.states else [_area(line, series, middle, gap_ms, axis)]
    return [*area, drawn, *marks]


def _bucket_marks(
    line: Line, series: BucketSeries, axis: str, span: Span | None, sheet: Sheet
) -> list[Trace]:
    """Return signs at the buckets with suspect and with failed readings.

    A bucket in which all failed has no value: it is marked at the lower edge.
    """
    palette, step_ms = sheet.frame.palette, series.resolution.step_s * 1000.0
    middle = series.middle_ms(sheet.end_ms)
    value = line.height(series.last if line.is_step else series.mean)
    found = []
    for verdict, colour in ((Qc.SUSPECT, palette.suspect), (Qc.FAIL, palette.bad)):
        doubts = [doubt for doubt in line.doubts if doubt.qc == verdict]
        marked = checks_at(doubts, series.x_ms, step_ms) != 0
        if not marked.any():
            continue
        height = np.where(np.isnan(value), np.nan if span is None else span[0], value)[marked]
        signs = _signs(line, axis, (middle[marked], height), _symbol(verdict), colour)
        found.append(signs | {"hoverinfo": "skip"})
    return found


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


def _reasons(line: Line, x_ms: Floats, step_ms: float, sheet: Sheet) -> list[str]:
    """Return why what lies in each [x, x + step] is suspect or bad, in words."""
    return [sheet.words.why(mask) for mask in checks_at(line.doubts, x_ms, step_ms).tolist()]


def _said(what: str, why: str) -> str:
    return f"{what}: {why}" if why else what


def _tips(line: Line, told: Sequence[HoverText], sheet: Sheet) -> Trace:
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


def _stroke(line: Line, axis: str, y: Floats) -> Trace:
    """Return a line through `y` without its points; what stands alone between gaps is a dot."""
    known = np.concatenate([[False], ~np.isnan(y), [False]])
    alone = known[1:-1] & ~known[:-2] & ~known[2:]
    is_sparse = y.size <= DOTS_MAX
    sizes = DOT_PX if is_sparse or not alone.any() else np.where(alone, DOT_PX, 0).tolist()
    return {
        "type": "scatter",
        "mode": "lines+markers" if is_sparse or alone.any() else "lines",
        "name": plain(line.label),
        "yaxis": axis,
        "connectgaps": False,
        "line": {
            "color": line.colour,
            "width": LINE_PX,
            "shape": "hv" if line.is_step else "linear",
        },
        "marker": {"size": sizes, "color": line.colour, "line": {"width": 0}},
    }
