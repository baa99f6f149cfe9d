"""Which stored readings were judged anew: when, by whom, why, and how many changed."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.card import card
from dashboard.components.table import table
from dashboard.store.rechecks import Recheck
from dashboard.texts import texts_below
from dashboard.web.display import DisplaySettings

COLUMNS = ("asked", "why", "result")


def judged_anew_card(found: Sequence[Recheck], display: DisplaySettings) -> Any:
    """Return a card with a line for each; one that goes on tells how far it is."""
    titles = [display.text(f"health.column.{column}") for column in COLUMNS]
    rows = [
        (
            f"{display.moment(one.asked_at)} · {one.asked_by}",
            _why(one, display),
            _result(one, display),
        )
        for one in found
    ]
    none = html.Div(display.text("health.judged_anew.none"), className="note")
    content = table(titles, rows, text=True) if rows else none
    return card(display.text("health.judged_anew"), [content], wide=True)


def _why(one: Recheck, display: DisplaySettings) -> str:
    """Return the reason; one that a window gave begins with its kind."""
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
