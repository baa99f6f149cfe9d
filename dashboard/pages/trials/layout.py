"""The page of a trial: facts, key figures, live values, charts, what people wrote, who did what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.analysis.comparison import DELAY_MAX_MIN
from dashboard.analysis.trial_period import State, state
from dashboard.components.card import card, chart_place, folded_on_phone
from dashboard.components.chart_key import chart_key
from dashboard.components.value_tile import tile
from dashboard.pages.trials.access import OpenTrial, may_export, may_write
from dashboard.pages.trials.charts import Group, groups, is_same_size, letters
from dashboard.pages.trials.facts import trial_head
from dashboard.pages.trials.forms import entry_form, note_form
from dashboard.pages.trials.lead import LeadOptions, lead_card, points_card
from dashboard.pages.trials.lists import export_list, log_table
from dashboard.pages.trials.writing_list import list_title, writing_list
from dashboard.store import access_log
from dashboard.store.plant import SitePoint
from dashboard.store.trial_writing import Correctable, WritingPage, Written
from dashboard.web.display import DisplaySettings

WHOLE = "all"
WINDOWS = ("24h", "7d", "30d", WHOLE)
DEFAULT_WINDOW = "24h"


@dataclass(frozen=True)
class TrialRecords:
    """What was written and done: notes, journal, access log; and what the viewer may correct."""

    notes: WritingPage
    entries: WritingPage
    own: Mapping[Written, Sequence[Correctable]]
    log: Sequence[access_log.Entry]


@dataclass(frozen=True)
class Contents:
    """What a page is made of."""

    opened: OpenTrial
    records: TrialRecords
    lead: LeadOptions | None
    now: datetime


def trial_page(contents: Contents, display: DisplaySettings) -> list[Any]:
    """Return the page; its charts are empty until `pages/trials/chart_callbacks.py` fills them."""
    opened, now = contents.opened, contents.now
    trial = opened.trial
    found = state(trial.starts_at, trial.ends_at, now)
    has_begun = found is not State.COMING
    listed = book_id("points", trial.trial_id)
    parts = [
        html.Div(head(opened, now, display), id=book_id("head", trial.trial_id)),
        *(_tiles(opened, display) if found is State.RUNNING else ()),
        dcc.Store(id={"type": "trial-marks", "trial": trial.trial_id}),
        *(
            _charts(opened, display)
            if has_begun
            else [points_card(opened, contents.lead, listed, display)]
        ),
        html.Div(_book(contents, display), className="cards cards-below"),
    ]
    if contents.lead is not None:
        place = book_id("guests", trial.trial_id)
        parts.append(lead_card(opened, contents.lead, place, now, display))
    return parts


def head(opened: OpenTrial, now: datetime, display: DisplaySettings) -> Any:
    """Return the facts of a trial with what can be done about it."""
    has_begun = state(opened.trial.starts_at, opened.trial.ends_at, now) is not State.COMING
    return trial_head(opened.trial, now, display, _download(opened, display) if has_begun else None)


def book_id(part: str, trial: int) -> dict[str, Any]:
    """Return the id of a list that is shown anew after somebody wrote: notes, journal, log."""
    return {"type": f"trial-{part}", "trial": trial}


def _tiles(opened: OpenTrial, display: DisplaySettings) -> list[Any]:
    own, references = (
        [tile(point, display) for point in points.values() if point.retired_at is None]
        for points in (opened.points, opened.references)
    )
    parts: list[Any] = [html.Div(own, className="tiles")]
    if references:
        parts.append(html.H2(display.text("trial.references"), className="part-name"))
        parts.append(html.Div(references, className="tiles"))
    return parts


def _charts(opened: OpenTrial, display: DisplaySettings) -> list[Any]:
    trial = opened.trial.trial_id
    cards = [_card(trial, one, display) for one in groups(opened.points)]
    return [
        html.Div([_window_choice(trial, display), chart_key(display)], className="toolbar"),
        html.Div(id={"type": "trial-figures", "trial": trial}, className="tiles"),
        html.Div([_comparison(opened, display)], className="cards"),
        folded_on_phone(display.text("trial.charts"), [html.Div(cards, className="cards")]),
    ]


def _window_choice(trial: int, display: DisplaySettings) -> Any:
    return dmc.SegmentedControl(
        id={"type": "trial-window", "trial": trial},
        data=[{"value": one, "label": display.text(f"window.{one}")} for one in WINDOWS],
        value=DEFAULT_WINDOW,
        **{"aria-label": display.text("window.choose")},
    )


def _card(trial: int, group: Group, display: DisplaySettings) -> Any:
    place = {"trial": trial, "group": group.key}
    body = [
        html.Div(id={"type": "trial-legend", **place}, className="legend"),
        chart_place({"type": "trial-graph", **place}),
        html.Div(id={"type": "trial-note", **place}, className="note"),
    ]
    tools = html.Div(id={"type": "trial-tools", **place})
    return card(_title(group, display), body, tools=tools)


def _title(group: Group, display: DisplaySettings) -> str:
    """Return the names of the points of a card, and their unit."""
    names = " · ".join(display.name(point.name) for point in group.points)
    return f"{names}, {group.unit}" if group.unit else names


def _comparison(opened: OpenTrial, display: DisplaySettings) -> Any:
    title, trial = display.text("compare.title"), opened.trial.trial_id
    if not opened.points or not opened.references:
        return card(title, [html.Div(display.text("compare.none"), className="note")], wide=True)
    pilot, reference = _first_pair(opened)
    is_relative = bool(pilot) and not is_same_size(
        opened.points[pilot], opened.references[reference]
    )

    def place(part: str) -> dict[str, Any]:
        return {"type": f"compare-{part}", "trial": trial}

    controls = [
        _choice("pilot", place("pilot"), opened.points, pilot, display),
        _choice("reference", place("reference"), opened.references, reference, display),
        dmc.NumberInput(
            id=place("delay"),
            label=display.text("compare.delay"),
            value=0,
            min=-DELAY_MAX_MIN,
            max=DELAY_MAX_MIN,
            step=10,
            debounce=500,
            className="field",
        ),
        dmc.Switch(
            id=place("relative"), label=display.text("compare.relative"), checked=is_relative
        ),
    ]
    body = [
        html.Div(controls, className="compare-controls"),
        html.Div(id=place("legend"), className="legend"),
        chart_place(place("graph")),
        html.Div(id=place("note"), className="note"),
    ]
    return folded_on_phone(title, body)


def _first_pair(opened: OpenTrial) -> tuple[str, str]:
    """Return the pair to begin with: of one unit and size, or of one unit, or of like tags."""
    pairs = [
        (path, other)
        for path, point in opened.points.items()
        for other, reference in opened.references.items()
        if not point.states and not reference.states
    ]
    alike = [
        (path, other)
        for path, other in pairs
        if (opened.points[path].unit_display, opened.points[path].species)
        == (opened.references[other].unit_display, opened.references[other].species)
    ]
    same_size = [
        (path, other)
        for path, other in alike
        if is_same_size(opened.points[path], opened.references[other])
    ]
    like_tags = [
        (path, other)
        for path, other in pairs
        if letters(opened.points[path].tag) == letters(opened.references[other].tag)
    ]
    return [*same_size, *alike, *like_tags, *pairs, ("", "")][0]


def _choice(
    name: str,
    place: dict[str, Any],
    points: Mapping[str, SitePoint],
    chosen: str,
    display: DisplaySettings,
) -> Any:
    return dmc.Select(
        id=place,
        label=display.text(f"compare.{name}"),
        data=[
            {"value": path, "label": f"{display.name(point.name)} · {point.tag}"}
            for path, point in points.items()
            if not point.states
        ],
        value=chosen,
        allowDeselect=False,
        searchable=True,
        className="field field-wide",
    )


def _book(contents: Contents, display: DisplaySettings) -> list[Any]:
    opened, records, now = contents.opened, contents.records, contents.now
    trial = opened.trial.trial_id
    notes = html.Div(writing_list(records.notes, opened, display), id=book_id("notes", trial))
    entries = html.Div(writing_list(records.entries, opened, display), id=book_id("journal", trial))
    exports = html.Div(
        export_list(records.log, display),
        id=book_id("exports", trial),
        hidden=not may_export(opened.viewer),
    )
    done = html.Div(log_table(records.log, display), id=book_id("log", trial))
    writes = may_write(opened.viewer)
    note_forms = [note_form(opened, records.own[Written.NOTE], now, display)] if writes else []
    entry_forms = [entry_form(opened, records.own[Written.ENTRY], now, display)] if writes else []
    return [
        card(list_title(Written.NOTE, display), [*note_forms, notes]),
        card(list_title(Written.ENTRY, display), [*entry_forms, entries]),
        card(display.text("trial.package"), [*_package(opened, display), exports]),
        card(display.text("trial.log"), [done]),
    ]


def _package(opened: OpenTrial, display: DisplaySettings) -> list[Any]:
    if not may_export(opened.viewer):
        return [html.Div(display.text("package.role"), className="note")]
    return [
        html.Div(display.text("package.what"), className="note"),
        html.H3(display.text("package.last"), className="part-name"),
    ]


def _download(opened: OpenTrial, display: DisplaySettings) -> Any:
    if not may_export(opened.viewer):
        return None
    address = display.address(f"/trials/{opened.trial.trial_id}/package")
    return html.A(display.text("package.button"), href=address, className="button")
