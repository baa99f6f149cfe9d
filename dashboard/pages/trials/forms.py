"""The forms of a trial: a note, an entry of the journal, its end, its guests."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.form import Field, folded, form, hint
from dashboard.pages.trials.access import OpenTrial
from dashboard.pages.trials.form_handlers import ENTRY_KINDS, NO, YES
from dashboard.store.trial_journal import Kind
from dashboard.store.trial_setup import Guest
from dashboard.store.trial_writing import Correctable
from dashboard.web.display import DisplaySettings
from dashboard.web.written_time import moment_text

EARLIER_CHARS_MAX = 50


def note_form(
    opened: OpenTrial, own: Sequence[Correctable], now: datetime, display: DisplaySettings
) -> Any:
    """Return the form for a note on the trend; it may correct one of the viewer's own."""
    points = [
        {"value": str(point.point_id), "label": f"{display.name(point.name)} · {point.tag}"}
        for point in opened.all_points.values()
    ]
    fields = [
        Field("from_at", "moment", _local(now, display), required=True),
        Field("to_at", "moment"),
        Field("point", "choice", None, points),
        Field("replaces", "choice", None, earlier(own, display)),
        Field("body", "area", wide=True, required=True),
    ]
    made = form("note", opened.trial.trial_id, fields, display)
    return folded(display.text("trial.new_note"), [made])


def entry_form(
    opened: OpenTrial, own: Sequence[Correctable], now: datetime, display: DisplaySettings
) -> Any:
    """Return the form for an entry of the journal; it may correct one of the viewer's own."""
    kinds = [{"value": kind, "label": display.text(f"entry.{kind}")} for kind in ENTRY_KINDS]
    fields = [
        Field("kind", "choice", ENTRY_KINDS[-1], kinds),
        Field("from_at", "moment", _local(now, display), required=True),
        Field("to_at", "moment"),
        Field("replaces", "choice", None, earlier(own, display)),
        Field("title", wide=True, required=True),
        Field("body", "area", wide=True),
    ]
    made = form("entry", opened.trial.trial_id, fields, display)
    return folded(display.text("trial.new_entry"), [made])


def earlier(correctable: Sequence[Correctable], display: DisplaySettings) -> list[dict[str, str]]:
    """Return what was written earlier as choices, to be corrected."""
    return [
        {
            "value": str(one.public_id),
            "label": f"{display.moment(one.from_at)} · "
            f"{textwrap.shorten(one.text, EARLIER_CHARS_MAX, placeholder=' …')}",
        }
        for one in correctable
    ]


def lead_forms(
    opened: OpenTrial,
    closings: Mapping[Kind, Sequence[Correctable]],
    guests: Sequence[Guest],
    now: datetime,
    display: DisplaySettings,
) -> Any:
    """Return what an engineer may do with a trial."""
    trial = opened.trial.trial_id
    choices = [
        {"value": str(guest.account_id), "label": f"{guest.display_name} · {guest.login}"}
        for guest in guests
    ]
    yes_no = [{"value": one, "label": display.text(f"form.{one}")} for one in (NO, YES)]
    guest = form(
        "guest",
        trial,
        [
            Field("guest", "choice", None, choices, required=True),
            Field("until_at", "moment", _local(opened.trial.ends_at, display), required=True),
            Field("under_embargo", "choice", NO, yes_no),
        ],
        display,
    )
    end = form("end", trial, _closing(closings[Kind.END], now, display), display, grave=True)
    revoke = form(
        "revoke", trial, _closing(closings[Kind.REVOKE], now, display), display, grave=True
    )
    return html.Div(
        [
            folded(display.text("trial.new_guest"), [hint("trial.guest_hint", display), guest]),
            folded(display.text("trial.end"), [hint("trial.end_hint", display), end]),
            folded(display.text("trial.revoke"), [hint("trial.revoke_hint", display), revoke]),
        ]
    )


def _closing(moved: Sequence[Correctable], now: datetime, display: DisplaySettings) -> list[Field]:
    """Return the fields of an end; one that was wrong is moved by another that replaces it."""
    return [
        Field("effective_at", "moment", _local(now, display), required=True),
        *([Field("moves", "choice", None, earlier(moved, display))] if moved else []),
        Field("reason", wide=True, required=True),
    ]


def _local(moment: datetime, display: DisplaySettings) -> str:
    """Return a moment as a field for local times is filled."""
    return moment_text(moment, display.zone, display.locale)
