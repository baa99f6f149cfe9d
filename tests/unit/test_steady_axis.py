"""A value that stands still has an axis of round numbers, whatever a conversion left in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.analysis.series import RawSeries
from dashboard.analysis.window import Window
from dashboard.charts.layout import Frame
from dashboard.charts.line import Line, Words
from dashboard.charts.palette import LIGHT
from dashboard.charts.scatter import Quantity, scatter
from dashboard.charts.trend import trend

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(minutes=10), NOW)
FRAME = Frame(LIGHT, ZoneInfo("Europe/Helsinki"), "fi", ",\u00a0", 1_300.0)
NOISE = np.array([-2e-11, 0.0, 2e-11])
X_MS = WINDOW.start.timestamp() * 1e3 + np.arange(3) * 1e4


def _span(values: np.ndarray) -> tuple[float, float]:
    series = RawSeries(X_MS, values, np.ones(3, dtype=np.int64))
    line = Line("JV-FT-205", "l/s", LIGHT.lines[0], 2, series)
    low, high = trend([line], WINDOW, NOW, FRAME, Words({}, "", ""))["layout"]["yaxis"]["range"]
    return low, high


@pytest.mark.parametrize("value", [100.0, 4_024_217.03, 0.02, -17.5])
def test_the_noise_of_a_conversion_is_no_range_of_an_axis(value: float) -> None:
    low, high = _span(value * (1 + NOISE / 100.0))
    assert high - low > 0.05 * abs(value)
    assert low < value < high


def test_a_small_change_of_a_large_counter_still_fills_its_axis() -> None:
    low, high = _span(np.array([4_024_217.0, 4_024_217.5, 4_024_218.0]))
    assert high - low < 2.0


def test_dots_over_a_value_that_stands_still_have_round_numbers_below_them() -> None:
    x = Quantity("Virtaama", "l/s", 100.0 + NOISE)
    y = Quantity("Teho", "kW", np.array([1.0, 2.0, 3.0]))
    low, high = scatter(x, y, ["", "", ""], LIGHT.lines[0], FRAME)["layout"]["xaxis"]["range"]
    assert high - low > 5.0
    moving = Quantity("Virtaama", "l/s", np.array([99.0, 100.0, 101.0]))
    assert "range" not in scatter(moving, y, ["", "", ""], "#000000", FRAME)["layout"]["xaxis"]
