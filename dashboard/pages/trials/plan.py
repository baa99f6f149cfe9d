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
from dashboard.web.display import Reader
from dashboard.web.written_time import day_text

NEW = 0  # stands for the trial that does not exist yet
LANGUAGES = ("fi", "sv", "en")

Points = Mapping[str, SitePoint]


def new_trial_form(
    lines: Sequence[Line], companies: Sequence[Company], points: Points, reader: Reader
) -> Any:
    """Return the form for a new trial."""
    options = [{"value": str(one.line_id), "label": reader.name(one.name)} for one in lines]
    fields = [
        Field("line", "choice", None, options, required=True),
        Field("key", required=True),
        *_facts(companies, points, {}, shared_points((), None, points, reader), reader),
    ]
    made = form("trial", NEW, fields, reader)
    return folded(reader.text("trials.new"), [hint("trials.new_hint", reader), made])


def change_forms(
    opened: OpenTrial,
    companies: Sequence[Company],
    invited: Sequence[Invited],
    points: Points,
    reader: Reader,
) -> list[Any]:
    """Return what changes a trial that has not begun, takes back an invitation, or undoes it."""
    trial, number = opened.trial, opened.trial.trial_id
    chosen = {point.point_id for point in opened.all_points.values()}
    values = _values(trial, companies, sorted(chosen), reader)
    preview = shared_points(chosen, trial.line, points, reader)
    fields = _facts(companies, points, values, preview, reader)
    change = form("change", number, fields, reader)
    guests = [Field("invited", "choice", None, invited_choices(invited), required=True)]
    uninvite = form("uninvite", number, guests, reader)
    withdraw = form("withdraw", number, [], reader, grave=True)
    return [
        folded(reader.text("trial.change"), [hint("trial.change_hint", reader), change]),
        folded(reader.text("trial.uninvite"), [hint("trial.uninvite_hint", reader), uninvite]),
        folded(reader.text("trial.withdraw"), [hint("trial.withdraw_hint", reader), withdraw]),
    ]


def invited_choices(invited: Sequence[Invited]) -> list[dict[str, str]]:
    """Return the guests of a trial as choices."""
    return [
        {"value": str(one.account_id), "label": f"{one.display_name} · {one.login}"}
        for one in invited
    ]


def invited_list(invited: Sequence[Invited], reader: Reader) -> Any:
    """Return who is let in as a guest, and until when."""
    if not invited:
        return html.Div(reader.text("trial.no_guests"), className="quiet")
    rows = []
    for one in invited:
        parts = [one.display_name, one.login]
        if one.until_at is not None:
            parts.append(reader.text("trial.until", day=reader.moment(one.until_at)))
        if one.under_embargo:
            parts.append(reader.text("form.under_embargo").lower())
        rows.append(html.Li(" · ".join(parts)))
    return html.Ul(rows, className="exports")


def shared_points(chosen: Collection[int], line: str | None, points: Points, reader: Reader) -> Any:
    """Return the list of the points that the company will see, by line.

    `line` is that of the trial, None if nobody knows yet; points of others are to compare with.
    """
    grouped: dict[str, list[SitePoint]] = {}
    for point in points.values():
        if point.point_id in chosen:
            grouped.setdefault(point.line, []).append(point)
    if not grouped:
        return html.Div(reader.text("trial.shares_nothing"), className="quiet")
    count = sum(len(found) for found in grouped.values())
    parts: list[Any] = [html.Div(reader.text("trial.shares", count=count), className="part-name")]
    for key, found in sorted(grouped.items(), key=lambda item: item[0] != line):
        title = reader.name(found[0].line_name)
        if line is not None and key != line:
            title = f"{title} ({reader.text('trial.to_compare')})"
        rows = [html.Li(_point_text(point, reader)) for point in found]
        parts += [html.Div(title, className="quiet"), html.Ul(rows, className="shared-points")]
    return html.Div(parts)


def _point_text(point: SitePoint, reader: Reader) -> str:
    unit = f", {point.unit_display}" if point.unit_display else ""
    return f"{reader.name(point.name)}{unit} · {point.tag}"


def _facts(
    companies: Sequence[Company],
    points: Points,
    values: Mapping[str, Any],
    preview: Any,
    reader: Reader,
) -> list[Field]:
    """Return the fields that can be changed until a trial begins, with their values."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for point in points.values():
        option = {"value": str(point.point_id), "label": f"{reader.name(point.name)} · {point.tag}"}
        grouped.setdefault(reader.name(point.line_name), []).append(option)
    offered = [{"group": name, "items": items} for name, items in grouped.items()]
    company_options = [{"value": str(one.company_id), "label": one.name} for one in companies]
    streams = [{"value": one, "label": reader.text(f"stream.{one}")} for one in STREAMS]
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
    trial: Trial, companies: Sequence[Company], chosen: Sequence[int], reader: Reader
) -> dict[str, Any]:
    """Return what the fields of a trial hold now."""
    company = next((one for one in companies if one.key == trial.company), None)
    has_handover = trial.access_until is not None and trial.access_until > trial.ends_at
    return {
        "company": None if company is None else str(company.company_id),
        "stream": trial.source_stream,
        **{f"name_{one}": trial.name.get(one, "") for one in LANGUAGES},
        "first_day": day_text(trial.starts_at.astimezone(reader.zone).date(), reader.locale),
        "last_day": _last(trial.ends_at, reader),
        "embargo": _last(trial.embargo_until, reader),
        "handover": _last(trial.access_until, reader) if has_handover else "",
        "points": [str(one) for one in chosen],
    }


def _last(moment: datetime | None, reader: Reader) -> str:
    return "" if moment is None else day_text(last_day(moment, reader.zone), reader.locale)
