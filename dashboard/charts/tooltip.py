"""What the tooltip of a chart says of a value: in a row where there is room, else in lines.

Plotly breaks no line and cuts what is broader than the chart.
"""

import textwrap
from dataclasses import dataclass

from dashboard.charts.layout import Frame
from dashboard.charts.plotly_text import plain

ROW_MIN_PX = 760.0  # below, a name, a value and its time do not fit beside each other
LINE_CHARS = 44
TOLD_IN_LINES_MAX = 3  # of more values a narrow chart tells only the tag, the value and its time


@dataclass(frozen=True)
class HoverText:
    """A value with all that is told of it; `value` and `extent` may hold tags of Plotly.

    `extent` is what stands behind the value, such as the smallest and the largest one; `note` is
    said last.
    """

    value: str
    clock: str
    extent: str = ""
    note: str = ""


@dataclass(frozen=True)
class Tooltip:
    """The tooltip of a chart in `frame` that tells of `count` values at a time."""

    frame: Frame
    count: int

    @property
    def template(self) -> str:
        """The hover template of a trace; Plotly writes the name of the trace before a row."""
        return "%{text}" if self._is_broad else "%{text}<extra></extra>"

    def text(self, label: str, short: str, told: HoverText) -> str:
        """Return what is said of a value of the line `label`, whose short name is `short`."""
        value = " ".join(filter(None, (told.value, told.extent)))
        when = " · ".join(filter(None, (told.clock, told.note)))
        if self._is_broad:
            return f"{value} · {when}"
        if self.count > TOLD_IN_LINES_MAX:
            return f"{plain(short)} {told.value} · {told.clock}"
        name = [plain(part) for part in textwrap.wrap(label, LINE_CHARS)]
        return "<br>".join([*name, value, *textwrap.wrap(when, LINE_CHARS)])

    @property
    def _is_broad(self) -> bool:
        return self.frame.width_px >= ROW_MIN_PX
