"""What a figure shows: every spike, every gap, the limits, and nothing twice."""

import base64
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.analysis.daily import days_between
from dashboard.analysis.definitions import Typical
from dashboard.analysis.intervals import ON_CHANGE, Intervals
from dashboard.analysis.series import BucketSeries, RawSeries
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.layout import Frame, zoomable
from dashboard.charts.line import Limit, Line, Words
from dashboard.charts.palette import LIGHT
from dashboard.charts.plotly_text import plain
from dashboard.charts.trend import trend

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(minutes=10), NOW)
FRAME = Frame(LIGHT, ZoneInfo("Europe/Helsinki"), "fi", ",\u00a0", 1_300.0)
WORDS = Words({1: "hyvä", 2: "ei arvioitu", 3: "epävarma", 4: "hylätty"}, "lukemaa", "hyvää")
START_MS = WINDOW.start.timestamp() * 1e3


def _numbers(packed: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype="<f8")


def _raw(values: list[float], qc: list[int] | None = None, step_s: float = 10.0) -> RawSeries:
    return RawSeries(
        START_MS + np.arange(len(values)) * step_s * 1e3,
        np.array(values, dtype=np.float64),
        np.array(qc or [1] * len(values), dtype=np.int64),
    )


def _line(series: RawSeries | BucketSeries, unit: str = "mg/l", **more: Any) -> Line:
    more = {"intervals": Intervals.always(10.0)} | more
    return Line("LV-QT-605", unit, LIGHT.lines[0], 2, series, **more)


def _figure(*lines: Line, window: Window = WINDOW) -> dict[str, Any]:
    return trend(lines, window, NOW, FRAME, WORDS)


def test_a_spike_of_one_reading_is_a_corner_of_the_band_in_a_year() -> None:
    size = 1_095
    high = np.full(size, 2.0)
    high[700] = 40.0  # one reading in 8 hours of readings every 10 seconds
    used = np.full(size, 2_880, dtype=np.int64)
    mean = np.ones(size)
    series = BucketSeries(
        Resolution(Source.HOUR, 28_800.0),
        START_MS - np.arange(size, 0, -1) * 28_800e3,
        used,
        used,
        used,
        mean,
        mean,
        np.zeros(size),
        high,
        mean,
        mean,
    )
    figure = _figure(_line(series), window=Window(NOW - timedelta(days=365), NOW))
    area, line = figure["data"]
    assert _numbers(area["y"]).max() == 40.0
    assert area["line"]["width"] > 0  # an area one pixel wide needs an edge to be seen
    assert _numbers(line["y"]).max() == 1.0
    assert figure["layout"]["yaxis"]["range"][1] >= 40.0


def test_failed_readings_are_marks_and_not_part_of_the_line() -> None:
    figure = _figure(_line(_raw([1.0, 2.0, 900.0, 2.0], [1, 1, 4, 1])))
    line, marks = figure["data"]
    assert np.nanmax(_numbers(line["y"])) == 2.0
    assert marks["text"][0].startswith("<b>900,00</b> mg/l · ")
    assert "hylätty" in marks["text"][0]
    # It would press everything else flat, so it is marked at the edge.
    assert figure["layout"]["yaxis"]["range"][1] < 3.0
    assert marks["marker"]["symbol"] == ["triangle-up-open"]


def test_suspect_readings_stay_on_the_line_and_are_marked() -> None:
    line, marks = _figure(_line(_raw([1.0, 1.5, 1.0], [1, 3, 1])))["data"]
    assert np.nanmax(_numbers(line["y"])) == 1.5
    assert _numbers(marks["y"]).tolist() == [1.5]
    assert marks["marker"]["symbol"] == ["circle-open"]


def test_history_that_is_thinner_than_todays_interval_is_drawn_unbroken() -> None:
    thin_then_dense = Intervals((-np.inf, START_MS + 1_500e3), (300.0, 10.0))
    raw = _raw([1.0] * 6, step_s=300.0)
    (line,) = _figure(_line(raw, intervals=thin_then_dense))["data"]
    assert not np.isnan(_numbers(line["y"])).any()
    (line,) = _figure(_line(raw))["data"]
    assert np.isnan(_numbers(line["y"])).sum() == 5


