"""Reads what totalisers are counted from: their hours, and the readings of some of them.

Where hours were dropped, days stand for them: both tell their first and last reading.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import psycopg

from dashboard.analysis.counter_hours import Hours, hour_of
from dashboard.analysis.meter import HOUR_MS, Readings
from dashboard.analysis.window import Window
from dashboard.store.neighbours import fetch
from schemas.queries import queries

READINGS_MAX = 400_000  # read one by one for one question; beyond them hours must do
DAY_MAX = timedelta(hours=26)  # no local day is longer

_SQL = queries("dashboard_counter")
_HOURS, _DAYS = (_SQL["counter_hours"].format(rollup=name) for name in ("rollup_1h", "rollup_1d"))


class Converts(Protocol):
    """Knows what a point was when."""

    def converted(self, value: Any, x_ms: Any) -> Any:
        """Return values of moments in the unit of today."""


def hours_of(
    connection: psycopg.Connection[Any],
    ids: Sequence[int],
    loaded: Window,
    described: Mapping[int, Converts],
    since: datetime,
) -> dict[int, Hours]:
    """Return the hours of each point in `loaded`; days instead of those before `since`."""
    start = _moment(hour_of(loaded.start.timestamp() * 1e3))
    asked: dict[str, object] = {"points": list(ids)}
    hours = asked | {"start": max(start, since), "end": loaded.end}
    found = {row[0]: row[1:] for row in fetch(connection, _HOURS, hours)}
    earlier: dict[int, Sequence[Any]] = {}
    if start < since:
        days = asked | {"start": start - DAY_MAX, "end": min(since, loaded.end)}
        earlier = {row[0]: row[1:] for row in fetch(connection, _DAYS, days)}
    nothing: Sequence[Any] = [[] for _ in range(8)]
    answer = {}
    for one in ids:
        both = zip(earlier.get(one, nothing), found.get(one, nothing), strict=True)
        columns: Sequence[Any] = [[*days, *hours] for days, hours in both]
        x_ms, n, *rest = (np.array(column, dtype=np.float64) for column in columns)
        first_ms, first, last_ms, last, low, high = rest
        first, last, low, high = (
            described[one].converted(value, x_ms) for value in (first, last, low, high)
        )
        columns = [x_ms, n.astype(np.int64), first_ms, first, last_ms, last, low, high]
        answer[one] = Hours(*(column[~np.isnan(first)] for column in columns))
    return answer


def cut_hours(window: Window, since_ms: float) -> set[float]:
    """Return the hours that a window cuts: a share of one is only known from its readings.

    Those of hours that begin before `since_ms` are there no more: then the hour must do.
    """
    edges_ms = {edge.timestamp() * 1e3 for edge in (window.start, window.end)}
    return {begin for begin in map(hour_of, edges_ms) if since_ms <= begin} - edges_ms


def readings_of(
    connection: psycopg.Connection[Any],
    hours: Mapping[int, Hours],
    odd: Mapping[int, np.ndarray[Any, np.dtype[np.bool_]]],
    cut: Collection[float],
    described: Mapping[int, Converts],
) -> tuple[dict[int, Readings], dict[int, Any]]:
    """Return the readings of the hours that are `odd` or `cut`, and which of `hours` those are."""
    asked: dict[float, set[int]] = {begin: set(hours) for begin in cut}
    read = {one: np.isin(found.x_ms, list(cut)) for one, found in hours.items()}
    room = READINGS_MAX
    for one, found in hours.items():
        for place in np.flatnonzero(odd[one] & ~read[one]).tolist():
            room -= int(found.n[place])
            if room < 0:
                break
            asked.setdefault(float(found.x_ms[place]), set()).add(one)
            read[one][place] = True
    columns: dict[int, tuple[list[float], list[float]]] = {one: ([], []) for one in hours}
    for begin_ms, end_ms, ids in _merged(asked):
        bounds = {"start": _moment(begin_ms), "end": _moment(end_ms)}
        for one, x_ms, value in fetch(
            connection, _SQL["counter_readings"], {"points": sorted(ids), **bounds}
        ):
            columns[one][0].extend(x_ms)
            columns[one][1].extend(value)
    exact = {}
    for one, (x_ms, value) in columns.items():
        shown = described[one].converted(np.array(value), np.array(x_ms))
        known = ~np.isnan(shown)
        exact[one] = Readings.of(np.array(x_ms)[known], shown[known])
    return exact, read


def _merged(asked: Mapping[float, set[int]]) -> list[tuple[float, float, set[int]]]:
    """Return begin, end and points of the stretches that the hours of some points make up."""
    found: list[tuple[float, float, set[int]]] = []
    for hour_ms, ids in sorted(asked.items()):
        if found and found[-1][1] == hour_ms:
            begin_ms, _, others = found.pop()
            found.append((begin_ms, hour_ms + HOUR_MS, others | ids))
        else:
            found.append((hour_ms, hour_ms + HOUR_MS, ids))
    return found


def _moment(x_ms: float) -> datetime:
    return datetime.fromtimestamp(x_ms / 1e3, UTC)
