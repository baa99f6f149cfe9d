"""Bars for amounts a day: volumes, energy. Days are the site's local days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel.dates import format_skeleton

from dashboard.charts.decimals import NO_VALUE
from dashboard.charts.layout import FONT_PX, Figure, Frame, layout, unit_label, value_axis
from dashboard.charts.palette import translucent
from dashboard.charts.plotly_text import plain

HEIGHT_PX = 300
LABEL_MIN_PX = 62
UNFINISHED_ALPHA = 0.45
NO_COLOUR = "rgba(0,0,0,0)"  # a total has no bar: it is the height of the others
DAYS_TOLD_MAX = 14  # more are told by their weeks


@dataclass(frozen=True)
class Amounts:
    """Amounts of one kind, a value for each day (None: nothing known); `remainder` is hatched."""

    label: str
    colour: str
    values: Sequence[float | None]
    remainder: bool = False


@dataclass(frozen=True)
class Days:
    """Amounts for each of some days; `today` is not over and is drawn lighter.

    `total` names the sum of the amounts; it is empty where they add up to nothing that is meant.
    """

    days: Sequence[date]
    today: date
    amounts: Sequence[Amounts]
    unit: str
    decimals: int
    total: str = ""

    @property
    def whole(self) -> list[Amounts]:
        """The amounts, and their sum if it has a name; unknown where one of them is."""
        if not self.total:
            return list(self.amounts)
        days = zip(*(kind.values for kind in self.amounts), strict=True)
        sums = [None if None in day else sum(one or 0.0 for one in day) for day in days]
        return [*self.amounts, Amounts(self.total, "", sums)]

    def day_text(self, place: int, frame: Frame) -> str:
        """Return the date of a day with its weekday."""
        return format_skeleton("yMEd", self.days[place], locale=frame.locale)


def daily_bars(what: Days, mode: Literal["stack", "group"], frame: Frame) -> Figure:
    """Return the figure of `what`, amounts of a day upon or beside each other."""
    days = [what.day_text(place, frame) for place in range(len(what.days))]
    data = [
        {
            "type": "bar",
            "name": plain(kind.label),
            "x": days,
            "y": list(kind.values) if kind.colour else [0.0] * len(days),
            "text": [_value_text(value, what, frame) for value in kind.values],
            "textposition": "none",
            "hovertemplate": f"{plain(kind.label)} %{{text}}<extra></extra>",
            "marker": {
                "color": [_colour(kind, day >= what.today) for day in what.days],
                "line": {"width": 0},
            }
            | ({"pattern": {"shape": "/", "size": 5, "solidity": 0.35}} if kind.remainder else {}),
        }
        for kind in what.whole
    ]
    figure_layout = layout(frame, height=HEIGHT_PX, barmode=_barmode(mode), bargap=0.28)
    figure_layout["bargroupgap"] = 0.08
    figure_layout["xaxis"] = _day_axis(what, days, frame)
    figure_layout["yaxis"] = value_axis(frame, rangemode="tozero")
    figure_layout["annotations"] = [unit_label(frame, what.unit, 1.0)]
    return {"data": data, "layout": figure_layout}


def _colour(kind: Amounts, is_unfinished: bool) -> str:
    if not kind.colour:
        return NO_COLOUR
    return translucent(kind.colour, UNFINISHED_ALPHA) if is_unfinished else kind.colour


def _value_text(value: float | None, what: Days, frame: Frame) -> str:
    number = NO_VALUE if value is None else frame.number(value, what.decimals)
    return f"<b>{number}</b> {plain(what.unit)}"


def _barmode(mode: Literal["stack", "group"]) -> str:
    # `relative` stacks a negative remainder below zero, where `stack` would hide it.
    return "relative" if mode == "stack" else "group"


def _day_axis(what: Days, days: Sequence[str], frame: Frame) -> dict[str, object]:
    """Return an axis with one place for each day: a 25-hour day is as wide as the others."""
    room = max(int(frame.plot_width_px // LABEL_MIN_PX), 1)
    if len(days) > DAYS_TOLD_MAX:
        shown = [place for place, day in enumerate(what.days) if day.weekday() == 0]
    else:
        every = max(-(-len(days) // room), 1)
        # Counted from the last day, which is the one people look for.
        shown = list(range(len(days)))[::-1][::every][::-1]
    labels = [
        "<br>".join(
            format_skeleton(one, what.days[place], locale=frame.locale) for one in ("Md", "E")
        )
        for place in shown
    ]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": list(days),
        "tickmode": "array",
        "tickvals": [days[place] for place in shown],
        "ticktext": labels,
        "tickangle": 0,
        "tickfont": {"color": frame.palette.muted, "size": FONT_PX - 1},
        "showgrid": False,
        "linecolor": frame.palette.axis,
        "showline": True,
        "unifiedhovertitle": {"text": "%{x}"},
    }
