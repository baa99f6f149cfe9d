"""One alarm as a page shows it: how it stands, what to do, what can be done, what happened."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, dcc, html

from dashboard.components.alarm_badge import priority_sign
from dashboard.components.card import card, chart_place
from dashboard.components.form import folded
from dashboard.components.value_tile import tile
from dashboard.pages.alarms.acts import ACTS, SHELF_MINUTES, offered
from dashboard.pages.alarms.journal_table import event_rows
from dashboard.pages.alarms.rows import acknowledge_button
from dashboard.pages.alarms.wording import (
    age,
    duration_text,
    point_of,
    raised_text,
    state_text,
    why_aside,
)
from dashboard.pages.assets.links import place_links
from dashboard.pages.context import PageContext
from dashboard.store.alarm_actions import TEXT_CHARACTERS_MAX
from dashboard.store.alarm_journal import Event
from dashboard.store.alarms import Alarm
from dashboard.web.display import DisplaySettings

SHELF_CHOSEN = "240"
OPEN_FIRST = "comment"
FIELDS = {"type": "alarm-field", "field": ALL, "act": ALL, "alarm": ALL}
Written = Mapping[tuple[Any, Any], str]
"""What stands in fields, by act and field."""
NOTHING_WRITTEN: Written = {}


def detail_page(
    alarm: Alarm, events: Sequence[Event], digest: str, context: PageContext
) -> list[Any]:
    """Return the page of an alarm."""
    display = context.display
    point = point_of(alarm.point_id, context.plant)
    head = html.H1(
        [priority_sign(alarm.priority, display, worded=True), " ", display.name(alarm.name)],
        className="page-name alarm-title",
    )
    now = tile(point, display) if point is not None and point.retired_at is None else None
    where = [] if point is None else place_links([point], context.plant, display)
    return [
        head,
        dcc.Store(id="alarm-shown", data=str(alarm.alarm_id)),
        dcc.Store(id="alarm-offered", data=offered(alarm, context.user)),
        html.Div(
            [
                html.Section(
                    html.Div(standing(alarm, digest, context), id="alarm-detail"), className="card"
                ),
                html.Section(_what_to_do(alarm, display), className="card alarm-advice"),
            ],
            className="alarm-top",
        ),
        html.Div(
            [
                html.Div(now and [now, *where], className="alarm-value"),
                html.Section(
                    [html.Div(id="alarm-legend", className="legend"), chart_place("alarm-chart")],
                    className="card",
                ),
            ],
            className="alarm-middle",
        ),
        html.Div(forms(alarm, context), id="alarm-forms"),
        card(
            display.text("alarms.happened"),
            [html.Div(event_rows(events, context, of_one=True), id="alarm-events")],
            wide=True,
            tools=_ways(alarm, display),
        ),
    ]


def standing(alarm: Alarm, digest: str, context: PageContext) -> Any:
    """Return how an alarm stands now, and the button that acknowledges it."""
    display = context.display
    point = point_of(alarm.point_id, context.plant)
    lines: list[Any] = [html.Div(state_text(alarm, display), className="alarm-state-large")]
    if alarm.raised_at is not None and alarm.stands:
        at = display.moment(alarm.raised_at, "second")
        lines.append(html.Div([html.Span(f"{at} · "), age(alarm.raised_at)]))
        if alarm.is_late and alarm.recorded_at is not None:
            told = display.moment(alarm.recorded_at, "second")
            lines.append(html.Div(display.text("alarms.late_since", moment=told), className="warn"))
        lines.append(html.Div(raised_text(alarm, point, display)))
    if alarm.cleared_at is not None and alarm.stands:
        cleared = display.moment(alarm.cleared_at, "second")
        lines.append(html.Div(display.text("alarms.cleared_at", moment=cleared)))
    if alarm.acknowledged_at is not None and alarm.stands:
        at = display.moment(alarm.acknowledged_at, "second")
        who = alarm.acknowledged_by or ""
        lines.append(html.Div(display.text("alarms.acknowledged_at", moment=at, who=who)))
    lines += [html.Div(part) for part in why_aside(alarm, display)]
    classes = f"alarm-standing alarm-{alarm.priority}"
    classes += "" if alarm.is_acknowledged else " unacknowledged"
    classes += "" if alarm.is_active else " returned"
    answer = html.Div(acknowledge_button(alarm, context), className="alarm-answer")
    return html.Div([*lines, answer], className=classes, **{"data-alarm-state": digest})


def _what_to_do(alarm: Alarm, display: DisplaySettings) -> list[Any]:
    parts = []
    for key, names in (("action", alarm.action), ("consequence", alarm.consequence)):
        if names:
            parts += [html.H2(display.text(f"alarms.{key}")), html.P(display.name(names))]
    if alarm.respond_within_s is not None:
        within = duration_text(alarm.respond_within_s, display)
        parts.append(html.P(display.text("alarms.respond_within", time=within), className="quiet"))
    return parts or [html.P(display.text("alarms.no_advice"), className="quiet")]


def written(ids: Any, values: Any) -> Written:
    """Return what stands in the fields of a page, as it says itself."""
    return {
        (one.get("act"), one.get("field")): value[:TEXT_CHARACTERS_MAX]
        for one, value in zip(ids, values, strict=False)
        if isinstance(one, dict) and isinstance(value, str)
    }


def forms(alarm: Alarm, context: PageContext, kept: Written = NOTHING_WRITTEN) -> list[Any]:
    """Return a form for each act that fits, with what is `kept` of earlier ones."""
    acts = offered(alarm, context.user)
    if not acts:
        return []
    shown = [
        folded(
            context.display.text(f"alarm_act.{key}"),
            [_form(key, alarm, kept, context.display)],
            is_open=bool(kept.get((key, "text"))),
        )
        for key in acts
    ]
    return [html.Section(shown, className="card alarm-forms")]


def _form(key: str, alarm: Alarm, kept: Written, display: DisplaySettings) -> Any:
    place = {"act": key, "alarm": str(alarm.alarm_id)}
    act = ACTS[key]
    fields: list[Any] = []
    if act.has_end:
        fields.append(
            dmc.Select(
                id={"type": "alarm-field", "field": "until", **place},
                label=display.text("alarms.shelve_for"),
                data=[
                    {"value": minutes, "label": duration_text(int(minutes) * 60.0, display)}
                    for minutes in SHELF_MINUTES
                ],
                value=kept.get((key, "until"), SHELF_CHOSEN),
                allowDeselect=False,
                className="field",
            )
        )
    if act.has_text:
        label = "form.body" if key == OPEN_FIRST else "form.reason"
        fields.append(
            dmc.TextInput(
                id={"type": "alarm-field", "field": "text", **place},
                label=display.text(label),
                value=kept.get((key, "text"), ""),
                required=True,
                className="field field-wide",
            )
        )
    hint = html.Div(display.text(f"alarm_act_hint.{key}"), className="quiet form-hint")
    button = html.Button(
        display.text(f"alarm_act.{key}"), id={"type": "alarm-act", **place}, className="button"
    )
    said = html.Div(id={"type": "alarm-act-said", **place}, className="form-said", role="status")
    return html.Div(
        [
            hint,
            html.Div(fields, className="form-fields"),
            html.Div([button, said], className="form-end"),
        ],
        className="form",
    )


def _ways(alarm: Alarm, display: DisplaySettings) -> Any:
    """Return the ways to what has happened, and to what the alarm is."""
    ways = (
        ("alarms.tab.journal", f"/alarms/journal?alarm={alarm.alarm_id}"),
        ("definitions.to_definition", f"/alarms/definitions/{alarm.alarm_id}"),
    )
    return [
        dcc.Link(display.text(key), href=display.address(path), className="quiet-link")
        for key, path in ways
    ]
