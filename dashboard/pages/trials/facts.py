"""What stands about a trial in a line or at the head of its page: whose, where, when, how long."""

from datetime import datetime
from typing import Any

from dash import dcc, html

from dashboard.analysis.trial_period import State, days_until, last_day, state
from dashboard.store.rights import Trial
from dashboard.web.display import Reader


def trial_row(trial: Trial, now: datetime, reader: Reader) -> Any:
    """Return a trial as a row of the list; it leads to its page."""
    return dcc.Link(
        [
            html.Div(
                [
                    html.Div([reader.name(trial.name), example_mark(trial, reader)]),
                    html.Div(place_text(trial, reader), className="quiet"),
                ],
                className="trial-name",
            ),
            html.Div(span_text(trial, reader), className="trial-dates"),
            html.Div(
                [
                    html.Div(left_text(trial, now, reader), className="trial-left"),
                    html.Div(embargo_text(trial, now, reader), className="quiet"),
                ],
                className="trial-state",
            ),
        ],
        href=reader.address(f"/trials/{trial.trial_id}"),
        className="trial-row",
    )


def trial_head(trial: Trial, now: datetime, reader: Reader, tools: Any = None) -> Any:
    """Return the facts at the head of a trial's page, and beside them what can be done."""
    facts = {
        "company": trial.company_name,
        "line": reader.name(trial.line_name),
        "stream": reader.text(f"stream.{trial.source_stream}"),
        "dates": span_text(trial, reader),
        "left": left_text(trial, now, reader),
    }
    if trial.embargo_until is not None:
        facts["embargo"] = _until_text(trial.embargo_until, reader)
    if trial.access_until is not None and trial.access_until > trial.ends_at:
        facts["handover"] = _until_text(trial.access_until, reader)
    listed = [
        html.Div([html.Dt(reader.text(f"trial.{key}")), html.Dd(value)])
        for key, value in facts.items()
    ]
    title = [reader.name(trial.name), example_mark(trial, reader)]
    return html.Div(
        [
            html.Div([html.H1(title, className="page-name"), html.Dl(listed, className="facts")]),
            tools,
        ],
        className="card trial-head",
    )


def example_mark(trial: Trial, reader: Reader) -> Any:
    """Return the mark of a trial that nobody has verified."""
    if trial.verified:
        return None
    return html.Span(reader.text("trial.example"), className="example")


def place_text(trial: Trial, reader: Reader) -> str:
    """Return company, line and the water that it treats."""
    stream = reader.text(f"stream.{trial.source_stream}")
    return " · ".join((trial.company_name, reader.name(trial.line_name), stream))


def span_text(trial: Trial, reader: Reader) -> str:
    """Return from when to when a trial runs, in the site's time."""
    return f"{_from(trial.starts_at, reader)} – {_until(trial.ends_at, reader)}"


def left_text(trial: Trial, now: datetime, reader: Reader) -> str:
    """Return how many days are left, until it begins, or since when it has ended."""
    found = state(trial.starts_at, trial.ends_at, now)
    if found is State.ENDED:
        return reader.text("trial.ended", day=_until(trial.ends_at, reader))
    if found is State.COMING:
        first = trial.starts_at.astimezone(reader.zone).date()
        return reader.text("trial.begins_in", days=days_until(first, now, reader.zone))
    days = days_until(last_day(trial.ends_at, reader.zone), now, reader.zone)
    return reader.text("trial.days_left", days=days) if days else reader.text("trial.last_day")


def embargo_text(trial: Trial, now: datetime, reader: Reader) -> str:
    """Return until when guests wait; nothing without an embargo or after it."""
    if trial.embargo_until is None or trial.embargo_until <= now:
        return ""
    return reader.text("trial.embargo_until", day=_until(trial.embargo_until, reader))


def _until_text(moment: datetime, reader: Reader) -> str:
    return reader.text("trial.until", day=_until(moment, reader))


def _from(moment: datetime, reader: Reader) -> str:
    return reader.moment(moment, "day" if _is_midnight(moment, reader) else "minute")


def _until(moment: datetime, reader: Reader) -> str:
    """Return an end: midnight is the end of the day before, which is what people write."""
    if not _is_midnight(moment, reader):
        return reader.moment(moment)
    day = last_day(moment, reader.zone)
    return reader.moment(datetime(day.year, day.month, day.day, 12, tzinfo=reader.zone), "day")


def _is_midnight(moment: datetime, reader: Reader) -> bool:
    local = moment.astimezone(reader.zone)
    return (local.hour, local.minute, local.second) == (0, 0, 0)
