"""What people noted, drawn on a trend: a line at its time, or a band, with the text on hover."""

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.analysis.window import Window
from dashboard.charts.layout import Figure, Frame, axis_ms
from dashboard.charts.palette import translucent
from dashboard.charts.plotly_text import plain

HOVER_LINE_CHARS = 48
HOVER_CHARS_MAX = 240
BAND_ALPHA = 0.10
SIGN = "▼"
NAME_CHAR_PX = 8.0


@dataclass(frozen=True)
class Mark:
    """A note at a moment, or from `start` to `end`; `text` is anybody's.

    An alarm has a `sign` and a `colour` of its own, by its priority; work at an instrument has its
    `name` beside the sign, where there is room.
    """

    start: datetime
    end: datetime | None
    text: str
    sign: str = SIGN
    colour: str | None = None
    name: str = ""


def with_marks(figure: Figure, marks: Sequence[Mark], window: Window, frame: Frame) -> Figure:
    """Return the figure of a trend with those of `marks` that touch `window`."""
    inside = [mark for mark in marks if _touches(mark, window)]
    if not inside:
        return figure
    old = figure["layout"]
    shapes = [*old.get("shapes", ()), *(_shape(mark, frame) for mark in inside)]
    signs = [*old.get("annotations", ()), *(_sign(mark, window, frame) for mark in inside)]
    return figure | {"layout": old | {"shapes": shapes, "annotations": signs}}


def hover_text(text: str) -> str:
    """Return anybody's text such that Plotly, which reads tags, shows it letter by letter."""
    short = textwrap.shorten(text, HOVER_CHARS_MAX, placeholder=" …")
    lines = textwrap.wrap(short, HOVER_LINE_CHARS) or [""]
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def _touches(mark: Mark, window: Window) -> bool:
    return mark.start < window.end and (mark.end or mark.start) >= window.start


def _shape(mark: Mark, frame: Frame) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "xref": "x",
        "x0": axis_ms(mark.start),
        "x1": axis_ms(mark.end or mark.start),
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
    }
    if mark.end is None:
        return shape | {
            "type": "line",
            "line": {"color": frame.palette.muted, "width": 1.2, "dash": "dot"},
        }
    return shape | {
        "type": "rect",
        "line": {"width": 0},
        "fillcolor": translucent(mark.colour or frame.palette.muted, BAND_ALPHA),
    }


def _sign(mark: Mark, window: Window, frame: Frame) -> dict[str, Any]:
    """Return the sign at the upper edge; one that began earlier stands at the left."""
    start = max(mark.start, window.start)
    end = min(mark.end or mark.start, window.end)
    share = (end - start) / (window.end - window.start)
    has_room = len(mark.name) * NAME_CHAR_PX < share * frame.plot_width_px
    name = f" {plain(mark.name)}" if mark.name and has_room else ""
    return {
        "text": mark.sign + name,
        "hovertext": hover_text(mark.text),
        "hoverlabel": {
            "bgcolor": frame.palette.hover_ground,
            "font": {"color": frame.palette.text},
        },
        "xref": "x",
        "x": axis_ms(start),
        "xanchor": "left" if name else "center",
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": mark.colour or frame.palette.text, "size": 13},
    }
