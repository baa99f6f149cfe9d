"""Alarms on a trend: a band from raised to cleared, with the sign of the priority and its name."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.charts.annotations import Mark, with_marks
from dashboard.charts.layout import Figure
from dashboard.charts.palette import Ink
from dashboard.components.chart_card import ChartContext
from dashboard.store.alarms import Span, spans
from dashboard.web.display import DisplaySettings

SIGNS = {"high": "■", "medium": "▲", "low": "◆", "diagnostic": "●"}


def with_alarms(figure: Figure, chart: ChartContext, points: Sequence[int]) -> Figure:
    """Return the figure of a trend with the alarms of some points."""
    found = spans(chart.connection, chart.window, points)
    return with_spans(figure, found, chart)


def with_spans(figure: Figure, found: Sequence[Span], chart: ChartContext) -> Figure:
    """Return the figure of a trend with alarms that are known."""
    marks = [alarm_mark(span, chart.now, chart.display) for span in found]
    return with_marks(figure, marks, chart.window, chart.display.frame)


def alarm_mark(span: Span, now: datetime, display: DisplaySettings) -> Mark:
    """Return how an alarm is drawn; one that has not cleared goes on to the present."""
    begun = display.moment(span.raised_at, "second")
    ended = display.moment(span.cleared_at, "second") if span.cleared_at else ""
    word = display.text(f"priority.{span.priority}")
    text = f"{display.name(span.name)} ({word}) {begun} – {ended}".strip()
    sign = SIGNS.get(span.priority, "●")
    return Mark(
        span.raised_at, span.cleared_at or now, text, sign, _colour(span, display.frame.ink)
    )


def _colour(span: Span, ink: Ink) -> str:
    return {"high": ink.bad, "medium": ink.suspect}.get(span.priority, ink.muted)