def test_every_reading_tells_its_own_time_and_quality() -> None:
    (line,) = _figure(_line(_raw([1.0])))["data"]
    assert line["text"] == ["<b>1,00</b> mg/l · ti 24.11.2026 10.50.00 · hyvä"]


@pytest.mark.parametrize(
    ("value", "text"), [(-0.04, "−0,04"), (0.0004, "0,0004"), (3.4e38, "3,4·10³⁸")]
)
def test_a_hover_box_writes_numbers_as_the_tiles_do(value: float, text: str) -> None:
    (line,) = _figure(_line(_raw([value])))["data"]
    assert line["text"][0].startswith(f"<b>{text}</b> mg/l")


def test_points_of_a_unit_share_a_panel_and_other_units_get_their_own() -> None:
    raw = _raw([1.0, 2.0])
    layout = _figure(_line(raw), _line(raw, "m³/h"), _line(raw))["layout"]
    assert layout["yaxis"]["domain"][0] > layout["yaxis2"]["domain"][1]
    assert "yaxis3" not in layout
    assert [note["text"] for note in layout["annotations"]] == ["mg/l", "m³/h"]


def test_a_state_is_a_step_line_with_named_values() -> None:
    states = {0.0: "pois", 1.0: "suodatus"}
    figure = _figure(_line(_raw([0.0, 1.0]), "", states=states, is_step=True, intervals=ON_CHANGE))
    assert figure["data"][0]["line"]["shape"] == "hv"
    assert figure["layout"]["yaxis"]["ticktext"] == ["pois", "suodatus"]
    assert "suodatus" in figure["data"][0]["text"][1]


def test_the_name_of_a_state_stands_whole_on_the_axis_however_narrow() -> None:
    name = "käsikäyttö, pumppu pysähtynyt ylikuormasta <1>"
    states = {0.0: "pois", 1.0: "automaatilla", 16180.0: name}
    series = _raw([0.0, 1.0, 16180.0, 5.0, -1.0])
    line = _line(series, "", states=states, is_step=True, intervals=ON_CHANGE)
    for width_px in (1_300.0, 346.0, 220.0):
        frame = replace(FRAME, width_px=width_px)
        figure = trend([line], WINDOW, NOW, frame, WORDS)
        axis = figure["layout"]["yaxis"]
        assert axis["ticktext"][2].replace("<br>", " ") == plain(name)
        assert max(map(len, axis["ticktext"][2].split("<br>"))) * 6 < frame.plot_width_px
        low, high = axis["range"]
        drawn = _numbers(figure["data"][0]["y"]).tolist()
        assert drawn[:3] == axis["tickvals"]  # whatever their codes, states are equally far apart
        assert 1 < drawn[3] < 2
        assert all(low < place < high for place in drawn)


def test_a_near_limit_is_a_line_and_a_far_one_is_named_at_the_edge() -> None:
    near, far = Limit(2.2, "raja 2,2"), Limit(50.0, "raja 50")
    layout = _figure(_line(_raw([1.0, 2.0]), limits=(near, far)))["layout"]
    assert [shape["y0"] for shape in layout["shapes"]] == [2.2]
    assert [note["text"] for note in layout["annotations"][:2]] == ["raja 2,2", "↑ raja 50"]
    assert layout["yaxis"]["range"][1] < 5


@pytest.mark.parametrize(("count", "shaded"), [(1, 1), (2, 0)])
def test_the_typical_range_is_shaded_for_a_single_point(count: int, shaded: int) -> None:
    lines = [_line(_raw([1.0, 2.0]), typical=(Typical(0.5, 1.5),))] * count
    assert len(_figure(*lines)["layout"]["shapes"]) == shaded


def test_a_changed_typical_range_is_shaded_as_it_was_at_each_time() -> None:
    changed_ms = START_MS + 300e3
    steps = (Typical(0.5, 1.5, end_ms=changed_ms), Typical(0.7, 1.9, start_ms=changed_ms))
    shapes = _figure(_line(_raw([1.0, 2.0]), typical=steps))["layout"]["shapes"]
    assert [(one["x0"], one["x1"], one["y0"], one["y1"]) for one in shapes] == [
        (START_MS, changed_ms, 0.5, 1.5),
        (changed_ms, START_MS + 600e3, 0.7, 1.9),
    ]


