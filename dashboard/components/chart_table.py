"""The table that says what a chart shows: for whoever does not see it, or wants its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.series import summary
from dashboard.analysis.window import Window
from dashboard.charts.bars import Days
from dashboard.charts.decimals import NO_VALUE
from dashboard.charts.line import Line
from dashboard.charts.scatter import NEWEST_COUNT, Quantity
from dashboard.components.check_words import why_text
from dashboard.web.display import DisplaySettings


@dataclass(frozen=True)
class Table:
    """Titles of columns, and rows of as many texts; the first text names the row."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def line_table(lines: Sequence[Line], window: Window, display: DisplaySettings) -> Table:
    """Return what each line amounts to in the window; a state has only its last value."""
    columns = ("name", "last", "min", "mean", "max", "readings", "why")
    rows = []
    for line in lines:
        found = summary(line.series, window, line.intervals)
        last = _value(found.last, line, display)
        ends = (found.low, found.mean, found.high) if not line.states else (None,) * 3
        numbers = (_value(value, line, display) for value in ends)
        why = why_text(line.doubts, display)
        rows.append((line.label, last, *numbers, display.number(found.n, 0), why))
    return Table(tuple(display.text(f"trends.{one}") for one in columns), tuple(rows))


def day_table(what: Days, display: DisplaySettings) -> Table:
    """Return the amounts of each day, the newest first."""
    titles = [f"{kind.label}, {what.unit}" for kind in what.whole]
    rows = [
        (
            what.day_text(place, display.frame),
            *(
                NO_VALUE if value is None else display.number(value, what.decimals)
                for value in (kind.values[place] for kind in what.whole)
            ),
        )
        for place in reversed(range(len(what.days)))
    ]
    return Table((display.text("chart.day"), *titles), tuple(rows))


def dot_table(x: Quantity, y: Quantity, when: Sequence[str], display: DisplaySettings) -> Table:
    """Return the newest dots of one quantity over another, the newest first."""
    titles = [f"{one.title}, {one.unit}" for one in (x, y)]
    columns = [
        [NO_VALUE if np.isnan(value) else display.number(value, 0) for value in one.values.tolist()]
        for one in (x, y)
    ]
    rows = list(zip(when, *columns, strict=True))[::-1][:NEWEST_COUNT]
    return Table((display.text("chart.time"), *titles), tuple(rows))


def _value(value: float | None, line: Line, display: DisplaySettings) -> str:
    if value is None:
        return NO_VALUE
    named = (line.states or {}).get(value)
    return named or f"{display.number(value, line.decimals)} {line.unit}".strip()
