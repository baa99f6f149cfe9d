"""From a form that was sent to a window and a line of the access log, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg

from dashboard.pages.context import PageContext
from dashboard.pages.maintenance.forms import kinds_for
from dashboard.pages.maintenance.places import read_place
from dashboard.store import access_log
from dashboard.store.errors import NotAllowed
from dashboard.store.quality_windows import (
    REASON_CHARACTERS_MAX,
    NewWindow,
    WindowVersion,
    change,
    enter,
    history,
)
from dashboard.web.form_input import FormInput, gathered

Connection = psycopg.Connection[Any]
Detail = Mapping[str, Any]


def send(
    connection: Connection,
    name: str,
    seen: tuple[UUID | None, int],
    form: FormInput,
    context: PageContext,
) -> None:
    """Write what a form says and log it; `seen` is the window and the version that it was of.

    Raises FieldsUnfit, StoreError, and KeyError for a form that does not exist.
    """
    detail = (
        _enter(connection, form, context)
        if name == "window"
        else _change(connection, _FORMS[name], seen, form)
    )
    event = access_log.AuditEvent(
        access_log.Action.CHANGE, name, detail=detail, client=context.user.client
    )
    access_log.record(connection, event)


def _enter(connection: Connection, form: FormInput, context: PageContext) -> Detail:
    values = gathered(
        place=lambda: read_place(form, context.plant),
        kind=lambda: form.choice("window_kind", kinds_for(context.user)),
        starts=lambda: form.needed_moment("from_at"),
        ends=lambda: form.after("until_finished", "from_at"),
        reason=lambda: form.needed("why", REASON_CHARACTERS_MAX),
    )
    place = values.pop("place")
    window = enter(connection, NewWindow(site=context.plant.key, **values, **vars(place)))
    return {"window": str(window), "kind": values["kind"], "why": values["reason"][:200]}


def _change(
    connection: Connection,
    changed: Callable[[WindowVersion, FormInput], WindowVersion],
    seen: tuple[UUID | None, int],
    form: FormInput,
) -> Detail:
    number, version = seen
    was = next(iter(history(connection, number)), None) if number is not None else None
    if was is None:
        raise NotAllowed
    wanted = replace(changed(was, form), version=version)
    change(connection, wanted)
    return {"window": str(number), "kind": was.kind, "why": wanted.reason[:200]}


def _finished(was: WindowVersion, form: FormInput) -> WindowVersion:
    return replace(was, ends_at=form.now)


def _changed(was: WindowVersion, form: FormInput) -> WindowVersion:
    values = gathered(
        starts_at=lambda: form.needed_moment("from_at"),
        ends_at=lambda: form.after("until_finished", "from_at"),
        reason=lambda: form.needed("why", REASON_CHARACTERS_MAX),
    )
    return replace(was, **values)


def _withdrawn(was: WindowVersion, form: FormInput) -> WindowVersion:
    values = gathered(reason=lambda: form.needed("why", REASON_CHARACTERS_MAX))
    return replace(was, is_withdrawn=True, **values)


_FORMS: Mapping[str, Callable[[WindowVersion, FormInput], WindowVersion]] = {
    "window_finish": _finished,
    "window_change": _changed,
    "window_withdraw": _withdrawn,
}
FORMS = frozenset({"window", *_FORMS})
