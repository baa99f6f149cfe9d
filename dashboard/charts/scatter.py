"""One quantity over another, such as power over flow: the newest dots stand out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.layout import FONT_PX, Figure, Frame, layout, steady, unit_label, value_axis
from dashboard.charts.palette import translucent
from dashboard.charts.plotly_numbers import packed
from dashboard.charts.plotly_text import plain

HEIGHT_PX = 300
NEWEST_COUNT = 24
STEADY_PAD = 0.06  # of the value

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """Values of one quantity with its name and unit."""

    title: str
    unit: str
    values: Floats


def scatter(x: Quantity, y: Quantity, when: list[str], colour: str, frame: Frame) -> Figure:
    """Return dots of `y` over `x`, in order of time; `when` is the time of each as text.

    The newest NEWEST_COUNT are filled, the older ones faint.
    """
    older = max(len(when) - NEWEST_COUNT, 0)
    fills = [translucent(colour, 0.28)] * older + [colour] * (len(when) - older)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": packed(x.values),
        "y": packed(y.values),
        "text": [
            f"<b>{frame.number(b, 0)}</b> {plain(y.unit)} · {frame.number(a, 0)} {plain(x.unit)}"
            f"<br>{moment}"
            for a, b, moment in zip(x.values.tolist(), y.values.tolist(), when, strict=True)
        ],
        "marker": {"size": 6, "color": fills},
        "hovertemplate": "%{text}<extra></extra>",
    }
    figure_layout = layout(frame, height=HEIGHT_PX, hovermode="closest")
    title = {
        "text": plain(f"{x.title}, {x.unit}"),
        "font": {"color": frame.palette.muted, "size": FONT_PX},
        "standoff": 8,
    }
    figure_layout["xaxis"] = value_axis(frame, title=title, showgrid=True, **_range(x.values))
    figure_layout["yaxis"] = value_axis(frame, **_range(y.values))
    figure_layout["annotations"] = [unit_label(frame, y.unit, 1.0)]
    return {"data": [trace], "layout": figure_layout}


def _range(values: Floats) -> dict[str, list[float]]:
    """Return a range around values that are all the same; others make their own."""
    if not values.size:
        return {}
    low, high = steady(float(values.min()), float(values.max()))
    pad = STEADY_PAD * (abs(high) or 1.0)
    return {"range": [low - pad, high + pad]} if low == high else {}
