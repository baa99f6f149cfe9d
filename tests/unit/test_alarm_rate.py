"""The rate of change of a value: which readings count, and what a window of them takes."""

import tracemalloc

from ingest.alarms.rate import SAMPLES_MAX, Rate

SECOND_US = 1_000_000
ALARMS = 50
WINDOW_MAX_BYTES = 12_000


def test_a_rate_is_counted_from_the_newest_reading_that_is_old_enough() -> None:
    rate = Rate(600)
    found = [rate.add(at_s * SECOND_US, at_s / 100) for at_s in (0, 300, 599, 600, 900)]
    assert found[:3] == [None, None, None]
    assert found[3:] == [36.0, 36.0]
    assert rate.add(1_500 * SECOND_US, 9.0 + 3.0) == 18.0  # 3 in 600 s, from 900 s on


def test_a_full_window_is_counted_over_the_readings_that_it_has() -> None:
    rate = Rate(86_400)
    found = [rate.add(at_s * SECOND_US, float(at_s)) for at_s in range(SAMPLES_MAX + 10)]
    assert found[: SAMPLES_MAX - 1] == [None] * (SAMPLES_MAX - 1)
    assert found[SAMPLES_MAX - 1 :] == [3_600.0] * 11


def test_two_readings_of_one_moment_say_nothing() -> None:
    rate = Rate(0)
    assert rate.add(SECOND_US, 1.0) is None
    assert rate.add(SECOND_US, 2.0) is None


def test_five_thousand_windows_of_rates_took_360_megabytes() -> None:
    rates = [Rate(3_600) for _ in range(ALARMS)]
    tracemalloc.start()
    for at_s in range(0, 3_000, 5):
        for rate in rates:
            rate.add(at_s * SECOND_US, at_s / 7)
    took_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took_bytes / ALARMS < WINDOW_MAX_BYTES
