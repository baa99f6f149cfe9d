"""The forms: a new window, other ends of one, and taking one back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.auth.roles import Right, may
from dashboard.components.form import Field, form_at
from dashboard.components.window_marks import kind_name, sign_of
from dashboard.pages.context import PageContext
from dashboard.pages.maintenance.places import POINT, place_choices
from dashboard.store.instruments import Instrument
from dashboard.store.quality_windows import WindowVersion
from dashboard.web.request_user import RequestUser
from dashboard.web.trend_url import TrendRequest
from dashboard.web.written_time import moment_text
from schemas.quality_window import VERDICTS, WORK, WindowKind

FAMILY = "window"
NEW = "new"


def kinds_for(user: RequestUser) -> list[str]:
    """Return the kinds of windows that somebody may write."""
    verdicts = VERDICTS if may(user.role, Right.JUDGE) else ()
    return [*(WORK if may(user.role, Right.MAINTAIN) else ()), *verdicts]


def may_write(window: WindowVersion, user: RequestUser) -> bool:
    """Tell whether somebody may change a window; one that a state opened is nobody's."""
    return window.rule is None and not window.is_withdrawn and window.kind in kinds_for(user)


def new_form(asked: TrendRequest, instruments: Sequence[Instrument], context: PageContext) -> Any:
    """Return the form for a window; what stood in the address is filled in."""
    display = context.display
    kinds = [
        {"value": kind, "label": f"{sign_of(kind)} {kind_name(kind, display)}"}
        for kind in kinds_for(context.user)
    ]
    known = [path for path in asked.points if path in context.plant.points]
    starts, ends = (asked.fixed.start, asked.fixed.end) if asked.fixed else (context.now, None)
    is_verdict = asked.fixed is not None and len(kinds) > len(WORK)
    kind = WindowKind.BAD if is_verdict else WindowKind.CALIBRATION
    places = place_choices(context.plant, instruments, display)
    fields = [
        Field("place", "choice", f"{POINT}:{known[0]}" if known else None, places, required=True),
        Field("window_kind", "choice", kind, kinds, required=True),
        Field("from_at", "moment", _local(starts, context), required=True),
        Field("until_finished", "moment", _local(ends, context)),
        Field("why", "area", wide=True, required=True),
    ]
    place = {"form": "window", "window": NEW, "version": 0}
    return form_at(FAMILY, place, fields, display, grave=False)


def change_form(window: WindowVersion, context: PageContext) -> Any:
    """Return the form that gives a window other ends or another reason."""
    fields = [
        Field("from_at", "moment", _local(window.starts_at, context), required=True),
        Field("until_finished", "moment", _local(window.ends_at, context)),
        Field("why", "area", window.reason, wide=True, required=True),
    ]
    place = {"form": "window_change", **_place(window)}
    return form_at(FAMILY, place, fields, context.display, grave=False)


def withdraw_form(window: WindowVersion, context: PageContext) -> Any:
    """Return the form that takes a window back."""
    place = {"form": "window_withdraw", **_place(window)}
    fields = [Field("why", "area", wide=True, required=True)]
    return form_at(FAMILY, place, fields, context.display, grave=True)


def finish_form(window: WindowVersion, context: PageContext) -> Any:
    """Return the button that ends a window now."""
    return form_at(
        FAMILY, {"form": "window_finish", **_place(window)}, [], context.display, grave=False
    )


def _place(window: WindowVersion) -> dict[str, Any]:
    return {"window": str(window.window_id), "version": window.version}


def _local(moment: datetime | None, context: PageContext) -> str:
    display = context.display
    return moment_text(moment, display.zone, display.locale) if moment else ""
