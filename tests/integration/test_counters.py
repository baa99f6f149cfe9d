"""Totalisers from a real database: tile, day of the chart and any window tell one number."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from dashboard.analysis.daily import day_windows
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import of_formula
from dashboard.analysis.kpi.values import KpiSite, KpiValue, evaluate
from dashboard.analysis.meter import Incident
from dashboard.analysis.track import Counted, Track
from dashboard.analysis.window import Window, ending
from dashboard.store import counter_rows
from dashboard.store.counters import tracks
from dashboard.store.kpi_cache import computed, computed_over
from dashboard.store.kpi_values import load
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.formulas import kpis_over, roles_of
from tests.fixtures.points import add_points
from tests.fixtures.viewing import viewing

ZONE = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 9, 3, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)
RATE = 500.0  # m³/h, 12 000 a day
WATER, ENERGY = "jv-fq-205", "en-jq-901"
UNITS = {WATER: "m3", ENERGY: "kW.h"}
ROLES = {f"main/{WATER}": "influent.volume", f"main/{ENERGY}": "main_meter.energy"}


@dataclass(frozen=True)
class Meter:
    """A counter as the dashboard wants it."""

    point_id: int
    unit: str
    intervals: Intervals


@dataclass
class Plant:
    """A database with one counter of water and one of energy."""

    url: str
    meters: dict[str, Meter] = field(default_factory=dict)

    def describe(self, interval_s: float, range_hi: float | None = 1e9) -> None:
        bounds = (0.0, range_hi, None, None) if range_hi else (None, None, None, None)
        ids = add_points(self.url, dict.fromkeys(UNITS, bounds))
        with psycopg.connect(self.url) as connection:
            connection.execute("INSERT INTO viewer VALUES ('operator', 'Operator')")
            for key, point_id in ids.items():
                connection.execute(
                    "UPDATE point_definition SET kind = 'counter', unit = %s, unit_display = %s,"
                    " expected_interval_s = %s WHERE point_id = %s",
                    (UNITS[key], UNITS[key], interval_s, point_id),
                )
                connection.execute(
                    "INSERT INTO point_grant (viewer, point_id) VALUES ('operator', %s)",
                    (point_id,),
                )
        every = Intervals.always(interval_s)
        self.meters = {key: Meter(ids[key], UNITS[key], every) for key in ids}

    def send(self, key: str, readings: Sequence[tuple[datetime, float]]) -> None:
        backfill(self.url, [_message(key, at, value) for at, value in readings])

    def sql(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode(), values)

    def viewing(self) -> AbstractContextManager[psycopg.Connection]:
        return viewing(self.url)

    @property
    def site(self) -> KpiSite:
        points = {f"main/{key}": meter for key, meter in self.meters.items()}
        return KpiSite("plant", ZONE, points, kpis_over(ROLES))

    def track(self, window: Window, now: datetime = NOW) -> Track:
        meter = self.meters[WATER]
        with self.viewing() as connection:
            return tracks(connection, [meter], window, now)[meter.point_id]

    def counted(self, window: Window) -> Counted:
        start_ms, end_ms = (edge.timestamp() * 1e3 for edge in (window.start, window.end))
        found = self.track(window).counted(start_ms, end_ms)
        assert found is not None
        return found

    def tile(self, key: str = "influent_volume") -> KpiValue:
        with self.viewing() as connection:
            return computed(connection, self.site, NOW)[key]

    def day(self, start: datetime) -> KpiValue:
        day = start.astimezone(ZONE).date()
        (window,) = day_windows([day], ZONE)
        kpi = of_formula("delta(influent.volume)", "m3", roles_of(ROLES))
        assert kpi is not None
        with self.viewing() as connection:
            return evaluate(kpi, load(connection, self.site, [kpi], window, NOW), window)


@pytest.fixture
def plant(migrated_url: str) -> Plant:
    return Plant(migrated_url)


def _message(key: str, at: datetime, value: float) -> Message:
    body = json.dumps({"t": round(at.timestamp() * 1_000), "v": value})
    return Message(f"plant/main/{key}", body.encode(), int(at.timestamp() * 1e6))


def _even(
    every_s: float, hours: float, rate: float = RATE, until: datetime = NOW
) -> list[tuple[datetime, float]]:
    """Return the readings of a meter that counts evenly, as far back as `hours`."""
    count = int(hours * 3_600 / every_s)
    stamps = [until - timedelta(seconds=n * every_s) for n in range(count, -1, -1)]
    return [(at, 4_000_000 + rate * n * every_s / 3_600) for n, at in enumerate(stamps)]


def test_one_zero_of_a_totaliser_is_no_volume(plant: Plant) -> None:
    plant.describe(60.0)
    values = [4_000_000 + 42 * n for n in range(11)]
    values[5] = 0
    stamps = [NOW - timedelta(seconds=7_200 - 600 * n) for n in range(11)]
    plant.send(WATER, list(zip(stamps, values, strict=True)))
    tile = plant.tile()
    assert tile.value == pytest.approx(420)
    assert tile.coverage == pytest.approx(6_000 / 86_400, abs=0.001)
    assert [one.event.kind for one in tile.incidents] == [Incident.GLITCH]
    assert plant.day(MIDNIGHT).value == pytest.approx(420)


@pytest.mark.parametrize("second", [0, 30, 59])
@pytest.mark.parametrize("minute", [0, 7, 30, 59])
def test_a_zero_anywhere_in_an_hour_gives_tile_and_chart_the_same_number(
    plant: Plant, minute: int, second: int
) -> None:
    plant.describe(60.0)
    readings = _even(60.0, 40.0, until=NOW.replace(second=second))
    odd = next(n for n, (at, _) in enumerate(readings) if at.minute == minute and n > 1_800)
    readings[odd] = (readings[odd][0], 0.0)
    plant.send(WATER, readings)
    assert plant.tile().value == pytest.approx(12_000, abs=10)
    assert plant.day(MIDNIGHT - timedelta(hours=1)).value == pytest.approx(12_000, abs=10)


def test_an_hourly_meter_counts_a_whole_day_and_specific_energy_is_right(plant: Plant) -> None:
    plant.describe(3_600.0)
    last = NOW.replace(minute=0) - timedelta(minutes=17)
    plant.send(WATER, _even(3_600.0, 60.0, until=last))
    plant.send(ENERGY, _even(60.0, 60.0, rate=RATE / 2))
    assert plant.tile().value == pytest.approx(12_000)
    assert plant.day(MIDNIGHT - timedelta(hours=1)).value == pytest.approx(12_000)
    assert plant.tile("specific_energy").value == pytest.approx(0.5)


def test_any_two_parts_of_a_window_add_up_to_it(plant: Plant) -> None:
    plant.describe(600.0)
    readings = _even(600.0, 200.0)
    for place in (300, 301, 700, 1_000):
        readings[place] = (readings[place][0], 0.0)
    plant.send(WATER, readings)
    rng = np.random.default_rng(7)
    whole = ending(NOW, 5 * 86_400.0)
    total = plant.counted(whole)
    assert total.total == pytest.approx(5 * 12_000)
    for share in rng.uniform(0.01, 0.99, 5).tolist():
        cut = whole.start + share * (whole.end - whole.start)
        parts = plant.counted(Window(whole.start, cut)), plant.counted(Window(cut, whole.end))
        assert sum(part.total for part in parts) == pytest.approx(total.total)
        assert sum(part.known_s for part in parts) == pytest.approx(total.known_s)


def test_an_exchanged_meter_is_no_consumption_and_says_how_long_is_unknown(plant: Plant) -> None:
    plant.describe(600.0)
    readings = _even(600.0, 30.0)
    exchanged = readings[100][0] - timedelta(seconds=60)
    plant.send(WATER, [(at, v + (3e6 if n >= 100 else 0)) for n, (at, v) in enumerate(readings)])
    for key, since in (("fit-1", "-infinity"), ("fit-2", exchanged)):
        plant.sql(
            "WITH new AS (INSERT INTO instrument (site_id, key, provenance, description)"
            " SELECT site_id, %s, 'measured', '' FROM site RETURNING instrument_id)"
            " INSERT INTO assignment SELECT %s, %s::timestamptz, instrument_id FROM new",
            key,
            plant.meters[WATER].point_id,
            since,
        )
    found = plant.counted(ending(NOW, 86_400.0))
    assert found.total == pytest.approx(12_000 - RATE / 6)
    assert found.known_s == pytest.approx(86_400 - 600)
    kinds = [one.event.kind for one in plant.tile().incidents]
    assert kinds == [Incident.EXCHANGE]


def test_a_stated_largest_rate_decides_what_is_counted(plant: Plant) -> None:
    plant.describe(600.0)
    readings = _even(600.0, 30.0)
    plant.send(WATER, [(at, v + (2_000 if n >= 100 else 0)) for n, (at, v) in enumerate(readings)])
    day = ending(NOW, 86_400.0)
    assert plant.counted(day).total == pytest.approx(14_000)
    plant.sql("UPDATE point_definition SET max_rate_per_h = 1500")
    assert plant.counted(day).total == pytest.approx(12_000 - RATE / 6)


def test_a_rise_that_no_meter_makes_is_seen_without_range_or_rate(plant: Plant) -> None:
    plant.describe(60.0, range_hi=None)
    readings = _even(60.0, 30.0)
    plant.send(WATER, [(at, v + (5e5 if n >= 999 else 0)) for n, (at, v) in enumerate(readings)])
    found = plant.tile()
    assert found.value == pytest.approx(12_000, abs=10)
    assert [one.event.kind for one in found.incidents] == [Incident.JUMP]


@pytest.mark.parametrize(("turn", "kind"), [(9_999, Incident.ROLL_OVER), (5_000, Incident.TURNS)])
def test_a_register_that_turns_between_few_readings_says_what_it_cannot_know(
    plant: Plant, turn: float, kind: Incident
) -> None:
    plant.describe(6 * 3_600.0, range_hi=turn)
    poured = _even(6 * 3_600.0, 10 * 24.0)  # 3 000 m³ between two readings
    plant.send(WATER, [(at, v % round(turn, -1)) for at, v in poured])
    window = ending(NOW, 9 * 86_400.0)
    found = plant.counted(window)
    assert found.total == pytest.approx(RATE * found.known_s / 3_600)
    assert (found.known_s == 9 * 86_400) == (kind is Incident.ROLL_OVER)
    assert {event.kind for event in plant.track(window).events} == {kind}


def test_a_change_of_unit_is_no_jump(plant: Plant) -> None:
    plant.describe(600.0)
    readings = _even(600.0, 48.0)
    changed = readings[200][0] - timedelta(seconds=60)
    plant.sql(
        "INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display,"
        " expected_interval_s, range_hi, verified)"
        " VALUES (%s, %s, 'counter', 'L', 'l', 600, 1e12, false)",
        plant.meters[WATER].point_id,
        changed,
    )
    litres = [(at, v * (1_000 if n >= 200 else 1)) for n, (at, v) in enumerate(readings)]
    plant.send(WATER, litres)
    assert plant.counted(ending(NOW, 86_400.0)).total == pytest.approx(12_000_000)


def test_days_of_a_long_silence_share_what_was_counted_over_it(plant: Plant) -> None:
    plant.describe(60.0)
    begin = NOW - timedelta(days=40)
    plant.send(WATER, [(begin, 1_000.0), (NOW - timedelta(hours=1), 1_000.0 + 39.9583333 * 100)])
    (day,) = [plant.day(MIDNIGHT - timedelta(days=20))]
    assert day.value == pytest.approx(100, abs=0.1)
    assert day.coverage == 0.0


def test_a_late_reading_corrects_what_was_left_out(plant: Plant) -> None:
    plant.describe(600.0)
    readings = _even(600.0, 30.0)
    plant.send(WATER, [*readings[:-1], (NOW, 0.0)])
    assert plant.track(ending(NOW, 3_600.0)).events[-1].kind is Incident.RESET
    now = NOW + timedelta(minutes=10)
    plant.send(WATER, [(now, readings[-1][1] + RATE / 6)])
    found = plant.track(ending(now, 86_400.0), now)
    assert found.events[-1].kind is Incident.GLITCH


def test_a_key_figure_over_a_window_of_choice_is_that_of_the_window(plant: Plant) -> None:
    plant.describe(600.0)
    plant.send(WATER, _even(600.0, 200.0))
    plant.send(ENERGY, _even(600.0, 200.0, rate=200.0))
    with plant.viewing() as connection:
        week = computed_over(connection, plant.site, ending(NOW, 7 * 86_400.0), NOW)
    assert week["influent_volume"].value == pytest.approx(12_000)
    assert week["specific_energy"].value == pytest.approx(0.4)
    assert week["specific_energy"].window.width_s == 7 * 86_400.0


def test_a_counter_is_counted_from_hours_and_few_readings(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.describe(60.0)
    plant.send(WATER, _even(60.0, 200.0))
    exact = plant.counted(ending(NOW, 6 * 86_400.0))
    monkeypatch.setattr(counter_rows, "READINGS_MAX", 0)
    assert plant.counted(ending(NOW, 6 * 86_400.0)).total == pytest.approx(exact.total)