def test_a_window_over_a_change_of_a_limit_shows_both_as_steps() -> None:
    changed_ms = START_MS + 200e3
    old, new = Limit(2.2, "≤ 2,2", end_ms=changed_ms), Limit(1.8, "≤ 1,8", start_ms=changed_ms)
    layout = _figure(_line(_raw([1.0, 2.0]), limits=(old, new)))["layout"]
    assert [(one["x0"], one["x1"], one["y0"]) for one in layout["shapes"]] == [
        (changed_ms, START_MS + 600e3, 1.8),
        (START_MS, changed_ms, 2.2),
    ]
    texts = {note["text"]: note for note in layout["annotations"]}
    assert texts["≤ 2,2"]["x"] == START_MS  # a short step at the left says so from its begin
    assert texts["≤ 2,2"]["xanchor"] == "left"


def test_a_limit_on_a_shared_axis_is_named_and_looks_like_its_line() -> None:
    mine = Limit(2.2, "≤ 2,2")
    first = replace(_line(_raw([1.0, 2.0]), limits=(mine,)), label="Ammonium")
    second = replace(_line(_raw([1.5])), label="Nitraatti", colour=LIGHT.lines[1])
    both = _figure(second, first)["layout"]
    (shape,) = both["shapes"]
    assert shape["line"]["color"] == LIGHT.lines[0]
    (text,) = (note for note in both["annotations"] if "2,2" in note["text"])
    assert text["text"] == "Ammonium: ≤ 2,2"
    assert text["font"]["color"] == LIGHT.lines[0]


def test_the_same_limit_of_all_lines_is_drawn_once_and_needs_no_name() -> None:
    mine = Limit(2.2, "≤ 2,2")
    layout = _figure(*[_line(_raw([1.0, 2.0]), limits=(mine,))] * 3)["layout"]
    (shape,) = layout["shapes"]
    assert shape["line"]["color"] == LIGHT.limit
    assert [note["text"] for note in layout["annotations"] if "2,2" in note["text"]] == ["≤ 2,2"]


def test_limits_of_two_lines_differ_in_more_than_their_colour() -> None:
    lines = [
        replace(_line(_raw([1.0, 2.0]), limits=(Limit(2.0 + place / 10, "≤"),)), label=str(place))
        for place in range(2)
    ]
    dashes = [shape["line"]["dash"] for shape in _figure(*lines)["layout"]["shapes"]]
    assert len(set(dashes)) == 2


def test_no_axis_is_one_of_dates_which_the_browsers_clock_would_read() -> None:
    trend_layout = _figure(_line(_raw([1.0])), _line(_raw([2.0]), "m³/h"))["layout"]
    assert trend_layout["xaxis"]["type"] == "linear"
    assert trend_layout["xaxis"]["range"] == [START_MS, START_MS + 600e3]
    day = date(2026, 11, 23)
    kinds = [Amounts("Ilmastus", "#111111", [5.0])]
    bars = daily_bars(Days([day], day, kinds, "kWh", 0), "stack", FRAME)
    assert bars["layout"]["xaxis"]["type"] == "category"


def test_only_a_chart_that_answers_to_it_can_be_dragged() -> None:
    figure = _figure(_line(_raw([1.0])), _line(_raw([2.0]), "m³/h"))
    axes = ("xaxis", "yaxis", "yaxis2")
    assert all(figure["layout"][axis]["fixedrange"] for axis in axes)
    assert figure["layout"]["dragmode"] is False
    dragged = zoomable(figure)["layout"]
    assert not any(dragged[axis]["fixedrange"] for axis in axes)
    assert dragged["dragmode"] == "zoom"


def test_the_tooltip_of_stacked_bars_has_a_date_and_a_total() -> None:
    days = [date(2026, 11, 23), date(2026, 11, 24)]
    kinds = [
        Amounts("Ilmastus", "#111111", [1_200.0, 10.0]),
        Amounts("Erotus", "#222222", [-200.0, None], True),
    ]
    what = Days(days, days[1], kinds, "kWh", 0, total="Yhteensä")
    figure = daily_bars(what, "stack", FRAME)
    total = figure["data"][-1]
    assert total["text"] == ["<b>1\u00a0000</b> kWh", "<b>–</b> kWh"]
    assert total["y"] == [0.0, 0.0]  # it is told, not drawn
    assert "Yhteensä" in total["hovertemplate"]
    assert figure["layout"]["xaxis"]["unifiedhovertitle"]["text"] == "%{x}"
    assert figure["data"][0]["x"] == ["ma 23.11.2026", "ti 24.11.2026"]
    assert len(daily_bars(replace(what, total=""), "group", FRAME)["data"]) == 2


