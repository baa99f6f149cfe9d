"""Partials of rollups, against a plain computation of the same."""

from datetime import UTC, date, datetime
from itertools import pairwise
from math import fsum, isnan
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.database.local_days import local_day_us
from ingest.database.rollup import Partials, by_five_minutes, by_local_day, gains
from ingest.decoding.columns import Rows, rows_of
from ingest.decoding.points import Points
from ingest.decoding.timestamps import aware, microseconds
from schemas.local_time import day_start, midnight
from schemas.reading import Reading
from tests.fixtures.plants import POINTS, us

FIVE_MINUTES_US = 300_000_000

readings = st.lists(
    st.builds(
        Reading,
        point_id=st.integers(1, 3),
        ts_us=st.integers(0, 4 * FIVE_MINUTES_US),
        value=st.none() | st.floats(-1e6, 1e6),
        status=st.just(0),
        qc=st.sampled_from([1, 2, 3, 4]),
        checks=st.just(0),
        received_us=st.just(0),
    ),
    min_size=1,
    unique_by=lambda reading: (reading.point_id, reading.ts_us),
)


def _rows(found: list[Reading]) -> Rows:
    ordered = sorted(found)
    return rows_of(ordered, [0] * len(ordered))


def _line(partials: Partials, row: int) -> dict[str, float]:
    return {name: column[row].item() for name, column in vars(partials).items()}


@given(found=readings)
def test_partials_are_what_a_plain_loop_finds(found: list[Reading]) -> None:
    partials = by_five_minutes(_rows(found), Points(POINTS))
    buckets = sorted({(r.point_id, r.ts_us // FIVE_MINUTES_US * FIVE_MINUTES_US) for r in found})
    assert list(zip(partials.point_id, partials.bucket_us, strict=True)) == buckets
    for row, (point_id, bucket_us) in enumerate(buckets):
        inside = sorted(
            r
            for r in found
            if r.point_id == point_id and 0 <= r.ts_us - bucket_us < FIVE_MINUTES_US
        )
        used = [r for r in inside if r.value is not None and r.qc != 4]
        good = [r.value for r in used if r.qc <= 2]
        line = _line(partials, row)
        assert (line["n"], line["n_used"], line["n_good"]) == (len(inside), len(used), len(good))
        values = [r.value for r in used]
        assert line["sum"] == pytest.approx(fsum(values), rel=1e-12, abs=1e-6)
        assert line["sum_good"] == pytest.approx(fsum(good), rel=1e-12, abs=1e-6)
        if used:
            assert (line["min"], line["max"]) == (min(values), max(values))
            assert (line["first"], line["first_us"]) == (values[0], used[0].ts_us)
            assert (line["last"], line["last_us"]) == (values[-1], used[-1].ts_us)
        else:
            assert all(isnan(line[name]) for name in ("min", "max", "first", "last"))


def test_a_sum_beyond_64_bits_is_infinite_and_no_warning() -> None:
    rows = _rows([Reading(1, ts_us, 1.7e308, 0, 1, 0, 0) for ts_us in (1, 2)])
    assert by_five_minutes(rows, Points(POINTS)).sum.tolist() == [float("inf")]


@given(found=readings)
def test_the_newest_reading_of_each_point_goes_with_one_row_of_its_gains(
    found: list[Reading],
) -> None:
    gained = gains(_rows(found), Points(POINTS))
    newest = {reading.point_id: reading for reading in sorted(found)}
    rows = gained.newest
    assert list(zip(rows.point_id, rows.ts_us, strict=True)) == [
        (reading.point_id, reading.ts_us) for reading in newest.values()
    ]
    assert gained.partials.point_id[gained.ends_point].tolist() == rows.point_id.tolist()


@given(
    moments=st.lists(
        st.datetimes(datetime(2000, 1, 2), datetime(2037, 1, 1)),  # noqa: DTZ001 - read as UTC
        min_size=1,
        max_size=20,
    ),
    zone=st.sampled_from(
        [
            "Europe/Helsinki",
            "America/Denver",
            "Atlantic/Azores",
            "Pacific/Apia",
            "America/Sao_Paulo",
        ]
    ),
)
def test_local_days_of_many_moments_are_those_of_each(moments: list[datetime], zone: str) -> None:
    here = ZoneInfo(zone)
    ts_us = np.array([microseconds(at.replace(tzinfo=UTC)) for at in moments], np.int64)
    wanted = [microseconds(day_start(aware(one), here)) for one in ts_us.tolist()]
    assert local_day_us(ts_us, here).tolist() == wanted


def test_each_point_has_the_days_of_its_site() -> None:
    night = us("2026-03-29T22:30:00Z")  # 01:30 of the next day in Helsinki, afternoon in Denver
    rows = _rows([Reading(point_id, night, 1.0, 0, 1, 0, 0) for point_id in (1, 4)])
    days = by_local_day(rows, Points(POINTS)).bucket_us.tolist()
    assert days == [us("2026-03-30T00:00:00+03:00"), us("2026-03-29T00:00:00-06:00")]


def test_a_day_that_never_was_has_no_time_and_the_days_beside_it_their_own() -> None:
    zone, days = ZoneInfo("Pacific/Apia"), [date(2011, 12, day) for day in (29, 30, 31)]
    begins = [midnight(day, zone) for day in (*days, date(2012, 1, 1))]
    hours = [(end - begin).total_seconds() / 3_600 for begin, end in pairwise(begins)]
    assert hours == [24.0, 0.0, 24.0]
