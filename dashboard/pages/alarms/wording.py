"""Alarms in words: how one stands, since when, at which value."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import dcc, html

from dashboard.auth.roles import Right, may
from dashboard.charts.decimals import decimals
from dashboard.store.alarms import Alarm
from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser

HOUR_S, MINUTE_S = 3_600.0, 60.0
DECIMALS_UNKNOWN = 2


def point_of(point_id: int | None, plant: Plant) -> SitePoint | None:
    """Return a point of the plant by its number; None if the viewer does not see it."""
    return next((one for one in plant.all_points.values() if one.point_id == point_id), None)


def state_text(alarm: Alarm, display: DisplaySettings) -> str:
    """Return how an alarm stands; what waits for an acknowledgement to be carried out has it."""
    state = alarm.state
    if alarm.is_acknowledged:
        state = {
            "unacknowledged": "acknowledged",
            "latched_unacknowledged": "latched_acknowledged",
            "returned_unacknowledged": "normal",
        }.get(state, state)
    return display.text(f"alarm_state.{state}")


def why_aside(alarm: Alarm, display: DisplaySettings) -> list[str]:
    """Return who put an alarm aside, why, and until when; nothing for one that was not."""
    if alarm.state == "shelved" and alarm.shelved_until is not None:
        until = display.moment(alarm.shelved_until)
        parts = [display.text("alarms.until", moment=until), alarm.shelved_by, alarm.shelved_reason]
    elif alarm.state == "suppressed" and alarm.suppressed_by is not None:
        parts = [display.text(f"suppressed.{alarm.suppressed_by}"), alarm.cause]
    elif alarm.state == "out_of_service":
        parts = [alarm.out_of_service_by, alarm.out_of_service_reason]
    else:
        parts = []
    if alarm.out_of_service_asked_by:
        who = alarm.out_of_service_asked_by
        parts.append(display.text("alarms.waits_for_approval", who=who))
    return [part for part in parts if part]


def value_text(
    value: float | None, point: SitePoint | None, display: DisplaySettings, unit: str | None = None
) -> str:
    """Return a value with its unit, as values of its point are written; empty without one."""
    if value is None:
        return ""
    if point is None:
        return f"{display.number(value, DECIMALS_UNKNOWN)} {unit or ''}".strip()
    if point.states:
        named: Mapping[str, str] = point.states.get(value, {})
        return display.name(named) or display.number(value, 0)
    number = display.number(value, decimals(point.typical_lo, point.typical_hi))
    return f"{number} {point.unit_display}".strip()


def raised_text(alarm: Alarm, point: SitePoint | None, display: DisplaySettings) -> str:
    """Return the value at which an alarm was raised, and its limit; empty if there is neither."""
    value = value_text(alarm.raised_value, point, display, alarm.unit)
    limit = value_text(alarm.limit_value, point, display, alarm.unit)
    if limit and not (point and point.states):
        limit = display.text("alarms.limit", value=limit)
        return " · ".join(filter(None, (value, limit)))
    return value


def age(at: datetime) -> Any:
    """Return the age of a moment, which the page's script counts."""
    return html.Span("", className="alarm-age", **{"data-since-ms": str(at.timestamp() * 1000)})


def duration_text(seconds: float, display: DisplaySettings) -> str:
    """Return a duration in the unit that fits."""
    if seconds < 2 * MINUTE_S:
        return f"{display.number(seconds, 0)} {display.text('live.s')}"
    if seconds < 2 * HOUR_S:
        return f"{display.number(seconds / MINUTE_S, 0)} {display.text('live.min')}"
    return f"{display.exact(round(seconds / HOUR_S, 1))} {display.text('live.h')}"


def tabs(current: str, display: DisplaySettings, user: RequestUser) -> Any:
    """Return the ways between the pages of alarms."""
    ways = [
        ("standing", "/alarms"),
        ("aside", "/alarms?show=aside"),
        ("journal", "/alarms/journal"),
        ("definitions", "/alarms/definitions"),
        *([("performance", "/alarms/performance")] if may(user.role, Right.SEE_PLANT) else []),
        *([("roster", "/alarms/roster")] if may(user.role, Right.ANSWER_ALARMS) else []),
    ]
    links = [
        dcc.Link(
            display.text(f"alarms.tab.{key}"),
            href=display.address(path),
            className=f"alarm-tab{' current' if key == current else ''}",
        )
        for key, path in ways
    ]
    return html.Div(links, className="alarm-tabs")
