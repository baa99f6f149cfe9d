"""Where a value is suspect or bad, its chart says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.analysis.doubts import Doubt
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.series import BucketSeries, RawSeries, Series
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.charts.annotations import Mark, with_marks
from dashboard.charts.layout import Frame
from dashboard.charts.line import Line, Words
from dashboard.charts.palette import LIGHT
from dashboard.charts.trend import trend
from schemas.quality import Check, Qc

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=24), NOW)
FRAME = Frame(LIGHT, ZoneInfo("Europe/Helsinki"), "fi", ",\u00a0", 1_300.0)
WORDS = Words(
    {1: "hyvä", 3: "epävarma", 4: "virheellinen"},
    "lukemaa",
    "hyvää",
    {int(Check.FLAT_LINE): "ei ole muuttunut", int(Check.CALIBRATION): "kalibrointi käynnissä"},
)
START_MS = WINDOW.start.timestamp() * 1e3
HOUR_MS = 3_600e3


def _drawn(series: Series, *doubts: Doubt) -> list[dict[str, Any]]:
    line = Line("PO4 (AT-1)", "mg/l", LIGHT.lines[0], 2, series, Intervals.always(60.0))
    found: list[dict[str, Any]] = trend([replace(line, doubts=doubts)], WINDOW, NOW, FRAME, WORDS)[
        "data"
    ]
    return found


def _buckets(good: list[int]) -> BucketSeries:
    """Return buckets of five minutes of five readings each, of which some are good."""
    n_good, ones = np.array(good), np.ones(len(good))
    n = np.full(len(good), 5)
    x_ms = START_MS + np.arange(len(good)) * 300e3
    return BucketSeries(Resolution(Source.FIVE_MINUTES, 300.0), x_ms, n, n, n_good, *[ones] * 6)


def test_a_phosphate_analyser_flat_for_two_hours_is_seen_with_why_in_a_chart_of_a_day() -> None:
    flat = Doubt(START_MS + HOUR_MS, START_MS + 3 * HOUR_MS, Qc.SUSPECT, Check.FLAT_LINE, 120)
    series = _buckets([0 if 12 <= number <= 36 else 5 for number in range(288)])
    _area, line, marks = _drawn(series, flat)
    said = ["ei ole muuttunut" in text for text in line["text"]]
    assert [number for number, is_said in enumerate(said) if is_said] == list(range(11, 37))
    assert marks["marker"]["symbol"] == "circle-open"


def test_a_day_of_good_means_has_no_mark() -> None:
    assert len(_drawn(_buckets([5] * 288))) == 2


def test_what_was_bad_in_all_of_a_bucket_is_marked_at_the_lower_edge() -> None:
    series = _buckets([5, 0])
    bad = replace(series, n_used=np.array([5, 0]), mean=np.array([1.0, np.nan]))
    doubt = Doubt(START_MS + 300e3, START_MS + 500e3, Qc.FAIL, Check.CALIBRATION, 5)
    *_, marks = _drawn(bad, doubt)
    assert marks["marker"]["symbol"] == "x-thin"


def test_each_reading_tells_why_it_is_suspect_or_bad() -> None:
    x_ms = START_MS + np.arange(4) * 60e3
    series = RawSeries(x_ms, np.ones(4), np.array([1, 3, 4, 1]))
    line, _rings, crosses = _drawn(
        series,
        Doubt(x_ms[1], x_ms[1], Qc.SUSPECT, Check.FLAT_LINE, 1),
        Doubt(x_ms[2], x_ms[2], Qc.FAIL, Check.FLAT_LINE | Check.CALIBRATION, 1),
    )
    assert line["text"][0].endswith("hyvä")
    assert line["text"][1].endswith("epävarma: ei ole muuttunut")
    assert crosses["text"][0].endswith("virheellinen: ei ole muuttunut, kalibrointi käynnissä")


def test_a_window_stands_in_the_chart_with_its_name_where_there_is_room() -> None:
    marks = [
        Mark(
            NOW - timedelta(hours=hours),
            NOW - timedelta(hours=hours - length),
            "",
            "□",
            LIGHT.muted,
            "Huolto <b>",
        )
        for hours, length in ((20, 6.0), (8, 0.1))
    ]
    figure = with_marks({"layout": {}, "data": []}, marks, WINDOW, FRAME)
    wide, narrow = figure["layout"]["annotations"]
    assert wide["text"].startswith("□ Huolto")
    assert "<b>" not in wide["text"]
    assert narrow["text"] == "□"
    assert all(shape["fillcolor"] for shape in figure["layout"]["shapes"])
