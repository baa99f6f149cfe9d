"""The list of the viewer's trials; an engineer makes a new one here."""

from typing import Any

import dash
from dash import html

from dashboard.access import rights
from dashboard.domain.trial_time import State, state
from dashboard.pages.answer import Question, page
from dashboard.pages.title import title
from dashboard.parts.card import card
from dashboard.parts.trial_facts import trial_row
from dashboard.parts.trial_forms import new_trial_form
from dashboard.services import services
from dashboard.trial_book.new_trial import companies, lines
from dashboard.trials import may_lead


def register() -> None:
    """Register the page with the app."""
    dash.register_page(
        "dashboard.pages.trials", path="/trials", title=title("nav.trials"), layout=_layout
    )


async def _layout(**_query: str) -> Any:
    return await page(trial_list)


def trial_list(asked: Question) -> list[Any]:
    """Return the viewer's trials, and for an engineer the form for a new one."""
    reader = asked.reader
    with services().database.open(asked.visit.viewer) as connection:
        found, viewer = rights.trials(connection), rights.viewer(connection)
        leads = viewer is not None and may_lead(viewer)
        choices = (lines(connection), companies(connection)) if leads else None
    parts: list[Any] = [html.H1(reader.text("nav.trials"), className="page-name")]
    for wanted in State:
        rows = [
            trial_row(trial, asked.now, reader)
            for trial in found
            if state(trial.starts_at, trial.ends_at, asked.now) is wanted
        ]
        if rows:
            parts.append(card(reader.text(f"trials.{wanted}"), rows, wide=True))
    if not found:
        parts.append(html.Div(reader.text("trials.none"), className="notice"))
    if choices is not None:
        form = new_trial_form(*choices, asked.plant.points, reader)
        parts.append(card(reader.text("trials.make"), [form], wide=True))
    return parts
