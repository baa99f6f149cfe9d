"""The forms of a trial: a note, an entry of the journal, its end, its guests, a new trial."""

import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.domain.written_time import moment_text
from dashboard.parts.form import Field, folded, form
from dashboard.plant import SitePoint
from dashboard.reader import Reader
from dashboard.trial_book.journal import Entry, Kind
from dashboard.trial_book.new_trial import Company, Guest, Line
from dashboard.trial_book.notes import Note
from dashboard.trial_forms import ENTRY_KINDS, NO, STREAMS, YES
from dashboard.trials import OpenTrial

EARLIER_CHARS_MAX = 50
NEW = 0  # stands for the trial that does not exist yet


def note_form(opened: OpenTrial, notes: Sequence[Note], now: datetime, reader: Reader) -> Any:
    """Return the form for a note on the trend; it may correct one of the viewer's own."""
    points = [
        {"value": str(point.point_id), "label": f"{reader.name(point.name)} · {point.tag}"}
        for point in opened.all_points.values()
    ]
    fields = [
        Field("from_at", "moment", _local(now, reader), required=True),
        Field("to_at", "moment"),
        Field("point", "choice", None, points),
        Field(
            "replaces",
            "choice",
            None,
            [_earlier(one.note_id, one.from_at, one.body, reader) for one in notes if one.own],
        ),
        Field("body", "area", wide=True, required=True),
    ]
    made = form("note", opened.trial.trial_id, fields, reader)
    return folded(reader.text("trial.new_note"), [made])


def entry_form(opened: OpenTrial, entries: Sequence[Entry], now: datetime, reader: Reader) -> Any:
    """Return the form for an entry of the journal; it may correct one of the viewer's own."""
    kinds = [{"value": kind, "label": reader.text(f"entry.{kind}")} for kind in ENTRY_KINDS]
    fields = [
        Field("kind", "choice", ENTRY_KINDS[-1], kinds),
        Field("from_at", "moment", _local(now, reader), required=True),
        Field("to_at", "moment"),
        Field(
            "replaces",
            "choice",
            None,
            [
                _earlier(one.entry_id, one.from_at, one.title, reader)
                for one in entries
                if one.own and one.kind in ENTRY_KINDS
            ],
        ),
        Field("title", wide=True, required=True),
        Field("body", "area", wide=True),
    ]
    made = form("entry", opened.trial.trial_id, fields, reader)
    return folded(reader.text("trial.new_entry"), [made])


def lead_forms(
    opened: OpenTrial,
    entries: Sequence[Entry],
    guests: Sequence[Guest],
    now: datetime,
    reader: Reader,
) -> Any:
    """Return what an engineer may do with a trial."""
    trial = opened.trial.trial_id
    choices = [
        {"value": str(guest.account_id), "label": f"{guest.display_name} · {guest.login}"}
        for guest in guests
    ]
    yes_no = [{"value": one, "label": reader.text(f"form.{one}")} for one in (NO, YES)]
    guest = form(
        "guest",
        trial,
        [
            Field("guest", "choice", None, choices, required=True),
            Field("until_at", "moment", _local(opened.trial.ends_at, reader), required=True),
            Field("under_embargo", "choice", NO, yes_no),
        ],
        reader,
    )
    end = form("end", trial, _closing(Kind.END, entries, now, reader), reader, grave=True)
    revoke = form("revoke", trial, _closing(Kind.REVOKE, entries, now, reader), reader, grave=True)
    return html.Div(
        [
            folded(reader.text("trial.new_guest"), [_hint("trial.guest_hint", reader), guest]),
            folded(reader.text("trial.end"), [_hint("trial.end_hint", reader), end]),
            folded(reader.text("trial.revoke"), [_hint("trial.revoke_hint", reader), revoke]),
        ]
    )


def _closing(kind: Kind, entries: Sequence[Entry], now: datetime, reader: Reader) -> list[Field]:
    """Return the fields of an end; one that was wrong is moved by another that replaces it."""
    earlier = [
        _earlier(one.entry_id, one.from_at, one.title, reader)
        for one in entries
        if one.kind == kind
    ]
    return [
        Field("effective_at", "moment", _local(now, reader), required=True),
        *([Field("moves", "choice", None, earlier)] if earlier else []),
        Field("reason", wide=True, required=True),
    ]


def new_trial_form(
    lines: Sequence[Line],
    companies: Sequence[Company],
    points: Mapping[str, SitePoint],
    reader: Reader,
) -> Any:
    """Return the form for a new trial."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for point in points.values():
        option = {"value": str(point.point_id), "label": f"{reader.name(point.name)} · {point.tag}"}
        grouped.setdefault(reader.name(point.line_name), []).append(option)
    line_options = [{"value": str(one.line_id), "label": reader.name(one.name)} for one in lines]
    company_options = [{"value": str(one.company_id), "label": one.name} for one in companies]
    streams = [{"value": one, "label": reader.text(f"stream.{one}")} for one in STREAMS]
    fields = [
        Field("line", "choice", None, line_options, required=True),
        Field("company", "choice", None, company_options, required=True),
        Field("stream", "choice", None, streams, required=True),
        Field("key", required=True),
        *(Field(f"name_{language}", required=True) for language in ("fi", "sv", "en")),
        Field("first_day", "day", required=True),
        Field("last_day", "day", required=True),
        Field("embargo", "day"),
        Field("handover", "day"),
        Field(
            "points",
            "choices",
            [],
            [{"group": name, "items": items} for name, items in grouped.items()],
            wide=True,
        ),
    ]
    made = form("trial", NEW, fields, reader)
    return folded(reader.text("trials.new"), [_hint("trials.new_hint", reader), made])


def _earlier(number: int, at: datetime, text: str, reader: Reader) -> dict[str, str]:
    """Return something written earlier as a choice."""
    short = textwrap.shorten(text, EARLIER_CHARS_MAX, placeholder=" …")
    return {"value": str(number), "label": f"{reader.moment(at)} · {short}"}


def _local(moment: datetime, reader: Reader) -> str:
    """Return a moment as a field for local times is filled."""
    return moment_text(moment, reader.zone, reader.locale)


def _hint(key: str, reader: Reader) -> Any:
    return html.Div(reader.text(key), className="quiet form-hint")
