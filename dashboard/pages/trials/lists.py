"""What people wrote about a trial, and who did what with it. All of it is shown as plain text."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.store import access_log, trial_journal
from dashboard.store.notes import Note
from dashboard.store.plant import SitePoint
from dashboard.web.display import Reader
from dashboard.web.texts import catalogue

LOG_ROWS_MAX = 50
EXPORTS_MAX = 5
EXPORTS = (access_log.Action.EXPORT, access_log.Action.EXPORT_FAILED)


def note_list(notes: Sequence[Note], points: Sequence[SitePoint], reader: Reader) -> Any:
    """Return notes, the newest first."""
    names: dict[int | None, str] = {
        point.point_id: f"{reader.name(point.name)} ({point.tag})" for point in points
    }
    rows = [
        _row(note, [html.Div(note.body, className="entry-body")], names.get(note.point_id), reader)
        for note in reversed(notes)
    ]
    return _list(rows, reader.text("trial.no_notes"))


def journal_list(entries: Sequence[trial_journal.Entry], reader: Reader) -> Any:
    """Return the entries of the journal, the newest first."""
    rows = [_row(entry, _entry(entry, reader), None, reader) for entry in reversed(entries)]
    return _list(rows, reader.text("trial.no_entries"))


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


def _entry(entry: trial_journal.Entry, reader: Reader) -> list[Any]:
    kind = html.Span(reader.text(f"entry.{entry.kind}"), className=f"kind kind-{entry.kind}")
    head = html.Div([kind, html.Span(entry.title, className="entry-title")])
    return [head, html.Div(entry.body, className="entry-body")] if entry.body else [head]


def _row(
    written: Note | trial_journal.Entry, content: list[Any], point: str | None, reader: Reader
) -> Any:
    parts = [written.author, reader.moment(written.written_at)]
    signature = html.Div(" · ".join([point, *parts] if point else parts), className="quiet")
    return html.Div(
        [
            html.Div(_times(written, reader), className="entry-time"),
            html.Div([*content, signature]),
        ],
        className="entry",
    )


def _times(written: Note | trial_journal.Entry, reader: Reader) -> str:
    start = reader.moment(written.from_at)
    return start if written.to_at is None else f"{start} – {reader.moment(written.to_at)}"


def _list(rows: Sequence[Any], empty: str) -> Any:
    return html.Div(list(rows) or html.Div(empty, className="quiet"), className="entries")
