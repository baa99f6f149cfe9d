"""What the dashboard answers over a time whose readings, five minutes or hours were dropped."""

import random
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from dashboard.analysis.daily import day_windows, days_between
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import BucketSeries, RawSeries
from dashboard.analysis.track import Counted
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.store import history
from dashboard.store.counters import tracks
from dashboard.store.kpi_values import KpiSite, load
from dashboard.store.retention import stored_since
from deploy.operations import storage
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.seeds import seed_of
from tests.fixtures.viewing import viewing

ZONE = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = 700
SPACING_S = 600.0
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT_DAYS = {"reading": 30, "rollup_5m": 100, "rollup_1h": 366}
DAY_MOST = 160.0  # of what the counter counts in a day: 100 to 160 m³, all of it within two hours

_READINGS = """
INSERT INTO reading
SELECT point_id, ts, CASE key WHEN 'flow' THEN extract(minute FROM ts)
       ELSE 100 * day + 10 * (day / 7 * 21 + mod(day, 7) * (mod(day, 7) - 1) / 2)
            + (100 + 10 * mod(day, 7)) * LEAST(GREATEST(h - 6, 0), 2) / 2 END, 0, 1, 0, ts
FROM point, generate_series(%(first)s, %(last)s, %(spacing)s) ts,
LATERAL (SELECT extract(epoch FROM ts)::int / 86400 AS day,
                mod(extract(epoch FROM ts)::int, 86400) / 3600.0 AS h) t
"""
_ROLLUP = """
INSERT INTO {rollup}
SELECT point_id, {bucket} AS bucket, count(*), count(*), count(*), sum(value), sum(value),
       min(value), max(value), first(value, ts), min(ts), last(value, ts), max(ts)
FROM reading GROUP BY 1, 2
"""
_BUCKETS = {
    "rollup_5m": "date_bin('5 minutes', ts, '2000-01-01Z')",
    "rollup_1h": "date_trunc('hour', ts)",
    "rollup_1d": "date_trunc('day', ts, 'Europe/Helsinki')",
}


@dataclass(frozen=True)
class Point:
    point_id: int
    intervals: Intervals


@dataclass(frozen=True)
class Plant:
    """A plant whose data were dropped, and what it answered before."""

    url: str
    flow: Point
    water: Point
    counted: dict[Window, list[Counted]]

    def viewing(self) -> AbstractContextManager[psycopg.Connection]:
        return viewing(self.url)

    def series(self, window: Window, width_px: float = 1_300.0) -> RawSeries | BucketSeries:
        with self.viewing() as connection:
            found = history.series(connection, [self.flow], window, ZONE, width_px)
        return found[self.flow.point_id]

    def before(self, window: Window) -> datetime | None:
        with self.viewing() as connection:
            return history.coarsened_before(connection, [self.flow], window, 1_300.0)

    def count(self, window: Window) -> list[Counted]:
        """Return what was counted in a window, and in each local day of it."""
        with self.viewing() as connection:
            found = tracks(connection, [self.water], window, NOW)[self.water.point_id]
        first, last = (edge.astimezone(ZONE).date() for edge in (window.start, window.end))
        days = (
            day_windows(days_between(first + DAY, last - DAY), ZONE) if last - first > DAY else []
        )
        counted = []
        for part in (window, *days):
            edges = (edge.timestamp() * 1e3 for edge in (part.start, part.end))
            amount = found.counted(*edges)
            assert amount is not None
            counted.append(amount)
        return counted


def _windows(chance: random.Random) -> list[Window]:
    """Return windows of any age and width, half of them cut at whole hours."""
    found = []
    for number in range(40):
        start = NOW - chance.uniform(3, DAYS - 3) * DAY
        width = chance.choice((HOUR, 6 * HOUR, DAY, 9 * DAY, 60 * DAY)) * chance.uniform(1, 2)
        if number % 2:
            start, width = (
                start.replace(minute=0, second=0, microsecond=0),
                round(width / HOUR) * HOUR,
            )
        found.append(Window(start, min(start + width, NOW - DAY)))
    return [window for window in found if window.width_s > 0]


@pytest.fixture(scope="module")
def plant(request: pytest.FixtureRequest, migrated_module_url: str) -> Plant:
    url = migrated_module_url
    ids = add_points(url, {"flow": NO_BOUNDS, "water": NO_BOUNDS})
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE point_definition SET expected_interval_s = %s,"
            " kind = CASE WHEN point_id = %s THEN 'counter' ELSE kind END",
            (SPACING_S, ids["water"]),
        )
        connection.execute("INSERT INTO viewer VALUES ('operator', 'Operator')")
        connection.execute("INSERT INTO point_grant SELECT 'operator', point_id FROM point")
        spread = {"first": NOW - DAYS * DAY, "last": NOW, "spacing": timedelta(seconds=SPACING_S)}
        connection.execute(_READINGS.encode(), spread)
        # A false zero where hours are lost, and one where they are not.
        for age_days in (600, 50):
            connection.execute(
                "UPDATE reading SET value = 0 WHERE point_id = %s AND ts = %s",
                (ids["water"], NOW - age_days * DAY + timedelta(minutes=20)),
            )
        for rollup, bucket in _BUCKETS.items():
            connection.execute(_ROLLUP.format(rollup=rollup, bucket=bucket).encode())
    every = Intervals.always(SPACING_S)
    whole = Plant(url, Point(ids["flow"], every), Point(ids["water"], every), {})
    counted = {
        window: whole.count(window) for window in _windows(random.Random(seed_of(request.node)))
    }
    for name, days in KEPT_DAYS.items():
        storage.set_keep_days(url, name, days)
    storage.apply(url, NOW, lambda _: None)
    return Plant(url, whole.flow, whole.water, counted)


