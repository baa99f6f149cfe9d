"""Counts totalisers for every page: asks for their hours, and for readings where hours do not tell.

What a question costs depends on its window: hours of the window, the readings of doubtful hours (a
bounded number), and one day row beyond each end of a long silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
import psycopg

from dashboard.analysis.counter import track
from dashboard.analysis.counter_hours import doubtful, joined
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.meter import Meter, Readings, turn_of
from dashboard.analysis.track import NOTHING, Track
from dashboard.analysis.window import Source, Window
from dashboard.store.counter_rows import cut_hours, hours_of, readings_of
from dashboard.store.neighbours import fetch
from dashboard.store.retention import stored_since
from schemas.queries import queries
from schemas.unit_history import to_newest
from schemas.units import Conversion

REACH_MIN_S = 86_400.0  # readings that are off for longer than this are a reset
REACH_INTERVALS = 5.0  # or than this many intervals, where those are longer
REACH_ON_CHANGE_S = 7 * 86_400.0
RATES_DAYS = 30.0  # before and after the end of a window, to see how fast a counter usually counts
RATES_MIN = 3
RATES_TOP_SHARE = 0.05  # so many of its hours, and no less than RATES_MIN, may be odd
USUAL_FACTOR = 20.0  # nothing counts so many times faster than in its usual busy hours
RANGE_HOURS = 1_500.0  # a register lasts at least so long at the largest rate (IEC 62052-11)

# From a unit of another quantity: what was read in it counts for nothing.
_NO_WAY = Conversion(np.nan, np.nan)
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
    since = stored_since(connection)
    hours = hours_of(connection, ids, loaded, described, since.of(Source.HOUR))
    since_ms = since.of(Source.RAW).timestamp() * 1e3
    odd = {
        one: doubtful(hours[one], described[one].meter) & (hours[one].x_ms >= since_ms)
        for one in ids
    }
    cut = cut_hours(window, since_ms)
    exact, read = readings_of(connection, hours, odd, cut, described)
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
    busy = busy_rate(rates_per_h)
    if busy is not None:
        return USUAL_FACTOR * busy
    return None if end is None or end <= 0 else end / RANGE_HOURS


def busy_rate(rates_per_h: Sequence[float]) -> float | None:
    """Return what a counter counts in a busy hour; None if too little of it is known.

    `rates_per_h` as in `largest_rate`.
    """
    if len(rates_per_h) < RATES_MIN:
        return None
    odd = max(RATES_MIN, int(RATES_TOP_SHARE * len(rates_per_h)))
    return rates_per_h[odd - 1]


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
    rates = dict(fetch(connection, _SQL["counter_rates"], asked | about_then))
    instruments = {row[0]: row[1:] for row in fetch(connection, _SQL["counter_instruments"], asked)}
    intervals = {point.point_id: point.intervals for point in points}
    answer = {}
    for point, *columns in fetch(connection, _SQL["counter_definitions"], asked):
        starts_ms, units, ends, stated = columns
        ways = [_NO_WAY if way is None else way for way in to_newest(units)]
        turns = [None if end is None else turn_of(end) for end in ends]
        own_ends = [_moved(turn, way) for turn, way in zip(turns, ways, strict=True)]
        meter = Meter(
            starts_ms=starts_ms,
            ends=own_ends,
            max_rates_per_h=[
                largest_rate(None if one is None else one * way.scale, end, rates.get(point, ()))
                for one, end, way in zip(stated, own_ends, ways, strict=True)
            ],
            exchanged_ms=exchanges(*instruments.get(point, ((), ()))),
            reach_ms=reach_s(intervals[point]) * 1e3,
            busy_rate_per_h=busy_rate(rates.get(point, ())),
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
    found_rows = fetch(connection, _SQL["counter_neighbours"], asked) if lonely else []
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
