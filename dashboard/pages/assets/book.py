"""What is written down of an asset: properties with their dates, notes, instruments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.charts.decimals import decimals
from dashboard.components.card import card
from dashboard.pages.assets.contents import RolePoint
from dashboard.store.element_page import DatedInstrument, DatedProperty, PointNote
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue
from schemas.unit_display import unit_display


def properties(found: Sequence[DatedProperty], display: DisplaySettings) -> Any:
    """Return what the properties are and since when, and what they were; None without any."""
    if not found:
        return None
    rows = [
        [_property_name(one.property, display), _amount(one, display), _dates(one, display)]
        for one in found
    ]
    titles = [display.text(f"asset.{key}") for key in ("property", "value", "dates")]
    return card(display.text("asset.properties"), [_table(titles, rows)])


def notes(found: Sequence[PointNote], points: Sequence[RolePoint], display: DisplaySettings) -> Any:
    """Return the newest notes on its points, or that there are none; None without points."""
    if not points:
        return None
    names = _names(points, display)
    entries = [
        html.Div(
            [
                html.Div(_span(one, display), className="entry-time"),
                html.Div(
                    [
                        html.Div(one.body, className="entry-body"),
                        html.Div(
                            f"{names.get(one.point_id, '')} · {one.author}", className="quiet"
                        ),
                    ]
                ),
            ],
            className="entry",
        )
        for one in found
    ]
    nothing = html.Div(display.text("trial.no_notes"), className="quiet")
    return card(display.text("trial.notes"), [html.Div(entries or nothing, className="entries")])


def instruments(
    found: Sequence[DatedInstrument], points: Sequence[RolePoint], display: DisplaySettings
) -> Any:
    """Return what measured its points and when; None if no instrument is known."""
    if not found:
        return None
    names = _names(points, display)
    rows = [
        [
            names[one.point_id],
            f"{one.description} ({display.text(f'origin.{one.provenance}')})",
            _dates(one, display),
        ]
        for one in found
    ]
    titles = [display.text(f"asset.{key}") for key in ("point", "instrument", "dates")]
    return card(display.text("asset.instruments"), [_table(titles, rows)], wide=True)


def _property_name(key: str, display: DisplaySettings) -> str:
    known = catalogue().properties.get(key)
    return key if known is None else display.name(known.name)


def _amount(one: DatedProperty, display: DisplaySettings) -> str:
    # A property is written by hand: it has the digits that were written.
    count = min(decimals(None, one.value), len(f"{one.value:.6g}".partition(".")[2]))
    return f"{display.number(one.value, count)} {unit_display(one.unit)}".strip()


def _dates(one: DatedProperty | DatedInstrument, display: DisplaySettings) -> str:
    if one.valid_from is None and one.valid_to is None:
        return display.text("asset.always")
    return f"{_day(one.valid_from, display)} – {_day(one.valid_to, display)}"


def _day(at: datetime | None, display: DisplaySettings) -> str:
    return "" if at is None else display.moment(at, "day")


def _span(one: PointNote, display: DisplaySettings) -> str:
    start = display.moment(one.from_at)
    return start if one.to_at is None else f"{start} – {display.moment(one.to_at)}"


def _names(points: Sequence[RolePoint], display: DisplaySettings) -> dict[int, str]:
    return {
        one.point.point_id: f"{display.name(one.point.name)} ({one.point.tag})" for one in points
    }


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in titles]))
    body = [
        html.Tr(
            [
                html.Td(text, **{"data-title": title})
                for title, text in zip(titles, row, strict=True)
            ]
        )
        for row in rows
    ]
    return html.Table([head, html.Tbody(body)], className="table log-table")
