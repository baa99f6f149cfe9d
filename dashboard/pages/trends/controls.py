"""The controls of the trend page: which points, which window."""

from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.analysis.window import Window
from dashboard.components.card import GRAPH_CONFIG, chart_place
from dashboard.components.chart_key import chart_key
from dashboard.pages.not_found import NAME_MAX_CHARACTERS, moved, unread
from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import POINTS_MAX, PRESETS_S, TrendRequest, parsed

# A drag zooms in, a double click zooms out; the wheel and the buttons would only be in the way.
TREND_CONFIG = GRAPH_CONFIG | {"doubleClick": "autosize"}
OFFERED_MAX = 100  # shown at a time; whoever types finds the others
_BUTTONS = (("back", "‹"), ("forward", "›"), ("in", "+"), ("out", "−"), ("now", "●"))


def trend_page(search: str, plant: Plant, now: datetime, display: DisplaySettings) -> list[Any]:
    """Return the page with its controls set to what the query part of an address says."""
    request = parsed(search, now)
    return [
        html.H1(display.text("nav.trends"), className="page-name"),
        dcc.Location(id="trend-address", refresh=False),
        dcc.Store(id="trend-request", data=search),
        html.Div(id="trend-following", className="following", hidden=True),
        _points(request, plant, now, display),
        html.Div(
            [_presets(request, display), _buttons(display), chart_key(display)], className="toolbar"
        ),
        html.Section(
            [
                html.Div(id="trend-text", className="trend-text", role="status"),
                html.Div(id="trend-marks"),
                html.Div(id="trend-legend", className="legend"),
                chart_place("trend-chart"),
                html.Div(display.text("trends.hint"), className="note hint-pointer"),
            ],
            className="card card-wide",
        ),
        html.Section(html.Div(id="trend-table"), className="card card-wide"),
    ]


def window_text(request: TrendRequest, window: Window, display: DisplaySettings) -> str:
    """Return the window as text in the site's time, and whether it moves."""
    state = display.text("window.follows" if request.follows else "window.stands")
    return f"{display.span(window.start, window.end)} · {state}"


def unknown(request: TrendRequest, plant: Plant, display: DisplaySettings) -> list[Any]:
    """Return what an address names and the trend does not show, a sentence each.

    Points that are not there, never or not for this reader; and what cannot be read.
    """
    names = [name for name in request.points if name not in plant.all_points]
    shown = ", ".join(name[:NAME_MAX_CHARACTERS] for name in names)
    said = display.text("trends.unknown", names=shown)
    notes = [
        html.Div(said, className="warn") if names else None,
        unread(request.unread, display),
        moved(display) if request.is_moved else None,
    ]
    return [note for note in notes if note is not None]


def point_choice(
    request: TrendRequest, plant: Plant, now: datetime, display: DisplaySettings
) -> list[dict[str, Any]]:
    """Return the points that the plant had at any time of the window, and the chosen ones, by line.

    A retired one stands behind those that the plant has, with its last day.
    """
    start = request.window(now).start
    groups: dict[str, list[dict[str, str]]] = {}
    for path, point in plant.all_points.items():
        label = f"{display.name(point.name)} · {point.tag}"
        if point.retired_at is not None:
            if point.retired_at <= start and path not in request.points:
                continue
            day = display.moment(point.retired_at, "day")
            label += f" · {display.text('trends.retired', day=day)}"
        groups.setdefault(display.name(point.line_name), []).append({"value": path, "label": label})
    return [{"group": name, "items": items} for name, items in groups.items()]


def _points(request: TrendRequest, plant: Plant, now: datetime, display: DisplaySettings) -> Any:
    return dmc.MultiSelect(
        id="trend-points",
        label=display.text("trends.points", count=POINTS_MAX),
        placeholder=display.text("trends.choose"),
        data=point_choice(request, plant, now, display),
        value=[name for name in request.points if name in plant.all_points],
        maxValues=POINTS_MAX,
        searchable=True,
        limit=OFFERED_MAX,
        nothingFoundMessage=display.text("trends.nothing_found"),
        className="points",
    )


def _presets(request: TrendRequest, display: DisplaySettings) -> Any:
    chosen = next(
        (name for name, width in PRESETS_S.items() if request.follows and width == request.width_s),
        None,
    )
    return dmc.SegmentedControl(
        id="trend-window",
        data=[{"value": name, "label": display.text(f"window.{name}")} for name in PRESETS_S],
        value=chosen,
        **{"aria-label": display.text("window.choose")},
    )


def _buttons(display: DisplaySettings) -> Any:
    return html.Div(
        [
            html.Button(
                sign,
                id=f"trend-{step}",
                title=display.text(f"window.{step}"),
                className="choice",
                **{"aria-label": display.text(f"window.{step}")},
            )
            for step, sign in _BUTTONS
        ],
        className="choices",
        role="group",
        **{"aria-label": display.text("window.choose")},
    )
