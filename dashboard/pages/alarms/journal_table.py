"""Events of the journal as rows of a table."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.components.alarm_badge import priority_sign
from dashboard.components.table import table_of
from dashboard.pages.alarms.wording import point_of, value_text
from dashboard.pages.context import PageContext
from dashboard.store.alarm_journal import Event

COLUMNS = ("at", "alarm", "event", "value", "who", "comment")


def event_rows(events: Sequence[Event], context: PageContext, *, of_one: bool = False) -> Any:
    """Return events as a table, the newest first; of one alarm its name is left out."""
    display = context.display
    if not events:
        return html.Div(display.text("alarms.no_events"), className="note")
    columns = [name for name in COLUMNS if not (of_one and name == "alarm")]
    titles = [display.text(f"journal.{name}") for name in columns]
    rows = []
    for event in events:
        cells = _cells(event, context)
        rows.append(
            html.Tr(
                [
                    html.Td(cells[name], className=f"event-{name}", **{"data-title": title})
                    for name, title in zip(columns, titles, strict=True)
                ],
                className=f"event event-of-{event.kind}",
            )
        )
    return html.Div(
        table_of(titles, rows, "log-table alarm-journal"), className="alarm-journal-rows"
    )


def _cells(event: Event, context: PageContext) -> dict[str, Any]:
    display = context.display
    at = [html.Span(display.moment(event.at, "second"))]
    if event.is_late:
        told = display.moment(event.recorded_at, "second")
        at.append(html.Span(display.text("alarms.late_since", moment=told), className="quiet"))
    point = point_of(event.point_id, context.plant)
    name = dcc.Link(
        display.name(event.name or {}), href=display.address(f"/alarms/{event.alarm_id}")
    )
    return {
        "at": at,
        "alarm": [priority_sign(event.priority, display), " ", name],
        "event": display.text(f"alarm_event.{event.kind}"),
        "value": value_text(event.value, point, display),
        "who": event.who or "",
        "comment": event.comment or "",
    }
