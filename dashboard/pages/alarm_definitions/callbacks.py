"""The callback by which engineers define alarms. What the page says is looked up for the viewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dash import ctx, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.auth.roles import Right, may
from dashboard.pages.alarm_definitions.form import PATH
from dashboard.pages.alarm_definitions.input import (
    REASON_CHARACTERS_MAX,
    WATCHES,
    DefinitionUnfit,
    read_definition,
)
from dashboard.pages.alarms.acts import Connection, write
from dashboard.pages.context import PageContext, answer, no_answer
from dashboard.pages.form_answers import first_wrong, mark_fields
from dashboard.store.alarm_definitions import (
    Definition,
    alarms_in_use,
    define,
    of_alarm,
    place,
    retire,
    return_to_file,
)
from dashboard.web import callback_input
from dashboard.web.form_input import FormInput, FormUnfit, read_public_id, read_version
from dashboard.web.services import services


@dataclass(frozen=True)
class _Sent:
    """What became of a form: why it failed, at which fields; or the alarm that it was about."""

    failed: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    alarm: UUID | None = None


async def send(clicks: Any, values: Any, ids: Any, shown: Any) -> Any:
    """Define an alarm, or take its definition out of use or back to the file."""
    button = ctx.triggered_id
    what = button.get("what") if isinstance(button, dict) else None
    if not clicks or what not in _DOING or not isinstance(shown, dict):
        raise PreventUpdate
    named = {
        str(one.get("field")): value
        for one, value in zip(ids, values, strict=False)
        if isinstance(one, dict)
    }
    found = await answer(lambda context: _DOING[what](context, named, shown))
    if found is None:
        return html.Span(no_answer(), className="warn")
    mark_fields(ids, found.wrong)
    order = [one["field"] for one in ids]
    return await answer(lambda context: _said(found, order, context))


def _said(found: _Sent, order: Sequence[str], context: PageContext) -> Any:
    """Return what became of a form; of several fields that do not fit the first one is named."""
    display = context.display
    if found.wrong:
        first = next((each for each in order if each in found.wrong), next(iter(found.wrong)))
        label = display.text(_LABELS.get(first, f"definition.{first}")).partition(" (")[0]
        return first_wrong(f"{label}: {found.wrong[first]}", len(found.wrong) - 1, display)
    if found.failed:
        return html.Span(found.failed, className="warn")
    link = dcc.Link(
        display.text("definitions.see"),
        href=display.address(f"{PATH}/{found.alarm}"),
        className="quiet-link",
        refresh=True,
    )
    return html.Span([display.text("form.written"), " ", link])


def _define(context: PageContext, named: dict[str, Any], shown: dict[str, Any]) -> _Sent:
    display, site = context.display, context.plant.key
    watch = callback_input.text(shown.get("watch"))
    before = _before(context, shown)
    if watch not in WATCHES or not may(context.user.role, Right.DEFINE_ALARMS):
        return _Sent(display.text("alarms.not_allowed"))
    if shown.get("alarm") and before is None:
        return _Sent(display.text("alarms.unknown"))
    with services().database.open(context.user.viewer) as connection:
        known = alarms_in_use(connection, site)
    form = FormInput(named, context.plant.zone, context.now)
    key = None if before is None else before.key
    try:
        row, placed, reason = read_definition(form, watch, key, known, context)
    except DefinitionUnfit as unfit:
        return _Sent(wrong=unfit.sentences)
    defined: list[UUID] = []

    def run(connection: Connection) -> None:
        defined.append(define(connection, site, _versions(shown), row, reason))
        if placed:
            place(connection, defined[0], _versions(shown) + 1, placed)

    detail = {"alarm": row["key"], "definition": row, "reason": reason}
    superseded = "alarm_fault.taken" if key is None else "definitions.superseded"
    failed = write(context, "alarm_define", detail, run, superseded)
    return _Sent(failed) if failed else _Sent(alarm=defined[0])


def _retire(context: PageContext, named: dict[str, Any], shown: dict[str, Any]) -> _Sent:
    form = FormInput(named, context.plant.zone, context.now)
    try:
        reason = form.needed("reason_retire", REASON_CHARACTERS_MAX)
    except FormUnfit as unfit:
        return _Sent(wrong={unfit.field: context.display.text(unfit.key)})
    return _done(context, shown, "alarm_retire", reason)


def _return(context: PageContext, _named: dict[str, Any], shown: dict[str, Any]) -> _Sent:
    return _done(context, shown, "alarm_return_to_file", "")


def _done(context: PageContext, shown: dict[str, Any], what: str, reason: str) -> _Sent:
    before = _before(context, shown)
    if before is None:
        return _Sent(context.display.text("alarms.unknown"))

    def run(connection: Connection) -> None:
        if what == "alarm_retire":
            retire(connection, before.alarm_id, _versions(shown), reason)
        else:
            return_to_file(connection, before.alarm_id, _versions(shown))

    detail = {"alarm": before.key, "reason": reason}
    failed = write(context, what, detail, run, "definitions.superseded")
    return _Sent(failed) if failed else _Sent(alarm=before.alarm_id)


def _before(context: PageContext, shown: dict[str, Any]) -> Definition | None:
    """Return the alarm that the page shows, as the viewer sees it; None of a new one."""
    number = read_public_id(shown.get("alarm"))
    if number is None:
        return None
    with services().database.open(context.user.viewer) as connection:
        found: Sequence[Definition] = of_alarm(connection, number)
    return next(iter(found), None)


def _versions(shown: dict[str, Any]) -> int:
    """Return how many definitions the page has seen; 0 of a new alarm."""
    return read_version(shown.get("versions"))


_LABELS = {"reason_retire": "form.reason"}
_DOING = {"add": _define, "change": _define, "retire": _retire, "return": _return}
