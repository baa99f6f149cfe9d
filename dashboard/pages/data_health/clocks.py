"""Clocks of devices: how long what they send takes, whether that changes, and what to do."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.analysis.clock_offsets import ClockOffset, ClockProblem
from dashboard.charts.decimals import NO_VALUE
from dashboard.components.card import card, folded_on_phone
from dashboard.components.table import table
from dashboard.pages.data_health.plain_finding import plain_finding
from dashboard.web.display import DisplaySettings

COLUMNS = ("device", "median", "drift", "do")


def clocks_card(
    found: Sequence[ClockOffset], names: Mapping[str, str], display: DisplaySettings
) -> Any:
    """Return a card with a line for each device; `names` are those of instruments and lines."""
    titles = [display.text(f"health.column.{column}") for column in COLUMNS]
    rows = [
        (
            names.get(one.device, one.device),
            _delay(one, display),
            _drift(one, display),
            _what(one, display),
        )
        for one in found
    ]
    title = display.text("health.clocks")
    if any(one.problem for one in found):
        return card(title, [table(titles, rows)], wide=True)
    none = html.Div(display.text("health.clocks.none"), className="note")
    return folded_on_phone(title, [table(titles, rows) if rows else none])


def clock_finding_row(
    one: ClockOffset, names: Mapping[str, str], display: DisplaySettings
) -> html.Div:
    """Return the row of a device whose clock is wrong, or whose readings come late."""
    problem = one.problem
    assert problem is not None
    drifts = problem is ClockProblem.DRIFTS
    column, value = ("drift", _drift(one, display)) if drifts else ("median", _delay(one, display))
    why = f"{display.text(f'health.column.{column}')}: {value}"
    words = display.text(f"problem.{problem}")
    return plain_finding(names.get(one.device, one.device), problem, words, why, display)


def _delay(one: ClockOffset, display: DisplaySettings) -> str:
    return _seconds(one.median_s, display)


def _drift(one: ClockOffset, display: DisplaySettings) -> str:
    drift_s = one.drift_per_day_s
    return NO_VALUE if drift_s is None else _seconds(drift_s, display)


def _what(one: ClockOffset, display: DisplaySettings) -> str:
    if one.problem is None:
        return display.text("health.clocks.right")
    return f"{display.text(f'problem.{one.problem}')}. {display.text(f'problem.{one.problem}.do')}"


def _seconds(value_s: float, display: DisplaySettings) -> str:
    return f"{display.number(round(value_s, 1), 1)} s"
