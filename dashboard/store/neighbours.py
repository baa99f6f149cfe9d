"""The readings just outside of a window: lines enter and leave through its edges."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import psycopg

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.window import Window
from schemas.queries import queries

REACH_INTERVALS = 3.0  # a line enters from at most this many (longest) intervals outside the window
REACH_ON_CHANGE_S = 30 * 86_400.0  # how long a state that is sent on change may have been silent
# A neighbour is nearly always close: each look goes further than the one before, for whom it must.
LOOKS_S = (600.0, 6 * 3_600.0, 3 * 86_400.0, float("inf"))

_SQL = queries("dashboard_history")


class HistoryPoint(Protocol):
    """What must be known of a point to ask for its history."""

    @property
    def point_id(self) -> int: ...  # noqa: D102
    @property
    def intervals(self) -> Intervals: ...  # noqa: D102


def neighbours(
    connection: psycopg.Connection[Any], points: Sequence[HistoryPoint], window: Window
) -> tuple[dict[int, Sequence[Any]], dict[int, Sequence[Any]]]:
    """Return the reading before the window and the one after it, by `point_id`, if in reach.

    A reading is (milliseconds since 1970 UTC, value, qc).
    """
    reach_s = {point.point_id: _reach_s(point.intervals) for point in points}
    start_ms, end_ms = (moment.timestamp() * 1000.0 for moment in (window.start, window.end))
    before: dict[int, Sequence[Any]] = {}
    after: dict[int, Sequence[Any]] = {}
    looked_s = 0.0
    for look_s in LOOKS_S:
        sought = [
            point
            for point, reach in reach_s.items()
            if reach > looked_s and not (point in before and point in after)
        ]
        if not sought:
            break
        looked_s = min(look_s, max(reach_s[point] for point in sought))
        look = timedelta(seconds=looked_s)
        bounds = {"since": window.start - look, "until": window.end + look}
        asked = {"points": sought, "start": window.start, "end": window.end, **bounds}
        for point, *reading in fetch(connection, _SQL["neighbours"], asked):
            is_before = reading[0] < start_ms
            distance_ms = start_ms - reading[0] if is_before else reading[0] - end_ms
            if distance_ms <= reach_s[point] * 1000.0:
                (before if is_before else after).setdefault(point, reading)
    return before, after


def _reach_s(intervals: Intervals) -> float:
    longest_s = intervals.longest_s
    return REACH_ON_CHANGE_S if longest_s is None else REACH_INTERVALS * longest_s


def fetch(
    connection: psycopg.Connection[Any], sql: str, parameters: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """Return the rows of a question, which leave the server in binary."""
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(sql, parameters).fetchall()
