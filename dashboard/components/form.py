"""A form: fields with labels, one button, and what became of it.

Elements are found by `form` and `trial`; one callback serves all forms
(`pages/trials/form_callbacks.py`).
Days and times are texts in the site's time (`web/written_time.py`): the browser's own fields
follow its language and its clock, and know of no hour that comes twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dash_mantine_components as dmc
from dash import html

from dashboard.web.display import DisplaySettings

AREA_ROWS = 3
SEARCHED_FROM = 8  # so many options are shorter to read than to search
SHOWN_MAX = 200  # of a choice at once; what is typed finds the others

Kind = Literal["text", "area", "moment", "day", "choice", "choices"]
Place = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One field; its label is `form.<name>`. `options` are those of a choice.

    `preview` tells what several choices will do; a callback shows it anew.
    """

    name: str
    kind: Kind = "text"
    value: Any = ""
    options: Sequence[Any] = ()
    wide: bool = False
    required: bool = False
    preview: Any = None


def form(
    name: str, trial: int, fields: Sequence[Field], display: DisplaySettings, *, grave: bool = False
) -> Any:
    """Return a form of a trial; its button is `form.send.<name>`. What is `grave` looks so."""
    return form_at("form", {"form": name, "trial": trial}, fields, display, grave=grave)


def form_at(
    family: str, place: Place, fields: Sequence[Field], display: DisplaySettings, *, grave: bool
) -> Any:
    """Return a form; its elements are found by `place`, and their types begin with `family`."""
    button = html.Button(
        display.text(f"form.send.{place['form']}"),
        id={"type": f"{family}-send", **place},
        className="button button-grave" if grave else "button",
    )
    said = html.Div(id={"type": f"{family}-said", **place}, className="form-said", role="status")
    drawn = [_field(one, {"type": f"{family}-field", **place}, display) for one in fields]
    return html.Div(
        [
            html.Div(drawn, className="form-fields"),
            html.Div([button, said], className="form-end"),
        ],
        className="form",
    )


def folded(title: str, content: Sequence[Any], *, is_open: bool = False) -> Any:
    """Return content that is shown when its title is pressed."""
    return html.Details([html.Summary(title), *content], className="folded", open=is_open)


def hint(key: str, display: DisplaySettings) -> Any:
    """Return a sentence that stands before a form."""
    return html.Div(display.text(key), className="quiet form-hint")


def _field(field: Field, place: Place, display: DisplaySettings) -> Any:
    number = {"field": field.name, **place}
    content = field_content(field, number, display.text(f"form.{field.name}"), display)
    if field.kind == "choices":
        told = {"id": {**place, "type": "form-preview"}, "className": "form-preview"}
        told_by = html.Div(field.preview, **told, role="status")
        return html.Div([content, told_by], className=content.className)
    return content


def field_content(field: Field, number: Place, label: str, display: DisplaySettings) -> Any:
    """Return a field, known by a number of its own, as a browser shows it."""
    common: dict[str, Any] = {
        "id": number,
        "label": label,
        "value": field.value,
        "required": field.required,
        "className": "field field-wide" if field.wide else "field",
    }
    if field.kind == "area":
        return dmc.Textarea(**common, autosize=True, minRows=AREA_ROWS)
    if field.kind == "choice":
        count = len(field.options)
        return dmc.Select(
            **common,
            data=list(field.options),
            searchable=count > SEARCHED_FROM,
            limit=SHOWN_MAX,
            placeholder=display.text("form.search") if count > SHOWN_MAX else "",
        )
    if field.kind == "choices":
        return dmc.MultiSelect(**common, data=list(field.options), searchable=True, limit=SHOWN_MAX)
    if field.kind == "text":
        return dmc.TextInput(**common)
    return dmc.TextInput(**common, placeholder=display.text(f"form.pattern.{field.kind}"))
