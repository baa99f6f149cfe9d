"""Charts and key figures from a real database, written through the real write path."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.values import KpiSite
from dashboard.analysis.series import BucketSeries, RawSeries, summary
from dashboard.analysis.window import Resolution, Source, Window, ending
from dashboard.charts.envelope import gap_after_ms
from dashboard.store import history
from dashboard.store.doubts import doubts
from dashboard.store.kpi_cache import KpiCache
from dashboard.store.newest import newest
from dashboard.store.plant import read_plant
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.formulas import kpis_over
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.viewing import viewing

ZONE = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DESK_PX = 1_300.0
SPIKE = 987.0
SPIKE_AT = NOW - timedelta(days=200, minutes=17)
FAST, SLOW, STATE, HIDDEN, BAD = "fast", "slow", "state", "hidden", "bad"
CHANGED, CHANGED_AT = "changed", NOW - timedelta(hours=1)  # every 5 min, then every 10 s
ENERGY, WATER = "en-jq-901", "jv-fq-205"
UNITS = {ENERGY: "kW.h", WATER: "m3"}


@dataclass(frozen=True)
class Asked:
    """A point as the history wants it."""

    point_id: int
    intervals: Intervals
    unit: str = "m"


@dataclass(frozen=True)
class Plant:
    """A seeded database and its points by key."""

    url: str
    points: dict[str, Asked]

    def viewing(self, viewer: str = "operator") -> AbstractContextManager[psycopg.Connection]:
        return viewing(self.url, viewer)

    def series(self, key: str, window: Window, width_px: float = DESK_PX) -> history.Series:
        point = self.points[key]
        with self.viewing() as connection:
            return history.series(connection, [point], window, ZONE, width_px)[point.point_id]


def _message(key: str, at: datetime, value: float | None, status: int = 0) -> Message:
    body = json.dumps({"t": int(at.timestamp() * 1_000), "v": value, "s": status})
    return Message(f"plant/main/{key}", body.encode(), int(at.timestamp() * 1e6))


def _messages() -> Iterator[Message]:
    for second in range(0, 3 * 3_600, 10):  # three hours, with a silence of ten minutes
        at = NOW - timedelta(seconds=second)
        if not 3_600 <= second < 4_200:
            yield _message(FAST, at, 10.0 + (second // 10) % 2)
    yield _message(FAST, NOW - timedelta(seconds=55), 500.0, 0x808C_0000)  # BadSensorFailure
    for minute in range(10):
        yield _message(BAD, NOW - timedelta(minutes=minute), 5.0, 0x808C_0000)
    for hour in range(400 * 24):
        at = NOW - timedelta(hours=hour)
        yield _message(SLOW, at, 5.0)
        yield _message(HIDDEN, at, 5.0)
    yield _message(SLOW, SPIKE_AT, SPIKE)
    yield _message(STATE, NOW - timedelta(days=9), 1.0)
    for second in range(0, 86_401, 10):
        at = NOW - timedelta(seconds=second)
        if second % 300 == 0 or at >= CHANGED_AT:
            yield _message(CHANGED, at, 7.0)
    for minute in range(26 * 60):
        at = NOW - timedelta(minutes=minute)
        counted = 26 * 60 - minute
        yield _message(ENERGY, at, 1_000.0 + counted * 6.0)
        # This meter rolls over at 10 000 about a third of the way.
        yield _message(WATER, at, (5_000.0 + counted * 10.0) % 10_000.0)


@pytest.fixture(scope="module")
def plant(migrated_module_url: str) -> Plant:
    intervals = {FAST: 10.0, SLOW: 3_600.0, STATE: None, HIDDEN: 3_600.0, ENERGY: 60.0, WATER: 60.0}
    intervals |= {CHANGED: 300.0, BAD: 60.0}
    bounds = dict.fromkeys(intervals, NO_BOUNDS) | {WATER: (0.0, 10_000.0, None, None)}
    ids = add_points(migrated_module_url, bounds)
    with psycopg.connect(migrated_module_url) as connection:
        connection.execute("INSERT INTO viewer VALUES ('operator', 'Operator')")
        for key, point_id in ids.items():
            connection.execute(
                "UPDATE point_definition SET expected_interval_s = %s, unit = %s"
                " WHERE point_id = %s",
                (intervals[key], UNITS.get(key, "m"), point_id),
            )
            if key != HIDDEN:
                connection.execute(
                    "INSERT INTO point_grant (viewer, point_id) VALUES ('operator', %s)",
                    (point_id,),
                )
        connection.execute(
            "INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display,"
            " expected_interval_s, verified) VALUES (%s, %s, 'measurement', 'm', 'm', 10, false)",
            (ids[CHANGED], CHANGED_AT),
        )
    backfill(migrated_module_url, _messages())
    points = {
        key: Asked(ids[key], Intervals.always(intervals[key]), UNITS.get(key, "m")) for key in ids
    }
    return Plant(migrated_module_url, points)


def test_a_spike_of_one_reading_is_found_in_a_year(plant: Plant) -> None:
    found = plant.series(SLOW, ending(NOW, 365 * 86_400.0))
    assert isinstance(found, BucketSeries)
    assert found.x_ms.size <= DESK_PX
    assert np.nanmax(found.high) == SPIKE
    assert np.nanmax(found.mean) < SPIKE / 2


def test_the_spike_is_found_again_on_the_way_down_to_the_reading(plant: Plant) -> None:
    for width in (timedelta(days=60), timedelta(days=7), timedelta(hours=8)):
        window = Window(SPIKE_AT - width / 2, SPIKE_AT + width / 2)
        found = plant.series(SLOW, window)
        values = found.value if isinstance(found, RawSeries) else found.high
        assert np.nanmax(values) == SPIKE


def test_a_phone_gets_fewer_buckets_and_the_same_spike(plant: Plant) -> None:
    found = plant.series(SLOW, ending(NOW, 365 * 86_400.0), width_px=360.0)
    assert isinstance(found, BucketSeries)
    assert found.resolution.source is Source.DAY
    assert np.nanmax(found.high) == SPIKE


def test_raw_readings_come_with_their_quality(plant: Plant) -> None:
    found = plant.series(FAST, ending(NOW, 600.0))
    assert isinstance(found, RawSeries)
    failed = found.qc == 4
    assert found.value[failed].tolist() == [500.0]
    assert np.nanmax(found.line) == 11.0


@pytest.mark.parametrize("step_s", [0.0, 60.0, 120.0])
def test_the_reading_at_the_end_of_a_window_is_not_among_its_doubtful_ones(
    plant: Plant, step_s: float
) -> None:
    window = Window(NOW - timedelta(minutes=6), NOW - timedelta(minutes=2))
    with plant.viewing() as connection:
        if step_s:
            point = plant.points[BAD].point_id
            resolution = Resolution(Source.RAW, step_s)
            found = history.buckets(connection, [point], window, resolution, ZONE)
        else:
            found = history.series(connection, [plant.points[BAD]], window, ZONE, DESK_PX)
        (stretches,) = doubts(connection, found, window).values()
    assert sum(each.readings for each in stretches) == 4


def test_failed_readings_are_in_no_bucket(plant: Plant) -> None:
    point = plant.points[FAST].point_id
    with plant.viewing() as connection:
        found = history.buckets(
            connection, [point], ending(NOW, 600.0), Resolution(Source.RAW, 60.0), ZONE
        )[point]
    assert np.nanmax(found.high) == 11.0
    assert int((found.n - found.n_used).sum()) == 1


@pytest.mark.parametrize("width_s", [86_400.0, 30 * 86_400.0, 3_600.0])
def test_the_last_value_of_a_coarse_window_is_the_newest_reading_with_its_own_time(
    plant: Plant, width_s: float
) -> None:
    # The reading before the failed one of 55 s ago; the buckets go on beyond the window.
    end = NOW - timedelta(seconds=52)
    window = Window(end - timedelta(seconds=width_s), end)
    point = plant.points[FAST].point_id
    step = (
        Resolution(Source.HOUR, 3_600.0)
        if width_s > 3_600
        else Resolution(Source.FIVE_MINUTES, 300.0)
    )
    with plant.viewing() as connection:
        found = history.buckets(connection, [point], window, step, ZONE)
        last = newest(connection, found, window)
    told = summary(found[point], window, Intervals.always(10.0), last[point])
    assert told.last_ms == (NOW - timedelta(seconds=60)).timestamp() * 1e3
    assert (told.last, told.last_good) == (10.0, True)


def test_the_newest_reading_of_what_a_viewer_was_not_granted_does_not_exist(plant: Plant) -> None:
    point, window = plant.points[HIDDEN].point_id, ending(NOW, 30 * 86_400.0)
    step = Resolution(Source.HOUR, 3_600.0)
    with psycopg.connect(plant.url) as connection:
        owners = history.buckets(connection, [plant.points[SLOW].point_id], window, step, ZONE)
    borrowed = {point: next(iter(owners.values()))}
    with plant.viewing() as connection:
        assert newest(connection, borrowed, window) == {}


@pytest.mark.parametrize("step_s", [300.0, 900.0])
def test_buckets_made_from_readings_equal_those_that_are_stored(
    plant: Plant, step_s: float
) -> None:
    ids = [plant.points[key].point_id for key in (FAST, CHANGED, ENERGY, STATE)]
    window = ending(NOW, 26 * 3_600.0)
    with plant.viewing() as connection:
        made, stored = (
            history.buckets(connection, ids, window, Resolution(source, step_s), ZONE)
            for source in (Source.RAW, Source.FIVE_MINUTES)
        )
    for point in ids:
        for name, column in vars(made[point]).items():
            if name != "resolution":
                np.testing.assert_allclose(column, vars(stored[point])[name], err_msg=name)


def test_a_silence_is_missing_and_not_zero(plant: Plant) -> None:
    window = ending(NOW, 3 * 3_600.0)
    found = plant.series(FAST, window)
    assert np.diff(found.x_ms).max() >= 600_000
    share = summary(found, window, Intervals.always(10.0)).coverage
    assert share is not None
    assert share == pytest.approx(1 - 600 / (3 * 3_600), abs=0.01)


def test_history_that_is_thinner_than_todays_interval_is_neither_gaps_nor_3_percent(
    plant: Plant,
) -> None:
    with plant.viewing() as connection:
        point = read_plant(connection, NOW, "plant").points[f"main/{CHANGED}"]
        assert point.expected_interval_s == 10.0
        assert point.intervals.lengths_s == (300.0, 10.0)
        assert point.intervals.starts_ms[1] == CHANGED_AT.timestamp() * 1e3
        window = ending(NOW, 86_400.0)
        found = history.series(connection, [point], window, ZONE, DESK_PX)[point.point_id]
    assert isinstance(found, RawSeries)  # 276 + 360 readings, not a day of every 10 s
    gap_ms = gap_after_ms(found.x_ms, point.intervals, 0.0)
    assert (np.diff(found.x_ms) <= gap_ms).all()
    assert summary(found, window, point.intervals).coverage == pytest.approx(1.0)
    # A line enters a window of today from the thin past.
    window = Window(CHANGED_AT - timedelta(seconds=100), CHANGED_AT)
    with plant.viewing() as connection:
        found = history.series(connection, [point], window, ZONE, DESK_PX)[point.point_id]
    assert found.x_ms[0] == (CHANGED_AT.timestamp() - 300) * 1e3


def test_lines_enter_from_outside_the_window(plant: Plant) -> None:
    window = Window(NOW - timedelta(minutes=90), NOW - timedelta(minutes=30))
    found = plant.series(SLOW, window)
    assert found.x_ms[0] < window.start.timestamp() * 1e3
    assert found.x_ms[-1] >= window.end.timestamp() * 1e3


def test_a_state_that_changed_long_ago_is_known(plant: Plant) -> None:
    found = plant.series(STATE, ending(NOW, 3_600.0))
    assert isinstance(found, RawSeries)
    assert found.value.tolist() == [1.0]


def test_days_begin_at_local_midnight(plant: Plant) -> None:
    point = plant.points[SLOW].point_id
    window = Window(datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC))
    with plant.viewing() as connection:
        days = history.buckets(connection, [point], window, Resolution(Source.DAY, 86_400.0), ZONE)
    found = days[point]
    starts = [datetime.fromtimestamp(x / 1e3, ZONE) for x in found.x_ms]
    assert [start.hour for start in starts] == [0, 0, 0]
    assert found.n.tolist() == [24, 25, 24]  # the autumn day has 25 hours


def test_what_a_viewer_was_not_granted_is_not_in_a_chart(plant: Plant) -> None:
    assert plant.series(HIDDEN, ending(NOW, 365 * 86_400.0)).x_ms.size == 0
    with plant.viewing("nobody") as connection:
        found = history.series(
            connection, [plant.points[SLOW]], ending(NOW, 86_400.0), ZONE, DESK_PX
        )
    assert found[plant.points[SLOW].point_id].x_ms.size == 0


def test_more_readings_than_declared_are_shown_in_buckets(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "READINGS_MAX", 100)
    found = plant.series(FAST, ending(NOW, 3_600.0))
    assert isinstance(found, BucketSeries)
    assert found.resolution.source is Source.FIVE_MINUTES


def test_key_figures_come_with_coverage_and_are_computed_once_a_minute(plant: Plant) -> None:
    opened = []

    @contextmanager
    def open_transaction(viewer: str) -> Iterator[psycopg.Connection]:
        opened.append(viewer)
        with plant.viewing(viewer) as connection:
            yield connection

    points = {f"main/{key}": point for key, point in plant.points.items()}
    board = KpiCache(open_transaction)
    roles = {"main/en-jq-901": "main_meter.energy", "main/jv-fq-205": "influent.volume"}
    site = KpiSite("plant", ZONE, points, kpis_over(roles))
    values = board.values("operator", site, NOW)
    assert list(values) == ["specific_energy", "specific_energy_week", "influent_volume"]
    day = values["specific_energy"]
    assert day.value == pytest.approx(0.6, abs=0.001)  # also across the roll-over
    assert day.coverage == 1.0
    assert day.kpi.inputs == ("main/en-jq-901", "main/jv-fq-205")
    week = values["specific_energy_week"].coverage
    assert week is not None
    assert week == pytest.approx(26 / (7 * 24), abs=0.01)
    board.values("operator", site, NOW + timedelta(seconds=30))
    assert opened == ["operator"]
    board.values("operator", site, NOW + timedelta(seconds=61))
    assert opened == ["operator", "operator"]


def test_a_trend_answers_while_the_reader_still_looks(plant: Plant) -> None:
    def best_of_three_s(ask: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            ask()
            times.append(time.perf_counter() - begun)
        return min(times)

    assert best_of_three_s(lambda: plant.series(FAST, ending(NOW, 3_600.0))) < 1.0
    assert best_of_three_s(lambda: plant.series(SLOW, ending(NOW, 30 * 86_400.0))) < 1.0
