"""The trend figure: lines of several points over one time axis, one panel for each unit.

Panels are stacked because four value axes on one panel cannot be read; all share the time axis and
one hover box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.charts.frame import Figure, Frame, axis_ms, layout, time_axis, unit_label, value_axis
from dashboard.charts.line import Line, Sheet, Words, traces
from dashboard.charts.plain import plain
from dashboard.domain.window import Window

PANEL_PX = 300
LOW_PANEL_PX = 190  # each, when there are several
STATE_PANEL_PX = 92
PANEL_GAP_PX = 34
STATE_NAME_CHARS = 26  # the end of a longer name tells the states apart
STATE_NAME_NARROW_CHARS = 12
EDGES_PX = 68
LIMIT_REACH = 0.6  # a limit within this share of the data's span stays on the panel


def trend(
    lines: Sequence[Line], window: Window, now: datetime, frame: Frame, words: Words
) -> Figure:
    """Return the figure of `lines` over `window`; its height is in its layout.

    The typical range is shaded when there is exactly one line.
    """
    panels = _panels(lines)
    heights = [_panel_px(panel, len(panels)) for panel in panels]
    total_px = sum(heights) + PANEL_GAP_PX * (len(panels) - 1) or PANEL_PX
    figure_layout = layout(frame, height=total_px + EDGES_PX, shapes=[], annotations=[])
    sheet = Sheet(frame, words, axis_ms(min(window.end, now)))
    data: list[dict[str, Any]] = []
    top = 1.0
    for number, (panel, height) in enumerate(zip(panels, heights, strict=True), start=1):
        axis = "y" if number == 1 else f"y{number}"
        bottom = max(top - height / total_px, 0.0)
        span = None if panel[0].states else _span(panel)
        for line in panel:
            data += traces(line, axis, span, sheet)
        place = _Place(axis, (bottom, top), span)
        _add_panel(figure_layout, panel, place, frame)
        top = bottom - PANEL_GAP_PX / total_px
    if len(lines) == 1:
        _shade_typical(figure_layout, lines[0], frame)
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


def _panel_px(panel: list[Line], count: int) -> int:
    if panel[0].states:
        return STATE_PANEL_PX
    return PANEL_PX if count == 1 else LOW_PANEL_PX


@dataclass(frozen=True)
class _Place:
    """Where a panel lies: its axis, the part of the height it takes, and its range of values."""

    axis: str
    domain: tuple[float, float]
    span: tuple[float, float] | None


def _add_panel(
    figure_layout: dict[str, Any], panel: list[Line], place: _Place, frame: Frame
) -> None:
    axis = value_axis(frame, domain=list(place.domain), anchor="x")
    # A range that the reader has dragged over stays for as long as the panel shows the same lines.
    axis["uirevision"] = " ".join(line.label for line in panel)
    states = panel[0].states
    if states:
        axis |= {
            "range": [min(states) - 0.4, max(states) + 0.4],
            "tickmode": "array",
            "tickvals": list(states),
            "ticktext": [plain(_short(name, frame)) for name in states.values()],
        }
    elif place.span is not None:
        axis["range"] = list(place.span)
        _add_limits(figure_layout, panel, place, frame)
    figure_layout[f"yaxis{place.axis[1:]}"] = axis
    label = panel[0].label if states else panel[0].unit
    figure_layout["annotations"].append(unit_label(frame, label, place.domain[1]))


def _short(name: str, frame: Frame) -> str:
    """Return the name of a state such that it leaves the panel its room."""
    limit = STATE_NAME_NARROW_CHARS if frame.narrow else STATE_NAME_CHARS
    return name if len(name) <= limit else f"…{name[-limit:]}"


def _span(panel: list[Line]) -> tuple[float, float] | None:
    """Return the range of a panel: all data, and the limits that are not far from them."""
    extremes = [line.extremes for line in panel]
    known = [pair for pair in extremes if pair is not None]
    if not known:
        return None
    low, high = min(pair[0] for pair in known), max(pair[1] for pair in known)
    reach = LIMIT_REACH * ((high - low) or abs(high) or 1.0)
    limits = [limit.value for line in panel for limit in line.limits]
    near = [value for value in limits if low - reach <= value <= high + reach]
    wide_low, wide_high = min([low, *near]), max([high, *near])
    pad = 0.06 * ((wide_high - wide_low) or abs(wide_high) or 1.0)
    # Nothing below zero is drawn for what has never been below zero.
    floor = 0.0 if wide_low >= 0 and wide_low - pad < 0 else wide_low - pad
    return floor, wide_high + pad


def _add_limits(
    figure_layout: dict[str, Any], panel: list[Line], place: _Place, frame: Frame
) -> None:
    """Draw limits as dashed lines; those beyond the panel are named at its edge."""
    low, high = place.span or (0.0, 0.0)
    limits = sorted({limit for line in panel for limit in line.limits}, key=lambda one: one.value)
    for limit in limits:
        if low <= limit.value <= high:
            figure_layout["shapes"].append(
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "yref": place.axis,
                    "y0": limit.value,
                    "y1": limit.value,
                    "layer": "above",
                    "line": {"color": frame.ink.limit, "width": 1.2, "dash": "dash"},
                }
            )
            figure_layout["annotations"].append(
                _limit_text(limit.text, place.axis, limit.value, frame)
            )
    above = [limit.text for limit in limits if limit.value > high]
    below = [limit.text for limit in limits if limit.value < low]
    domain = f"{place.axis} domain"
    if above:  # the nearest one; all of them would cover the unit
        figure_layout["annotations"].append(_limit_text(f"↑ {above[0]}", domain, 1.0, frame))
    if below:
        figure_layout["annotations"].append(_limit_text(f"↓ {below[-1]}", domain, 0.0, frame))


def _limit_text(text: str, yref: str, y: float, frame: Frame) -> dict[str, Any]:
    return {
        "text": plain(text),
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "yref": yref,
        "y": y,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": frame.ink.limit, "size": 11},
    }


def _shade_typical(figure_layout: dict[str, Any], line: Line, frame: Frame) -> None:
    low, high = line.typical
    if line.states or low is None or high is None or low == high:
        return
    figure_layout["shapes"].append(
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": low,
            "y1": high,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": frame.ink.typical,
        }
    )
