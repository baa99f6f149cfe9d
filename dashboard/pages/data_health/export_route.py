"""`GET /data-health.csv`: how complete each point was, a column for each day."""

from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from dashboard.auth.roles import Right, may
from dashboard.exports import csv_text
from dashboard.exports.file_names import safe_name
from dashboard.pages.context import PageContext
from dashboard.pages.csv_response import CsvFile, csv_response
from dashboard.pages.data_health.page import EXPORT_PATH
from dashboard.pages.data_health.table import completeness_rows
from dashboard.store.connections import senders
from dashboard.store.data_health import data_health
from dashboard.store.instruments import instruments
from dashboard.web.request_user import user_of_request


def register(server: FastAPI) -> None:
    """Add the route to the server."""
    server.add_api_route(EXPORT_PATH, _export, methods=["GET"], response_model=None)


async def _export(request: Request) -> Response:
    """Answer with the file, or with the sentence that says why there is none."""
    user = user_of_request(request)
    if not may(user.role, Right.SEE_DATA_HEALTH):
        return PlainTextResponse(user.text("app.not_found"), 404)
    return await csv_response(request, "the data health page", _file)


def _file(context: PageContext) -> CsvFile:
    name = f"{safe_name(context.plant.key)}-completeness-{context.now:%Y%m%dT%H%MZ}.csv"

    def content(connection: psycopg.Connection[Any]) -> bytes:
        health = data_health(connection, context.plant, context.now)
        devices = instruments(connection, context.plant.key, context.display.language)
        sending = senders(connection, context.plant.key)
        rows = completeness_rows(health, devices, sending, context)
        return csv_text.table(rows, list(rows[0]) if rows else [])

    return CsvFile(name, content)
