"""The list of the viewer's trials; an engineer makes a new one here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from dash import Input, Output, callback, html
from dash.exceptions import PreventUpdate

from dashboard.analysis.trial_period import State, state
from dashboard.components.card import card
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.registry import Page
from dashboard.pages.trials.access import may_lead
from dashboard.pages.trials.facts import trial_row
from dashboard.pages.trials.plan import NEW, new_trial_form
from dashboard.store import rights
from dashboard.store.rights import Trial
from dashboard.store.trial_setup import Line, companies, lines
from dashboard.texts import names
from dashboard.web.display import DisplaySettings
from dashboard.web.services import services

LIST = "trial-list"


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(Page("trials", "/trials", _layout, names("nav.trials"), in_navigation=True))
    made = {"type": "form-said", "form": "trial", "trial": NEW}
    callback(Output(LIST, "children"), Input(made, "children"), prevent_initial_call=True)(_show)


async def _layout(**_query: str) -> Any:
    return await page(trial_list)


def trial_list(context: PageContext) -> list[Any]:
    """Return the viewer's trials, and for an engineer the form for a new one."""
    display = context.display
    with services().database.open(context.user.viewer) as connection:
        found, viewer = _trials(connection, context), rights.viewer(connection)
        leads = viewer is not None and may_lead(viewer)
        choices = (_lines(connection, context), companies(connection)) if leads else None
    parts: list[Any] = [
        html.H1(display.text("nav.trials"), className="page-name"),
        html.Div(trial_rows(found, context.now, display), id=LIST),
    ]
    if choices is not None:
        form = new_trial_form(*choices, context.plant.points, display)
        parts.append(card(display.text("trials.make"), [form], wide=True))
    return parts


def _trials(connection: psycopg.Connection[Any], context: PageContext) -> list[Trial]:
    return [trial for trial in rights.trials(connection) if trial.site == context.plant.key]


def _lines(connection: psycopg.Connection[Any], context: PageContext) -> list[Line]:
    return [line for line in lines(connection) if line.site == context.plant.key]


def trial_rows(found: Sequence[Trial], now: datetime, display: DisplaySettings) -> list[Any]:
    """Return trials as rows, those that run first; a sentence if there is none."""
    parts: list[Any] = []
    for wanted in State:
        rows = [
            trial_row(trial, now, display)
            for trial in found
            if state(trial.starts_at, trial.ends_at, now) is wanted
        ]
        if rows:
            parts.append(card(display.text(f"trials.{wanted}"), rows, wide=True))
    return parts or [html.Div(display.text("trials.none"), className="notice")]


async def _show(_said: Any) -> Any:
    """Show the list anew after somebody made a trial."""

    def build(context: PageContext) -> list[Any]:
        with services().database.open(context.user.viewer) as connection:
            return trial_rows(_trials(connection, context), context.now, context.display)

    rows = await answer(build)
    if rows is None:
        raise PreventUpdate
    return rows
