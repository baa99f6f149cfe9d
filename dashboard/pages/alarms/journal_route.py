"""`GET /alarms/journal.csv`: what the journal's page searches for, as one file."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.auth.roles import Right, may
from dashboard.exports import csv_text
from dashboard.exports.file_names import safe_name
from dashboard.limits.limit import Limit
from dashboard.limits.turns import TooBusy
from dashboard.pages.alarms.journal_page import EXPORT_PATH
from dashboard.pages.alarms.search_address import parsed
from dashboard.store import access_log
from dashboard.store.alarm_journal import Event, Search, whole_journal
from dashboard.store.errors import LimitReached
from dashboard.store.plant import Plant
from dashboard.web.request_user import RequestUser, user_of_request
from dashboard.web.services import Services
from dashboard.web.texts import text

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
_log = logging.getLogger(__name__)


def register(server: FastAPI) -> None:
    """Add the route to the server."""
    server.add_api_route(EXPORT_PATH, _export, methods=["GET"], response_model=None)


async def _export(request: Request) -> Response:
    """Answer with the file, or with the sentence that says why there is none."""
    user = user_of_request(request)
    services: Services = request.app.state.services
    if not may(user.role, Right.EXPORT):
        return PlainTextResponse(user.text("alarms.not_allowed"), 403)
    query = dict(request.query_params)

    def build() -> Response:
        return _file(services, user, query)

    try:
        return await services.turns.run(user.viewer, build, is_guest=user.only_trials)
    except TooBusy as error:
        return _refused(user, "app.busy" if error.own else "app.too_slow", 503)
    except LimitReached as reached:
        services.refusals.count(Limit(reached.limit), user.viewer, "exports of the alarm journal")
        return _refused(user, f"reached.{reached.limit}", 429)
    except psycopg.errors.QueryCanceled:
        services.refusals.count(Limit.QUERY_TIME, user.viewer, "an export took too long")
        return _refused(user, "app.too_slow", 503)
    except psycopg.OperationalError as error:
        _log.warning("alarms: the database is away: %s", error)
        return _refused(user, "app.database_away", 503)


def _refused(user: RequestUser, sentence: str, status: int) -> Response:
    return PlainTextResponse(user.text(sentence), status)


def _file(services: Services, user: RequestUser, query: Mapping[str, str]) -> Response:
    now = datetime.now(UTC)
    plant = services.plants.of(user.viewer, user.site, now)
    search = parsed(query, plant.key, plant.zone)
    stamp = now.astimezone(plant.zone).strftime("%Y%m%d-%H%M")
    name = f"{safe_name(plant.key)}-alarms-{stamp}.csv"
    event = access_log.AuditEvent(access_log.Action.EXPORT, name, client=user.client)
    with services.database.open_to_write(user.viewer) as connection:
        access_log.record(connection, event)
        content = _content(connection, search, plant, user)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


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
