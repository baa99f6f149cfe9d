"""Connections: broker and spool of each process of the ingest, and the gateway of each line."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.analysis.ingest_health import IngestFinding, IngestProblem, ToldState
from dashboard.charts.decimals import NO_VALUE
from dashboard.components.card import card
from dashboard.components.table import table
from dashboard.pages.data_health.plain_finding import plain_finding
from dashboard.pages.data_health.way import Way
from dashboard.web.display import DisplaySettings

PROCESS_COLUMNS = ("process", "broker", "lost", "spool")
SENDER_COLUMNS = ("sender", "heard", "median", "missing")
MEBIBYTE = 1_048_576


def ingest_finding_row(found: IngestFinding, display: DisplaySettings) -> html.Div:
    """Return the row of what is wrong with a process: since when, why, and what helps."""
    state, problem = found.state, display.text(f"problem.{found.problem}")
    since = state.since(found.problem)
    if since is not None:
        problem = f"{problem}, {display.text('live.since', when=display.moment(since))}"
    return plain_finding(state.client_id, found.problem, problem, _why(found, display), display)


def connections_card(way: Way, download: str, display: DisplaySettings) -> Any:
    """Return a card with what carries messages and what sends them, and the way to their file."""
    processes = [
        (one.client_id, _broker(one, display), _lost(one, display), _spool(one, display))
        for one in way.states
    ]
    gateways = [
        (
            way.names.get(one.line, one.line),
            NO_VALUE if one.heard_at is None else display.moment(one.heard_at),
            NO_VALUE if one.delay_s is None else f"{display.number(round(one.delay_s, 1), 1)} s",
            display.number(one.missing, 0),
        )
        for one in way.senders
    ]
    none = html.Div(display.text("health.connections.none"), className="note")
    return card(
        display.text("health.connections"),
        [
            table(_titles(PROCESS_COLUMNS, display), processes) if processes else none,
            table(_titles(SENDER_COLUMNS, display), gateways),
            html.Div(
                html.A(
                    display.text("health.connections.download"), href=download, className="button"
                ),
                className="note",
            ),
        ],
        wide=True,
    )


def _titles(columns: Sequence[str], display: DisplaySettings) -> list[str]:
    return [display.text(f"health.column.{column}") for column in columns]


def _broker(one: ToldState, display: DisplaySettings) -> str:
    if one.broker_since is None:
        return display.text("health.broker.away")
    return display.text("live.since", when=display.moment(one.broker_since))


def _lost(one: ToldState, display: DisplaySettings) -> str:
    if one.broker_lost_at is None:
        return NO_VALUE
    when = display.moment(one.broker_lost_at)
    return display.text("health.broker.lost", when=when, times=display.number(one.outages, 0))


def _spool(one: ToldState, display: DisplaySettings) -> str:
    if one.spool_messages is None:
        return display.text("health.spool.none")
    if not one.spool_messages:
        return display.text("health.spool.empty")
    return _held(one, display)


def _held(one: ToldState, display: DisplaySettings) -> str:
    return display.text(
        "health.spool.holds",
        messages=display.number(one.spool_messages or 0, 0),
        size=display.number((one.spool_bytes or 0) / MEBIBYTE, 1),
        limit=display.number((one.spool_limit_bytes or 0) / MEBIBYTE, 0),
    )


def _why(found: IngestFinding, display: DisplaySettings) -> str:
    state = found.state
    if found.problem is IngestProblem.BROKER_AWAY and state.broker_reason:
        return display.text("health.why", checks=state.broker_reason)
    if found.problem in (IngestProblem.SPOOL_FULL, IngestProblem.SPOOL_WAITS):
        return _held(state, display)
    counts = {
        IngestProblem.SPOOL_REFUSES: state.refused,
        IngestProblem.SPOOL_DAMAGED: state.damaged,
    }
    if found.problem in counts:
        return display.text("health.spool.lost", messages=display.number(counts[found.problem], 0))
    return ""
