"""One card of a page: what it asks, and what it draws."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import psycopg

from dashboard.analysis.daily import day_windows, days_between
from dashboard.analysis.kpi.definition import Kpi, of_formula
from dashboard.analysis.kpi.values import KpiSite, KpiValue, evaluate
from dashboard.analysis.window import Window
from dashboard.charts.annotations import with_marks
from dashboard.charts.layout import Figure
from dashboard.charts.line import Limit
from dashboard.charts.trend import trend
from dashboard.components.chart_table import Table, line_table
from dashboard.components.point_lines import dropped_note, lines_of, notes_of, words
from dashboard.components.window_marks import window_labels, window_marks
from dashboard.store import history
from dashboard.store.doubts import doubts
from dashboard.store.kpi_values import load
from dashboard.store.lent_limits import lent
from dashboard.store.limits import LimitRow, limits, limits_within
from dashboard.store.plant import SitePoint
from dashboard.store.quality_windows import windows_of
from dashboard.web.display import DisplaySettings
from schemas.catalogue import Names
from schemas.formula.site_roles import SiteRoles

DAYS_MIN = 7
EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class ChartContext:
    """What a chart is drawn from: an open transaction, points, a window and display settings.

    `roles` says what the points mean, as far as the reader may see them.
    """

    connection: psycopg.Connection[Any]
    points: Mapping[str, SitePoint]
    roles: SiteRoles
    window: Window
    now: datetime
    display: DisplaySettings

    def kpi(self, formula: str, unit: str, item: str | None = None) -> Kpi | None:
        """Return what a formula gives in `unit` (UCUM), for a chart; None if inputs are missing."""
        return of_formula(formula, unit, self.roles, item=item)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.display.zone).date()

    @property
    def days(self) -> list[date]:
        """The local days of the window, at least DAYS_MIN of them, ending today."""
        first = self.window.start.astimezone(self.display.zone).date()
        return days_between(min(first, self.today - timedelta(days=DAYS_MIN - 1)), self.today)

    def by_day(self, kpis: Sequence[Kpi]) -> list[list[KpiValue]]:
        """Return each of `kpis`, whose points the site must have, for each of `days`."""
        site = KpiSite("", self.display.zone, self.points)
        windows = day_windows(self.days, self.display.zone)
        whole = Window(windows[0].start, windows[-1].end)
        loaded = load(self.connection, site, kpis, whole, self.now)
        return [[evaluate(kpi, loaded, window) for window in windows] for kpi in kpis]


@dataclass(frozen=True)
class LegendEntry:
    """One entry of a legend."""

    label: str
    colour: str
    is_hatched: bool = False


@dataclass(frozen=True)
class ChartResult:
    """A card as drawn: `note` is a sentence below it, `points` are what its trend would show.

    `table` says in words and numbers what the figure shows.
    """

    figure: Figure
    table: Table
    legend: tuple[LegendEntry, ...]
    points: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Card:
    """A card: its key on its page, its title, how it is drawn, and whether it takes a row.

    `points` are those of which it shows the readings themselves.
    """

    key: str
    name: Names
    draw: Callable[[ChartContext], ChartResult | None]
    wide: bool = False
    points: Sequence[str] = ()


def lending(roles: SiteRoles, limits_of: Mapping[str, str]) -> dict[str, str]:
    """Return for points of some roles the laboratory point of the same stream, if it has one."""
    found: dict[str, str] = {}
    for online, laboratory in limits_of.items():
        lenders = dict(roles.members(laboratory))
        found |= {path: lenders[item] for item, path in roles.members(online) if item in lenders}
    return found


def drawn(card: Card, chart: ChartContext) -> ChartResult | None:
    """Draw a card, and say below it what its reader must know of the past of its points."""
    found = card.draw(chart)
    return found and with_notes(found, chart)


def with_notes(found: ChartResult, chart: ChartContext) -> ChartResult:
    """Return a card as drawn with what its reader must know of the past of its points."""
    points = [chart.points[name] for name in found.points]
    return replace(
        found, note=" ".join([found.note, *notes_of(points, chart.window, chart.display)]).strip()
    )


def draw_points(
    chart: ChartContext,
    names: Sequence[str],
    apart: Collection[str] = (),
    lenders: Mapping[str, str] = EMPTY,
    more_limits: Mapping[str, Sequence[Limit]] = MappingProxyType({}),
) -> ChartResult | None:
    """Draw the lines of some points (`line/point`) of the site; None if there are none.

    Those `apart` get a panel of their own; `lenders` are points whose limits are drawn with others,
    and `more_limits` are drawn beside those of the points.
    """
    if not names:
        return None
    points = [chart.points[name] for name in names]
    display = chart.display
    width_px = display.frame.plot_width_px
    found = history.series(chart.connection, points, chart.window, display.zone, width_px)
    dropped = history.coarsened_before(chart.connection, points, chart.window, width_px)
    notes = dropped_note(dropped, display)
    if not any(series.x_ms.size for series in found.values()):
        notes.append(display.text("chart.nothing"))
    drawn = lines_of(
        points,
        found,
        _limits(chart, names, lenders),
        display,
        doubts(chart.connection, found, chart.window),
    )
    lines = [
        replace(
            line,
            panel=name if name in apart else line.panel,
            limits=(*line.limits, *more_limits.get(name, ())),
        )
        for name, line in zip(names, drawn, strict=True)
    ]
    figure = trend(lines, chart.window, chart.now, display.frame, words(display))
    figure, of_windows = with_windows(figure, chart, [point.point_id for point in points])
    return ChartResult(
        figure=figure,
        table=line_table(lines, chart.window, display),
        legend=(*(LegendEntry(line.label, line.colour) for line in lines), *of_windows),
        points=tuple(names),
        note=" ".join(notes),
    )


def first_of(count: int, found: ChartResult, display: DisplaySettings) -> ChartResult:
    """Return a card as drawn that says so where it shows the first of `count` points."""
    shown = len(found.points)
    if count <= shown:
        return found
    said = display.text("chart.first", shown=shown, count=count)
    return replace(found, note=f"{said} {found.note}".strip())


def with_windows(
    figure: Figure, chart: ChartContext, points: Sequence[int]
) -> tuple[Figure, list[LegendEntry]]:
    """Return the figure of a trend with the windows of some points, and what the legend says."""
    display = chart.display
    found = windows_of(chart.connection, points, chart.window)
    marks = window_marks(found, chart.now, display)
    muted = display.frame.palette.muted
    entries = [LegendEntry(label, muted) for label in window_labels(found, display)]
    return with_marks(figure, marks, chart.window, display.frame), entries


def _limits(
    chart: ChartContext, names: Sequence[str], lenders: Mapping[str, str]
) -> dict[int, list[LimitRow]]:
    """Return the limits of points in the window, and those that others lend them, by `point_id`."""
    lent_by = {name: lenders[name] for name in names if lenders.get(name) in chart.points}
    ids = [chart.points[name].point_id for name in (*names, *lent_by.values())]
    known = limits_within(limits(chart.connection, ids), chart.window)
    found = {}
    for name in names:
        point = chart.points[name]
        own = known.get(point.point_id, [])
        if name in lent_by:
            lender = chart.points[lent_by[name]]
            own = [*own, *lent(known.get(lender.point_id, []), lender, point)]
        found[point.point_id] = own
    return found
