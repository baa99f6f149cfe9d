"""The file of connections: a row for each process of the ingest, each line and each device."""

from dataclasses import asdict
from datetime import datetime

from dashboard.pages.data_health.way import Way
from dashboard.web.display import DisplaySettings

COLUMNS = (
    *("what", "name", "problem", "heard_at", "delay_s", "drift_s_per_day", "missing_messages"),
    *("broker_since", "broker_lost_at", "broker_reason", "outages"),
    *("spool_messages", "spool_bytes", "spool_limit_bytes", "spool_since", "refused", "damaged"),
)
"""Of the spool and the broker as in table `ingest_state`."""


def connection_rows(way: Way, now: datetime, display: DisplaySettings) -> list[dict[str, object]]:
    """Return the rows."""
    names = way.names
    found: list[dict[str, object]] = []
    for state in way.states:
        wrong = ", ".join(display.text(f"problem.{each}") for each in state.problems(now))
        facts = {"what": "process", "name": state.client_id, "problem": wrong or None}
        found.append({**asdict(state), **facts, "heard_at": state.told_at})
    for one in way.senders:
        facts = {"what": "line", "name": names.get(one.line, one.line)}
        found.append({**asdict(one), **facts, "missing_messages": one.missing})
    for each in way.clocks:
        wrong = display.text(f"problem.{each.problem}") if each.problem else ""
        facts = {"what": "device", "name": names.get(each.device, each.device)}
        clock = {"delay_s": each.median_s, "drift_s_per_day": each.drift_per_day_s}
        found.append({**facts, **clock, "problem": wrong or None})
    return [{column: row.get(column) for column in COLUMNS} for row in found]
