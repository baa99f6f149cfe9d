"""What a form that was sent is told: what is wrong with which field, or why it is not written."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html, set_props
from dash.exceptions import PreventUpdate

from dashboard.texts import catalogue
from dashboard.web.display import DisplaySettings


def named_values(values: Any, ids: Any) -> dict[str, Any]:
    """Return the values by the names of their fields; what has no name is left out."""
    if not isinstance(values, list) or not isinstance(ids, list) or len(values) != len(ids):
        raise PreventUpdate
    if not all(isinstance(one, dict) and isinstance(one.get("field"), str) for one in ids):
        raise PreventUpdate
    return {one["field"]: value for one, value in zip(ids, values, strict=True)}


def mark_fields(ids: Sequence[Mapping[str, Any]], wrong: Mapping[str, str]) -> None:
    """Say at each field what is wrong with it; nothing at the others, and at none once it is sent.

    What was typed stays as it is.
    """
    for one in ids:
        sentence = wrong.get(one["field"], "")
        set_props(dict(one), {"error": sentence[:1].upper() + sentence[1:]})


def all_wrong(wrong: Mapping[str, str], display: DisplaySettings) -> Any:
    """Return what stands beside the button: the first field that is wrong, and how many more."""
    name, sentence = next(iter(wrong.items()))
    label = f"form.{name}"
    first = f"{display.text(label)}: {sentence}" if label in catalogue() else sentence
    return first_wrong(first, len(wrong) - 1, display)


def first_wrong(sentence: str, others: int, display: DisplaySettings) -> Any:
    """Return the sentence about one field, and how many others are wrong."""
    more = f" · {display.text('live.more', count=others)}" if others else ""
    return html.Span([html.Span(sentence), more], className="warn")


def bad(sentence: str) -> Any:
    """Return a sentence about what went wrong."""
    return html.Span(sentence, className="warn")
