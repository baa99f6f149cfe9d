"""Who did what with a trial. All of it is shown as plain text."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.table import table
from dashboard.store import access_log
from dashboard.texts import catalogue
from dashboard.web.display import DisplaySettings

LOG_ROWS_MAX = 50
EXPORTS_MAX = 5
EXPORTS = (access_log.Action.EXPORT, access_log.Action.EXPORT_FAILED)


def log_table(entries: Sequence[access_log.Entry], display: DisplaySettings) -> Any:
    """Return the access log of a trial as a table, the newest first."""
    titles = [display.text(f"log.{column}") for column in ("at", "who", "action", "object")]
    if not entries:
        return html.Div(display.text("trial.no_log"), className="note")
    rows = (_cells(entry, display) for entry in entries[:LOG_ROWS_MAX])
    return html.Div(table(titles, rows, text=True), className="log-rows")


def export_list(entries: Sequence[access_log.Entry], display: DisplaySettings) -> Any:
    """Return who took the data home last."""
    found = [entry for entry in entries if entry.action in EXPORTS][:EXPORTS_MAX]
    if not found:
        return html.Div(display.text("trial.no_exports"), className="quiet")
    rows = [
        html.Li(
            " · ".join(
                (
                    display.moment(entry.at),
                    entry.who or display.text("log.nobody"),
                    display.text(f"action.{entry.action}"),
                )
            )
        )
        for entry in found
    ]
    return html.Ul(rows, className="exports")


def _cells(entry: access_log.Entry, display: DisplaySettings) -> list[str]:
    who = entry.who or display.text("log.nobody")
    role = f"role.{entry.role}"
    if role in catalogue():
        who = f"{who} ({display.text(role)})"
    key = f"action.{entry.action}"
    action = display.text(key) if key in catalogue() else entry.action
    form = f"log.form.{entry.object}"
    what = display.text(form) if form in catalogue() else entry.object
    return [display.moment(entry.at, "second"), who, action, what]
