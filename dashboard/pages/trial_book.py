"""The callbacks that write: one for all forms of a trial, and one that shows its lists anew."""

import logging
from typing import Any

import psycopg
from dash import ALL, MATCH, Input, Output, State, callback, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.access import log
from dashboard.pages.answer import Question, answer, no_answer
from dashboard.pages.trial import read_book
from dashboard.parts.trial_book import export_list, journal_list, log_table, note_list
from dashboard.parts.trial_page import book_id
from dashboard.sent_form import FormUnfit, Sent
from dashboard.services import services
from dashboard.trial_book.errors import EntryUnfit, NotAllowed
from dashboard.trial_forms import FORMS, send
from dashboard.trials import open_trial, trial_number

# What is emptied once it is written; the rest is likely to be wanted again.
EMPTIED = frozenset({"body", "title", "reason", "to_at", "guest", "replaces"})

_log = logging.getLogger(__name__)


def register() -> None:
    """Register the callbacks with the app."""
    place = {"form": MATCH, "trial": MATCH}
    fields = {"type": "form-field", "field": ALL, **place}
    callback(
        Output({"type": "form-said", **place}, "children"),
        Output(fields, "value"),
        Input({"type": "form-send", **place}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        prevent_initial_call=True,
    )(_send)
    callback(
        *(
            Output(book_id(part, MATCH), "children")
            for part in ("notes", "journal", "exports", "log")
        ),
        Output({"type": "trial-marks", "trial": MATCH}, "data"),
        Input({"type": "form-said", "form": ALL, "trial": MATCH}, "children"),
        State(book_id("notes", MATCH), "id"),
        prevent_initial_call=True,
    )(_show)


async def _send(clicks: Any, values: Any, ids: Any) -> tuple[Any, list[Any]]:
    place = ctx.triggered_id
    form, number = _place(place)
    if not clicks or form is None or number is None:
        raise PreventUpdate
    named = _named(values, ids)

    def build(asked: Question) -> tuple[Any, bool]:
        return _written(asked, form, number, named)

    found = await answer(build)
    if found is None:
        return _bad(no_answer()), [no_update] * len(ids)
    said, is_written = found
    emptied = [("" if is_written and one.get("field") in EMPTIED else no_update) for one in ids]
    return said, emptied


def _written(asked: Question, form: str, number: int, named: dict[str, Any]) -> tuple[Any, bool]:
    """Write a form; return what to say, and whether it was written."""
    visit, reader = asked.visit, asked.reader
    sent = Sent(named, asked.plant.zone, asked.now)
    try:
        with services().database.open_to_write(visit.viewer) as connection:
            trial = send(connection, form, number, sent, visit.client)
    except FormUnfit as unfit:
        return _bad(f"{reader.text(f'form.{unfit.field}')}: {reader.text(unfit.key)}"), False
    except EntryUnfit:
        return _bad(reader.text(f"form.unfit.{form}")), False
    except (NotAllowed, psycopg.errors.InsufficientPrivilege):
        _refused(asked, form)
        return _bad(reader.text("form.not_allowed")), False
    _log.info("write: %s of trial %d by %s", form, trial, visit.viewer)
    if form == "trial":
        address = reader.address(f"/trials/{trial}")
        link = dcc.Link(reader.text("trials.open"), href=address, className="quiet-link")
        return html.Span([reader.text("form.written"), " ", link]), True
    clock = reader.moment(asked.now, "second")
    return html.Span(f"{reader.text('form.written')} {clock}"), True


def _refused(asked: Question, form: str) -> None:
    """Log that somebody tried; not of which trial, which may not be theirs."""
    deed = log.Deed(log.Action.REFUSED, form, client=asked.visit.client)
    try:
        with services().database.open_to_write(asked.visit.viewer) as connection:
            log.record(connection, deed)
    except psycopg.errors.InsufficientPrivilege:
        _log.warning("refuse: %s by %s, who is nobody now", form, asked.visit.viewer)


async def _show(_said: Any, place: Any) -> tuple[Any, ...]:
    number = trial_number(place.get("trial")) if isinstance(place, dict) else None

    def build(asked: Question) -> tuple[Any, ...]:
        with services().database.open(asked.visit.viewer) as connection:
            opened = open_trial(connection, asked.plant, number)
            book = None if opened is None else read_book(connection, opened)
        if opened is None or book is None:
            gone = html.Div(asked.reader.text("trial.none"), className="quiet")
            return gone, gone, gone, gone, no_update
        reader = asked.visit.reader(opened.zone)
        points = list(opened.all_points.values())
        return (
            note_list(book.notes, points, reader),
            journal_list(book.entries, reader),
            export_list(book.log, reader),
            log_table(book.log, reader),
            asked.now.timestamp(),
        )

    parts = await answer(build)
    if parts is None:
        raise PreventUpdate
    return parts


def _place(place: Any) -> tuple[str | None, int | None]:
    if not isinstance(place, dict):
        return None, None
    form = place.get("form")
    known = form if isinstance(form, str) and form in FORMS else None
    return known, trial_number(place.get("trial"))


def _named(values: Any, ids: Any) -> dict[str, Any]:
    """Return the values by the names of their fields; what has no name is left out."""
    if not isinstance(values, list) or not isinstance(ids, list) or len(values) != len(ids):
        raise PreventUpdate
    if not all(isinstance(one, dict) and isinstance(one.get("field"), str) for one in ids):
        raise PreventUpdate
    return {one["field"]: value for one, value in zip(ids, values, strict=True)}


def _bad(sentence: str) -> Any:
    return html.Span(sentence, className="warn")
