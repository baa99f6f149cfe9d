"""How a page gets its answer: in a thread, for the viewer of the request, or as a sentence."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from dash import html

from dashboard.boards.card import Ask
from dashboard.domain.window import Window
from dashboard.kpi_board import KpiSite, KpiValue
from dashboard.plant import Plant
from dashboard.services import services
from dashboard.visit import Visit, current_visit

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)


async def answer(build: Callable[[Visit, Plant, datetime], Answer]) -> Answer | None:
    """Return what `build` makes of the viewer's plant; None if the database does not answer.

    Callbacks run on the event loop, which must never wait for the database; threads may.
    """
    visit, now = current_visit(), datetime.now(UTC)
    try:
        return await asyncio.to_thread(
            lambda: build(visit, services().plants.of(visit.viewer, now), now)
        )
    except psycopg.OperationalError as error:
        _log.warning("answer: the database is away: %s", error)
        return None


async def page(build: Callable[[Visit, Plant, datetime], Any]) -> Any:
    """Return a page, or the sentence that says why there is none."""
    content = await answer(build)
    if content is not None:
        return content
    sentence = current_visit().text("app.database_away")
    return html.Div(sentence, className="notice retry", role="alert")


def figures(visit: Visit, plant: Plant, now: datetime) -> dict[str, KpiValue]:
    """Return the key figures that the viewer's plant has."""
    site = KpiSite(plant.key, plant.zone, plant.points)
    return dict(services().kpis.values(visit.viewer, site, now))


def drawn(
    visit: Visit,
    plant: Plant,
    now: datetime,
    window: Window,
    width_px: float,
    draw: Callable[[Ask], Answer],
) -> Answer:
    """Return what `draw` makes of an open transaction of the viewer."""
    reader = visit.reader(plant.zone, width_px)
    with services().database.open(visit.viewer) as connection:
        return draw(Ask(connection, plant.points, window, now, reader))
