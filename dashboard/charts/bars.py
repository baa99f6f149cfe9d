"""Bars for amounts a day: volumes, energy. Days are the site's local days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from babel.dates import format_skeleton

from dashboard.charts.frame import FONT_PX, Figure, Frame, layout, unit_label, value_axis
from dashboard.charts.ink import translucent
from dashboard.charts.plain import plain
from dashboard.domain.decimals import NO_VALUE

HEIGHT_PX = 300
LABEL_MIN_PX = 62
UNFINISHED_ALPHA = 0.45


@dataclass(frozen=True)
class Amounts:
    """Amounts of one kind, a value for each day (None: nothing known); `remainder` is hatched."""

    label: str
    colour: str
    values: Sequence[float | None]
    remainder: bool = False


@dataclass(frozen=True)
class Days:
    """Amounts for each of some days; `today` is not over and is drawn lighter."""

    days: Sequence[date]
    today: date
    amounts: Sequence[Amounts]
    unit: str
    decimals: int


def daily_bars(what: Days, mode: Literal["stack", "group"], frame: Frame) -> Figure:
    """Return the figure of `what`, amounts of a day upon or beside each other."""
    days = what.days
    data = [
        {
            "type": "bar",
            "name": plain(kind.label),
            "x": [day.isoformat() for day in days],
            "y": list(kind.values),
            "text": [_value_text(value, what, frame) for value in kind.values],
            "textposition": "none",
            "hovertemplate": f"{plain(kind.label)} %{{text}}<extra></extra>",
            "marker": {
                "color": [
                    translucent(kind.colour, UNFINISHED_ALPHA) if day >= what.today else kind.colour
                    for day in days
                ],
                "line": {"width": 0},
            }
            | ({"pattern": {"shape": "/", "size": 5, "solidity": 0.35}} if kind.remainder else {}),
        }
        for kind in what.amounts
    ]
    figure_layout = layout(frame, height=HEIGHT_PX, barmode=_barmode(mode), bargap=0.28)
    figure_layout["bargroupgap"] = 0.08
    figure_layout["xaxis"] = _day_axis(days, frame)
    figure_layout["yaxis"] = value_axis(frame, rangemode="tozero")
    figure_layout["annotations"] = [unit_label(frame, what.unit, 1.0)]
    return {"data": data, "layout": figure_layout}


def _value_text(value: float | None, what: Days, frame: Frame) -> str:
    number = NO_VALUE if value is None else frame.number(value, what.decimals)
    return f"<b>{number}</b> {plain(what.unit)}"


def _barmode(mode: Literal["stack", "group"]) -> str:
    # `relative` stacks a negative remainder below zero, where `stack` would hide it.
    return "relative" if mode == "stack" else "group"


def _day_axis(days: Sequence[date], frame: Frame) -> dict[str, object]:
    """Return an axis with one place for each day: a 25-hour day is as wide as the others."""
    room = max(int(frame.plot_width_px // LABEL_MIN_PX), 1)
    every = -(-len(days) // room) if days else 1
    # Counted from the last day, which is the one people look for.
    shown = list(days[::-1][::every])[::-1]
    labels = []
    for day in shown:
        text = format_skeleton("Md", day, locale=frame.locale)
        weekday = format_skeleton("E", day, locale=frame.locale) if every == 1 else ""
        labels.append(f"{text}<br>{weekday}" if weekday else text)
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [day.isoformat() for day in days],
        "tickmode": "array",
        "tickvals": [day.isoformat() for day in shown],
        "ticktext": labels,
        "tickangle": 0,
        "tickfont": {"color": frame.ink.muted, "size": FONT_PX - 1},
        "showgrid": False,
        "linecolor": frame.ink.axis,
        "showline": True,
        "unifiedhovertitle": {"text": " "},
    }


def days_between(first: date, last: date) -> list[date]:
    """Return all days from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
