"""`GET /comparison.csv`: what the page shows, one line for each site and key figure."""

from collections.abc import Iterator

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.analysis.kpi.values import KpiValue
from dashboard.auth.roles import Right, may
from dashboard.components.kpi_tile import missing_text
from dashboard.exports import csv_text
from dashboard.pages.comparison.compared import Compared, compare
from dashboard.pages.comparison.page import EXPORT_PATH, SITES_MIN, span_of
from dashboard.pages.context import PageContext
from dashboard.pages.csv_response import CsvFile, csv_response
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser, user_of_request
from dashboard.web.services import Services

COLUMNS = (
    *("key_figure", "name", "unit", "site", "site_name", "value", "coverage", "from", "to"),
    *("origins", "missing", "source"),
)


def register(server: FastAPI) -> None:
    """Add the route to the server."""
    server.add_api_route(EXPORT_PATH, _export, methods=["GET"], response_model=None)


async def _export(request: Request) -> Response:
    """Answer with the file, or with the sentence that says why there is none."""
    user = user_of_request(request)
    span = span_of(request.query_params.get("w"))
    if not may(user.role, Right.COMPARE_SITES) or not may(user.role, Right.EXPORT):
        return PlainTextResponse(user.text("app.not_found"), 404)
    services: Services = request.app.state.services

    def build(context: PageContext) -> CsvFile | None:
        if len(context.sites) < SITES_MIN:
            return None
        found = compare(services, user.viewer, span, context.now)
        content = csv_text.header(COLUMNS) + b"".join(_lines(found, user))
        return CsvFile(f"comparison-{span}-{context.now:%Y%m%d}.csv", lambda _connection: content)

    return await csv_response(request, "the comparison", build)


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
