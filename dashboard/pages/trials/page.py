"""The page of one trial. "No such trial" and "not yours" are one page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dash
import psycopg
from dash import dcc, html, set_props

from dashboard.analysis.trial_period import State, state
from dashboard.pages.context import Question, page
from dashboard.pages.title import title
from dashboard.pages.trials.access import OpenTrial, may_lead, may_write, open_trial, trial_number
from dashboard.pages.trials.forms import earlier_entries, earlier_notes
from dashboard.pages.trials.layout import Book, Contents, book_id, trial_page
from dashboard.pages.trials.lead import Lead, listed_points
from dashboard.pages.trials.plan import invited_choices, invited_list
from dashboard.store import access_log, rights, trial_journal
from dashboard.store.notes import notes
from dashboard.store.rights import Trial
from dashboard.store.trial_change import invited, may_change
from dashboard.store.trial_setup import companies, guests
from dashboard.web.display import Reader
from dashboard.web.form_input import YEAR_MAX, YEAR_MIN
from dashboard.web.services import services

EVER = (datetime(YEAR_MIN, 1, 1, tzinfo=UTC), datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC))


def register() -> None:
    """Register the page and its callbacks with the app."""
    dash.register_page(
        "dashboard.pages.trials.page",
        path_template="/trials/<trial_id>",
        title=title("nav.trials"),
        layout=_layout,
        exists=_exists,
    )


def _exists(viewer: str, trial_id: str) -> bool:
    """Tell whether the viewer has such a trial."""
    number = trial_number(trial_id)
    if number is None:
        return False
    with services().database.open(viewer) as connection:
        return rights.trial(connection, number) is not None


async def _layout(trial_id: str = "", **_query: str) -> Any:
    return await page(lambda asked: _build(asked, trial_number(trial_id)))


def _build(asked: Question, number: int | None) -> Any:
    database, viewer = services().database, asked.visit.viewer
    with database.open(viewer) as connection:
        opened = open_trial(connection, asked.plant, number)
        if opened is None:
            return _none(asked.reader)
        book = read_book(connection, opened)
        lead = _lead(connection, asked, opened, book)
    with database.open_to_write(viewer) as connection:
        access_log.record_read(connection, "page", opened.trial.trial_id, asked.visit.client)
    reader = asked.visit.reader(opened.zone)
    return trial_page(Contents(opened, book, lead, asked.now), reader)


def read_book(connection: psycopg.Connection[Any], opened: OpenTrial) -> Book:
    """Read what people wrote and did about a trial."""
    trial = opened.trial
    return Book(
        notes(connection, *EVER, trial_id=trial.trial_id),
        trial_journal.entries(connection, trial.trial_id),
        access_log.entries(connection, trial_id=trial.trial_id),
    )


def _lead(
    connection: psycopg.Connection[Any], asked: Question, opened: OpenTrial, book: Book
) -> Lead | None:
    """Return what whoever leads the trial needs; None for others."""
    if not may_lead(opened.viewer):
        return None
    trial = opened.trial.trial_id
    return Lead(
        guests(connection),
        invited(connection, trial),
        may_change(connection, trial),
        companies(connection),
        asked.plant.points,
        book.entries,
    )


def offer_anew(
    connection: psycopg.Connection[Any], opened: OpenTrial, book: Book, asked: Question
) -> None:
    """Send the page what its forms offer now, and its lists that only some of the pages have."""
    trial, reader = opened.trial, asked.visit.reader(opened.zone)
    if may_write(opened.viewer):
        _offer("note", "replaces", trial, earlier_notes(book.notes, reader))
        _offer("entry", "replaces", trial, earlier_entries(book.entries, reader))
    lead = _lead(connection, asked, opened, book)
    if state(trial.starts_at, trial.ends_at, asked.now) is State.COMING:
        set_props(book_id("points", trial.trial_id), {"children": listed_points(opened, reader)})
    if lead is not None:
        guests = invited_list(lead.invited, reader)
        set_props(book_id("guests", trial.trial_id), {"children": guests})
    if lead is not None and lead.may_change:
        _offer("uninvite", "invited", trial, invited_choices(lead.invited))


def _offer(form: str, field: str, trial: Trial, choices: Sequence[Any]) -> None:
    place = {"type": "form-field", "field": field, "form": form, "trial": trial.trial_id}
    set_props(place, {"data": list(choices)})


def _none(reader: Reader) -> Any:
    return html.Div(
        [
            html.H1(reader.text("trial.none")),
            dcc.Link(
                reader.text("package.back"),
                href=reader.address("/trials"),
                className="quiet-link",
            ),
        ],
        className="notice",
    )
