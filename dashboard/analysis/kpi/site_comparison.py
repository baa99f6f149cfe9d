"""Key figures of several sites side by side: what they share, and what some of them lack."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dashboard.analysis.kpi.values import KpiValue
from dashboard.analysis.window import Window
from schemas.catalogue.key_figures import KeyFigure
from schemas.catalogue.site_figures import MissingFigure
from schemas.local_time import day_start
from schemas.units import conversion

SHARED_SITES_MIN = 2

Cell = KpiValue | MissingFigure


class Span(StrEnum):
    """Over which whole local days sites are compared."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def days(self) -> int:
        """How many days it has."""
        return {Span.DAY: 1, Span.WEEK: 7, Span.MONTH: 30, Span.YEAR: 365}[self]


@dataclass(frozen=True)
class Row:
    """A key figure of whole plants, with what each site has of it, in the order of the sites."""

    figure: KeyFigure
    cells: Sequence[Cell]

    @property
    def is_shared(self) -> bool:
        """Whether at least two sites have it; otherwise there is nothing to compare."""
        return sum(isinstance(cell, KpiValue) for cell in self.cells) >= SHARED_SITES_MIN


def whole_days(now: datetime, zone: ZoneInfo, span: Span) -> Window:
    """Return the last whole local days before today: those that the site reports as days."""
    end = day_start(now, zone)
    # From noon to noon: a day has 23 to 25 hours.
    return Window(day_start(end - timedelta(days=span.days, hours=-12), zone), end)


def rows(
    figures: Iterable[KeyFigure],
    values: Sequence[Mapping[str, KpiValue]],
    missing: Sequence[Mapping[str, MissingFigure]],
) -> list[Row]:
    """Return those of `figures` that any of the sites has of the whole plant, in their order.

    `values` and `missing` are by the key of the figure, one for each site.
    """
    found: list[Row] = []
    for figure in figures:
        # What the catalogue has for a day and for a week is one thing over the chosen days; what
        # two sites describe alike is one thing, too.
        is_said = any(
            row.figure.formula == figure.formula and row.figure.unit == figure.unit for row in found
        )
        cells = [_cell(figure, *of_site) for of_site in zip(values, missing, strict=True)]
        if not is_said and any(isinstance(cell, KpiValue) for cell in cells):
            found.append(Row(figure, cells))
    return found


def _cell(
    figure: KeyFigure, values: Mapping[str, KpiValue], missing: Mapping[str, MissingFigure]
) -> Cell:
    """Return what a site has of a figure; nothing where it means something else by the same key."""
    value, lacks = values.get(figure.key), missing.get(figure.key)
    if value is not None and value.kpi.figure is not None and value.kpi.figure.is_same(figure):
        return _in_unit(value, value.kpi.figure.unit, figure.unit)
    if lacks is not None and lacks.figure.is_same(figure):
        return lacks
    return MissingFigure(figure, None, None)


def _in_unit(value: KpiValue, unit: str, wanted: str) -> KpiValue:
    """Return a value of a plant that is used to another unit in that of the comparison."""
    if value.value is None or unit == wanted:
        return value
    way = conversion(unit, wanted)
    return replace(value, value=value.value * way.scale + way.offset)
