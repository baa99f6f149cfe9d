"""What stands about a trial in a line or at the head of its page: whose, where, when, how long."""

from datetime import datetime
from typing import Any

from dash import dcc, html

from dashboard.analysis.trial_period import State, days_until, last_day, state
from dashboard.store.rights import Trial
from dashboard.web.display import DisplaySettings


def trial_row(trial: Trial, now: datetime, display: DisplaySettings) -> Any:
    """Return a trial as a row of the list; it leads to its page."""
    return dcc.Link(
        [
            html.Div(
                [
                    html.Div([display.name(trial.name), example_mark(trial, display)]),
                    html.Div(place_text(trial, display), className="quiet"),
                ],
                className="trial-name",
            ),
            html.Div(span_text(trial, display), className="trial-dates"),
            html.Div(
                [
                    html.Div(left_text(trial, now, display), className="trial-left"),
                    html.Div(embargo_text(trial, now, display), className="quiet"),
                ],
                className="trial-state",
            ),
        ],
        href=display.address(f"/trials/{trial.trial_id}"),
        className="trial-row",
    )


def trial_head(trial: Trial, now: datetime, display: DisplaySettings, tools: Any = None) -> Any:
    """Return the facts at the head of a trial's page, and beside them what can be done."""
    facts = {
        "company": trial.company_name,
        "line": display.name(trial.line_name),
        "stream": display.text(f"stream.{trial.source_stream}"),
        "dates": span_text(trial, display),
        "left": left_text(trial, now, display),
    }
    if trial.embargo_until is not None:
        facts["embargo"] = _until_text(trial.embargo_until, display)
    if trial.access_until is not None and trial.access_until > trial.ends_at:
        facts["handover"] = _until_text(trial.access_until, display)
    listed = [
        html.Div([html.Dt(display.text(f"trial.{key}")), html.Dd(value)])
        for key, value in facts.items()
    ]
    title = [display.name(trial.name), example_mark(trial, display)]
    return html.Div(
        [
            html.Div([html.H1(title, className="page-name"), html.Dl(listed, className="facts")]),
            tools,
        ],
        className="card trial-head",
    )


def example_mark(trial: Trial, display: DisplaySettings) -> Any:
    """Return the mark of a trial that nobody has verified."""
    if trial.verified:
        return None
    return html.Span(display.text("trial.example"), className="example")


def place_text(trial: Trial, display: DisplaySettings) -> str:
    """Return company, line and the water that it treats."""
    stream = display.text(f"stream.{trial.source_stream}")
    return " · ".join((trial.company_name, display.name(trial.line_name), stream))


def span_text(trial: Trial, display: DisplaySettings) -> str:
    """Return from when to when a trial runs, in the site's time."""
    return f"{_from(trial.starts_at, display)} – {_until(trial.ends_at, display)}"


def left_text(trial: Trial, now: datetime, display: DisplaySettings) -> str:
    """Return how many days are left, until it begins, or since when it has ended."""
    found = state(trial.starts_at, trial.ends_at, now)
    if found is State.ENDED:
        return display.text("trial.ended", day=_until(trial.ends_at, display))
    if found is State.COMING:
        first = trial.starts_at.astimezone(display.zone).date()
        return display.text("trial.begins_in", days=days_until(first, now, display.zone))
    days = days_until(last_day(trial.ends_at, display.zone), now, display.zone)
    return display.text("trial.days_left", days=days) if days else display.text("trial.last_day")


def embargo_text(trial: Trial, now: datetime, display: DisplaySettings) -> str:
    """Return until when guests wait; nothing without an embargo or after it."""
    if trial.embargo_until is None or trial.embargo_until <= now:
        return ""
    return display.text("trial.embargo_until", day=_until(trial.embargo_until, display))


def _until_text(moment: datetime, display: DisplaySettings) -> str:
    return display.text("trial.until", day=_until(moment, display))


def _from(moment: datetime, display: DisplaySettings) -> str:
    return display.moment(moment, "day" if _is_midnight(moment, display) else "minute")


def _until(moment: datetime, display: DisplaySettings) -> str:
    """Return an end: midnight is the end of the day before, which is what people write."""
    if not _is_midnight(moment, display):
        return display.moment(moment)
    day = last_day(moment, display.zone)
    return display.moment(datetime(day.year, day.month, day.day, 12, tzinfo=display.zone), "day")


def _is_midnight(moment: datetime, display: DisplaySettings) -> bool:
    local = moment.astimezone(display.zone)
    return (local.hour, local.minute, local.second) == (0, 0, 0)