def test_the_bars_of_a_month_are_told_by_its_mondays() -> None:
    days = days_between(date(2026, 10, 26), date(2026, 11, 24))
    kinds = [Amounts("Ilmastus", "#111111", [1.0] * len(days))]
    axis = daily_bars(Days(days, days[-1], kinds, "kWh", 0), "stack", FRAME)["layout"]["xaxis"]
    assert axis["ticktext"] == [
        f"{text}<br>ma" for text in ["26.10.", "2.11.", "9.11.", "16.11.", "23.11."]
    ]
    assert axis["tickvals"][1] == "ma 2.11.2026"


def test_a_state_in_buckets_has_neither_minimum_nor_maximum() -> None:
    ones = np.ones(3, dtype=np.int64)
    values = np.array([0.0, 1.0, 1.0])
    low, high = np.zeros(3), np.ones(3)
    series = BucketSeries(
        Resolution(Source.HOUR, 3_600.0),
        START_MS + np.arange(3) * 3_600e3,
        *(ones, ones, ones, values, values, low, high, values, values),
    )
    states = {0.0: "pois", 1.0: "suodatus"}
    (drawn,) = _figure(_line(series, "", states=states, is_step=True))["data"]
    assert drawn["text"][1].startswith("<b>suodatus</b> · ti 24.11.2026")


@pytest.mark.parametrize("width_px", [346.0, 500.0, 740.0])
def test_a_tooltip_is_never_broader_than_its_chart(width_px: float) -> None:
    name = "Permeaatin virtaama, kalvolinja 4, mittaus ennen varoallasta"
    frame = replace(FRAME, width_px=width_px)
    for count in (1, 3, 8):
        lines = [replace(_line(_raw([1.0, 2.0])), label=name, short="MBR4-FT-544")] * count
        for trace in trend(lines, WINDOW, NOW, frame, WORDS)["data"]:
            assert trace["hovertemplate"].endswith("<extra></extra>")
            rows = trace["text"][0].split("<br>")
            assert max(len(re.sub("<[^>]*>", "", row)) for row in rows) * 6.3 < 346.0 - 50.0
            assert "10.50.00" in rows[-1]


def test_a_figure_of_nothing_still_has_its_time_axis() -> None:
    layout = _figure()["layout"]
    assert layout["xaxis"]["ticktext"]


def test_a_remainder_below_zero_is_stacked_below_zero() -> None:
    day = date(2026, 11, 23)
    kinds = [Amounts("Ilmastus", "#111111", [5.0]), Amounts("Erotus", "#222222", [-1.0], True)]
    figure = daily_bars(Days([day], date(2026, 11, 24), kinds, "kWh", 0), "stack", FRAME)
    assert figure["layout"]["barmode"] == "relative"
    assert figure["data"][1]["marker"]["pattern"]["shape"]


def test_the_text_of_a_limit_is_broken_where_a_phone_has_no_room_for_it() -> None:
    """The begin of "ammonium (LV-QT-605): limit ≤ 4,00 …" was cut at the edge of the chart."""
    text = "raja ≤ 4,00 (vuosikeskiarvo, esimerkki)"
    owner = replace(_line(_raw([3.9, 4.1])), limits=(Limit(4.0, text),))
    panel = [owner, replace(_line(_raw([3.9, 4.1])), label="Lähtevän veden nitraattityppi")]

    def shown(width_px: float) -> list[str]:
        figure = trend(panel, WINDOW, NOW, replace(FRAME, width_px=width_px), WORDS)
        found = [one["text"] for one in figure["layout"]["annotations"] if "raja" in one["text"]]
        return str(found[0]).split("<br>")

    assert shown(1_300.0) == [f"LV-QT-605: {text}"]
    assert len(shown(300.0)) == 2
    assert " ".join(shown(300.0)) == f"LV-QT-605: {text}"
