"""A key figure over time: over the whole window, and over each hour or local day of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

import numpy as np

from dashboard.analysis.daily import day_windows, days_between
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import Kpi
from dashboard.analysis.kpi.values import FINE_MAX_S, KpiSite, KpiValue, evaluate
from dashboard.analysis.series import RawSeries
from dashboard.analysis.window import Window
from dashboard.charts.colours import colour
from dashboard.charts.layout import Figure
from dashboard.charts.line import Line
from dashboard.charts.trend import trend
from dashboard.components.amounts import COVERAGE_LOW, figure_decimals
from dashboard.components.chart_card import ChartContext
from dashboard.components.point_lines import words
from dashboard.store.kpi_cache import whole_steps
from dashboard.store.kpi_values import load
from schemas.quality import Qc

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class OverTime:
    """A key figure over a window, over its parts in order of time, and the chart of those."""

    whole: KpiValue
    parts: Sequence[KpiValue]
    chart: Figure


def over_time(chart: ChartContext, kpi: Kpi) -> OverTime:
    """Return a key figure, whose points the site must have, over the window of the question."""
    windows = _hours(chart) if chart.window.width_s <= FINE_MAX_S else _days(chart)
    around = Window(windows[0].start, windows[-1].end)
    site = KpiSite("", chart.display.zone, chart.points)
    loaded = load(chart.connection, site, [kpi], around, chart.now)
    whole = evaluate(kpi, loaded, whole_steps(chart.window, step_max_s=loaded.step_s))
    parts = [evaluate(kpi, loaded, window) for window in windows]
    return OverTime(whole, parts, _chart(chart, whole, parts))


def _hours(chart: ChartContext) -> list[Window]:
    """Return the hours of the window as the clocks of the site count them."""
    local = chart.window.start.astimezone(chart.display.zone)
    first = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    count = int(np.ceil((chart.window.end - first) / HOUR))
    return [Window(first + n * HOUR, first + (n + 1) * HOUR) for n in range(count)]


def _days(chart: ChartContext) -> list[Window]:
    zone, last_moment = chart.display.zone, chart.window.end - timedelta(microseconds=1)
    first, last = (at.astimezone(zone).date() for at in (chart.window.start, last_moment))
    return day_windows(days_between(first, last), zone)


def _chart(chart: ChartContext, whole: KpiValue, parts: Sequence[KpiValue]) -> Figure:
    """Draw each part in its middle; one that little data covers is marked as uncertain."""
    shown_end = min(chart.now, chart.window.end)
    middles = [
        part.window.start + (min(part.window.end, shown_end) - part.window.start) / 2
        for part in parts
    ]
    covered = [part.coverage is None or part.coverage >= COVERAGE_LOW for part in parts]
    series = RawSeries(
        x_ms=np.array([middle.timestamp() * 1000.0 for middle in middles]),
        value=np.array([np.nan if part.value is None else part.value for part in parts]),
        qc=np.where(covered, Qc.GOOD, Qc.SUSPECT).astype(np.int64),
    )
    line = Line(
        label=chart.display.name(whole.kpi.name),
        unit=whole.kpi.unit,
        colour=colour(chart.points[whole.kpi.inputs[0]], chart.display.scheme),
        decimals=figure_decimals(whole),
        series=series,
        intervals=Intervals.always(parts[0].window.width_s),
    )
    around = Window(min(chart.window.start, parts[0].window.start), chart.window.end)
    return trend([line], around, chart.now, chart.display.frame, words(chart.display))
