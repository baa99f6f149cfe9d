"""What is written down of an asset: properties with their dates, notes, instruments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.charts.decimals import decimals
from dashboard.components.card import card
from dashboard.components.table import table
from dashboard.pages.assets.contents import RolePoint
from dashboard.store.element_page import DatedInstrument, DatedProperty, PointNote
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue
from schemas.unit_display import unit_display

INSTRUMENTS_SHOWN = 8
NAMES_SHOWN = 3


def properties(found: Sequence[DatedProperty], display: DisplaySettings) -> Any:
    """Return what the properties are and since when, and what they were; None without any."""
    if not found:
        return None
    rows = [
        [_property_name(one.property, display), _amount(one, display), _dates(one, display)]
        for one in found
    ]
    titles = [display.text(f"asset.{key}") for key in ("property", "value", "dates")]
    return card(display.text("asset.properties"), [table(titles, rows, text=True)])


def notes(found: Sequence[PointNote], points: Sequence[RolePoint], display: DisplaySettings) -> Any:
    """Return the newest notes on its points, or that there are none; None without points."""
    if not points:
        return None
    names = _names(points, display)
    entries = [
        html.Div(
            [
                html.Div(display.span(one.from_at, one.to_at), className="entry-time"),
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
    served: dict[tuple[str, str], list[str]] = {}
    for one in found:
        description = f"{one.description} ({display.text(f'origin.{one.provenance}')})"
        served.setdefault((description, _dates(one, display)), []).append(names[one.point_id])
    rows = [[description, _some(names), dates] for (description, dates), names in served.items()]
    titles = [display.text(f"asset.{key}") for key in ("instrument", "points", "dates")]
    body = [table(titles, rows[:INSTRUMENTS_SHOWN], text=True)]
    if rest := rows[INSTRUMENTS_SHOWN:]:
        more = html.Summary(display.text("live.more", count=len(rest)))
        body.append(html.Details([more, table(titles, rest, text=True)], className="folded"))
    return card(display.text("asset.instruments"), body, wide=True)


def _some(names: Sequence[str]) -> Any:
    """Return the first of some names, and how many there are besides, folded away."""
    if len(names) <= NAMES_SHOWN:
        return ", ".join(names)
    shown = ", ".join(names[:NAMES_SHOWN])
    return html.Details(
        [html.Summary(f"{shown} (+{len(names) - NAMES_SHOWN})"), ", ".join(names[NAMES_SHOWN:])]
    )


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


def _names(points: Sequence[RolePoint], display: DisplaySettings) -> dict[int, str]:
    return {
        one.point.point_id: f"{display.name(one.point.name)} ({one.point.tag})" for one in points
    }
