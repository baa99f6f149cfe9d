"""The list of alarms: what each row says, and the button that answers it.

Rows are drawn by `assets/alarm_rows.js`, which knows elements, their texts and attributes.
"""

from typing import Any

from dash import dcc, html

from dashboard.auth.roles import Right, may
from dashboard.components.alarm_badge import priority_sign
from dashboard.components.value_tile import value_now
from dashboard.pages.alarms.wording import age, point_of, raised_text, state_text, why_aside
from dashboard.pages.context import PageContext
from dashboard.store.alarms import ROWS_MAX, Alarm, AlarmList, Summary


def alarm_list(found: AlarmList, known: Summary, context: PageContext) -> Any:
    """Return the rows, and how many more there are; `known` is what the badge counts."""
    display = context.display
    content: list[Any] = [alarm_row(alarm, context) for alarm in found.rows]
    if not content:
        content.append(html.Div(display.text("alarms.none"), className="note"))
    elif found.total > len(found.rows):
        more = display.number(found.total - len(found.rows), 0)
        said = display.text("alarms.more", count=more, shown=ROWS_MAX)
        content.insert(0, html.Div(said, className="warn alarm-more", role="status"))
    return html.Div(content, **{"data-alarm-state": known.digest})


def alarm_row(alarm: Alarm, context: PageContext) -> Any:
    """Return one alarm: sign, name, value now, since when, what to do, and the button."""
    display = context.display
    point = point_of(alarm.point_id, context.plant)
    classes = ["alarm", f"alarm-{alarm.priority}"]
    if not alarm.is_acknowledged:
        classes.append("unacknowledged")
    if not alarm.is_active:
        classes.append("returned")
    now = value_now(point, display) if point and point.retired_at is None else None
    action = display.name(alarm.action or {})
    return html.Article(
        [
            priority_sign(alarm.priority, display, worded=True),
            _head(alarm, context),
            html.Div(now, className="alarm-now"),
            html.Div(_facts(alarm, context), className="alarm-facts"),
            html.Div(action, className="alarm-action") if action else None,
            html.Div(_button(alarm, context), className="alarm-answer"),
        ],
        className=" ".join(classes),
    )


def alarm_told(alarm: Alarm, context: PageContext) -> Any:
    """Return what an alarm is, for a page that is about it alone: no value now, no button."""
    display = context.display
    return html.Div(
        [
            priority_sign(alarm.priority, display, worded=True),
            _head(alarm, context),
            html.Div(_facts(alarm, context), className="alarm-facts"),
            html.Div(display.name(alarm.action or {}), className="alarm-action"),
        ],
        className="alarm-told",
    )


def _head(alarm: Alarm, context: PageContext) -> Any:
    """Return the name, which leads to the alarm, and where it is."""
    display = context.display
    name = dcc.Link(
        display.name(alarm.name), href=display.address(alarm_path(alarm)), className="alarm-name"
    )
    place = display.name(context.plant.item_names.get(alarm.element or "", {}))
    return html.Div([name, html.Span(place, className="alarm-place")], className="alarm-head")


def _facts(alarm: Alarm, context: PageContext) -> list[Any]:
    """Return how it stands, since when, at which value, and who put it aside."""
    display = context.display
    parts: list[Any] = [html.Span(state_text(alarm, display), className="alarm-state")]
    if alarm.raised_at is not None and alarm.stands:
        parts += [html.Span(display.moment(alarm.raised_at)), age(alarm.raised_at)]
    if alarm.is_late and alarm.stands:
        parts.append(html.Span(display.text("alarms.late"), className="warn"))
    raised = raised_text(alarm, point_of(alarm.point_id, context.plant), display)
    if raised and alarm.stands:
        parts.append(html.Span(raised))
    if alarm.acknowledged_by and alarm.is_acknowledged and alarm.stands:
        parts.append(html.Span(alarm.acknowledged_by))
    return [*parts, *(html.Span(part) for part in why_aside(alarm, display))]


def _is_to_be_answered(alarm: Alarm, context: PageContext) -> bool:
    """Whether the viewer may acknowledge an alarm that waits for it."""
    waits = not alarm.is_acknowledged and alarm.occurrence is not None and alarm.stands
    return waits and may(context.user.role, Right.ANSWER_ALARMS)


def _button(alarm: Alarm, context: PageContext) -> Any:
    if not _is_to_be_answered(alarm, context):
        return None
    return html.Button(
        context.display.text("alarms.acknowledge"),
        className="button alarm-button",
        **{"data-occurrence": str(alarm.occurrence)},
    )


def acknowledge_button(alarm: Alarm, context: PageContext) -> list[Any]:
    """Return the button of an alarm by itself, with a place for what came of it."""
    if not _is_to_be_answered(alarm, context):
        return []
    occurrence = str(alarm.occurrence)
    return [
        html.Button(
            context.display.text("alarms.acknowledge"),
            id={"type": "alarm-acknowledge", "occurrence": occurrence},
            className="button alarm-button",
        ),
        html.Div(
            id={"type": "alarm-acknowledged", "occurrence": occurrence},
            className="form-said",
            role="status",
        ),
    ]


def alarm_path(alarm: Alarm) -> str:
    """Return the address of an alarm within the site."""
    return f"/alarms/{alarm.alarm_id}"
