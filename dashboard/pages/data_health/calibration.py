"""Which instruments are to be calibrated, those that have waited longest first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html

from dashboard.components.card import card
from dashboard.components.table import table
from dashboard.pages.context import PageContext
from dashboard.store.instruments import Instrument

_NEVER = datetime.min.replace(tzinfo=UTC)


def calibration_card(instruments: Sequence[Instrument], context: PageContext) -> Any:
    """Return the instruments for which the site file says how often; a note if it does for none."""
    display = context.display
    known = [each for each in instruments if each.calibration_interval_days is not None]
    known.sort(key=lambda each: each.due_at or _NEVER)
    title = display.text("health.calibration")
    if not known:
        return card(title, [html.Div(display.text("health.calibration.none"), className="note")])
    columns = ("instrument", "calibrated", "due")
    titles = [display.text(f"health.column.{column}") for column in columns]
    return card(title, [table(titles, [_row(each, context) for each in known])])


def _row(instrument: Instrument, context: PageContext) -> Sequence[Any]:
    display = context.display
    tags = {point.point_id: point.tag for point in context.plant.points.values()}
    served = [tags[point] for point in instrument.point_ids if point in tags]
    name = html.Span(
        [instrument.description, html.Span(f" {', '.join(served)}", className="quiet")]
    )
    done, due = instrument.calibrated_at, instrument.due_at
    last = display.moment(done, "day") if done else display.text("health.calibration.never")
    if not instrument.is_due(context.now):
        return name, last, display.moment(due, "day") if due else ""
    words = display.text("health.calibration.due")
    when = f" {display.moment(due, 'day')}" if due else ""
    return name, last, html.Span(f"▲ {words}{when}", className="warn")
