"""A key figure: its value, its window, how much of its data is there, and where it came from."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.boards.amounts import happened_text, misfit_text
from dashboard.domain.decimals import NO_VALUE, decimals
from dashboard.domain.trend_request import TrendRequest, path
from dashboard.kpi_values import KpiValue
from dashboard.plant import SitePoint
from dashboard.reader import Reader

PERCENT_DECIMALS = 1
COVERAGE_LOW = 0.8  # below this the figure looks like the guess that it is

DAYS_NAMED = (1, 7)


def key_figure(
    figure: KpiValue, points: Mapping[str, SitePoint], reader: Reader, theme: str = ""
) -> Any:
    """Return the tile of a key figure; it leads to the trend of its inputs."""
    number = NO_VALUE
    if figure.value is not None:
        number = reader.number(figure.value, _decimals(figure))
    partly = figure.coverage is not None and figure.coverage < COVERAGE_LOW
    return dcc.Link(
        [
            html.Div(theme, className="theme") if theme else None,
            html.Div(reader.text(f"kpi.{figure.key}"), className="value-name"),
            html.Div(
                [
                    html.Span(number, className="number"),
                    html.Span(f" {figure.unit}", className="unit"),
                ],
                className="tile-number",
            ),
            html.Div(
                [
                    html.Span(_window(figure, reader)),
                    html.Span(_coverage(figure, reader), className="warn" if partly else ""),
                    *_said(figure, reader),
                    _origin(figure, points, reader),
                ],
                className="value-foot",
            ),
        ],
        href=reader.address(_trend(figure)),
        className="tile key-figure",
        id=f"kpi-{figure.key}",
    )


def _decimals(figure: KpiValue) -> int:
    if figure.unit == "%":
        return PERCENT_DECIMALS
    return decimals(0.0, abs(figure.value or 0.0) or None)


def _window(figure: KpiValue, reader: Reader) -> str:
    days = figure.window.width_s / 86_400
    if days in DAYS_NAMED:
        return reader.text(f"kpi.last_days.{round(days)}")
    return f"{reader.moment(figure.window.start)} – {reader.moment(figure.window.end)}"


def _said(figure: KpiValue, reader: Reader) -> list[Any]:
    """Return what must be said beside the number: an input that does not fit, incidents."""
    said = [misfit_text(figure, reader), happened_text(figure.happenings, reader)]
    return [html.Span(text, className="warn") for text in said if text]


def _trend(figure: KpiValue) -> str:
    return path(TrendRequest().of(figure.inputs).following(figure.window.width_s))


def _coverage(figure: KpiValue, reader: Reader) -> str:
    if figure.coverage is None:
        return reader.text("kpi.coverage_unknown")
    # Never rounded up to a whole that is not there.
    return reader.text("kpi.coverage", share=int(100 * figure.coverage))


def _origin(figure: KpiValue, points: Mapping[str, SitePoint], reader: Reader) -> Any:
    origins = {points[name].provenance for name in figure.inputs if name in points}
    if "synthetic" not in origins:
        return None
    key = "origin.synthetic" if origins == {"synthetic"} else "kpi.synthetic"
    return html.Span(reader.text(key), className="origin")
