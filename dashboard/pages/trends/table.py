"""The table below a trend: what each line amounts to in the window, and how it was resolved."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html

from dashboard.analysis.series import RawSeries, Series, Summary, summary
from dashboard.analysis.window import Window
from dashboard.charts.decimals import NO_VALUE
from dashboard.charts.line import Line
from dashboard.components.check_words import why_text
from dashboard.components.table import table
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings

_COLUMNS = (
    *("name", "unit", "last", "min", "mean", "max"),
    *("readings", "coverage", "resolution", "why"),
)


def trend_table(
    points: Sequence[SitePoint],
    lines: Sequence[Line],
    newest: Mapping[int, RawSeries],
    window: Window,
    display: DisplaySettings,
) -> Any:
    """Return a row for each line; a phone shows each row as a small list.

    `newest` has the last reading of points that are shown in buckets, by `point_id`.
    """
    titles = [display.text(f"trends.{column}") for column in _COLUMNS]
    found_of = [
        summary(line.series, window, line.intervals, newest.get(point.point_id))
        for point, line in zip(points, lines, strict=True)
    ]
    cells = (
        _cells(point, line, found, display)
        for point, line, found in zip(points, lines, found_of, strict=True)
    )
    return table(titles, cells)


def _cells(point: SitePoint, line: Line, found: Summary, display: DisplaySettings) -> list[Any]:
    states = line.states or {}

    def number(value: float | None) -> str:
        if value is None:
            return NO_VALUE
        return states.get(value) or display.number(value, line.decimals)

    last: list[Any] = [number(found.last)]
    if found.last_ms is not None:
        clock = display.moment(datetime.fromtimestamp(found.last_ms / 1000.0, UTC), "second")
        verdict = display.text("quality.good" if found.last_good else "quality.suspect")
        mark = html.Span(
            " ✓" if found.last_good else " ▲",
            className="quiet" if found.last_good else "warn",
            title=verdict,
            **{"aria-label": verdict},
        )
        last += [mark, html.Span(f" {clock}", className="quiet")]
    coverage = NO_VALUE if found.coverage is None else f"{int(100 * found.coverage)} %"
    return [
        _name(point, line, display),
        line.unit,
        last,
        *(NO_VALUE if states else number(one) for one in (found.low, found.mean, found.high)),
        display.number(found.n, 0),
        coverage,
        resolution_text(line.series, display),
        why_text(line.doubts, display),
    ]


def _name(point: SitePoint, line: Line, display: DisplaySettings) -> Any:
    parts: list[Any] = [
        html.Span(className="swatch", style={"backgroundColor": line.colour}),
        html.Span(line.label),
    ]
    if point.provenance in {"synthetic", "replayed", "calculated"}:
        origin = display.text(f"origin.{point.provenance}")
        parts.append(html.Span(f" {origin}", className="origin"))
    return html.Span(parts)


def resolution_text(series: Series, display: DisplaySettings) -> str:
    """Return how a line was resolved: every reading, or the width of its buckets."""
    if isinstance(series, RawSeries):
        return display.text("trends.raw")
    step_s = series.resolution.step_s
    for unit, width_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if step_s >= width_s:
            return f"{step_s / width_s:g} {display.text(f'live.{unit}')}"
    return f"{step_s:g} {display.text('live.s')}"
