"""`GET /comparison.csv`: what the page shows, one line for each site and key figure."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.analysis.kpi.site_comparison import Span
from dashboard.analysis.kpi.values import KpiValue
from dashboard.auth.roles import Right, may
from dashboard.components.kpi_tile import missing_text
from dashboard.exports import csv_text
from dashboard.limits.limit import Limit
from dashboard.limits.turns import TooBusy
from dashboard.pages.comparison.compared import Compared, compare
from dashboard.pages.comparison.page import EXPORT_PATH, SITES_MIN, span_of
from dashboard.store import access_log
from dashboard.store.errors import LimitReached
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser, user_of_request
from dashboard.web.services import Services

COLUMNS = (
    *("key_figure", "name", "unit", "site", "site_name", "value", "coverage", "from", "to"),
    *("origins", "missing", "source"),
)
_log = logging.getLogger(__name__)


def register(server: FastAPI) -> None:
    """Add the route to the server."""
    server.add_api_route(EXPORT_PATH, _export, methods=["GET"], response_model=None)


async def _export(request: Request) -> Response:
    """Answer with the file, or with the sentence that says why there is none."""
    user = user_of_request(request)
    services: Services = request.app.state.services
    span = span_of(request.query_params.get("w"))
    if not may(user.role, Right.COMPARE_SITES) or not may(user.role, Right.EXPORT):
        return PlainTextResponse(user.text("app.not_found"), 404)
    try:
        return await services.turns.run(
            user.viewer, lambda: _file(services, user, span), is_guest=user.only_trials
        )
    except TooBusy as error:
        return PlainTextResponse(user.text("app.busy" if error.own else "app.too_slow"), 503)
    except LimitReached as reached:
        services.refusals.count(Limit(reached.limit), user.viewer, "exports of the comparison")
        return PlainTextResponse(user.text(f"reached.{reached.limit}"), 429)
    except psycopg.errors.QueryCanceled:
        services.refusals.count(Limit.QUERY_TIME, user.viewer, "an export took too long")
        return PlainTextResponse(user.text("app.too_slow"), 503)
    except psycopg.OperationalError as error:
        _log.warning("comparison: the database is away: %s", error)
        return PlainTextResponse(user.text("app.database_away"), 503)


def _file(services: Services, user: RequestUser, span: Span) -> Response:
    now = datetime.now(UTC)
    if len(services.plants.sites(user.viewer, now)) < SITES_MIN:
        return PlainTextResponse(user.text("app.not_found"), 404)
    found = compare(services, user.viewer, span, now)
    name = f"comparison-{span}-{now:%Y%m%d}.csv"
    event = access_log.AuditEvent(access_log.Action.EXPORT, name, client=user.client)
    with services.database.open_to_write(user.viewer) as connection:
        access_log.record(connection, event)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    content = csv_text.header(COLUMNS) + b"".join(_lines(found, user))
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _lines(found: Compared, user: RequestUser) -> Iterator[bytes]:
    for row in found.rows:
        for cell, plant, window in zip(row.cells, found.plants, found.windows, strict=True):
            display: DisplaySettings = user.display(plant.zone)
            value = cell if isinstance(cell, KpiValue) else None
            paths = value.kpi.inputs if value else ()
            origins = {plant.points[path].provenance or "" for path in paths}
            yield csv_text.line(
                (
                    row.figure.key,
                    display.name(row.figure.name),
                    row.figure.unit_display,
                    plant.key,
                    display.name(plant.name),
                    value and value.value,
                    value and value.coverage,
                    window.start,
                    window.end,
                    ", ".join(sorted(origins)),
                    "" if isinstance(cell, KpiValue) else missing_text(cell, plant, display),
                    row.figure.source,
                )
            )
