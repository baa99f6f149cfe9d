"""What people ask of alarms with ten years of occurrences stored, and with ten days (P12)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dashboard.analysis.window import Window
from dashboard.store.alarm_journal import Search, journal, whole_journal
from dashboard.store.alarms import STANDING, alarms_in, reported, spans
from tests.fixtures.alarm_plant import AlarmPlant
from tests.fixtures.stack import migrated_url
from tests.fixtures.viewing import viewing

YEARS_DAYS, DAYS = 3_653, 10
ALARMS, A_DAY = 200, 60
ROUNDS = 9
BLOCKS = 40
RATIO_MAX = 1.5
NOW = datetime.now(UTC)
RAISED = """
INSERT INTO alarm_occurrence (
    alarm_id, priority, raised_at, recorded_at, is_late, raised_value, limit_value, cleared_at,
    acknowledged_at, acknowledged_by)
SELECT alarm_id, 'high', at, at, false, 5, 4, at + INTERVAL '20 minutes',
       at + INTERVAL '5 minutes', 1
FROM (
    SELECT %(now)s - n * INTERVAL '1 day' / %(a_day)s AS at, n
    FROM generate_series(1, %(count)s) n
) each
JOIN (SELECT alarm_id, row_number() OVER () AS place FROM alarm) a ON a.place = 1 + n %% %(alarms)s
"""
EVENTS = """
INSERT INTO alarm_event (
    alarm_id, occurrence, kind, at, recorded_at, priority, value, is_late, state)
SELECT alarm_id, occurrence, kind, at, at, 'high', 5, false, state
FROM alarm_occurrence, LATERAL (
    VALUES ('raised', raised_at, 'unacknowledged'), ('cleared', cleared_at, 'normal')
) each (kind, at, state)
"""


def _stored(url: str, days: int) -> str:
    plant = AlarmPlant(url)
    for number in range(ALARMS):
        point = f"main/p{number}"
        plant.define(f"a{number}", {"watch": "value", "point": point, "above": 4.0})
    plant.ask("UPDATE account SET all_sites = true")
    asked = {"now": NOW, "count": days * A_DAY, "a_day": A_DAY, "alarms": ALARMS}
    plant.ask(RAISED, asked)
    plant.ask(EVENTS)
    plant.ask("ANALYZE")
    return url


@pytest.fixture
def years_url(migrated_url: str) -> str:
    return _stored(migrated_url, YEARS_DAYS)


@pytest.fixture
def days_url(second_url: str) -> str:
    return _stored(second_url, DAYS)


second_url = migrated_url

Question = Callable[[psycopg.Connection[Any]], object]
WEEK = Window(NOW - timedelta(days=7), NOW)
OF_A_WEEK = Search("s", start=WEEK.start)
OLD = NOW - timedelta(days=1)
QUESTIONS: dict[str, Question] = {
    "load of a week": lambda connection: reported(connection, "s", WEEK),
    "spans on a trend of a week": lambda connection: spans(connection, WEEK, _points(connection)),
    "what stands": lambda connection: alarms_in(connection, "s", STANDING),
    "journal": lambda connection: journal(connection, Search("s")),
    "journal of one alarm": lambda connection: journal(connection, _of_one(connection)),
    "journal before the last day": lambda connection: journal(connection, Search("s", end=OLD)),
    "search of a week": lambda connection: journal(connection, Search("s", "no", start=WEEK.start)),
    "search by the name of an alarm": lambda connection: journal(connection, Search("s", "a7")),
    "export of a week": lambda connection: list(whole_journal(connection, OF_A_WEEK)),
}


def _of_one(connection: psycopg.Connection[Any]) -> Search:
    row = connection.execute("SELECT alarm_id FROM visible.alarm WHERE key = 'a7'").fetchone()
    assert row is not None
    return Search("s", alarm=row[0])


def _points(connection: psycopg.Connection[Any]) -> list[int]:
    """Return as many points as a trend shows."""
    found = connection.execute("SELECT point_id FROM visible.point ORDER BY key LIMIT 8").fetchall()
    return [point for (point,) in found]


def test_ten_years_of_alarms_cost_what_ten_days_cost(years_url: str, days_url: str) -> None:
    slow = []
    print(f"\n{'':36}{'ten days':>10}{'ten years':>11}{'ratio':>8}")
    for name, ask in QUESTIONS.items():
        best_ms = [1e9, 1e9]
        for _ in range(ROUNDS):
            for place, url in enumerate((days_url, years_url)):
                with viewing(url, "account:1") as connection:
                    began_s = time.perf_counter()
                    ask(connection)
                    took_ms = (time.perf_counter() - began_s) * 1000
                best_ms[place] = min(best_ms[place], took_ms)
        ratio = best_ms[1] / best_ms[0]
        print(f"{name:36}{best_ms[0]:8.1f} ms{best_ms[1]:8.1f} ms{ratio:8.2f}")
        if ratio > RATIO_MAX:
            slow.append(name)
    with viewing(years_url, "account:1") as connection:
        began_s = time.perf_counter()
        blocks = whole_journal(connection, Search("s"))
        for block in range(1, BLOCKS + 1):
            next(blocks)
            if block in (10, BLOCKS):
                took_s = time.perf_counter() - began_s
                print(f"export of all, {block * 5000:,} events after {took_s:.1f} s")
        began_s = time.perf_counter()
        journal(connection, Search("s", "nobody said this"))
        print(f"search for what is not there {time.perf_counter() - began_s:.2f} s")
    assert not slow
