"""Which stored readings were judged anew: when, by whom, why, and how many changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.components.card import folded_on_phone
from dashboard.components.table import table
from dashboard.components.window_marks import kind_name
from dashboard.pages.maintenance.places import place_name
from dashboard.store.plant import Plant
from dashboard.store.rechecks import Recheck
from dashboard.texts import texts_below
from dashboard.web.display import DisplaySettings

COLUMNS = ("asked", "why", "result")


def judged_anew_card(
    found: Sequence[Recheck], plant: Plant, devices: Mapping[str, str], display: DisplaySettings
) -> Any:
    """Return a card with a line for each; one that goes on tells how far it is.

    `devices` are the names of instruments by key.
    """
    titles = [display.text(f"health.column.{column}") for column in COLUMNS]
    rows = [
        (
            f"{display.moment(one.asked_at)} · {_who(one, display)}",
            _why(one, plant, devices, display),
            _result(one, display),
        )
        for one in found
    ]
    none = html.Div(display.text("health.judged_anew.none"), className="note")
    content = table(titles, rows, text=True) if rows else none
    return folded_on_phone(display.text("health.judged_anew"), [content])


def _who(one: Recheck, display: DisplaySettings) -> str:
    return display.text("windows.by_state") if one.is_of_state else one.asked_by


def _why(one: Recheck, plant: Plant, devices: Mapping[str, str], display: DisplaySettings) -> str:
    """Return the reason; one that a window gave begins with its kind."""
    if one.is_of_state:
        place = place_name(one, plant, devices, display)
        return f"{kind_name(one.reason, display)}: {place}"
    kind, colon, reason = one.reason.partition(": ")
    words = texts_below("window_kind", display.language)
    return f"{words[kind]}{colon}{reason}" if kind in words else one.reason


def _result(one: Recheck, display: DisplaySettings) -> str:
    counts = {
        "changed": display.number(one.changed, 0),
        "readings": display.number(one.looked_at, 0),
        "points": display.number(one.points, 0),
    }
    if one.is_done:
        return display.text("health.judged_anew.done", **counts)
    return display.text("health.judged_anew.going_on", share=display.percent(one.share), **counts)
