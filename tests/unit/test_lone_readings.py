"""A reading that stands alone between gaps is seen: a line through it alone has no length."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import RawSeries
from dashboard.analysis.window import Window
from dashboard.charts.layout import Frame
from dashboard.charts.line import Line, Words
from dashboard.charts.palette import LIGHT
from dashboard.charts.trend import trend

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
FRAME = Frame(LIGHT, ZoneInfo("Europe/Helsinki"), "fi", ",\u00a0", 1_300.0)


def _trace(step_s: float, count: int) -> dict:
    x_ms = WINDOW.start.timestamp() * 1e3 + np.arange(count) * step_s * 1e3
    series = RawSeries(x_ms, np.arange(count, dtype=float), np.ones(count, dtype=np.int64))
    line = Line("LV-QT-605", "mg/l", LIGHT.lines[0], 2, series, Intervals.always(10.0))
    return trend([line], WINDOW, NOW, FRAME, Words({1: ""}, "", ""))["data"][0]


def test_a_sender_that_comes_far_too_seldom_is_drawn_as_dots() -> None:
    """Its chart was empty."""
    trace = _trace(1_200.0, 72)
    assert trace["mode"] == "lines+markers"
    assert sum(size > 0 for size in trace["marker"]["size"]) == 72


@pytest.mark.parametrize("count", [61, 2_000])
def test_a_line_without_gaps_has_no_dots(count: int) -> None:
    assert _trace(10.0, count)["mode"] == "lines"
