"""Lines that stop at gaps, bands that keep spikes, and summaries of what is drawn."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dashboard.analysis.intervals import ON_CHANGE, Intervals
from dashboard.analysis.series import BucketSeries, RawSeries, summary
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.charts.envelope import band, broken, gap_after_ms

NAN = float("nan")
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
START_MS = START.timestamp() * 1_000.0
MINUTE_MS = 60_000.0
EVERY_10_S = Intervals.always(10.0)
# Backfilled every 5 min until START, then sent every 10 s.
THIN_THEN_DENSE = Intervals((-np.inf, START_MS), (300.0, 10.0))


def _floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_a_line_stops_at_more_than_three_missing_intervals() -> None:
    x = _floats(0, 30_000, 60_001)
    x, y = broken(x, gap_after_ms(x, EVERY_10_S, 0.0), _floats(1, 2, 3))
    assert x.tolist() == [0, 30_000, 45_000.5, 60_001]
    np.testing.assert_array_equal(y, _floats(1, 2, NAN, 3))


def test_a_line_without_gaps_is_left_alone() -> None:
    x = _floats(0, 10_000, 20_000)
    assert broken(x, gap_after_ms(x, EVERY_10_S, 0.0), x)[0] is x


def test_a_state_that_is_sent_on_change_has_no_gaps() -> None:
    x = _floats(0, 86_400_000.0)
    assert broken(x, gap_after_ms(x, ON_CHANGE, 0.0), x)[0].size == 2


def test_one_missing_minute_of_a_fast_point_is_a_gap() -> None:
    x = _floats(0, MINUTE_MS, 3 * MINUTE_MS)
    assert broken(x, gap_after_ms(x, Intervals.always(5.0), 60.0), x)[0].size == 4


def test_minutes_of_a_slow_point_are_joined() -> None:
    x = _floats(0, 5 * MINUTE_MS, 11 * MINUTE_MS)
    assert broken(x, gap_after_ms(x, Intervals.always(300.0), 60.0), x)[0].size == 3


def test_history_that_is_thinner_than_todays_interval_is_not_shown_as_gaps() -> None:
    x = START_MS + _floats(-900_000, -600_000, -300_000, 0, 10_000, 20_000)
    assert broken(x, gap_after_ms(x, THIN_THEN_DENSE, 0.0), x)[0] is x


def test_a_silence_today_is_a_gap_although_history_was_thinner() -> None:
    x = START_MS + _floats(-600_000, -300_000, 10_000, 50_000)
    cut = broken(x, gap_after_ms(x, THIN_THEN_DENSE, 0.0), x)[1]
    assert np.flatnonzero(np.isnan(cut)).tolist() == [3]


def test_a_silence_in_thin_history_is_a_gap() -> None:
    x = START_MS + _floats(-3_600_000, -2_400_000, -2_100_000)
    cut = broken(x, gap_after_ms(x, THIN_THEN_DENSE, 0.0), x)[1]
    assert np.flatnonzero(np.isnan(cut)).tolist() == [1]


def test_a_band_runs_forth_along_the_top_and_back_along_the_bottom() -> None:
    x, y = band(_floats(1, 2), _floats(0, 1), _floats(5, 6), _floats(10))
    assert x.tolist() == [1, 2, 2, 1]
    assert y.tolist() == [5, 6, 1, 0]


def test_a_band_is_a_polygon_for_each_stretch() -> None:
    x, y = band(_floats(1, 2, 50, 51), _floats(0, 0, 0, 0), _floats(1, 1, 1, 1), np.full(3, 10.0))
    np.testing.assert_array_equal(x, _floats(1, 2, 2, 1, NAN, 50, 51, 51, 50))
    assert np.isnan(y).sum() == 1


def test_a_band_leaves_out_buckets_without_a_used_reading() -> None:
    x, _ = band(_floats(1, 2, 3), _floats(0, NAN, 0), _floats(1, NAN, 1), np.full(2, 10.0))
    np.testing.assert_array_equal(x, _floats(1, 1, NAN, 3, 3))


def test_a_band_of_nothing_is_empty() -> None:
    assert band(_floats(), _floats(), _floats(), _floats())[0].size == 0
    assert band(_floats(1), _floats(NAN), _floats(NAN), _floats())[0].size == 0


def _buckets(n_good: list[int]) -> BucketSeries:
    size = len(n_good)
    n = np.full(size, 60, dtype=np.int64)
    values = np.arange(size, dtype=np.float64)
    return BucketSeries(
        resolution=Resolution(Source.FIVE_MINUTES, 600.0),
        x_ms=START_MS + values * 600_000.0,
        n=n,
        n_used=n,
        n_good=np.array(n_good, dtype=np.int64),
        mean=values,
        mean_good=values,
        low=values - 1,
        high=values + 1,
        first=values,
        last=values + 0.5,
    )


def test_a_bucket_that_is_still_filling_is_drawn_where_its_readings_are() -> None:
    middle = _buckets([60, 60]).middle_ms(START_MS + 600_000.0 + 120_000.0)
    assert (middle - START_MS).tolist() == [300_000.0, 660_000.0]


def test_a_summary_of_buckets_covers_their_readings() -> None:
    window = Window(START, START + timedelta(seconds=1_200))
    found = summary(_buckets([60, 30]), window, EVERY_10_S)
    assert (found.n, found.low, found.mean, found.high) == (120, -1.0, 0.5, 2.0)
    assert (found.last, found.coverage) == (1.5, 0.75)


def test_a_summary_of_readings_leaves_out_neighbours_and_failed_ones() -> None:
    raw = RawSeries(
        x_ms=START_MS + _floats(-10_000, 0, 10_000, 20_000, 30_000),
        value=_floats(99, 1, 2, 50, NAN),
        qc=np.array([1, 1, 3, 4, 9], dtype=np.int64),
    )
    found = summary(raw, Window(START, START + timedelta(seconds=40)), EVERY_10_S)
    assert (found.n, found.low, found.mean, found.high, found.last) == (4, 1, 1.5, 2, 2)
    assert found.last_ms == START_MS + 10_000
    assert found.coverage == pytest.approx(0.25)  # one good reading of four expected


def test_history_that_is_thinner_than_todays_interval_is_not_summed_up_as_3_percent() -> None:
    x_ms = START_MS + np.concatenate([np.arange(-12, 0) * 300_000.0, np.arange(6) * 10_000.0])
    raw = RawSeries(x_ms, np.ones(x_ms.size), np.ones(x_ms.size, dtype=np.int64))
    window = Window(START - timedelta(hours=1), START + timedelta(minutes=1))
    assert summary(raw, window, THIN_THEN_DENSE).coverage == pytest.approx(1.0)


def test_a_stretch_that_is_sent_on_change_does_not_lower_the_coverage() -> None:
    changed = Intervals((-np.inf, START_MS), (None, 10.0))
    x_ms = START_MS + np.arange(0, 60_000.0, 10_000.0)
    raw = RawSeries(x_ms, np.ones(6), np.ones(6, dtype=np.int64))
    window = Window(START - timedelta(hours=1), START + timedelta(seconds=120))
    assert summary(raw, window, changed).coverage == pytest.approx(0.5)


def test_a_summary_of_nothing_knows_nothing() -> None:
    empty = RawSeries(_floats(), _floats(), np.array([], dtype=np.int64))
    found = summary(empty, Window(START, START + timedelta(hours=1)), EVERY_10_S)
    assert (found.n, found.mean, found.last, found.coverage) == (0, None, None, 0.0)
