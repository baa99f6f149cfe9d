"""The same questions with ten years of chunks behind them and with ten days, in one run (P12)."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import asyncpg
import psycopg
import pytest

from dashboard.analysis.window import Resolution, Source, Window, ending
from dashboard.exports.readings import fetch
from dashboard.exports.slices import Slice
from dashboard.store import history
from dashboard.store.clock_offsets import clock_offsets
from dashboard.store.counters import tracks
from dashboard.store.data_health import data_health, sources
from dashboard.store.database import Database
from dashboard.store.plant import read_plant
from ingest.batch import prepare
from ingest.database.bisect import write_halving
from ingest.database.connection import connect
from ingest.database.plant_loader import load
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from ingest.quality.memory import Memory
from schemas.queries import queries
from tests.fixtures.stack import migrated_module_url
from tests.fixtures.years import BUCKETS, KEYS, NOW, Asked, add_years, chunks

RATIO_MAX = 1.5
TREND_LIMIT_MS = 150.0
ROUNDS = 15
ZONE = ZoneInfo("Europe/Helsinki")
DAY_S = 86_400.0
WIDTHS_S = {"1 h": 3_600.0, "24 h": DAY_S, "7 d": 7 * DAY_S, "30 d": 30 * DAY_S, "1 y": 365 * DAY_S}
TEN_DAYS, YEAR, TEN_YEARS = (timedelta(days=days) for days in (10, 366, 3_653))
LIVE = timedelta(seconds=10)
BATCH_READINGS = 400
AGES = {"ten years": timedelta(days=2_000), "ten days": timedelta(days=8)}


@dataclass
class Stored:
    """A filled database: its questions, and its ingest."""

    name: str
    url: str
    points: list[Asked]
    database: Database
    loop: asyncio.AbstractEventLoop
    ingest: asyncpg.Connection


Question = Callable[[Stored], object]

_COUNT = "extract(epoch FROM {at}) / 3600"
_COUNTING = (
    f"UPDATE reading SET value = {_COUNT.format(at='ts')} WHERE point_id = %(point)s",
    *(
        f"UPDATE {rollup} SET (min, first, max, last) = ({begin}, {begin}, {end}, {end})"
        " WHERE point_id = %(point)s"
        for begin, end in ((_COUNT.format(at="first_ts"), _COUNT.format(at="last_ts")),)
        for rollup in BUCKETS
    ),
)


def _let_count(url: str, point_id: int) -> None:
    """Make a counter of a point, which counts one an hour."""
    with psycopg.connect(url) as connection:
        for statement in _COUNTING:
            connection.execute(statement.encode(), {"point": point_id})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


@pytest.fixture(scope="module")
def both(migrated_module_url: str, second_module_url: str) -> Iterator[list[Stored]]:
    """Ten years: a week's chunk holds a reading, the last year one an hour. Ten days: of readings
    every 10 s, which the ten years end with too; the rollups of the last year are in both."""
    began_s = time.monotonic()
    week = TEN_YEARS, timedelta(days=7)
    years = add_years(migrated_module_url, week, (YEAR, timedelta(hours=1)), (TEN_DAYS, LIVE))
    days = add_years(second_module_url, (TEN_DAYS, LIVE))
    for url, points in ((migrated_module_url, years), (second_module_url, days)):
        _let_count(url, points[-1].point_id)
    with psycopg.connect(migrated_module_url) as source, psycopg.connect(second_module_url) as to:
        for rollup in ("rollup_1h", "rollup_1d"):
            to.execute(f"TRUNCATE {rollup}".encode())
            since = (NOW - YEAR).isoformat()
            out = f"COPY (SELECT * FROM {rollup} WHERE bucket >= '{since}') TO STDOUT"
            with (
                source.cursor().copy(out.encode()) as rows,
                to.cursor().copy(f"COPY {rollup} FROM STDIN".encode()) as into,
            ):
                for block in rows:
                    into.write(block)
            for theirs, ours in zip(years, days, strict=True):  # ids are drawn
                to.execute(
                    f"UPDATE {rollup} SET point_id = %s WHERE point_id = %s".encode(),
                    (ours.point_id, theirs.point_id),
                )
        counted = [chunks(connection, "reading") for connection in (source, to)]
    with psycopg.connect(second_module_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    print(f"\nchunks of readings: {counted}; filled in {time.monotonic() - began_s:.0f} s")
    loop = asyncio.new_event_loop()
    stored = []
    for name, url, points in (
        ("ten years", migrated_module_url, years),
        ("ten days", second_module_url, days),
    ):
        database = Database(url, max_connections=1, query_timeout_s=30.0)
        database.start()
        ingest = loop.run_until_complete(connect(url, 30.0))
        stored.append(Stored(name, url, points, database, loop, ingest))
    yield stored
    for each in stored:
        each.database.stop()
        loop.run_until_complete(each.ingest.close())
    loop.close()


second_module_url = migrated_module_url


def _trend(width_s: float, number: int, viewer: str) -> Question:
    def ask(stored: Stored) -> object:
        with stored.database.open(viewer) as connection:
            window = ending(NOW, width_s)
            return history.series(connection, stored.points[:number], window, ZONE, 1_300.0)

    return ask


def _latest(stored: Stored) -> object:
    with stored.database.open("account:1") as connection:
        return connection.execute(
            queries("dashboard")["latest"],
            {"points": [point.point_id for point in stored.points]},
        ).fetchall()


def _key_figures(stored: Stored) -> object:
    ids = [point.point_id for point in stored.points]
    with stored.database.open("account:1") as connection:
        day = Window(NOW - timedelta(days=1), NOW), Resolution(Source.FIVE_MINUTES, 600.0)
        week = Window(NOW - timedelta(days=7), NOW), Resolution(Source.HOUR, 3_600.0)
        return [history.buckets(connection, ids, *each, ZONE) for each in (day, week)]


def _counted(width_s: float) -> Question:
    def ask(stored: Stored) -> object:
        with stored.database.open("account:1") as connection:
            return tracks(connection, stored.points[-1:], ending(NOW, width_s), NOW)

    return ask


def _data_health(stored: Stored) -> object:
    with stored.database.open("account:1") as connection:
        plant = read_plant(connection, NOW, "plant")
        found = data_health(connection, plant, NOW)
        assert len(found.points) == len(KEYS)
        return sources(connection), clock_offsets(connection, "plant", NOW)


def _package(stored: Stored) -> object:
    part = Slice(NOW - timedelta(days=9), NOW - timedelta(days=1), NOW.strftime("%Y-%m"))
    with stored.database.open_snapshot("account:2") as connection:
        asked = {"point": stored.points[0].point_id, "start": part.start, "end": part.end}
        connection.execute(queries("trial_package")["hour_counts"], asked).fetchall()
        return fetch(connection, stored.points[0].point_id, part)


_fresh_ms = count()


def _written(stored: Stored, first: datetime, step: timedelta) -> object:
    messages = [
        Message(
            f"plant/main/{KEYS[n % len(KEYS)]}",
            json.dumps({"t": microseconds(first + n * step) // 1_000, "v": 1}).encode(),
            microseconds(NOW),
        )
        for n in range(BATCH_READINGS)
    ]

    async def run() -> object:
        plant = await load(stored.ingest, DEFAULT_LIMITS)
        return await write_halving(stored.ingest, prepare(messages, plant), Memory())

    return stored.loop.run_until_complete(run())


def _live(stored: Stored) -> object:
    return _written(stored, NOW + timedelta(seconds=next(_fresh_ms)), timedelta(milliseconds=1))


def _late(stored: Stored) -> object:
    age = AGES[stored.name] - timedelta(seconds=next(_fresh_ms))
    return _written(stored, NOW - age + timedelta(milliseconds=3), timedelta(milliseconds=1))


def _repeats(stored: Stored) -> object:
    return _written(stored, NOW - AGES[stored.name], timedelta(milliseconds=1))


def _best_ms(both: list[Stored], ask: Question) -> list[float]:
    """Ask both in turn; the least is what it costs when nobody else has the processor."""
    took_ms: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for stored, times in zip(both, took_ms, strict=True):
            began_s = time.perf_counter()
            ask(stored)
            times.append((time.perf_counter() - began_s) * 1_000.0)
    return [min(times) for times in took_ms]


TRENDS = {
    f"trend of {name}, {number} points, {viewer}": _trend(width_s, number, viewer)
    for name, width_s in WIDTHS_S.items()
    for number, viewer in ((1, "account:1"), (8, "account:1"), (8, "account:2"))
}
COUNTERS = {f"counter over {name}": _counted(width_s) for name, width_s in WIDTHS_S.items()}
OTHERS = {
    "latest": _latest,
    "key figures": _key_figures,
    "data health, 90 days": _data_health,
    "package, a week of a point": _package,
    "live batch": _live,
    "late batch": _late,
    "repeated batch": _repeats,
}


def test_ten_years_cost_what_ten_days_cost(both: list[Stored]) -> None:
    slow = []
    print(f"\n{'':44}{'ten days':>10}{'ten years':>11}{'ratio':>8}")
    for name, ask in {**TRENDS, **COUNTERS, **OTHERS}.items():
        years_ms, days_ms = _best_ms(both, ask)
        ratio = years_ms / days_ms
        print(f"{name:44}{days_ms:8.1f} ms{years_ms:8.1f} ms{ratio:8.2f}")
        if ratio > RATIO_MAX or (name in TRENDS and years_ms > TREND_LIMIT_MS):
            slow.append(name)
    assert not slow
