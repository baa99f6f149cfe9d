"""Key figures of several sites side by side: what they share, and what some of them lack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dashboard.analysis.kpi.values import KpiValue
from dashboard.analysis.window import Window
from schemas.catalogue.key_figures import KeyFigure, key_figures
from schemas.catalogue.site_figures import MissingFigure
from schemas.local_time import day_start

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
    values: Sequence[Mapping[str, KpiValue]], missing: Sequence[Mapping[str, MissingFigure]]
) -> list[Row]:
    """Return the key figures that any of the sites has, those of whole plants, in their order.

    `values` and `missing` are by the key of the catalogue, one for each site.
    """
    found: list[Row] = []
    for key, figure in key_figures().items():
        # What the catalogue has for a day and for a week is one thing over the chosen days.
        is_said = any(row.figure.formula == figure.formula for row in found)
        if is_said or not any(key in of_site for of_site in values):
            continue
        cells = [
            own[key] if key in own else lacks[key]
            for own, lacks in zip(values, missing, strict=True)
        ]
        found.append(Row(figure, cells))
    return found
