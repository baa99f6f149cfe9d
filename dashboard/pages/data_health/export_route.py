"""The files of the page: how complete each point was, a column for each day; and connections."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.auth.roles import Right, may
from dashboard.exports import csv_text
from dashboard.exports.file_names import safe_name
from dashboard.pages.context import PageContext
from dashboard.pages.csv_response import CsvFile, csv_response
from dashboard.pages.data_health.connections_file import COLUMNS, connection_rows
from dashboard.pages.data_health.page import CONNECTIONS_PATH, EXPORT_PATH
from dashboard.pages.data_health.table import completeness_rows
from dashboard.pages.data_health.way import read_way
from dashboard.store.connections import senders
from dashboard.store.data_health import data_health
from dashboard.store.instruments import instruments
from dashboard.web.request_user import user_of_request


def register(server: FastAPI) -> None:
    """Add the routes to the server."""
    for path, build in ((EXPORT_PATH, _completeness), (CONNECTIONS_PATH, _connections)):
        server.add_api_route(path, _route(build), methods=["GET"], response_model=None)


def _route(build: Callable[[PageContext], CsvFile]) -> Callable[[Request], Awaitable[Response]]:
    async def export(request: Request) -> Response:
        """Answer with the file, or with the sentence that says why there is none."""
        user = user_of_request(request)
        if not may(user.role, Right.SEE_DATA_HEALTH):
            return PlainTextResponse(user.text("app.not_found"), 404)
        return await csv_response(request, "the data health page", build)

    return export


def _completeness(context: PageContext) -> CsvFile:
    def content(connection: psycopg.Connection[Any]) -> bytes:
        health = data_health(connection, context.plant, context.now)
        devices = instruments(connection, context.plant.key, context.display.language)
        sending = senders(connection, context.plant.key)
        rows = completeness_rows(health, devices, sending, context)
        return csv_text.table(rows, list(rows[0]) if rows else [])

    return CsvFile(_name("completeness", context), content)


def _connections(context: PageContext) -> CsvFile:
    display = context.display

    def content(connection: psycopg.Connection[Any]) -> bytes:
        devices = instruments(connection, context.plant.key, display.language)
        rows = connection_rows(read_way(connection, devices, context), context.now, display)
        return csv_text.table(rows, COLUMNS)

    return CsvFile(_name("connections", context), content)


def _name(what: str, context: PageContext) -> str:
    return f"{safe_name(context.plant.key)}-{what}-{context.now:%Y%m%dT%H%MZ}.csv"
