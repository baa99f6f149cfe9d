"""What stands behind the lines of a panel: limits as dashed steps, the typical range as a ground.

Both are those of their time: a limit that changed is drawn as the steps that it was.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.analysis.window import Window
from dashboard.charts.layout import Frame, axis_ms
from dashboard.charts.line import Limit, Line
from dashboard.charts.plotly_text import plain

# A limit of one of several lines has the line's colour and a dash of its own.
_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")
_CHAR_PX = 6.2  # about, of the letters of a text
_LEFT_SHARE = 0.4  # a step that ends within this share of the window has its text at its begin

Shape = dict[str, Any]


@dataclass(frozen=True)
class Ground:
    """What bounds are drawn on: a value axis with its range, the window, and the reader's frame."""

    axis: str
    span: tuple[float, float]
    window: Window
    frame: Frame

    def reach(self, start_ms: float, end_ms: float) -> tuple[float, float]:
        """Return what of a stretch of time lies in the window."""
        first, last = axis_ms(self.window.start), axis_ms(self.window.end)
        return max(start_ms, first), min(end_ms, last)


@dataclass(frozen=True)
class _Owned:
    """A limit with its look: neutral if it is that of all lines, else its lines' own."""

    limit: Limit
    text: str
    colour: str
    dash: str


def limit_marks(panel: Sequence[Line], ground: Ground) -> tuple[list[Shape], list[Shape]]:
    """Return the shapes and the texts of all limits; those beyond the panel are named at its edge.

    Where not every line of the panel has a limit, its text names those that have it.
    """
    low, high = ground.span
    owned = _owned(panel, ground.frame)
    inside = [one for one in owned if low <= one.limit.value <= high]
    shapes = [_step(one, ground) for one in inside]
    texts = [_text_of(one, ground) for one in inside]
    above = [one for one in owned if one.limit.value > high]
    below = [one for one in owned if one.limit.value < low]
    # The nearest one; all of them would cover the unit.
    domain = f"{ground.axis} domain"
    if above:
        text = f"↑ {above[0].text}"
        texts.append(_text(text, above[0].colour, ground.frame, yref=domain, y=1.0))
    if below:
        text = f"↓ {below[-1].text}"
        texts.append(_text(text, below[-1].colour, ground.frame, yref=domain, y=0.0))
    return shapes, texts


def typical_marks(line: Line, ground: Ground) -> list[Shape]:
    """Return the typical range of a line, as it was at each time."""
    shapes = []
    for typical in line.typical:
        start_ms, end_ms = ground.reach(typical.start_ms, typical.end_ms)
        if typical.low < typical.high and start_ms < end_ms:
            shapes.append(
                {
                    "type": "rect",
                    "xref": "x",
                    "x0": start_ms,
                    "x1": end_ms,
                    "yref": ground.axis,
                    "y0": typical.low,
                    "y1": typical.high,
                    "layer": "below",
                    "line": {"width": 0},
                    "fillcolor": ground.frame.palette.typical,
                }
            )
    return shapes


def _owned(panel: Sequence[Line], frame: Frame) -> list[_Owned]:
    owners: dict[Limit, list[int]] = {}
    for place, line in enumerate(panel):
        for limit in line.limits:
            owners.setdefault(limit, []).append(place)
    found = []
    for limit, places in sorted(owners.items(), key=lambda pair: pair[0].value):
        if len(places) == len(panel):
            found.append(_Owned(limit, limit.text, frame.palette.limit, _DASHES[0]))
        else:
            names = ", ".join(panel[place].label for place in places)
            dash = _DASHES[places[0] % len(_DASHES)]
            colour = panel[places[0]].colour
            found.append(_Owned(limit, f"{names}: {limit.text}", colour, dash))
    return found


def _step(one: _Owned, ground: Ground) -> Shape:
    start_ms, end_ms = ground.reach(one.limit.start_ms, one.limit.end_ms)
    return {
        "type": "line",
        "xref": "x",
        "x0": start_ms,
        "x1": end_ms,
        "yref": ground.axis,
        "y0": one.limit.value,
        "y1": one.limit.value,
        "layer": "above",
        "line": {"color": one.colour, "width": 1.2, "dash": one.dash},
    }


def _text_of(one: _Owned, ground: Ground) -> Shape:
    first, last = ground.reach(float("-inf"), float("inf"))
    start_ms, end_ms = ground.reach(one.limit.start_ms, one.limit.end_ms)
    at_left = end_ms < first + _LEFT_SHARE * (last - first)
    place = {"xref": "x", "x": start_ms if at_left else end_ms}
    text = _text(one.text, one.colour, ground.frame, yref=ground.axis, y=one.limit.value)
    return text | place | {"xanchor": "left" if at_left else "right"}


def _text(text: str, colour: str, frame: Frame, **place: Any) -> Shape:
    # A line that is longer than the panel would be cut where that ends.
    lines = textwrap.wrap(text, int(frame.plot_width_px / _CHAR_PX))
    return {
        "text": "<br>".join(map(plain, lines)),
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": colour, "size": 11},
        **place,
    }
