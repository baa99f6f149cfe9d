"""A file that a page offers: made for the viewer and logged, or the sentence that says why not."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.limits.limit import Limit
from dashboard.limits.turns import TooBusy
from dashboard.pages.context import PageContext, context_of
from dashboard.store import access_log
from dashboard.store.errors import LimitReached
from dashboard.web.request_user import RequestUser, user_of_request
from dashboard.web.services import Services

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CsvFile:
    """A file to be made: its name, and its content out of a transaction of the viewer."""

    name: str
    content: Callable[[psycopg.Connection[Any]], bytes]


async def csv_response(
    request: Request, what: str, build: Callable[[PageContext], CsvFile | None]
) -> Response:
    """Answer with the file that `build` tells of, with 404 if it tells of none.

    `what` is what the log calls such files. What a viewer is refused is counted there.
    """
    user = user_of_request(request)
    services: Services = request.app.state.services

    def made() -> Response:
        file = build(context_of(services, user, datetime.now(UTC)))
        return (
            _sentence(user, "app.not_found", 404) if file is None else _made(services, user, file)
        )

    try:
        return await services.turns.run(user.viewer, made, is_guest=user.only_trials)
    except TooBusy as error:
        return _sentence(user, "app.busy" if error.own else "app.too_slow", 503)
    except LimitReached as reached:
        services.refusals.count(Limit(reached.limit), user.viewer, f"exports of {what}")
        return _sentence(user, f"reached.{reached.limit}", 429)
    except psycopg.errors.QueryCanceled:
        services.refusals.count(Limit.QUERY_TIME, user.viewer, "an export took too long")
        return _sentence(user, "app.too_slow", 503)
    except psycopg.OperationalError as error:
        _log.warning("export: of %s: the database is away: %s", what, error)
        return _sentence(user, "app.database_away", 503)


def _made(services: Services, user: RequestUser, file: CsvFile) -> Response:
    event = access_log.AuditEvent(access_log.Action.EXPORT, file.name, client=user.client)
    with services.database.open_to_write(user.viewer) as connection:
        access_log.record(connection, event)
        content = file.content(connection)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _sentence(user: RequestUser, key: str, status: int) -> Response:
    return PlainTextResponse(user.text(key), status)
