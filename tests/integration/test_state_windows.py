"""The state of a machine marks what is measured at it, in whatever order its states come."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from schemas.quality import Check
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows
from tests.fixtures.quality_windows import carry_out
from tests.fixtures.writing import write_batches
from tests.unit.test_site_alarms import PLANT

NOW = datetime.now(UTC).replace(microsecond=0)
T = NOW - timedelta(hours=2)
RULE = """
[[state_window]]
key = "cip"
kind = "cleaning_in_place"
state = "main/pump"
asset = "inlet_pumping"
"""
MARKED = """
SELECT r.ts, r.checks FROM reading r JOIN point p USING (point_id) WHERE p.key = %s ORDER BY r.ts
"""
WINDOWS = "SELECT starts_at, ends_at FROM quality_window WHERE NOT is_withdrawn ORDER BY starts_at"


class Pumping:
    """A pumping station whose level and pump come as readings."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self.describe(RULE, T - timedelta(hours=1))
        carry_out(url)  # from here on states are followed

    def describe(self, rule: str, now: datetime) -> None:
        """Load the site with a rule, or without."""
        path = self._folder / "site.toml"
        path.write_text(PLANT + rule, encoding="utf-8")
        load(self.url, read(path), now=now)

    def read(self, key: str, *readings: tuple[int, float]) -> None:
        """Write readings as ingest does: (minute, value)."""
        messages = []
        for minute, value in readings:
            at = T + timedelta(minutes=minute)
            payload = f'{{"v": {value}, "t": {round(at.timestamp() * 1000)}}}'
            messages.append(Message(f"s/main/{key}", payload.encode(), microseconds(NOW)))
        write_batches(self.url, [messages])

    def marked(self, key: str) -> list[int]:
        """Return the minutes whose readings are marked."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(MARKED.encode(), (key,)).fetchall()
        return [
            round((at - T).total_seconds() / 60)
            for at, checks in found
            if checks & Check.CLEANING_IN_PLACE
        ]


@pytest.fixture
def pumping(migrated_url: str, tmp_path: Path) -> Pumping:
    return Pumping(migrated_url, tmp_path)


def test_what_is_measured_during_a_cleaning_in_place_is_suspect_by_itself(
    pumping: Pumping,
) -> None:
    pumping.read("level", *((minute, 2.0) for minute in range(0, 20)))
    pumping.read("pump", (0, 0), (5, 1))
    carry_out(pumping.url)
    assert pumping.marked("level") == list(range(5, 20))
    pumping.read("level", (20, 2.0))  # at once, by the window that is open
    assert pumping.marked("level") == list(range(5, 21))
    pumping.read("pump", (12, 0))
    carry_out(pumping.url)
    assert pumping.marked("level") == list(range(5, 12))
    assert pumping.marked("pump") == []  # a state is true while it is so
    verdicts = rows(pumping.url, "SELECT DISTINCT qc FROM reading WHERE checks & 524288 <> 0")
    assert verdicts == [(3,)]


def test_states_that_come_late_and_in_disorder_give_the_same_windows(
    pumping: Pumping, chance: random.Random
) -> None:
    minutes = sorted(chance.sample(range(100), 16))
    states = [(minute, float(chance.choice([0, 1]))) for minute in minutes]
    pumping.read("level", *((minute, 2.0) for minute in range(100)))
    arriving = states.copy()
    chance.shuffle(arriving)
    while arriving:
        size = chance.choice([1, 1, 3])
        pumping.read("pump", *arriving[:size])
        arriving = arriving[size:]
        if chance.random() < 0.7:
            carry_out(pumping.url)
    carry_out(pumping.url)
    wanted = []
    for minute in range(100):
        before = [value for at, value in states if at <= minute]
        if before and before[-1] == 1:
            wanted.append(minute)
    assert pumping.marked("level") == wanted
    spans = rows(pumping.url, WINDOWS)
    assert all(ends is None or starts < ends for starts, ends in spans)
    assert all(a[1] is not None and a[1] < b[0] for a, b in itertools.pairwise(spans))


def test_a_rule_can_count_from_before_it_was_written(pumping: Pumping) -> None:
    pumping.describe("", T - timedelta(minutes=30))
    pumping.read("level", *((minute, 2.0) for minute in range(20)))
    pumping.read("pump", (0, 0), (2, 1), (4, 0), (8, 1), (12, 0))
    carry_out(pumping.url)
    since = T + timedelta(minutes=6)
    pumping.describe(f"{RULE}since = {since.isoformat()}\n", NOW)
    carry_out(pumping.url)
    assert pumping.marked("level") == list(range(8, 12))
    pumping.read("pump", (15, 1), (17, 0))
    carry_out(pumping.url)
    assert pumping.marked("level") == [*range(8, 12), 15, 16]


def test_a_rule_that_is_taken_out_ends_what_it_opened(pumping: Pumping) -> None:
    pumping.read("level", *((minute, 2.0) for minute in range(0, 20)))
    pumping.read("pump", (5, 1))
    carry_out(pumping.url)
    pumping.describe("", T + timedelta(minutes=10))
    carry_out(pumping.url)
    assert pumping.marked("level") == list(range(5, 10))
    pumping.read("pump", (15, 1))
    carry_out(pumping.url)
    assert pumping.marked("level") == list(range(5, 10))
    pumping.describe(RULE, T + timedelta(minutes=16))
    pumping.read("pump", (17, 1))
    carry_out(pumping.url)
    assert pumping.marked("level") == [*range(5, 10), 17, 18, 19]
