"""The trend figure: lines of several points over one time axis, one panel for each unit.

Panels are stacked because four value axes on one panel cannot be read; all share the time axis and
one hover box.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.analysis.window import Window
from dashboard.charts.bounds import Ground, limit_marks, typical_marks
from dashboard.charts.layout import (
    Figure,
    Frame,
    axis_ms,
    layout,
    steady,
    time_axis,
    unit_label,
    value_axis,
)
from dashboard.charts.line import Line, Sheet, Words
from dashboard.charts.line_traces import traces
from dashboard.charts.plotly_text import plain
from dashboard.charts.tooltip import Tooltip

PANEL_PX = 300
LOW_PANEL_PX = 190  # each, when there are several, or on a phone
PANEL_GAP_PX = 34
LOW_GAP_PX = 150  # of a figure that is pressed to a third of its height; a unit stands there
LOW_TICKS_MAX = 3
STATE_LINE_PX = 14  # of a state's name, which stands above the line of the state
STATE_GAP_PX = 14
STATE_CHAR_PX = 6.5
STATE_NAME_CHARS = 26  # in a line beside the panel
NAMES_BESIDE_MIN_PX = 760.0
PHONE_MAX_PX = 500.0
EDGES_PX = 68
LIMIT_REACH = 0.6  # a limit within this share of the data's span stays on the panel


def trend(
    lines: Sequence[Line], window: Window, now: datetime, frame: Frame, words: Words
) -> Figure:
    """Return the figure of `lines` over `window`; its height is in its layout.

    The typical range is shaded when there is exactly one line.
    """
    panels = _panels(lines)
    heights = [_panel_px(panel, len(panels), frame) for panel in panels]
    gap_px = LOW_GAP_PX if frame.is_low else PANEL_GAP_PX
    total_px = sum(heights) + gap_px * (len(panels) - 1) or PANEL_PX
    figure_layout = layout(frame, height=total_px + EDGES_PX, shapes=[], annotations=[])
    sheet = Sheet(frame, words, axis_ms(min(window.end, now)), Tooltip(frame, len(lines)))
    data: list[dict[str, Any]] = []
    top = 1.0
    for number, (panel, height) in enumerate(zip(panels, heights, strict=True), start=1):
        axis = "y" if number == 1 else f"y{number}"
        bottom = max(top - height / total_px, 0.0)
        span = None if panel[0].states else _span(panel)
        for line in panel:
            data += traces(line, axis, span, sheet)
        ground = None if span is None else Ground(axis, span, window, frame)
        _add_panel(figure_layout, panel, _Place(axis, (bottom, top), ground), frame)
        if ground is not None and len(lines) == 1:
            figure_layout["shapes"] += typical_marks(panel[0], ground)
        top = bottom - gap_px / total_px
    last_axis = "y" if len(panels) <= 1 else f"y{len(panels)}"
    figure_layout["xaxis"] = time_axis(frame, window) | {"anchor": last_axis}
    if not panels:
        figure_layout["yaxis"] = value_axis(frame, visible=False)
    return {"data": data, "layout": figure_layout}


def _panels(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines by unit in their order; a state has a panel to itself."""
    groups: dict[object, list[Line]] = {}
    for line in lines:
        key = (line.unit, line.label if line.states else line.panel)
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def _panel_px(panel: list[Line], count: int, frame: Frame) -> int:
    if panel[0].states:
        names = _state_names(panel[0], frame)
        rows = max(name.count("<br>") + 1 for name in names)
        return (len(names) + 1) * (rows * STATE_LINE_PX + STATE_GAP_PX)
    return PANEL_PX if count == 1 and frame.width_px > PHONE_MAX_PX else LOW_PANEL_PX


@dataclass(frozen=True)
class _Place:
    """Where a panel lies: its axis, the part of the height it takes, and what bounds lie on."""

    axis: str
    domain: tuple[float, float]
    ground: Ground | None


def _add_panel(
    figure_layout: dict[str, Any], panel: list[Line], place: _Place, frame: Frame
) -> None:
    axis = value_axis(frame, domain=list(place.domain), anchor="x")
    # A range that the reader has dragged over stays for as long as the panel shows the same lines.
    axis["uirevision"] = " ".join(line.label for line in panel)
    states = panel[0].states
    if states:
        axis |= {
            "range": [-0.4, len(states) - 0.2],
            "tickmode": "array",
            "tickvals": list(range(len(states))),
            "ticktext": _state_names(panel[0], frame),
            "ticklabelposition": "outside" if _is_broad(frame) else "inside top",
        }
    elif place.ground is not None:
        is_pressed = frame.is_low and place.domain != (0.0, 1.0)
        axis |= {"nticks": LOW_TICKS_MAX} if is_pressed else {}
        axis["range"] = list(place.ground.span)
        shapes, texts = limit_marks(panel, place.ground)
        figure_layout["shapes"] += shapes
        figure_layout["annotations"] += texts
    figure_layout[f"yaxis{place.axis[1:]}"] = axis
    label = panel[0].label if states else panel[0].unit
    figure_layout["annotations"].append(unit_label(frame, label, place.domain[1]))


def _is_broad(frame: Frame) -> bool:
    """Tell whether names of states may stand beside a panel without taking the chart its room."""
    return frame.width_px >= NAMES_BESIDE_MIN_PX


def _state_names(line: Line, frame: Frame) -> list[str]:
    """Return the names of a line's states, whole, in lines that fit beside the panel or into it."""
    room = int(frame.plot_width_px / STATE_CHAR_PX)
    chars = min(room, STATE_NAME_CHARS) if _is_broad(frame) else max(room, 1)
    names = (line.states or {}).values()
    return ["<br>".join(map(plain, textwrap.wrap(name, chars) or [""])) for name in names]


def _span(panel: list[Line]) -> tuple[float, float] | None:
    """Return the range of a panel: all data, and the limits that are not far from them."""
    extremes = [line.extremes for line in panel]
    known = [pair for pair in extremes if pair is not None]
    if not known:
        return None
    low, high = steady(min(pair[0] for pair in known), max(pair[1] for pair in known))
    reach = LIMIT_REACH * ((high - low) or abs(high) or 1.0)
    limits = [limit.value for line in panel for limit in line.limits]
    near = [value for value in limits if low - reach <= value <= high + reach]
    wide_low, wide_high = min([low, *near]), max([high, *near])
    pad = 0.06 * ((wide_high - wide_low) or abs(wide_high) or 1.0)
    # Nothing below zero is drawn for what has never been below zero.
    floor = 0.0 if wide_low >= 0 and wide_low - pad < 0 else wide_low - pad
    return floor, wide_high + pad
