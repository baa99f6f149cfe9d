"""The page of one trial. "No such trial" and "not yours" are one page."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from dash import dcc, html, set_props

from dashboard.analysis.trial_period import State, state
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.registry import Page
from dashboard.pages.trials.access import OpenTrial, may_lead, may_write, open_trial, trial_number
from dashboard.pages.trials.forms import earlier
from dashboard.pages.trials.layout import Contents, TrialRecords, book_id, trial_page
from dashboard.pages.trials.lead import LeadOptions, listed_points
from dashboard.pages.trials.limit_reached import refuse
from dashboard.pages.trials.lists import LOG_ROWS_MAX
from dashboard.pages.trials.plan import invited_choices, invited_list
from dashboard.store import access_log, rights
from dashboard.store.errors import LimitReached
from dashboard.store.rights import Trial
from dashboard.store.trial_change import invited, may_change
from dashboard.store.trial_journal import Kind
from dashboard.store.trial_setup import companies, guests
from dashboard.store.trial_writing import Written, correctable, writing_page
from dashboard.texts import names
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser, current_user
from dashboard.web.services import services


def register() -> None:
    """Register the page and its callbacks with the app."""
    registry.register(
        Page(
            "trial",
            "/trials/<trial_id>",
            _layout,
            names("nav.trials"),
            title=_name,
            site_of=site_of,
        )
    )


async def _name(trial_id: str = "") -> str:
    """Return the trial's name: of several tabs each says which it is."""
    found = await answer(lambda context: trial_name(context, trial_number(trial_id)))
    return found or current_user().text("nav.trials")


def trial_name(context: PageContext, number: int | None) -> str:
    """Return what a trial is called, or that there is none."""
    if number is not None:
        with services().database.open(context.user.viewer) as connection:
            trial = rights.trial(connection, number)
        if trial is not None:
            return context.display.name(trial.name)
    return context.display.text("trial.none")


def site_of(user: RequestUser, trial_id: str) -> str | None:
    """Return the site of a trial of the viewer; None if the viewer has no such trial."""
    number = trial_number(trial_id)
    if number is None:
        return None
    with services().database.open(user.viewer) as connection:
        trial = rights.trial(connection, number)
    return None if trial is None else trial.site


async def _layout(trial_id: str = "", **_query: str) -> Any:
    return await page(lambda context: _build(context, trial_number(trial_id)))


def _build(context: PageContext, number: int | None) -> Any:
    database, viewer = services().database, context.user.viewer
    with database.open(viewer) as connection:
        opened = open_trial(connection, context.plant, number)
        if opened is None:
            return no_trial(context.display)
        records = read_records(connection, opened)
        lead = _lead(connection, context, opened)
    display = context.user.display(opened.zone)
    return read_or_refused(
        context, opened, lambda: trial_page(Contents(opened, records, lead, context.now), display)
    )


def read_or_refused(context: PageContext, opened: OpenTrial, build: Callable[[], Any]) -> Any:
    """Return what `build` makes once it is in the access log who reads; else a sentence."""
    trial, viewer = opened.trial.trial_id, context.user.viewer
    try:
        with services().database.open_to_write(viewer) as connection:
            access_log.record_read(connection, "page", trial, context.user.client)
    except LimitReached as reached:
        return html.Div(refuse(reached, context, trial), className="notice", role="alert")
    return build()


def read_records(connection: psycopg.Connection[Any], opened: OpenTrial) -> TrialRecords:
    """Read what people wrote and did about a trial."""
    trial = opened.trial
    return TrialRecords(
        writing_page(connection, trial.trial_id, Written.NOTE),
        writing_page(connection, trial.trial_id, Written.ENTRY),
        {of: correctable(connection, trial.trial_id, of) for of in Written},
        access_log.entries(connection, trial_id=trial.trial_id, limit_entries=LOG_ROWS_MAX),
    )


def _lead(
    connection: psycopg.Connection[Any], context: PageContext, opened: OpenTrial
) -> LeadOptions | None:
    """Return what whoever leads the trial needs; None for others."""
    if not may_lead(opened.viewer):
        return None
    trial = opened.trial.trial_id
    return LeadOptions(
        guests(connection),
        invited(connection, trial),
        may_change(connection, trial),
        companies(connection),
        context.plant.points,
        {
            kind: correctable(connection, trial, Written.ENTRY, kind)
            for kind in (Kind.END, Kind.REVOKE)
        },
    )


def offer_anew(
    connection: psycopg.Connection[Any],
    opened: OpenTrial,
    records: TrialRecords,
    context: PageContext,
) -> None:
    """Send the page what its forms offer now, and its lists that only some of the pages have."""
    trial, display = opened.trial, context.user.display(opened.zone)
    if may_write(opened.viewer):
        for of in Written:
            _offer(of, "replaces", trial, earlier(records.own[of], display))
    lead = _lead(connection, context, opened)
    if state(trial.starts_at, trial.ends_at, context.now) is State.COMING:
        set_props(book_id("points", trial.trial_id), {"children": listed_points(opened, display)})
    if lead is not None:
        guests = invited_list(lead.invited, display)
        set_props(book_id("guests", trial.trial_id), {"children": guests})
    if lead is not None and lead.may_change:
        _offer("uninvite", "invited", trial, invited_choices(lead.invited))


def _offer(form: str, field: str, trial: Trial, choices: Sequence[Any]) -> None:
    place = {"type": "form-field", "field": field, "form": form, "trial": trial.trial_id}
    set_props(place, {"data": list(choices)})


def no_trial(display: DisplaySettings) -> Any:
    """Return the page of a trial that is not there, or not the viewer's."""
    return html.Div(
        [
            html.H1(display.text("trial.none")),
            dcc.Link(
                display.text("package.back"),
                href=display.address("/trials"),
                className="quiet-link",
            ),
        ],
        className="notice",
    )
