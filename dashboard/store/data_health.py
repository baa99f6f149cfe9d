"""Asks how the data of a plant are: what each point sent last, how complete it is, what is lost."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg

from dashboard.analysis.completeness import Days, Due, Floats, by_day, over, worked_s
from dashboard.analysis.daily import day_windows, days_between
from dashboard.analysis.data_health import LatestReading, PointHealth, least_complete
from dashboard.analysis.window import DAY_S
from dashboard.store.plant import Plant, SitePoint
from schemas.quality_window import WORK
from schemas.queries import queries

DAYS = 90
WEEK_DAYS = 7
LOOK_BACK = timedelta(days=30)  # how far the beginning of a deviation is looked for
SOURCES_MAX_ROWS = 20
_WEEK_S = WEEK_DAYS * DAY_S

_SQL = queries("data_health")
_SINCE = queries("dashboard")["deviating_since"]
_GOOD = 1

Work = Mapping[int, Sequence[tuple[float, float]]]
"""When points were worked on, by number: spans that do not overlap, ms since 1970 UTC."""


@dataclass(frozen=True)
class GoodReading:
    """The last good reading of a point."""

    at: datetime
    value: float


@dataclass(frozen=True)
class DataHealth:
    """The state of a plant's data: by point, the shares by day, the oldest of `days` first.

    Of very many points of a line `shares` may hold the least complete ones only.
    """

    days: Sequence[date]
    points: Mapping[str, PointHealth]
    shares: Mapping[str, Floats]
    last_good: Mapping[str, GoodReading]
    beside: Mapping[str, str]
    """What should read the same as a point, by path."""
    conditions: Mapping[str, str]
    """Under what a point cannot be right, by path."""


@dataclass(frozen=True)
class SequenceGap:
    """Messages of a topic that its sender numbered and that never came."""

    topic: str
    gaps: int
    missing: int
    last_gap: datetime | None
    last_seen: datetime


@dataclass(frozen=True)
class Quarantined:
    """Messages that were not understood, of one reason."""

    reason: str
    messages: int
    last_seen: datetime


@dataclass(frozen=True)
class UnreadValue:
    """A value of mapped payloads that nothing reads, by its JSON pointer."""

    mapping: str
    pointer: str
    topic: str
    times: int
    last_seen: datetime


@dataclass(frozen=True)
class Sources:
    """What was lost before us, refused by us, and sent without being asked for."""

    gaps: Sequence[SequenceGap]
    quarantined: Sequence[Quarantined]
    unread: Sequence[UnreadValue]


def data_health(
    connection: psycopg.Connection[Any],
    plant: Plant,
    now: datetime,
    shares_of_a_line_max: int | None = None,
) -> DataHealth:
    """Return the state of the data of a plant, as far as the viewer sees it.

    The days of thousands of points take longer than all else: who shows few of them says how many.
    """
    today = now.astimezone(plant.zone).date()
    days = days_between(today - timedelta(days=DAYS - 1), today)
    week = days[-1 - WEEK_DAYS :]
    everything = plant.points.values()
    slow = [point for point in everything if _outlasts_a_day(point)]
    asked = _Asked(connection, plant, now, _work(connection, plant, days, now))
    shares = _shares(asked, slow, days)
    shares |= _shares(asked, [p for p in everything if p.path not in shares], week)
    latest = _latest(connection)
    ids = {path: point.point_id for path, point in plant.points.items()}
    deviating = [one for one in ids.values() if one in latest and latest[one].qc != _GOOD]
    since = _since(connection, deviating, now)
    past_week = Days.of(day_windows(week[:-1], plant.zone))
    points = {
        path: PointHealth(
            path,
            point.line,
            point.expected_interval_s,
            latest.get(point.point_id),
            since.get(point.point_id),
            over(shares[path][:-1], WEEK_DAYS),
            float(worked_s(past_week, asked.work.get(point.point_id, ())).sum() / _WEEK_S),
        )
        for path, point in plant.points.items()
    }
    shown = (
        set(points)
        if shares_of_a_line_max is None
        else least_complete(points.values(), shares_of_a_line_max)
    )
    missing = [p for p in everything if p.path in shown and shares[p.path].size < DAYS]
    shares |= _shares(asked, missing, days)
    shares = {path: shares[path] for path in plant.points if path in shown}
    good = _last_good(connection, deviating, now)
    last_good = {path: good[one] for path, one in ids.items() if one in good}
    return DataHealth(days, points, shares, last_good, *_held_against(connection, ids))


def sources(connection: psycopg.Connection[Any]) -> Sources:
    """Return what was lost, refused and left unread; nothing for who does not see the plant."""
    rows = {"limit_rows": SOURCES_MAX_ROWS}
    return Sources(
        [SequenceGap(*row) for row in connection.execute(_SQL["list_sequence_gaps"], rows)],
        [Quarantined(*row) for row in connection.execute(_SQL["list_quarantine"])],
        [UnreadValue(*row) for row in connection.execute(_SQL["list_unread_values"], rows)],
    )


def _latest(connection: psycopg.Connection[Any]) -> dict[int, LatestReading]:
    rows = connection.execute(_SQL["list_latest"]).fetchall()
    return {point: LatestReading(*facts) for point, *facts in rows}


def _since(
    connection: psycopg.Connection[Any], points: Sequence[int], now: datetime
) -> dict[int, datetime]:
    rows = connection.execute(_SINCE, {"points": points, "start": now - LOOK_BACK})
    return {
        point: datetime.fromtimestamp(since_ms / 1000.0, now.tzinfo)
        for point, since_ms in rows
        if since_ms is not None
    }


def _last_good(
    connection: psycopg.Connection[Any], points: Sequence[int], now: datetime
) -> dict[int, GoodReading]:
    start = now - timedelta(days=DAYS)
    rows = connection.execute(_SQL["list_last_good"], {"points": points, "start": start})
    return {point: GoodReading(*facts) for point, *facts in rows}


def _held_against(
    connection: psycopg.Connection[Any], ids: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what should read the same as a point, and the condition of each that has one."""
    paths = {point_id: path for path, point_id in ids.items()}
    beside: dict[str, str] = {}
    conditions: dict[str, str] = {}
    for one, other, is_condition in connection.execute(_SQL["list_plausible_pairs"]):
        if one in paths and other in paths:
            (conditions if is_condition else beside)[paths[one]] = paths[other]
    return beside, conditions


