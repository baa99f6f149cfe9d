"""`GET /alarms/journal.csv`: what the journal's page searches for, as one file."""

from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.auth.roles import Right, may
from dashboard.exports import csv_text
from dashboard.exports.file_names import safe_name
from dashboard.pages.alarms.journal_page import EXPORT_PATH
from dashboard.pages.alarms.search_address import parsed
from dashboard.pages.context import PageContext
from dashboard.pages.csv_response import CsvFile, csv_response
from dashboard.store.alarm_journal import Event, Search, whole_journal
from dashboard.store.plant import Plant
from dashboard.texts import text
from dashboard.web.request_user import RequestUser, user_of_request

ROWS_MAX = 100_000
COLUMNS = (
    "time_local",
    "time_utc",
    "event",
    "priority",
    "alarm",
    "point",
    "value",
    "unit",
    "recorded_utc",
    "is_late",
    "who",
    "comment",
    "alarm_id",
    "event_id",
)
_LOCAL = "%Y-%m-%d %H:%M:%S"


def register(server: FastAPI) -> None:
    """Add the route to the server."""
    server.add_api_route(EXPORT_PATH, _export, methods=["GET"], response_model=None)


async def _export(request: Request) -> Response:
    """Answer with the file, or with the sentence that says why there is none."""
    user = user_of_request(request)
    if not may(user.role, Right.EXPORT):
        return PlainTextResponse(user.text("alarms.not_allowed"), 403)
    query = dict(request.query_params)

    def build(context: PageContext) -> CsvFile:
        plant = context.plant
        search = parsed(query, plant.key, plant.zone)
        stamp = context.now.astimezone(plant.zone).strftime("%Y%m%d-%H%M")
        name = f"{safe_name(plant.key)}-alarms-{stamp}.csv"
        return CsvFile(name, lambda connection: _content(connection, search, plant, user))

    return await csv_response(request, "the alarm journal", build)


def _content(
    connection: psycopg.Connection[Any], search: Search, plant: Plant, user: RequestUser
) -> bytes:
    """Return the file; if there are more than ROWS_MAX events, its last line says so."""
    points = {point.point_id: point for point in plant.all_points.values()}
    parts = [csv_text.header(COLUMNS)]
    rows = 0
    for block in whole_journal(connection, search):
        for event in block[: ROWS_MAX - rows]:
            point = points.get(event.point_id or 0)
            tag, unit = (point.tag, point.unit_display) if point else ("", "")
            parts.append(csv_text.line(_cells(event, tag, unit, plant.zone, user)))
        rows += len(block)
        if rows > ROWS_MAX:
            parts.append(csv_text.line([text("journal.cut", user.language, count=ROWS_MAX)]))
            break
    return b"".join(parts)


def _cells(
    event: Event, tag: str, unit: str, zone: ZoneInfo, user: RequestUser
) -> tuple[object, ...]:
    return (
        event.at.astimezone(zone).strftime(_LOCAL),
        event.at,
        event.kind,
        event.priority,
        event.name.get(user.language) or next(iter(event.name.values()), ""),
        tag,
        event.value,
        unit,
        event.recorded_at,
        event.is_late,
        event.who,
        event.comment,
        str(event.alarm_id),
        str(event.event_id),
    )
