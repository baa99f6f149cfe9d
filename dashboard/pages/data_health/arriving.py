"""What arrives with gaps, not understood, or without being asked for."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.card import card, folded_on_phone
from dashboard.components.table import table
from dashboard.pages.context import PageContext
from dashboard.store.data_health import Sources
from dashboard.texts import texts_below


def arriving_cards(sources: Sources, context: PageContext) -> list[Any]:
    """Return a card for each way in which what arrives can be wrong; one without rows says so."""
    moment = context.display.moment
    gaps = [
        (gap.topic, str(gap.missing), moment(gap.last_gap))
        for gap in sources.gaps
        if gap.last_gap is not None
    ]
    quarantined = [
        (_reason(one.reason, context), str(one.messages), moment(one.last_seen))
        for one in sources.quarantined
    ]
    unread = [
        (f"{one.mapping} {one.pointer}", one.topic, moment(one.last_seen)) for one in sources.unread
    ]
    return [
        _card("gaps", ("topic", "missing", "last"), gaps, context),
        _card("quarantine", ("reason", "messages", "last"), quarantined, context),
        _card("unread", ("pointer", "topic", "last"), unread, context, folds=bool(unread)),
    ]


def _reason(reason: str, context: PageContext) -> html.Span:
    """Return a reason in words, and as the commands call it."""
    words = texts_below("health.reason", context.user.language).get(reason)
    return html.Span([words, html.Span(f" {reason}", className="quiet")] if words else reason)


def _card(
    what: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    context: PageContext,
    *,
    folds: bool = False,
) -> Any:
    display = context.display
    titles = [display.text(f"health.column.{column}") for column in columns]
    none = html.Div(display.text(f"health.{what}.none"), className="note")
    made = folded_on_phone if folds else card
    return made(display.text(f"health.{what}"), [table(titles, rows) if rows else none])
