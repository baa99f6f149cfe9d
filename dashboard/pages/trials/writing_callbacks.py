"""What is done with one note or entry: unfolded, withdrawn with a reason, undone right after.

What comes back from the page is only looked up among what the viewer may see.
"""

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from dash import ALL, MATCH, Input, Output, State, callback, ctx, html, no_update, set_props
from dash.exceptions import PreventUpdate

from dashboard.pages.context import PageContext, answer, no_answer
from dashboard.pages.form_answers import bad
from dashboard.pages.trials.access import OpenTrial, open_trial, trial_number
from dashboard.pages.trials.limit_reached import refuse
from dashboard.pages.trials.writing_list import writing_row
from dashboard.store import access_log
from dashboard.store.errors import EntryUnfit, LimitReached, NotAllowed, Superseded
from dashboard.store.trial_writing import REASON_CHARACTERS_MAX, Written, one_writing, withdraw
from dashboard.web import callback_input
from dashboard.web.form_input import read_public_id
from dashboard.web.services import services

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Row:
    """A note or entry that a page says something is to be done with."""

    of: Written
    trial: int
    public_id: UUID


def register() -> None:
    """Register the callbacks with the app."""
    row = {"list": MATCH, "trial": MATCH, "written": MATCH}
    callback(
        Output({"type": "writing", **row}, "children"),
        Input({"type": "writing-open", **row}, "n_clicks"),
        State({"type": "writing-open", **row}, "id"),
        prevent_initial_call=True,
    )(_open)
    callback(
        Output({"type": "writing", **row}, "children", allow_duplicate=True),
        Output({"type": "writing-said", **row}, "children"),
        Input({"type": "writing-withdraw", **row}, "n_clicks"),
        State({"type": "writing-reason", **row}, "value"),
        State({"type": "writing-withdraw", **row}, "id"),
        prevent_initial_call=True,
    )(_withdraw)
    form = {"form": MATCH, "trial": MATCH}
    callback(
        Output({"type": "form-said", **form}, "children", allow_duplicate=True),
        Input({"type": "form-undo", "written": ALL, **form}, "n_clicks"),
        prevent_initial_call=True,
    )(_undo)


async def _open(clicks: Any, place: Any) -> Any:
    row = _row(place, "list")
    if not clicks or row is None:
        raise PreventUpdate
    shown = await answer(lambda context: _shown(context, row))
    return no_update if shown is None else shown


async def _withdraw(clicks: Any, reason: Any, place: Any) -> tuple[Any, Any]:
    row = _row(place, "list")
    if not clicks or row is None:
        raise PreventUpdate
    written = callback_input.text(reason).strip()

    def build(context: PageContext) -> tuple[Any, Any]:
        if not written or len(written) > REASON_CHARACTERS_MAX:
            key = "missing" if not written else "long"
            return no_update, bad(context.display.text(f"form.unfit.{key}"))
        sentence = _withdrawn(context, row, written)
        if sentence:
            return no_update, bad(sentence)
        # The forms of the trial's page, where there are any, say so too, and show its lists anew.
        set_props(
            {"type": "form-said", "form": row.of, "trial": row.trial},
            {"children": _said(context)},
        )
        return _shown(context, row), no_update

    found = await answer(build)
    return (no_update, bad(no_answer())) if found is None else found


async def _undo(clicks: Any) -> Any:
    row = _row(ctx.triggered_id, "form")
    if row is None or not isinstance(clicks, list) or not any(clicks):
        raise PreventUpdate

    def build(context: PageContext) -> Any:
        sentence = _withdrawn(context, row, "")
        return bad(sentence) if sentence else _said(context)

    found = await answer(build)
    return bad(no_answer()) if found is None else found


def _withdrawn(context: PageContext, row: _Row, reason: str) -> str:
    """Withdraw a note or entry, and return why it could not be done; an empty text if it was."""
    user, display = context.user, context.display
    event = access_log.AuditEvent(
        access_log.Action.CHANGE, f"withdraw_{row.of}", trial_id=row.trial, client=user.client
    )
    try:
        with services().database.open_to_write(user.viewer) as connection:
            # What ends somebody's sight of the trial is logged while it is there.
            access_log.record(connection, event)
            withdraw(connection, row.trial, row.of, row.public_id, reason)
    except LimitReached as reached:
        return refuse(reached, context, row.trial)
    except (Superseded, EntryUnfit):
        return display.text("writing.superseded")
    except (NotAllowed, psycopg.errors.InsufficientPrivilege):
        return display.text("writing.not_withdrawn")
    _log.info("write: withdrawal of %s %s by %s", row.of, row.public_id, user.viewer)
    return ""


def _shown(context: PageContext, row: _Row) -> Any:
    """Return the content of a row with all of its text. Raises PreventUpdate if it is not there."""
    with services().database.open(context.user.viewer) as connection:
        opened: OpenTrial | None = open_trial(connection, context.plant, row.trial)
        found = one_writing(connection, row.trial, row.of, row.public_id)
    if opened is None or found is None:
        raise PreventUpdate
    return writing_row(found, row.of, opened, context.user.display(opened.zone))


def _row(place: Any, name: str) -> _Row | None:
    """Read which note or entry an element of the page belongs to; None if to none."""
    if not isinstance(place, dict):
        return None
    of, number = place.get(name), trial_number(place.get("trial"))
    public_id = read_public_id(place.get("written"))
    if of not in tuple(Written) or number is None or public_id is None:
        return None
    return _Row(Written(of), number, public_id)


def _said(context: PageContext) -> Any:
    clock = context.display.moment(context.now, "second")
    return html.Span(f"{context.display.text('writing.withdrawn')} {clock}")
