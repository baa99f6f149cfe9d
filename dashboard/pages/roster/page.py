"""Who is on duty, week by week, with holes and public holidays; and how the last messages went."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, MATCH, Input, Output, State, callback, ctx, html
from dash.exceptions import PreventUpdate

from dashboard.auth.roles import Right, may
from dashboard.components.card import card
from dashboard.components.table import table_of
from dashboard.notification.roster import holiday_name, monday_of
from dashboard.pages import registry
from dashboard.pages.alarms.acts import write
from dashboard.pages.alarms.wording import tabs
from dashboard.pages.context import PageContext, answer, no_answer, page
from dashboard.pages.registry import Page
from dashboard.store.roster import (
    Person,
    RosterWeek,
    SentMessage,
    country,
    last_messages,
    persons,
    roster,
    set_week,
)
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.display import DisplaySettings
from dashboard.web.services import services

PATH = "/alarms/roster"
WEEKS_SHOWN = 8
WEEK_DAYS = 7


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(
        Page(
            "alarm_roster",
            PATH,
            _layout,
            names("alarms.tab.roster"),
            right=Right.ANSWER_ALARMS,
        )
    )
    fields = {"type": "roster-person", "place": ALL, "week": MATCH}
    callback(
        Output({"type": "roster-said", "week": MATCH}, "children"),
        Input(fields, "value"),
        State({"type": "roster-said", "week": MATCH}, "id"),
        prevent_initial_call=True,
    )(_set)


async def _layout(**_query: str) -> Any:
    return await page(_build)


def _build(context: PageContext) -> list[Any]:
    display, site = context.display, context.plant.key
    first = monday_of(context.now.astimezone(context.plant.zone).date())
    with services().database.open(context.user.viewer) as connection:
        weeks = roster(connection, site, first, WEEKS_SHOWN)
        people = persons(connection, site)
        land = country(connection, site)
        sent = last_messages(connection, site)
    leads = may(context.user.role, Right.LEAD)
    return [
        html.H1(display.text("alarms.tab.roster"), className="page-name"),
        html.Div(tabs("roster", display, context.user), className="alarm-tools"),
        card(
            display.text("alarms.tab.roster"),
            [
                _week(week, people, display, _holidays(week.week, land, display), edits=leads)
                for week in weeks
            ],
            wide=True,
        ),
        card(display.text("roster.messages"), [_messages(sent, display)], wide=True),
    ]


def _week(
    week: RosterWeek,
    people: Sequence[Person],
    display: DisplaySettings,
    holidays: Sequence[str],
    *,
    edits: bool,
) -> Any:
    last = week.week + timedelta(days=WEEK_DAYS - 1)
    title = f"{display.day(week.week)} – {display.day(last)}"
    is_hole = week.duty is None or week.second is None
    parts: list[Any] = [html.Div(title, className="roster-days")]
    for place, login, name in (
        ("duty", week.duty, week.duty_name),
        ("second", week.second, week.second_name),
    ):
        label = display.text(f"roster.{place}")
        if not edits:
            parts.append(html.Div([html.Span(label, className="quiet"), " ", name or "–"]))
            continue
        parts.append(
            dmc.Select(
                id={"type": "roster-person", "place": place, "week": week.week.isoformat()},
                label=label,
                data=[{"value": one.login, "label": one.display_name} for one in people],
                value=login,
                clearable=True,
                searchable=True,
                className="field",
            )
        )
    notes = html.Span(" · ".join(holidays), className="quiet")
    hole = [html.Span(display.text("roster.hole"), className="warn")] if is_hole else []
    said = html.Div(hole, id={"type": "roster-said", "week": week.week.isoformat()}, role="status")
    return html.Div([*parts, said, html.Div(notes)], className="roster-week")


def _holidays(monday: date, land: str | None, display: DisplaySettings) -> list[str]:
    days = [monday + timedelta(days=n) for n in range(WEEK_DAYS)]
    named = ((day, holiday_name(land, day, display.language)) for day in days)
    return [f"{display.day(day)} {name}" for day, name in named if name is not None]


def _messages(sent: Sequence[SentMessage], display: DisplaySettings) -> Any:
    if not sent:
        return html.Div(display.text("roster.no_messages"), className="warn note")
    titles = [display.text(f"roster.column.{name}") for name in ("at", "kind", "who", "state")]
    rows = [
        html.Tr(
            [
                html.Td(content, **{"data-title": title})
                for title, content in zip(titles, _message(one, display), strict=True)
            ]
        )
        for one in sent
    ]
    return table_of(titles, rows, "log-table alarm-table")


def _message(one: SentMessage, display: DisplaySettings) -> list[Any]:
    if one.handed_over_at is not None:
        at = display.moment(one.handed_over_at, "second")
        state: Any = display.text("roster.handed_over", moment=at)
    elif one.given_up_at is not None:
        state = html.Span(display.text("roster.given_up"), className="warn")
    elif one.withdrawn_at is not None:
        at = display.moment(one.withdrawn_at, "second")
        state = display.text("roster.withdrawn", moment=at)
    else:
        state = html.Span(display.text("roster.waits", count=one.attempts), className="warn")
    return [
        display.moment(one.created_at, "second"),
        display.text(f"message_kind.{one.kind}"),
        one.recipient,
        state,
    ]


async def _set(values: Any, place: Any) -> Any:
    monday = _monday(place.get("week") if isinstance(place, dict) else None)
    if monday is None or not ctx.triggered or not isinstance(values, list) or len(values) != 2:
        raise PreventUpdate
    if not all(value is None or isinstance(value, str) for value in values):
        raise PreventUpdate  # not what a page sends: else it would empty the week
    duty, second = (callback_input.text(value) for value in values)

    def build(context: PageContext) -> Any:
        detail = {"week": monday.isoformat(), "duty": duty, "second": second}
        failed = write(
            context,
            "roster",
            detail,
            lambda connection: set_week(connection, context.plant.key, monday, duty, second),
        )
        if failed:
            return html.Span(failed, className="warn")
        if not duty or not second:
            return html.Span(context.display.text("roster.hole"), className="warn")
        return context.display.text("form.written")

    said = await answer(build)
    return html.Span(no_answer(), className="warn") if said is None else said


def _monday(text: Any) -> date | None:
    """Return the Monday that a page names; None for anything else."""
    try:
        day = date.fromisoformat(callback_input.text(text))
    except ValueError:
        return None
    return day if day == monday_of(day) and 2000 <= day.year <= 2199 else None
