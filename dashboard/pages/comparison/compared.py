"""Asks for the key figures of every site of a viewer, each over whole days of its own calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.analysis.kpi.site_comparison import Row, Span, rows, whole_days
from dashboard.analysis.kpi.values import KpiSite
from dashboard.analysis.window import Window
from dashboard.store.plant import Plant
from dashboard.web.services import Services
from schemas.catalogue.key_figures import key_figures


@dataclass(frozen=True)
class Compared:
    """The sites with their windows, and the key figures in rows."""

    plants: Sequence[Plant]
    windows: Sequence[Window]
    rows: Sequence[Row]


def compare(services: Services, viewer: str, span: Span, now: datetime) -> Compared:
    """Compare all sites of a viewer. Raises psycopg.Error if the database is away."""
    sites = services.plants.sites(viewer, now)
    plants = [services.plants.of(viewer, site.key, now) for site in sites]
    windows = [whole_days(now, plant.zone, span) for plant in plants]
    values = []
    for plant, window in zip(plants, windows, strict=True):
        whole = [kpi for kpi in plant.kpis if kpi.item is None]
        site = KpiSite(plant.key, plant.zone, plant.points, whole)
        values.append(services.kpis.over(viewer, site, window, now))
    missing = [
        {each.figure.key: each for each in plant.missing if each.item is None} for plant in plants
    ]
    own = [figure for plant in plants for figure in plant.own_figures if not figure.kinds]
    return Compared(plants, windows, rows([*key_figures().values(), *own], values, missing))
