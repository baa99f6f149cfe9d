"""The callbacks that write: one for all forms of a trial; and those that show anew what changed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from dash import ALL, MATCH, Input, Output, State, callback, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.limits.writing import OF_A_TEXT
from dashboard.pages.context import PageContext, answer, no_answer
from dashboard.pages.form_answers import all_wrong, bad, mark_fields, named_values
from dashboard.pages.trials.access import open_trial, trial_number
from dashboard.pages.trials.form_handlers import FORMS, Done, send
from dashboard.pages.trials.layout import book_id, head
from dashboard.pages.trials.limit_reached import refuse
from dashboard.pages.trials.lists import export_list, log_table
from dashboard.pages.trials.page import offer_anew, read_records
from dashboard.pages.trials.plan import shared_points
from dashboard.pages.trials.writing_list import writing_list
from dashboard.store import access_log
from dashboard.store.errors import EntryUnfit, LimitReached, StoreError, Superseded
from dashboard.store.trial_setup import lines
from dashboard.store.trial_writing import UNDO_TIME, Written
from dashboard.web.display import DisplaySettings
from dashboard.web.form_input import FieldsUnfit, FormInput, FormUnfit
from dashboard.web.services import services

# What is emptied once it is written; the rest is likely to be wanted again.
EMPTIED = frozenset({"body", "title", "reason", "to_at", "guest", "replaces", "invited"})
PARTS = ("head", "notes", "journal", "exports", "log")
# Where somebody goes on after a form: the text of the link and its address.
LEADS_TO = {
    "trial": ("trials.open", "/trials/{trial}"),
    "withdraw": ("package.back", "/trials"),
}

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
        *(Output(book_id(part, MATCH), "children") for part in PARTS),
        Output({"type": "trial-marks", "trial": MATCH}, "data"),
        Input({"type": "form-said", "form": ALL, "trial": MATCH}, "children"),
        State(book_id("notes", MATCH), "id"),
        prevent_initial_call=True,
    )(_show)
    callback(
        Output({"type": "form-preview", **place}, "children"),
        Input({"type": "form-field", "field": "points", **place}, "value"),
        State(fields, "value"),
        State(fields, "id"),
        State({"type": "form-preview", **place}, "id"),
        prevent_initial_call=True,
    )(_preview)


async def _send(clicks: Any, values: Any, ids: Any) -> tuple[Any, list[Any]]:
    place = ctx.triggered_id
    form, number = _place(place)
    if not clicks or form is None or number is None:
        raise PreventUpdate
    named = named_values(values, ids)

    def build(context: PageContext) -> _Sending:
        return _written(context, form, number, named)

    found = await answer(build)
    if found is None:
        return bad(no_answer()), [no_update] * len(ids)
    mark_fields(ids, found.wrong)
    emptied = [("" if found.is_written and one["field"] in EMPTIED else no_update) for one in ids]
    return found.said, emptied


@dataclass(frozen=True)
class _Sending:
    """What to say about a form that was sent, and the sentence of each field that is wrong."""

    said: Any
    is_written: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)


def _written(context: PageContext, form: str, number: int, named: dict[str, Any]) -> _Sending:
    """Write a form."""
    user, display = context.user, context.display
    sent = FormInput(named, context.plant.zone, context.now)
    try:
        with services().database.open_to_write(user.viewer) as connection:
            done = send(connection, form, number, sent, user.client)
    except FieldsUnfit as unfit:
        wrong = {name: display.text(key) for name, key in unfit.fields.items()}
        return _Sending(all_wrong(wrong, display), wrong=wrong)
    except (StoreError, psycopg.errors.InsufficientPrivilege) as error:
        return _unwritten(error, context, form, number)
    _log.info("write: %s of trial %d by %s", form, done.trial, user.viewer)
    if form in LEADS_TO:
        key, address = LEADS_TO[form]
        href = display.address(address.format(trial=done.trial))
        link = dcc.Link(display.text(key), href=href, className="quiet-link")
        return _Sending(html.Span([display.text("form.written"), " ", link]), is_written=True)
    clock = display.moment(context.now, "second")
    said = [html.Span(f"{display.text('form.written')} {clock}")]
    if form in tuple(Written):
        said.append(_undo(form, done, display))
    return _Sending(said, is_written=True)


def _unwritten(error: Exception, context: PageContext, form: str, trial: int) -> _Sending:
    """Return why a form was not written; what was typed stays."""
    if isinstance(error, LimitReached):
        sentence = refuse(error, context, trial)
        wrong = {"body": sentence} if error.limit in OF_A_TEXT else {}
        return _Sending(bad(sentence), wrong=wrong)
    if isinstance(error, Superseded):
        return _Sending(bad(context.display.text("writing.superseded")))
    if isinstance(error, EntryUnfit):
        return _Sending(bad(context.display.text(f"form.unfit.{form}")))
    _refused(context, form, trial)
    return _Sending(bad(context.display.text("form.not_allowed")))


def _undo(form: str, done: Done, display: DisplaySettings) -> Any:
    """Return the button that takes back what was just written."""
    minutes = UNDO_TIME // timedelta(minutes=1)
    place = {"form": form, "trial": done.trial, "written": str(done.written)}
    return html.Button(
        display.text("writing.undo", minutes=minutes),
        id={"type": "form-undo", **place},
        className="button-plain",
    )


def _refused(context: PageContext, form: str, trial: int) -> None:
    """Log that somebody tried; not of which trial, which may not be theirs."""
    event = access_log.AuditEvent(access_log.Action.REFUSED, form, client=context.user.client)
    try:
        with services().database.open_to_write(context.user.viewer) as connection:
            access_log.record(connection, event)
    except LimitReached as reached:
        refuse(reached, context, trial)
    except psycopg.errors.InsufficientPrivilege:
        _log.warning("refuse: %s by %s, who is nobody now", form, context.user.viewer)


async def _show(_said: Any, place: Any) -> tuple[Any, ...]:
    number = trial_number(place.get("trial")) if isinstance(place, dict) else None

    def build(context: PageContext) -> tuple[Any, ...]:
        with services().database.open(context.user.viewer) as connection:
            opened = open_trial(connection, context.plant, number)
            if opened is None:
                gone = html.Div(context.display.text("trial.none"), className="quiet")
                return *(gone for _ in PARTS), no_update
            records = read_records(connection, opened)
            offer_anew(connection, opened, records, context)
        display = context.user.display(opened.zone)
        return (
            head(opened, context.now, display),
            writing_list(records.notes, opened, display),
            writing_list(records.entries, opened, display),
            export_list(records.log, display),
            log_table(records.log, display),
            context.now.timestamp(),
        )

    parts = await answer(build)
    if parts is None:
        raise PreventUpdate
    return parts


async def _preview(chosen: Any, values: Any, ids: Any, place: Any) -> Any:
    """Show which points a trial would share if its form were sent now."""
    number = trial_number(place.get("trial")) if isinstance(place, dict) else None
    named = named_values(values, ids)

    def build(context: PageContext) -> Any:
        sent = FormInput({**named, "points": chosen}, context.plant.zone, context.now)
        with services().database.open(context.user.viewer) as connection:
            opened = open_trial(connection, context.plant, number)
            known = lines(connection)
        try:
            points, line = set(sent.ids("points")), sent.id("line")
        except FormUnfit:
            raise PreventUpdate from None
        key = next((one.key for one in known if one.line_id == line), None)
        key = opened.trial.line if opened is not None else key
        return shared_points(points, key, context.plant.points, context.display)

    found = await answer(build)
    return no_update if found is None else found


def _place(place: Any) -> tuple[str | None, int | None]:
    if not isinstance(place, dict):
        return None, None
    form = place.get("form")
    known = form if isinstance(form, str) and form in FORMS else None
    return known, trial_number(place.get("trial"))
