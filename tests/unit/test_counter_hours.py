"""Counting from hours must be counting from readings, whatever happened inside of an hour."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.counter import track
from dashboard.analysis.counter_hours import Hours, doubtful, hour_of, joined
from dashboard.analysis.meter import HOUR_MS, Meter, Readings
from dashboard.store.counters import exchanges, largest_rate

RATE = 500.0
BASE = 4_000_000.0


def _hours(x_ms: np.ndarray, value: np.ndarray) -> Hours:
    begins = np.array([hour_of(x) for x in x_ms.tolist()])
    rows = []
    for begin in np.unique(begins):
        inside = begins == begin
        x, v = x_ms[inside], value[inside]
        rows.append((begin, v.size, x[0], v[0], x[-1], v[-1], v.min(), v.max()))
    columns = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)]
    return Hours(columns[0], columns[1].astype(np.int64), *columns[2:])


def _from_hours(x_ms: np.ndarray, value: np.ndarray, meter: Meter) -> tuple[Readings, int]:
    """Return the readings that matter, and how many hours had to be read."""
    hours = _hours(x_ms, value)
    read = doubtful(hours, meter)
    begins = np.array([hour_of(x) for x in x_ms.tolist()])
    chosen = np.isin(begins, hours.x_ms[read])
    return joined(hours, read, Readings.of(x_ms[chosen], value[chosen])), int(read.sum())


def test_a_meter_that_only_counts_is_counted_from_its_hours() -> None:
    x_ms = np.arange(0.0, 240 * HOUR_MS, 60_000.0)
    value = BASE + x_ms / HOUR_MS * RATE
    found, read = _from_hours(x_ms, value, Meter.always(1e9, 6_667.0))
    assert read == 0
    assert found.x_ms.size == 480
    assert int(found.n.sum()) == x_ms.size


_ODD = st.one_of(
    st.sampled_from([0.0, 1.0, 3.0e8, BASE - 3_000.0]), st.floats(0.0, 1e9, allow_nan=False)
)


@settings(max_examples=150, deadline=None)
@given(
    every_s=st.sampled_from([60, 200, 600, 1_800, 3_600]),
    base=st.sampled_from([0.0, 900.0, BASE]),
    odd=st.lists(st.tuples(st.floats(0.02, 0.95), st.integers(1, 3), _ODD), max_size=3),
    reset=st.one_of(st.none(), st.floats(0.1, 0.9)),
    jump=st.one_of(st.none(), st.tuples(st.floats(0.1, 0.9), st.floats(7_000.0, 1e7))),
    exchange=st.one_of(st.none(), st.floats(0.1, 0.9)),
)
def test_hours_and_readings_count_alike(
    every_s: int,
    base: float,
    odd: list[tuple[float, int, float]],
    reset: float | None,
    jump: tuple[float, float] | None,
    exchange: float | None,
) -> None:
    x_ms = np.arange(0.0, 72 * HOUR_MS + 1, every_s * 1_000.0)
    value = base + x_ms / HOUR_MS * RATE
    if jump is not None:
        value[int(jump[0] * x_ms.size) :] += jump[1]
    if reset is not None:
        place = int(reset * x_ms.size)
        value[place:] -= value[place]
    for share, count, reading in odd:
        place = int(share * x_ms.size)
        value[place : place + count] = reading
    exchanged = () if exchange is None else (exchange * float(x_ms[-1]),)
    meter = Meter((-np.inf,), (1e9,), (6_667.0,), exchanged, 24 * HOUR_MS)
    exact = track(Readings.of(x_ms, value), meter)
    coarse = track(_from_hours(x_ms, value, meter)[0], meter)
    assert coarse.events == exact.events
    edges = np.arange(0.0, 73 * HOUR_MS, HOUR_MS)
    for start, end in pairwise(edges):
        one, other = exact.counted(start, end), coarse.counted(start, end)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert other.total == pytest.approx(one.total, rel=1e-6, abs=1e-3)
            assert other.known_s == pytest.approx(one.known_s, abs=1e-3)


def test_the_largest_rate_is_stated_or_seen() -> None:
    busy = [900.0, 600.0, 510.0, 500.0]
    assert largest_rate(50.0, 1e9, busy) == 50.0
    assert largest_rate(None, 1.5e6, busy[:2]) == pytest.approx(1e3)
    assert largest_rate(None, 1e9, busy) == pytest.approx(20 * 510)
    assert largest_rate(None, None, busy[:2]) is None


def test_a_name_for_the_first_instrument_is_no_exchange() -> None:
    assert exchanges([1.0, 2.0, 3.0, 4.0], [None, "a", None, "a"]) == []
    assert exchanges([1.0, 2.0, 3.0], ["a", None, "b"]) == [3.0]
