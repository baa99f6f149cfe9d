"""Alarms in ten minutes over time, with the line above which a flood begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dashboard.analysis.window import Window
from dashboard.charts.layout import Figure, Frame, axis_ms, layout, time_axis, value_axis
from dashboard.charts.plotly_text import plain

HEIGHT_PX = 240
BARS_MAX = 500


@dataclass(frozen=True)
class LoadBars:
    """The counts of slots of equal width, when each begins, and the flood's line; with words."""

    starts: Sequence[datetime]
    counts: Sequence[int]
    slot_s: float
    flood: float
    label: str


def load_bars(what: LoadBars, window: Window, frame: Frame) -> Figure:
    """Return the figure; where there are many slots, a bar is the worst of some neighbours."""
    together = max(-(-len(what.counts) // BARS_MAX), 1)
    worst = [
        max(what.counts[place : place + together]) for place in range(0, len(what.counts), together)
    ]
    width_ms = what.slot_s * together * 1000.0
    x_ms = np.array([axis_ms(at) for at in what.starts[::together]])
    colours = [
        frame.palette.bad if count > what.flood else frame.palette.lines[0] for count in worst
    ]
    figure_layout = layout(frame, height=HEIGHT_PX, bargap=0.1)
    figure_layout["xaxis"] = time_axis(frame, window)
    figure_layout["yaxis"] = value_axis(frame, rangemode="tozero")
    figure_layout["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": what.flood,
            "y1": what.flood,
            "line": {"color": frame.palette.limit, "width": 1.2, "dash": "dash"},
        }
    ]
    return {
        "data": [
            {
                "type": "bar",
                "x": (x_ms + width_ms / 2).tolist(),
                "width": width_ms,
                "y": worst,
                "marker": {"color": colours, "line": {"width": 0}},
                "hovertemplate": f"<b>%{{y}}</b> {plain(what.label)}<extra></extra>",
            }
        ],
        "layout": figure_layout,
    }
