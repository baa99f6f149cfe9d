"""Notes and journal entries as a list of one page, whatever is stored. All of it is plain text.

A long text is folded: the page has its beginning, and gets the rest when somebody asks for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.pages.trials.access import OpenTrial
from dashboard.store.trial_writing import Place, Writing, WritingPage, Written
from dashboard.web.display import DisplaySettings

PATHS = {Written.NOTE: "/trials/{trial}/notes", Written.ENTRY: "/trials/{trial}/journal"}
OLDER, NEWER = "before", "after"  # as an address says where a page begins
TITLES = {Written.NOTE: "trial.notes", Written.ENTRY: "trial.journal"}
_EMPTY = {Written.NOTE: "trial.no_notes", Written.ENTRY: "trial.no_entries"}


def list_title(of: Written, display: DisplaySettings) -> str:
    """Return what a list is called."""
    return display.text(TITLES[of])


def writing_list(page: WritingPage, opened: OpenTrial, display: DisplaySettings) -> Any:
    """Return a page of a list, with the way to older and newer ones."""
    if not page.rows:
        return html.Div(
            html.Div(display.text(_EMPTY[page.of]), className="quiet"), className="entries"
        )
    rows = [
        html.Div(
            writing_row(one, page.of, opened, display),
            id=_id("writing", page.of, opened, one.public_id),
            className="entry",
        )
        for one in page.rows
    ]
    return html.Div([html.Div(rows, className="entries"), _ways(page, opened, display)])


def writing_row(
    writing: Writing, of: Written, opened: OpenTrial, display: DisplaySettings
) -> list[Any]:
    """Return the content of a row: when, what, by whom, and what its reader can do with it."""
    return [
        html.Div(display.span(writing.from_at, writing.to_at), className="entry-time"),
        html.Div(
            [
                html.Div(
                    [*_head(writing, display), *_body(writing, of, opened, display)],
                    className="entry-withdrawn" if writing.withdrawn_at else None,
                ),
                html.Div(_signature(writing, opened, display), className="quiet"),
                *_withdrawal(writing, of, opened, display),
            ]
        ),
    ]


def list_address(
    of: Written, trial: int, display: DisplaySettings, place: Place | None = None
) -> str:
    """Return the address of a list, or of its page beside a note or entry."""
    path = PATHS[of].format(trial=trial)
    if place is not None:
        path += f"?{NEWER if place.is_newer else OLDER}={place.beside}"
    return display.address(path)


def _ways(page: WritingPage, opened: OpenTrial, display: DisplaySettings) -> Any:
    trial = opened.trial.trial_id
    first, last = page.rows[0].public_id, page.rows[-1].public_id
    links = [
        dcc.Link(
            display.text(f"writing.{name}"),
            href=list_address(page.of, trial, display, place),
            className="button",
        )
        for name, place, is_there in (
            ("newer", Place(first, is_newer=True), page.has_newer),
            ("older", Place(last), page.has_older),
        )
        if is_there
    ]
    shown = {"count": len(page.rows), "total": page.total}
    key = "writing.some" if links else "writing.all"
    return html.Div(
        [html.Span(display.text(key, **shown), className="quiet"), *links], className="ways"
    )


def _id(kind: str, of: Written, opened: OpenTrial, public_id: UUID) -> dict[str, Any]:
    return {"type": kind, "list": of, "trial": opened.trial.trial_id, "written": str(public_id)}


def _head(writing: Writing, display: DisplaySettings) -> list[Any]:
    if writing.kind is None:
        return []
    kind = html.Span(display.text(f"entry.{writing.kind}"), className=f"kind kind-{writing.kind}")
    return [html.Div([kind, html.Span(writing.title, className="entry-title")])]


def _body(writing: Writing, of: Written, opened: OpenTrial, display: DisplaySettings) -> list[Any]:
    if not writing.body:
        return []
    if not writing.is_cut:
        return [html.Div(writing.body, className="entry-body")]
    button = html.Button(
        display.text("writing.open", characters=display.number(writing.characters, 0)),
        id=_id("writing-open", of, opened, writing.public_id),
        className="button-plain",
    )
    return [html.Div([f"{writing.body.rstrip()} … ", button], className="entry-body")]


def _signature(writing: Writing, opened: OpenTrial, display: DisplaySettings) -> str:
    parts = [writing.author, display.moment(writing.written_at)]
    if (point := _points(opened, display).get(writing.point_id)) is not None:
        parts.insert(0, point)
    return " · ".join(parts)


def _points(opened: OpenTrial, display: DisplaySettings) -> Mapping[int | None, str]:
    points = opened.all_points.values()
    return {point.point_id: f"{display.name(point.name)} ({point.tag})" for point in points}


def _withdrawal(
    writing: Writing, of: Written, opened: OpenTrial, display: DisplaySettings
) -> Sequence[Any]:
    """Return who withdrew it and why, or the way to do so."""
    if writing.withdrawn_at is not None:
        parts = [
            writing.withdrawal_reason or display.text("writing.undone"),
            writing.withdrawn_by or "",
            display.moment(writing.withdrawn_at),
        ]
        mark = html.Span(display.text("writing.withdrawn"), className="kind")
        return [html.Div([mark, " · ".join(parts)], className="withdrawn")]
    if not writing.may_withdraw:
        return []
    reason = dmc.TextInput(
        id=_id("writing-reason", of, opened, writing.public_id),
        label=display.text("form.reason"),
        className="field",
    )
    button = html.Button(
        display.text("writing.withdraw"),
        id=_id("writing-withdraw", of, opened, writing.public_id),
        className="button",
    )
    said = html.Div(
        id=_id("writing-said", of, opened, writing.public_id), className="form-said", role="status"
    )
    summary = html.Summary(display.text("writing.withdraw"))
    hint = html.Div(display.text("writing.withdraw_hint"), className="quiet")
    end = html.Div([reason, button, said], className="form-end")
    return [html.Details([summary, hint, end], className="withdraw")]
