"""A key figure: its value, its window, how much of its data is there, and where it came from."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.analysis.kpi.values import KpiValue
from dashboard.charts.decimals import NO_VALUE
from dashboard.components.amounts import COVERAGE_LOW, figure_decimals, figure_value, happened_text
from dashboard.store.plant import Plant, SitePoint
from dashboard.web.display import DisplaySettings
from dashboard.web.trend_url import TrendRequest, window_field
from schemas.catalogue import catalogue
from schemas.catalogue.site_figures import MissingFigure
from schemas.formula.binding import Need
from schemas.unit_annotations import STANDARD
from schemas.unit_display import unit_display

DAYS_NAMED = (1, 7, 30)
PAGE = "/key-figures"


def key_figure(
    figure: KpiValue,
    points: Mapping[str, SitePoint],
    display: DisplaySettings,
    pillar: str = "",
    request: TrendRequest | None = None,
) -> Any:
    """Return the tile of a key figure; it leads to the key figure over time.

    `request` says for which window it was chosen; without it, it is that of the last days.
    """
    over = request or TrendRequest().following(figure.window.width_s)
    partly = figure.coverage is not None and figure.coverage < COVERAGE_LOW
    return dcc.Link(
        [
            html.Div(display.hyphenated(pillar), className="pillar") if pillar else None,
            html.Div(display.hyphenated(display.name(figure.kpi.name)), className="value-name"),
            html.Div(
                [
                    html.Span(value_text(figure, display), className="number"),
                    html.Span(f" {figure.kpi.unit}", className="unit"),
                ],
                className="tile-number",
            ),
            html.Div(
                [
                    html.Span(_window(figure, over, display)),
                    html.Span(coverage_text(figure, display), className="warn" if partly else ""),
                    _happened(figure, display),
                    _origin(figure, points, display),
                ],
                className="value-foot",
            ),
        ],
        href=display.address(figure_path(figure.kpi.key, over)),
        className="tile key-figure",
        id=f"kpi-{figure.kpi.key}",
    )


def missing_text(missing: MissingFigure, plant: Plant, display: DisplaySettings) -> str:
    """Return in a line what a key figure needs that the site does not have, or not in its unit."""
    figure, need = _figure_name(missing, plant, display), missing.need
    if missing.point is not None:
        return display.text("kpi.no_point", figure=figure, point=missing.point)
    if need is None:
        return display.text("kpi.several" if missing.sentence else "kpi.elsewhere", figure=figure)
    what = _need_name(need, plant, display)
    if need.unit is None:
        return display.text("kpi.needs", figure=figure, what=what)
    said = display.text("kpi.unfit", figure=figure, what=what, unit=unit_display(need.unit))
    why = display.text("kpi.no_conditions") if STANDARD in need.unit else ""
    return f"{said} {why}".strip()


def lacking_text(missing: MissingFigure, plant: Plant, display: DisplaySettings) -> str:
    """Return what a key figure needs, where its name stands beside it."""
    if missing.need is None or missing.need.unit is not None:
        return missing_text(missing, plant, display)
    return display.text("kpi.lacks", what=_need_name(missing.need, plant, display))


def missing_lines(
    found: Sequence[MissingFigure], plant: Plant, display: DisplaySettings
) -> list[str]:
    """Return a line for each thing that is missing, with all key figures that need it.

    What most of them need comes first; other reasons have a line for each key figure.
    """
    waiting: dict[str, list[str]] = {}
    others = []
    for missing in found:
        if missing.need is None or missing.need.unit is not None:
            others.append(missing_text(missing, plant, display))
        else:
            what = _need_name(missing.need, plant, display)
            waiting.setdefault(what, []).append(_figure_name(missing, plant, display))
    most_first = sorted(waiting.items(), key=lambda each: -len(each[1]))
    return [
        *(
            display.text("kpi.missing", what=what, count=len(figures), figures="; ".join(figures))
            for what, figures in most_first
        ),
        *others,
    ]


def _figure_name(missing: MissingFigure, plant: Plant, display: DisplaySettings) -> str:
    figure = display.name(missing.figure.name)
    if missing.item is None:
        return figure
    return f"{figure}, {display.name(plant.item_names[missing.item])}"


def _need_name(need: Need, plant: Plant, display: DisplaySettings) -> str:
    kind = catalogue().kinds[need.kind]
    place = kind.name if need.item is None else plant.item_names[need.item]
    what = kind.roles[need.role] if need.role in kind.roles else kind.properties[need.role]
    return f"{display.name(place)}, {display.name(what.name)}"


def figure_path(key: str, request: TrendRequest) -> str:
    """Return the address of a key figure over time."""
    return f"{PAGE}?k={key}&{window_field(request)}"


def value_text(figure: KpiValue, display: DisplaySettings) -> str:
    """Return the number without its unit."""
    value = figure_value(figure)
    return NO_VALUE if value is None else display.number(value, figure_decimals(figure))


def _window(figure: KpiValue, over: TrendRequest, display: DisplaySettings) -> str:
    days = figure.window.width_s / 86_400
    if over.follows and days in DAYS_NAMED:
        return display.text(f"kpi.last_days.{round(days)}")
    return display.span(figure.window.start, figure.window.end)


def _happened(figure: KpiValue, display: DisplaySettings) -> Any:
    """Return what its counters did besides counting."""
    text = happened_text(figure.incidents, display)
    return html.Span(text, className="warn") if text else None


def coverage_text(figure: KpiValue, display: DisplaySettings) -> str:
    """Return how much of the window the inputs cover."""
    if figure.coverage is None:
        return display.text("kpi.coverage_unknown")
    # Never rounded up to a whole that is not there.
    return display.text("kpi.coverage", share=int(100 * figure.coverage))


def _origin(figure: KpiValue, points: Mapping[str, SitePoint], display: DisplaySettings) -> Any:
    origins = {points[name].provenance for name in figure.kpi.inputs if name in points}
    if "synthetic" not in origins:
        return None
    key = "origin.synthetic" if origins == {"synthetic"} else "kpi.synthetic"
    return html.Span(display.text(key), className="origin")
