"""The callbacks that act on alarms. What comes from the page is only looked up for the viewer."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dash import ALL, MATCH, Input, Output, State, callback, ctx, html, no_update, set_props
from dash.exceptions import PreventUpdate

from dashboard.pages.alarms.acts import ACTS, acknowledge, act, offered
from dashboard.pages.context import PageContext, answer, no_answer
from dashboard.pages.form_answers import bad, mark_fields, named_values
from dashboard.store.alarm_actions import ACKNOWLEDGED_AT_ONCE_MAX, acknowledged_by
from dashboard.store.alarms import one_alarm
from dashboard.web.form_input import FormInput, FormUnfit, read_public_id
from dashboard.web.services import services


def register() -> None:
    """Register the callbacks with the app."""
    one = {"occurrence": MATCH}
    callback(
        Output({"type": "alarm-acknowledged", **one}, "children"),
        Input({"type": "alarm-acknowledge", **one}, "n_clicks"),
        State({"type": "alarm-acknowledge", **one}, "id"),
        prevent_initial_call=True,
    )(_acknowledge_one)
    callback(
        Output("alarm-all-said", "children"),
        Input("alarm-seen", "data"),
        prevent_initial_call=True,
    )(_acknowledge_seen)
    place = {"act": MATCH, "alarm": MATCH}
    fields = {"type": "alarm-field", "field": ALL, **place}
    callback(
        Output({"type": "alarm-act-said", **place}, "children"),
        Output(fields, "value"),
        Input({"type": "alarm-act", **place}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("alarm-offered", "data"),
        prevent_initial_call=True,
    )(_act)


async def _acknowledge_one(clicks: Any, place: Any) -> Any:
    return await _acknowledged(clicks, [place.get("occurrence")] if isinstance(place, dict) else [])


async def _acknowledge_seen(seen: Any) -> Any:
    listed = seen.get("occurrences") if isinstance(seen, dict) else None
    return await _acknowledged(seen, listed if isinstance(listed, list) else [])


async def _acknowledged(clicks: Any, listed: list[Any]) -> Any:
    read = [read_public_id(one) for one in listed]
    occurrences = [one for one in read if one is not None][:ACKNOWLEDGED_AT_ONCE_MAX]
    if not clicks:
        raise PreventUpdate

    def build(context: PageContext) -> Any:
        count, failed = acknowledge(context, occurrences) if occurrences else (0, "")
        if failed:
            return html.Span(failed, className="warn")
        display, others = context.display, len(occurrences) - count
        parts = [display.text("alarms.acknowledged", count=count)] if count else []
        if others or not count:
            parts.append(_acknowledged_before(context, occurrences, others))
        return " ".join(parts)

    said = await answer(build)
    if said is None:
        return html.Span(no_answer(), className="warn")
    _redraw()
    return said


def _acknowledged_before(context: PageContext, occurrences: Sequence[UUID], others: int) -> str:
    """Return that somebody was faster: of one alarm, who."""
    who = None
    if len(occurrences) == 1:
        with services().database.open(context.user.viewer) as connection:
            who = acknowledged_by(connection, occurrences[0])
    if who is not None:
        return context.display.text("alarms.acknowledged_by", who=who)
    return context.display.text("alarms.acknowledged_before", count=others)


async def _act(clicks: Any, values: Any, ids: Any, seen: Any) -> tuple[Any, list[Any]]:
    place = ctx.triggered_id
    key = place.get("act") if isinstance(place, dict) else None
    alarm_id = read_public_id(place.get("alarm")) if isinstance(place, dict) else None
    if not clicks or key not in ACTS or alarm_id is None:
        raise PreventUpdate
    named = named_values(values, ids)
    kept = [no_update] * len(ids)
    acts = seen if isinstance(seen, list) else []
    found = await answer(lambda context: _done(context, key, alarm_id, named, acts))
    if found is None:
        return bad(no_answer()), kept
    failed, wrong = found
    mark_fields(ids, wrong)
    if failed:
        return bad(failed), kept
    _redraw()
    emptied = ["" if one.get("field") == "text" else no_update for one in ids]
    return (await answer(lambda context: context.display.text("form.written"))), emptied


def _done(
    context: PageContext, key: str, alarm_id: UUID, named: dict[str, Any], seen: Sequence[Any]
) -> tuple[str, dict[str, str]]:
    """Do an act; return what stands against it, or an empty text; and what is wrong by field.

    `seen` is what the page offered: who has not seen a shelf does not move its end.
    """
    with services().database.open(context.user.viewer) as connection:
        alarm = one_alarm(connection, alarm_id)
    if alarm is None:
        return context.display.text("alarms.not_allowed"), {}
    if key not in offered(alarm, context.user):
        return context.display.text("alarms.superseded"), {}
    if key == "shelve" and alarm.state == "shelved" and "unshelve" not in seen:
        return context.display.text("alarms.faster", who=alarm.shelved_by or "–"), {}
    form = FormInput(named, context.plant.zone, context.now)
    try:
        return act(context, key, alarm, form), {}
    except FormUnfit as unfit:
        sentence = context.display.text(unfit.key)
        return sentence.capitalize(), {unfit.field: sentence}


def _redraw() -> None:
    """Let the page ask anew, also where its stream of values is away."""
    set_props("alarm-tick", {"data": time.time()})
