"""Alarms on a trend: a band from raised to cleared, with the sign of the priority and its name."""

import math
from collections.abc import Sequence
from datetime import datetime

from dashboard.charts.annotations import Mark, with_marks
from dashboard.charts.layout import Figure
from dashboard.charts.line import Limit
from dashboard.charts.palette import Palette
from dashboard.components.chart_card import ChartContext
from dashboard.pages.alarms.condition_wording import condition_of, number_text
from dashboard.store.alarm_definitions import Definition
from dashboard.store.alarms import Span, spans
from dashboard.web.display import DisplaySettings
from schemas.alarm.condition import Watch

SIGNS = {"high": "■", "medium": "▲", "low": "◆", "diagnostic": "●"}


def with_alarms(figure: Figure, chart: ChartContext, points: Sequence[int]) -> Figure:
    """Return the figure of a trend with the alarms of some points."""
    found = spans(chart.connection, chart.window, points)
    return with_spans(figure, found, chart)


def with_spans(figure: Figure, found: Sequence[Span], chart: ChartContext) -> Figure:
    """Return the figure of a trend with alarms that are known."""
    marks = [alarm_mark(span, chart.now, chart.display) for span in found]
    return with_marks(figure, marks, chart.window, chart.display.frame)


def alarm_limits(found: Sequence[Definition], chart: ChartContext) -> list[Limit]:
    """Return the limits of an alarm on a value, each for the time of its definition."""
    limits = []
    for one in found:
        condition = condition_of(one)
        if condition.watch is not Watch.VALUE:
            continue
        point = chart.points.get(condition.point or "")
        begin = -math.inf if one.valid_from is None else one.valid_from.timestamp() * 1000.0
        end = math.inf if one.valid_to is None else one.valid_to.timestamp() * 1000.0
        for limit in (condition.above, condition.below):
            if limit is not None:
                value = number_text(limit, point, chart.display)
                text = chart.display.text("alarms.alarm_limit", value=value)
                limits.append(Limit(limit, text, begin, end))
    return limits


def alarm_mark(span: Span, now: datetime, display: DisplaySettings) -> Mark:
    """Return how an alarm is drawn; one that has not cleared goes on to the present."""
    begun = display.moment(span.raised_at, "second")
    ended = display.moment(span.cleared_at, "second") if span.cleared_at else ""
    word = display.text(f"priority.{span.priority}")
    text = f"{display.name(span.name)} ({word}) {begun} – {ended}".strip()
    sign = SIGNS.get(span.priority, "●")
    return Mark(
        span.raised_at, span.cleared_at or now, text, sign, _colour(span, display.frame.palette)
    )


def _colour(span: Span, palette: Palette) -> str:
    return {"high": palette.bad, "medium": palette.suspect}.get(span.priority, palette.muted)
