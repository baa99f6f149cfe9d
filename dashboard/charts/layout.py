"""What all charts share: the frame around the data, the time axis, the number style."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.analysis.window import Window
from dashboard.charts.decimals import DIGITS_MAX, number_text
from dashboard.charts.local_time_axis import ticks
from dashboard.charts.palette import Palette
from dashboard.charts.plotly_text import plain

FONT_PX = 12
NARROW_PX = 560  # below this a chart lies on a phone
FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

Figure = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """How a chart is drawn for one reader.

    `locale` is a CLDR name; `separators` are its decimal and thousands characters; `width_px` is
    the width of the whole chart in CSS pixels; `is_low` says that it has less height than its
    figure asks for.
    """

    palette: Palette
    zone: ZoneInfo
    locale: str
    separators: str
    width_px: float
    is_low: bool = False

    @property
    def narrow(self) -> bool:
        """Whether the chart lies on a phone."""
        return self.width_px < NARROW_PX

    @property
    def margin(self) -> dict[str, int]:
        """The room around the panels in CSS pixels."""
        if self.narrow:
            return {"l": 44, "r": 10, "t": 26, "b": 40, "pad": 0}
        return {"l": 58, "r": 18, "t": 26, "b": 42, "pad": 0}

    def number(self, value: float, count: int) -> str:
        """Return a number as everywhere on the screen; Plotly's own formats are other ones."""
        return number_text(value, count, self.separators)

    @property
    def plot_width_px(self) -> float:
        """The width of the time axis in CSS pixels."""
        return max(self.width_px - self.margin["l"] - self.margin["r"], 100.0)


def layout(frame: Frame, **more: Any) -> dict[str, Any]:
    """Return the layout that every chart begins with."""
    palette = frame.palette
    return {
        "autosize": True,
        "margin": frame.margin,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": FONT_PX, "color": palette.text},
        "separators": frame.separators,
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": palette.hover_ground,
            "bordercolor": palette.axis,
            "font": {"family": FONT, "size": FONT_PX, "color": palette.text},
        },
        **more,
    }


def time_axis(frame: Frame, window: Window) -> dict[str, Any]:
    """Return a time axis over `window`: numbers inside, the site's time to its reader.

    Its type is never `date`: Plotly would read the numbers in the browser's zone.
    """
    labels = ticks(window, frame.zone, frame.locale, frame.plot_width_px)
    return {
        "type": "linear",
        "range": [axis_ms(window.start), axis_ms(window.end)],
        "tickmode": "array",
        "tickvals": [axis_ms(label.at) for label in labels],
        "ticktext": [label.text for label in labels],
        "tickangle": 0,
        "tickfont": {"color": frame.palette.muted, "size": FONT_PX - 1},
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": frame.palette.axis,
        "showgrid": True,
        "gridcolor": frame.palette.grid,
        "linecolor": frame.palette.axis,
        "showline": True,
        "zeroline": False,
        "fixedrange": True,
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "cursor",
        "spikedash": "solid",
        "spikethickness": -1,
        "spikecolor": frame.palette.axis,
        "unifiedhovertitle": {"text": " "},
        # The range is always ours: it follows live data, and a zoom comes back through the address.
        "uirevision": str(window.end.timestamp()),
    }


def zoomable(figure: Figure) -> Figure:
    """Return a figure whose axes follow a drag across it; its page must answer with a new one."""
    axes = {
        name: axis | {"fixedrange": False}
        for name, axis in figure["layout"].items()
        if name.startswith(("xaxis", "yaxis"))
    }
    return figure | {"layout": figure["layout"] | axes | {"dragmode": "zoom"}}


def value_axis(frame: Frame, **more: Any) -> dict[str, Any]:
    """Return a value axis with a quiet grid."""
    return {
        "tickfont": {"color": frame.palette.muted, "size": FONT_PX - 1},
        "gridcolor": frame.palette.grid,
        "linecolor": frame.palette.axis,
        "zeroline": False,
        "showline": False,
        "fixedrange": True,
        "exponentformat": "power",  # of what number_text writes with a power of ten
        "minexponent": 11,
        "separatethousands": True,
        "automargin": "width",
        "nticks": 6,
        **more,
    }


def steady(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis's values; of such as no written number tells apart, their middle.

    What a conversion or a sum leaves in the last digits would become the ticks of the axis.
    """
    if high - low > 10.0**-DIGITS_MAX * max(abs(low), abs(high)):
        return low, high
    middle = low + (high - low) / 2
    return middle, middle


def unit_label(frame: Frame, text: str, top: float) -> dict[str, Any]:
    """Return the unit of a panel as a label above its value axis; `top` is its upper end."""
    return {
        "text": plain(text),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": 6 - frame.margin["l"],
        "yshift": 5,
        "showarrow": False,
        "font": {"color": frame.palette.muted, "size": FONT_PX},
    }


def axis_ms(moment: datetime) -> float:
    """Return the place of a moment on a time axis: milliseconds since 1970 UTC."""
    return moment.timestamp() * 1000.0
