"""The form of an alarm's definition: what is watched, when it calls, and what to do then."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.components.form import Field, field_content
from dashboard.pages.alarm_definitions.input import CHOICES, TEXTS, WATCHES
from dashboard.pages.alarm_definitions.role_choice import chosen_of, role_choices
from dashboard.pages.alarm_definitions.wording import CLASSES, class_text
from dashboard.pages.context import PageContext
from dashboard.store.alarm_definitions import Definition, Known
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings
from schemas.languages import LANGUAGES
from schemas.site.alarms.table import alarm_table

PATH = "/alarms/definitions"
GROUPS = {
    "calls": ("priority", "class", "delay_on_s", "delay_off_s", "latching"),
    "suppression": ("causes", "stopped_point", "stopped_states"),
}
NEW = {"priority": "medium", "class": "process", "delay_on_s": 60.0}


def definition_form(
    definition: Definition | None,
    watch: str,
    known: Mapping[str, Known],
    context: PageContext,
    point: str = "",
) -> Any:
    """Return the form of an alarm, or of a new one that watches a point in some way."""
    display = context.display
    table = alarm_table(definition.row) if definition else {**NEW, "point": point}
    is_new = definition is None
    groups = [
        _group("watched", _watched(table, watch, context, is_new=is_new), display),
        _group("calls", [_field(name, table, display) for name in GROUPS["calls"]], display),
        _group("advice", _advice(table, display), display),
        _group("suppression", _suppression(table, known, context), display),
    ]
    reason = Field("reason", required=True, wide=True)
    send = "add" if is_new else "change"
    return html.Div(
        [
            *groups,
            html.Div([_shown(reason, display)], className="form-fields"),
            html.Div(
                [
                    html.Button(
                        display.text(f"definition.send.{send}"),
                        id={"type": "definition-send", "what": send},
                        className="button",
                    ),
                    html.Div(
                        id={"type": "definition-said", "what": send},
                        className="form-said",
                        role="status",
                    ),
                ],
                className="form-end",
            ),
        ],
        className="form definition-form",
    )


def watch_choice(watch: str, point: str, display: DisplaySettings) -> Any:
    """Return the ways to watch of which a new alarm has one."""
    links = [
        dcc.Link(
            display.text(f"watch.{each}"),
            href=display.address(f"{PATH}/new?watch={each}" + (f"&point={point}" if point else "")),
            className=f"alarm-tab{' current' if each == watch else ''}",
        )
        for each in WATCHES
    ]
    return html.Div(links, className="alarm-tabs")


def _group(key: str, fields: Sequence[Any], display: DisplaySettings) -> Any:
    title = html.H2(display.text(f"definition.group.{key}"))
    return html.Section([title, html.Div(fields, className="form-fields")])


def _watched(
    table: Mapping[str, Any], watch: str, context: PageContext, *, is_new: bool
) -> list[Any]:
    display = context.display
    fields = [_shown(Field("key", required=True), display)] if is_new else []
    paths = [
        path
        for path, point in context.plant.points.items()
        if watch in ("quality", "silence") or (point.kind == "state") == (watch == "state")
    ]
    options = [*_points(paths, context), *role_choices(paths, context)]
    chosen = chosen_of(table)
    if not is_new:
        options = [option for option in options if option["value"] == chosen]
    known = chosen if any(option["value"] == chosen for option in options) else None
    needed = watch != "silence"
    one = Field("point", "choice", known, options, wide=True, required=needed)
    fields.append(_shown(one, display))
    fields += [_field(name, table, display) for name in WATCHES[watch]]
    point = context.plant.points.get(known or "")
    if watch == "state" and point is not None:
        fields.append(html.Div(_codes(point, display), className="quiet form-hint"))
    return fields


def _advice(table: Mapping[str, Any], display: DisplaySettings) -> list[Any]:
    """Return the texts in all languages; that of the reader is needed and stands first."""
    others = [each for each in LANGUAGES if each != display.language]
    fields = []
    for text in TEXTS:
        for language in (display.language, *others):
            written = (table.get(text) or {}).get(language, "")
            needed = language == display.language
            one = Field(f"{text}_{language}", value=written, wide=needed, required=needed)
            fields.append(_shown(one, display))
    return [*fields, _field("respond_within_min", table, display)]


def _suppression(
    table: Mapping[str, Any], known: Mapping[str, Known], context: PageContext
) -> list[Any]:
    display = context.display
    others = [
        {"value": key, "label": f"{display.name(one.name)} · {key}"}
        for key, one in known.items()
        if key != table.get("key") and not one.is_of_role
    ]
    chosen = [key for key in table.get("causes", ()) if key in known]
    states = [path for path, point in context.plant.points.items() if point.kind == "state"]
    stop = table.get("stopped_point")
    return [
        _shown(Field("causes", "choices", chosen, others, wide=True), display),
        _shown(Field("stopped_point", "choice", stop, _points(states, context)), display),
        _field("stopped_states", table, display),
    ]


def _field(name: str, table: Mapping[str, Any], display: DisplaySettings) -> Any:
    value = table.get(name)
    if name in CHOICES:
        options = [
            {
                "value": one,
                "label": display.text(
                    f"priority.{one}" if name == "priority" else f"watched_quality.{one}"
                ),
            }
            for one in CHOICES[name]
        ]
        return _shown(Field(name, "choice", value, options, required=True), display)
    if name == "class":
        known = [*CLASSES, *([str(value)] if value and value not in CLASSES else [])]
        options = [{"value": one, "label": class_text(one, display)} for one in known]
        return _shown(Field(name, "choice", value, options, required=True), display)
    if name == "latching":
        options = [
            {"value": one, "label": display.text(f"definition.latching.{one}")}
            for one in ("no", "yes")
        ]
        return _shown(Field(name, "choice", "yes" if value else "no", options), display)
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    elif isinstance(value, float):
        value = f"{value:.10g}".replace(".", display.separators[0])  # as FormInput reads it
    return _shown(Field(name, value=value or ""), display)


def _shown(one: Field, display: DisplaySettings) -> Any:
    number = {"type": "definition-field", "field": one.name}
    return field_content(one, number, display.text(f"definition.{one.name}"), display)


def _points(paths: Sequence[str], context: PageContext) -> list[dict[str, str]]:
    display, points = context.display, context.plant.points
    return [
        {"value": path, "label": f"{display.name(points[path].name)} · {points[path].tag}"}
        for path in paths
    ]


def _codes(point: SitePoint, display: DisplaySettings) -> str:
    named = (point.states or {}).items()
    return " · ".join(f"{code:.0f} {display.name(names)}" for code, names in named)