def _outlasts_a_day(point: SitePoint) -> bool:
    """Tell whether a reading of a point stands for days after it, as one of a laboratory does."""
    return any(length_s is not None and length_s > DAY_S for length_s in point.intervals.lengths_s)


class _Asked(NamedTuple):
    """What all shares are asked with."""

    connection: psycopg.Connection[Any]
    plant: Plant
    now: datetime
    work: Work


def _shares(asked: _Asked, points: Sequence[SitePoint], days: Sequence[date]) -> dict[str, Floats]:
    windows = day_windows(days, asked.plant.zone)
    start, edges = windows[0].start, Days.of(windows)
    question = {"points": [point.point_id for point in points], "start": start}
    good = {
        point: (1000.0 * np.array(x_s), n_good, first_ms)
        for point, x_s, n_good, first_ms in asked.connection.execute(
            _SQL["list_good_by_day"], question, binary=True
        )
    }
    old = {point for (point,) in asked.connection.execute(_SQL["list_begun_before"], question)}
    now_ms = asked.now.timestamp() * 1000.0

    def shares(point: SitePoint) -> Floats:
        x_ms, n_good, first_ms = good.get(point.point_id, ((), (), now_ms))
        begun_ms = start.timestamp() * 1000.0 if point.point_id in old else first_ms
        due = Due(point.intervals, begun_ms, now_ms, asked.work.get(point.point_id, ()))
        return by_day(edges, x_ms, n_good, due)

    return {point.path: shares(point) for point in points}


def _work(
    connection: psycopg.Connection[Any], plant: Plant, days: Sequence[date], now: datetime
) -> dict[int, list[tuple[float, float]]]:
    start = day_windows(days[:1], plant.zone)[0].start
    question = {"site": plant.key, "kinds": [*map(str, WORK)], "start": start, "now": now}
    found: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for point, starts_ms, ends_ms in connection.execute(_SQL["list_work"], question):
        spans = found[point]
        if spans and starts_ms <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], ends_ms)
        else:
            spans.append((starts_ms, ends_ms))
    return found
