"""The callback that writes windows, and the one that shows anew what changed."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
from dash import ALL, MATCH, Input, Output, State, callback, ctx, no_update
from dash.exceptions import PreventUpdate

from dashboard.limits.limit import Limit
from dashboard.pages.context import PageContext, answer, no_answer
from dashboard.pages.form_answers import all_wrong, bad, mark_fields, named_values
from dashboard.pages.maintenance.forms import FAMILY, NEW
from dashboard.pages.maintenance.handlers import FORMS, send
from dashboard.pages.maintenance.page import list_content
from dashboard.store import access_log
from dashboard.store.errors import EntryUnfit, LimitReached, StoreError, Superseded
from dashboard.web.form_input import FieldsUnfit, FormInput, read_public_id, read_version
from dashboard.web.services import services

EMPTIED = frozenset({"why", "place"})

_log = logging.getLogger(__name__)
_Sent = tuple[Any, bool, Mapping[str, str]]
"""What to say, whether it is written, and the sentence of each field that is wrong."""


def register() -> None:
    """Register the callbacks with the app."""
    place = {"form": MATCH, "window": MATCH, "version": MATCH}
    fields = {"type": f"{FAMILY}-field", "field": ALL, **place}
    callback(
        Output({"type": f"{FAMILY}-said", **place}, "children"),
        Output(fields, "value"),
        Input({"type": f"{FAMILY}-send", **place}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        prevent_initial_call=True,
    )(_send)
    callback(
        Output("windows-list", "children"),
        Input({"type": f"{FAMILY}-said", "form": ALL, "window": ALL, "version": ALL}, "children"),
        prevent_initial_call=True,
    )(_show)


async def _send(clicks: Any, values: Any, ids: Any) -> tuple[Any, list[Any]]:
    place = ctx.triggered_id
    name = place.get("form") if isinstance(place, dict) else None
    if not clicks or name not in FORMS:
        raise PreventUpdate
    seen = (
        None if place.get("window") == NEW else read_public_id(place.get("window")),
        read_version(place.get("version")),
    )
    named = named_values(values, ids)
    found = await answer(lambda context: _written(context, name, seen, named))
    if found is None:
        return bad(no_answer()), [no_update] * len(ids)
    said, is_written, wrong = found
    mark_fields(ids, wrong)
    return said, ["" if is_written and one["field"] in EMPTIED else no_update for one in ids]


def _written(
    context: PageContext, name: str, seen: tuple[UUID | None, int], named: dict[str, Any]
) -> _Sent:
    display, user = context.display, context.user
    form = FormInput(named, context.plant.zone, context.now)
    try:
        with services().database.open_to_write(user.viewer) as connection:
            send(connection, name, seen, form, context)
    except FieldsUnfit as unfit:
        wrong = {field: display.text(key) for field, key in unfit.fields.items()}
        return all_wrong(wrong, display), False, wrong
    except LimitReached as reached:
        services().refusals.count(Limit(reached.limit), user.viewer, "windows")
        return _not(display.text(f"reached.{reached.limit}", allowed=reached.allowed))
    except Superseded:
        return _not(display.text("windows.superseded"))
    except EntryUnfit:
        return _not(display.text("windows.unfit"))
    except (StoreError, psycopg.errors.InsufficientPrivilege):
        _refused(context, name)
        return _not(display.text("form.not_allowed"))
    _log.info("write: %s by %s", name, user.viewer)
    return f"{display.text('form.written')} {display.moment(context.now, 'second')}", True, {}


def _not(sentence: str) -> _Sent:
    return bad(sentence), False, {}


def _refused(context: PageContext, name: str) -> None:
    """Log that somebody tried; not with which window, which may not be theirs."""
    event = access_log.AuditEvent(access_log.Action.REFUSED, name, client=context.user.client)
    try:
        with services().database.open_to_write(context.user.viewer) as connection:
            access_log.record(connection, event)
    except LimitReached as reached:
        services().refusals.count(Limit(reached.limit), context.user.viewer, "refused windows")
    except psycopg.errors.InsufficientPrivilege:
        _log.warning("refuse: %s by %s, who is nobody now", name, context.user.viewer)


async def _show(_said: Any) -> Any:
    found = await answer(list_content)
    return no_update if found is None else found
