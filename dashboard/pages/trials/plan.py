"""A trial before it begins: what makes it, changes it and undoes it, and what it will share."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.analysis.trial_period import last_day
from dashboard.components.form import Field, folded, form, hint
from dashboard.pages.trials.access import OpenTrial
from dashboard.pages.trials.form_handlers import STREAMS
from dashboard.store.plant import SitePoint
from dashboard.store.rights import Trial
from dashboard.store.trial_change import Invited
from dashboard.store.trial_setup import Company, Line
from dashboard.web.display import DisplaySettings
from dashboard.web.written_time import day_text
from schemas.languages import LANGUAGES

NEW = 0  # stands for the trial that does not exist yet

Points = Mapping[str, SitePoint]


def new_trial_form(
    lines: Sequence[Line], companies: Sequence[Company], points: Points, display: DisplaySettings
) -> Any:
    """Return the form for a new trial."""
    options = [{"value": str(one.line_id), "label": display.name(one.name)} for one in lines]
    fields = [
        Field("line", "choice", None, options, required=True),
        Field("key", required=True),
        *_facts(companies, points, {}, shared_points((), None, points, display), display),
    ]
    made = form("trial", NEW, fields, display)
    return folded(display.text("trials.new"), [hint("trials.new_hint", display), made])


def change_forms(
    opened: OpenTrial,
    companies: Sequence[Company],
    invited: Sequence[Invited],
    points: Points,
    display: DisplaySettings,
) -> list[Any]:
    """Return what changes a trial that has not begun, takes back an invitation, or undoes it."""
    trial, number = opened.trial, opened.trial.trial_id
    chosen = {point.point_id for point in opened.all_points.values()}
    values = _values(trial, companies, sorted(chosen), display)
    preview = shared_points(chosen, trial.line, points, display)
    fields = _facts(companies, points, values, preview, display)
    change = form("change", number, fields, display)
    guests = [Field("invited", "choice", None, invited_choices(invited), required=True)]
    uninvite = form("uninvite", number, guests, display)
    withdraw = form("withdraw", number, [], display, grave=True)
    return [
        folded(display.text("trial.change"), [hint("trial.change_hint", display), change]),
        folded(display.text("trial.uninvite"), [hint("trial.uninvite_hint", display), uninvite]),
        folded(display.text("trial.withdraw"), [hint("trial.withdraw_hint", display), withdraw]),
    ]


def invited_choices(invited: Sequence[Invited]) -> list[dict[str, str]]:
    """Return the guests of a trial as choices."""
    return [
        {"value": str(one.account_id), "label": f"{one.display_name} · {one.login}"}
        for one in invited
    ]


def invited_list(invited: Sequence[Invited], display: DisplaySettings) -> Any:
    """Return who is let in as a guest, and until when."""
    if not invited:
        return html.Div(display.text("trial.no_guests"), className="quiet")
    rows = []
    for one in invited:
        parts = [one.display_name, one.login]
        if one.until_at is not None:
            parts.append(display.text("trial.until", day=display.moment(one.until_at)))
        if one.under_embargo:
            parts.append(display.text("form.under_embargo").lower())
        rows.append(html.Li(" · ".join(parts)))
    return html.Ul(rows, className="exports")


def shared_points(
    chosen: Collection[int], line: str | None, points: Points, display: DisplaySettings
) -> Any:
    """Return the list of the points that the company will see, by line.

    `line` is that of the trial, None if nobody knows yet; points of others are to compare with.
    """
    grouped: dict[str, list[SitePoint]] = {}
    for point in points.values():
        if point.point_id in chosen:
            grouped.setdefault(point.line, []).append(point)
    if not grouped:
        return html.Div(display.text("trial.shares_nothing"), className="quiet")
    count = sum(len(found) for found in grouped.values())
    parts: list[Any] = [html.Div(display.text("trial.shares", count=count), className="part-name")]
    for key, found in sorted(grouped.items(), key=lambda item: item[0] != line):
        title = display.name(found[0].line_name)
        if line is not None and key != line:
            title = f"{title} ({display.text('trial.to_compare')})"
        rows = [html.Li(_point_text(point, display)) for point in found]
        parts += [html.Div(title, className="quiet"), html.Ul(rows, className="shared-points")]
    return html.Div(parts)


def _point_text(point: SitePoint, display: DisplaySettings) -> str:
    unit = f", {point.unit_display}" if point.unit_display else ""
    return f"{display.name(point.name)}{unit} · {point.tag}"


def _facts(
    companies: Sequence[Company],
    points: Points,
    values: Mapping[str, Any],
    preview: Any,
    display: DisplaySettings,
) -> list[Field]:
    """Return the fields that can be changed until a trial begins, with their values."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for point in points.values():
        option = {
            "value": str(point.point_id),
            "label": f"{display.name(point.name)} · {point.tag}",
        }
        grouped.setdefault(display.name(point.line_name), []).append(option)
    offered = [{"group": name, "items": items} for name, items in grouped.items()]
    company_options = [{"value": str(one.company_id), "label": one.name} for one in companies]
    streams = [{"value": one, "label": display.text(f"stream.{one}")} for one in STREAMS]
    names = [
        Field(f"name_{one}", value=values.get(f"name_{one}", ""), required=True)
        for one in LANGUAGES
    ]
    days = [
        Field(name, "day", values.get(name, ""), required=name.endswith("_day"))
        for name in ("first_day", "last_day", "embargo", "handover")
    ]
    return [
        Field("company", "choice", values.get("company"), company_options, required=True),
        Field("stream", "choice", values.get("stream"), streams, required=True),
        *names,
        *days,
        Field("points", "choices", values.get("points", []), offered, wide=True, preview=preview),
    ]


def _values(
    trial: Trial, companies: Sequence[Company], chosen: Sequence[int], display: DisplaySettings
) -> dict[str, Any]:
    """Return what the fields of a trial hold now."""
    company = next((one for one in companies if one.key == trial.company), None)
    has_handover = trial.access_until is not None and trial.access_until > trial.ends_at
    return {
        "company": None if company is None else str(company.company_id),
        "stream": trial.source_stream,
        **{f"name_{one}": trial.name.get(one, "") for one in LANGUAGES},
        "first_day": day_text(trial.starts_at.astimezone(display.zone).date(), display.locale),
        "last_day": _last(trial.ends_at, display),
        "embargo": _last(trial.embargo_until, display),
        "handover": _last(trial.access_until, display) if has_handover else "",
        "points": [str(one) for one in chosen],
    }


def _last(moment: datetime | None, display: DisplaySettings) -> str:
    return "" if moment is None else day_text(last_day(moment, display.zone), display.locale)
