"""Counts totalisers for every page: asks for their hours, and for readings where hours do not tell.

What a question costs depends on its window: hours of the window, the readings of doubtful hours (at
most READINGS_MAX), and one day row beyond each end of a long silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import psycopg

from dashboard.analysis.counter import track
from dashboard.analysis.counter_hours import Hours, doubtful, hour_of, joined
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.meter import HOUR_MS, Meter, Readings
from dashboard.analysis.track import NOTHING, Track
from dashboard.analysis.window import Window
from schemas.queries import queries
from schemas.unit_history import to_newest
from schemas.units import Conversion

READINGS_MAX = 400_000  # read one by one for one question; beyond them hours must do
REACH_MIN_S = 86_400.0  # readings that are off for longer than this are a reset
REACH_INTERVALS = 5.0  # or than this many intervals, where those are longer
REACH_ON_CHANGE_S = 7 * 86_400.0
RATES_DAYS = 30.0  # before and after the end of a window, to see how fast a counter usually counts
RATES_MIN = 3
RATES_TOP_SHARE = 0.05  # so many of its hours, and no less than RATES_MIN, may be odd
USUAL_FACTOR = 20.0  # nothing counts so many times faster than in its usual busy hours
RANGE_HOURS = 1_500.0  # a register lasts at least so long at the largest rate (IEC 62052-11)

_NO_WAY = Conversion(
    np.nan, np.nan
)  # from a unit of another quantity: what was read in it counts not
_SQL = queries("dashboard_counter")


class CounterPoint(Protocol):
    """What must be known of a point to count it."""

    @property
    def point_id(self) -> int: ...  # noqa: D102
    @property
    def intervals(self) -> Intervals: ...  # noqa: D102


@dataclass(frozen=True)
class _Definitions:
    """What a point was, stretch by stretch, in the unit that it has now."""

    meter: Meter
    scales: np.ndarray[Any, np.dtype[np.float64]]
    offsets: np.ndarray[Any, np.dtype[np.float64]]

    def converted(self, value: Any, x_ms: Any) -> Any:
        """Return values of moments in the unit of today."""
        places = np.searchsorted(self.meter.starts_ms, x_ms, side="right") - 1
        places = np.maximum(places, 0)
        return value * self.scales[places] + self.offsets[places]


def tracks(
    connection: psycopg.Connection[Any],
    points: Sequence[CounterPoint],
    window: Window,
    now: datetime,
) -> dict[int, Track]:
    """Return what each of `points` counted in `window`, by `point_id`, in the unit it has now.

    A point that is invisible to the viewer, or never sent anything, has an empty track.
    """
    if not points:
        return {}
    described = _definitions(connection, points, min(now, window.end), now)
    known = [point for point in points if point.point_id in described]
    ids = [point.point_id for point in known]
    reach = timedelta(seconds=max((reach_s(point.intervals) for point in known), default=0.0))
    loaded = Window(window.start - 2 * reach, window.end + reach)
    hours = _hours(connection, ids, loaded, described)
    odd = {one: doubtful(hours[one], described[one].meter) for one in ids}
    exact, read = _readings(connection, hours, odd, window, described)
    answer = {point.point_id: NOTHING for point in points}
    readings = {one: joined(hours[one], read[one], exact[one]) for one in ids}
    _add_neighbours(connection, readings, window, described)
    until_ms = min(now, window.end).timestamp() * 1e3
    for point in known:
        found = _standing(readings[point.point_id], point.intervals, until_ms)
        answer[point.point_id] = track(found, described[point.point_id].meter)
    return answer


def reach_s(intervals: Intervals) -> float:
    """Return for how many seconds the readings of a counter may be off before it is a reset."""
    longest_s = intervals.longest_s
    if longest_s is None:
        return REACH_ON_CHANGE_S
    return max(REACH_MIN_S, REACH_INTERVALS * longest_s)


def largest_rate(
    stated: float | None, end: float | None, rates_per_h: Sequence[float]
) -> float | None:
    """Return what a counter can count in an hour at most; None if nothing tells.

    Args:
        stated: What the site file says of it.
        end: Where it rolls over; a register lasts RANGE_HOURS at its largest rate. Only asked while
            a counter is too new to be known: pulses may run through a small range within a day.
        rates_per_h: What it counted in each of its busy hours about that time, largest first.
    """
    if stated is not None:
        return stated
    if len(rates_per_h) >= RATES_MIN:
        odd = max(RATES_MIN, int(RATES_TOP_SHARE * len(rates_per_h)))
        return USUAL_FACTOR * rates_per_h[odd - 1]
    return None if end is None or end <= 0 else end / RANGE_HOURS


def _definitions(
    connection: psycopg.Connection[Any],
    points: Sequence[CounterPoint],
    about: datetime,
    now: datetime,
) -> dict[int, _Definitions]:
    ids = [point.point_id for point in points]
    asked: dict[str, object] = {"points": ids}
    margin = timedelta(days=RATES_DAYS)
    about_then = {"start": about - margin, "end": min(about + margin, now)}
    rates = dict(_fetch(connection, "counter_rates", asked | about_then))
    instruments = {row[0]: row[1:] for row in _fetch(connection, "counter_instruments", asked)}
    intervals = {point.point_id: point.intervals for point in points}
    answer = {}
    for point, *columns in _fetch(connection, "counter_definitions", asked):
        starts_ms, units, ends, stated = columns
        ways = [_NO_WAY if way is None else way for way in to_newest(units)]
        own_ends = [_moved(end, way) for end, way in zip(ends, ways, strict=True)]
        meter = Meter(
            starts_ms=starts_ms,
            ends=own_ends,
            max_rates_per_h=[
                largest_rate(None if one is None else one * way.scale, end, rates.get(point, ()))
                for one, end, way in zip(stated, own_ends, ways, strict=True)
            ],
            exchanged_ms=exchanges(*instruments.get(point, ((), ()))),
            reach_ms=reach_s(intervals[point]) * 1e3,
        )
        answer[point] = _Definitions(
            meter, np.array([way.scale for way in ways]), np.array([way.offset for way in ways])
        )
    return answer


def exchanges(starts_ms: Sequence[float], instruments: Sequence[str | None]) -> list[float]:
    """Return when another instrument than the last known one began to serve a point."""
    found, last = [], None
    for start_ms, instrument in zip(starts_ms, instruments, strict=True):
        if instrument is not None:
            if last not in {None, instrument}:
                found.append(start_ms)
            last = instrument
    return found


def _moved(value: float | None, way: Conversion) -> float | None:
    return None if value is None else value * way.scale + way.offset


def _hours(
    connection: psycopg.Connection[Any],
    ids: Sequence[int],
    loaded: Window,
    described: Mapping[int, _Definitions],
) -> dict[int, Hours]:
    asked = {
        "points": list(ids),
        "start": _moment(hour_of(loaded.start.timestamp() * 1e3)),
        "end": loaded.end,
    }
    found = {row[0]: row[1:] for row in _fetch(connection, "counter_hours", asked)}
    answer = {}
    for one in ids:
        columns: Sequence[Any] = found.get(one) or [[] for _ in range(8)]
        x_ms, n, *rest = (np.array(column, dtype=np.float64) for column in columns)
        first_ms, first, last_ms, last, low, high = rest
        first, last, low, high = (
            described[one].converted(value, x_ms) for value in (first, last, low, high)
        )
        columns = [x_ms, n.astype(np.int64), first_ms, first, last_ms, last, low, high]
        answer[one] = Hours(*(column[~np.isnan(first)] for column in columns))
    return answer


def _readings(
    connection: psycopg.Connection[Any],
    hours: Mapping[int, Hours],
    odd: Mapping[int, np.ndarray[Any, np.dtype[np.bool_]]],
    window: Window,
    described: Mapping[int, _Definitions],
) -> tuple[dict[int, Readings], dict[int, Any]]:
    """Return the readings of doubtful hours and of those that the window cuts, and which they are.

    A share of an hour is only known from its readings.
    """
    cut = {hour_of(edge.timestamp() * 1e3) for edge in (window.start, window.end)}
    cut -= {edge.timestamp() * 1e3 for edge in (window.start, window.end)}
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
        for one, x_ms, value in _fetch(
            connection, "counter_readings", {"points": sorted(ids), **bounds}
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


def _add_neighbours(
    connection: psycopg.Connection[Any],
    readings: dict[int, Readings],
    window: Window,
    described: Mapping[int, _Definitions],
) -> None:
    """Add what was read last before the window and first after it, where that is far away."""
    start_ms, end_ms = (edge.timestamp() * 1e3 for edge in (window.start, window.end))
    lonely = [
        one
        for one, found in readings.items()
        if not found.x_ms.size or found.x_ms[0] > start_ms or found.x_ms[-1] < end_ms
    ]
    asked = {"points": lonely, "start": window.start, "end": window.end}
    found_rows = _fetch(connection, "counter_neighbours", asked) if lonely else []
    for one, day_ms, x_ms, value in found_rows:
        found, shown = readings[one], described[one].converted(value, day_ms)
        if x_ms in found.x_ms or np.isnan(shown):
            continue
        place = int(np.searchsorted(found.x_ms, x_ms))
        readings[one] = Readings(
            np.insert(found.x_ms, place, x_ms),
            np.insert(found.value, place, shown),
            np.insert(found.n, place, 1),
        )


def _standing(readings: Readings, intervals: Intervals, until_ms: float) -> Readings:
    """Return the readings of a counter that is sent on change: its last one stands until now."""
    if not readings.x_ms.size or readings.x_ms[-1] >= until_ms:
        return readings
    if not np.isnan(intervals.at(readings.x_ms[-1])):
        return readings
    return Readings(
        np.append(readings.x_ms, until_ms),
        np.append(readings.value, readings.value[-1]),
        np.append(readings.n, 0),
    )


def _moment(x_ms: float) -> datetime:
    return datetime.fromtimestamp(x_ms / 1e3, UTC)


def _fetch(
    connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(_SQL[name].encode(), parameters).fetchall()
