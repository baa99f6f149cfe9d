"""The notes or the journal of a trial as pages of their own, for what its page has no room for.

The address says where a page begins: it can be sent, printed, and left with the back button.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from dash import dcc, html

from dashboard.components.card import card
from dashboard.pages import registry
from dashboard.pages.context import PageContext, answer, page
from dashboard.pages.registry import Page
from dashboard.pages.trials.access import OpenTrial, open_trial, trial_number
from dashboard.pages.trials.page import no_trial, read_or_refused, site_of, trial_name
from dashboard.pages.trials.writing_list import (
    NEWER,
    OLDER,
    PATHS,
    TITLES,
    list_title,
    writing_list,
)
from dashboard.store.trial_writing import Place, WritingPage, Written, writing_page
from dashboard.texts import names
from dashboard.web.display import DisplaySettings
from dashboard.web.form_input import read_public_id
from dashboard.web.request_user import current_user
from dashboard.web.services import services

_KEYS = {Written.NOTE: "trial_notes", Written.ENTRY: "trial_journal"}


def register() -> None:
    """Register both pages with the app."""
    for of in Written:
        path = PATHS[of].format(trial="<trial_id>")
        registry.register(
            Page(
                _KEYS[of],
                path,
                _layout(of),
                names("nav.trials"),
                title=_name(of),
                site_of=site_of,
            )
        )


def _name(of: Written) -> Callable[..., Awaitable[str]]:
    async def name(trial_id: str = "") -> str:
        found = await answer(lambda context: trial_name(context, trial_number(trial_id)))
        return f"{current_user().text(TITLES[of])} · {found or trial_id}"

    return name


def _layout(of: Written) -> Callable[..., Awaitable[Any]]:
    async def layout(trial_id: str = "", **query: str) -> Any:
        number, place = trial_number(trial_id), _place(query)
        return await page(lambda context: _build(context, number, of, place))

    return layout


def _place(query: dict[str, str]) -> Place | None:
    """Return where a page begins; what cannot be read is the newest page."""
    for name in (OLDER, NEWER):
        beside = read_public_id(query.get(name))
        if beside is not None:
            return Place(beside, is_newer=name == NEWER)
    return None


def _build(context: PageContext, number: int | None, of: Written, place: Place | None) -> Any:
    with services().database.open(context.user.viewer) as connection:
        opened = open_trial(connection, context.plant, number)
        if opened is None:
            return no_trial(context.display)
        found = writing_page(connection, opened.trial.trial_id, of, place)
    display = context.user.display(opened.zone)
    return read_or_refused(context, opened, lambda: _page(opened, found, display))


def _page(opened: OpenTrial, found: WritingPage, display: DisplaySettings) -> list[Any]:
    name = display.name(opened.trial.name)
    back = dcc.Link(
        display.text("writing.trial"),
        href=display.address(f"/trials/{opened.trial.trial_id}"),
        className="quiet-link",
    )
    body = [writing_list(found, opened, display)]
    return [
        html.H1(f"{list_title(found.of, display)} · {name}", className="page-name"),
        html.Div(card(_span(found, display), body, wide=True, tools=back), className="whole-list"),
    ]


def _span(found: WritingPage, display: DisplaySettings) -> str:
    """Return from when to when the page reaches, by the beginnings of what stands on it."""
    if not found.rows:
        return list_title(found.of, display)
    first, last = found.rows[-1].from_at, found.rows[0].from_at
    return display.span(first, last)
