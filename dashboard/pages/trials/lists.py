"""Who did what with a trial. All of it is shown as plain text."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.store import access_log
from dashboard.web.display import Reader
from dashboard.web.texts import catalogue

LOG_ROWS_MAX = 50
EXPORTS_MAX = 5
EXPORTS = (access_log.Action.EXPORT, access_log.Action.EXPORT_FAILED)


def log_table(entries: Sequence[access_log.Entry], reader: Reader) -> Any:
    """Return the access log of a trial as a table, the newest first."""
    titles = [reader.text(f"log.{column}") for column in ("at", "who", "action", "object")]
    rows = [
        html.Tr(
            [
                html.Td(content, **{"data-title": title})
                for title, content in zip(titles, _cells(entry, reader), strict=True)
            ]
        )
        for entry in entries[:LOG_ROWS_MAX]
    ]
    if not rows:
        return html.Div(reader.text("trial.no_log"), className="note")
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in titles]))
    table = html.Table([head, html.Tbody(rows)], className="table log-table")
    return html.Div(table, className="log-rows")


def export_list(entries: Sequence[access_log.Entry], reader: Reader) -> Any:
    """Return who took the data home last."""
    found = [entry for entry in entries if entry.action in EXPORTS][:EXPORTS_MAX]
    if not found:
        return html.Div(reader.text("trial.no_exports"), className="quiet")
    rows = [
        html.Li(
            " · ".join(
                (
                    reader.moment(entry.at),
                    entry.who or reader.text("log.nobody"),
                    reader.text(f"action.{entry.action}"),
                )
            )
        )
        for entry in found
    ]
    return html.Ul(rows, className="exports")


def _cells(entry: access_log.Entry, reader: Reader) -> list[str]:
    who = entry.who or reader.text("log.nobody")
    role = f"role.{entry.role}"
    if role in catalogue():
        who = f"{who} ({reader.text(role)})"
    key = f"action.{entry.action}"
    action = reader.text(key) if key in catalogue() else entry.action
    form = f"log.form.{entry.object}"
    what = reader.text(form) if form in catalogue() else entry.object
    return [reader.moment(entry.at, "second"), who, action, what]