@pytest.mark.parametrize(
    ("age_days", "width", "source"),
    [
        (10, HOUR, Source.RAW),
        (90, HOUR, Source.FIVE_MINUTES),
        (90, 5 * DAY, Source.FIVE_MINUTES),
        (300, HOUR, Source.HOUR),
        (300, 5 * DAY, Source.HOUR),
        (690, HOUR, Source.DAY),
        (690, 5 * DAY, Source.DAY),
        (690, 300 * DAY, Source.DAY),
    ],
)
def test_a_chart_shows_the_finest_that_is_left(
    plant: Plant, age_days: int, width: timedelta, source: Source
) -> None:
    start = NOW - age_days * DAY
    found = plant.series(Window(start, start + width))
    assert found.x_ms.size
    if isinstance(found, BucketSeries):
        assert found.resolution.source is source
        # Every spike is still visible.
        assert np.nanmax(found.high) == 50
    else:
        assert source is Source.RAW


def test_a_chart_says_that_readings_are_there_no_more_where_that_makes_it_coarser(
    plant: Plant,
) -> None:
    def window(age_days: int, width: timedelta) -> Window:
        return Window(NOW - age_days * DAY, NOW - age_days * DAY + width)

    gone = plant.before(window(90, DAY))
    assert gone is not None
    assert NOW - 38 * DAY < gone <= NOW - 30 * DAY
    assert plant.before(window(10, DAY)) is None
    assert plant.before(window(695, 690 * DAY)) is None  # it shows days in any case


def test_a_window_across_the_edge_is_shown_in_one_resolution(plant: Plant) -> None:
    gone = plant.before(Window(NOW - 90 * DAY, NOW - 89 * DAY))
    assert gone is not None
    found = plant.series(Window(gone - DAY, gone + DAY))
    assert isinstance(found, BucketSeries)
    assert found.resolution.source is Source.FIVE_MINUTES
    assert found.n.sum() == 2 * 86_400 / SPACING_S


def test_a_counter_counts_what_it_counted_before_its_readings_were_dropped(plant: Plant) -> None:
    assert len(plant.counted) > 20
    for window, (before, *days_before) in plant.counted.items():
        after, *days = plant.count(window)
        # What cuts an hour, or a day where hours are gone too, is shared out by time.
        assert after.total == pytest.approx(before.total, rel=1e-6, abs=DAY_MOST), window
        assert after.known_s == pytest.approx(before.known_s, abs=7_200), window
        for day, day_before in zip(days, days_before, strict=True):
            assert day.total == pytest.approx(day_before.total, abs=1e-6), window


@pytest.mark.parametrize(
    ("age_days", "width", "asked", "left"),
    [
        (10, DAY, (Source.FIVE_MINUTES, 600.0), (Source.FIVE_MINUTES, 600.0)),
        (90, DAY, (Source.FIVE_MINUTES, 600.0), (Source.FIVE_MINUTES, 600.0)),
        (300, DAY, (Source.FIVE_MINUTES, 600.0), (Source.HOUR, 3_600.0)),
        (690, 9 * DAY, (Source.FIVE_MINUTES, 900.0), (Source.DAY, 86_400.0)),
        (690, 9 * DAY, (Source.HOUR, 3_600.0), (Source.DAY, 86_400.0)),
        (690, 2 * DAY, (Source.HOUR, 3_600.0), (Source.HOUR, 3_600.0)),  # no value, and no guess
    ],
)
def test_key_figures_are_made_from_the_steps_that_are_left(
    plant: Plant,
    age_days: int,
    width: timedelta,
    asked: tuple[Source, float],
    left: tuple[Source, float],
) -> None:
    start = datetime(2026, 11, 23, 22, tzinfo=UTC) - age_days * DAY  # about local midnight
    window = Window(start, start + width)
    with plant.viewing() as connection:
        step = stored_since(connection).remaining(Resolution(*asked), window)
        assert step == Resolution(*left)
        found = history.buckets(connection, [plant.flow.point_id], window, step, ZONE)
    series = found[plant.flow.point_id]
    due = width.total_seconds() / SPACING_S
    is_lost = asked == left and age_days == 690
    assert series.n_good.sum() == (0 if is_lost else pytest.approx(due, abs=2 * 144))


@pytest.mark.parametrize(
    ("age_days", "width", "step_s"),
    [(10, DAY, 600.0), (90, DAY, 600.0), (300, DAY, 3_600.0), (690, 9 * DAY, 86_400.0)],
)
def test_what_key_figures_are_loaded_with_is_the_step_that_is_left(
    plant: Plant, age_days: int, width: timedelta, step_s: float
) -> None:
    start = NOW - age_days * DAY
    with plant.viewing() as connection:
        loaded = load(connection, KpiSite("plant", ZONE, {}), [], Window(start, start + width), NOW)
    assert loaded.step_s == step_s
