"""Local time on the axis, also in the two nights in which it is not a straight line."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.analysis.window import Window
from dashboard.charts.local_time_axis import REPEATED_MIN_PX, TICK_MIN_PX, Tick, texts, ticks

HELSINKI = ZoneInfo("Europe/Helsinki")
AUTUMN = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 03:00 local; 04:00 goes back to 03:00 at 01:00Z
SPRING = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 02:00 local; 03:00 jumps to 04:00 at 01:00Z


def _visible(start: datetime, width: timedelta, width_px: float, locale: str = "fi") -> list[Tick]:
    window = Window(start, start + width)
    labels = ticks(window, HELSINKI, locale, width_px)
    return [label for label in labels if window.start <= label.at < window.end]


def test_the_repeated_hour_stands_twice_on_the_axis_in_the_order_of_time() -> None:
    labels = _visible(AUTUMN - timedelta(hours=1), timedelta(hours=5), 600)
    assert [label.text for label in labels] == [
        "2.00<br>su 25.10.",
        "3.00<br>UTC+3",
        "3.00<br>UTC+2",
        "4.00",
        "5.00",
    ]
    steps = [after.at - before.at for before, after in pairwise(labels)]
    assert set(steps) == {timedelta(hours=1)}


def test_a_window_in_the_repeated_hour_tells_its_day_and_which_hour_it_is() -> None:
    labels = _visible(AUTUMN + timedelta(minutes=70), timedelta(minutes=40), 600)
    assert labels[0].text == "3.10<br>UTC+2 su 25.10."
    assert {label.text.partition("<br>")[2] for label in labels[1:]} == {"UTC+2"}


def test_the_two_labels_of_the_repeated_hour_never_cover_each_other() -> None:
    for width_px in (300, 600, 1_300):
        width = timedelta(hours=24)
        labels = _visible(AUTUMN - timedelta(hours=12), width, width_px)
        px_s = width_px / width.total_seconds()
        gaps = [(after.at - one.at).total_seconds() * px_s for one, after in pairwise(labels)]
        assert min(gaps) >= REPEATED_MIN_PX, width_px


@pytest.mark.parametrize("width_px", [280.0, 660.0, 1_300.0, 1_640.0, 3_600.0])
def test_thirty_days_are_told_by_weeks(width_px: float) -> None:
    start = datetime(2026, 10, 9, 7, 30, tzinfo=UTC)
    labels = _visible(start, timedelta(days=30), width_px)
    local = [label.at.astimezone(HELSINKI) for label in labels]
    assert {moment.weekday() for moment in local} == {0}
    assert {moment.hour for moment in local} == {0}
    assert len(labels) == 4
    assert labels[1].text == "ma 19.10."


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Asia/Kathmandu", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("change", [AUTUMN, SPRING])
def test_labels_stand_on_round_times_of_any_zone(zone: str, change: datetime) -> None:
    window = Window(change - timedelta(hours=5), change + timedelta(hours=7))
    labels = ticks(window, ZoneInfo(zone), "fi", 1_300)
    assert {label.at.astimezone(ZoneInfo(zone)).minute for label in labels} == {0}
    assert 20 <= len(labels) <= 26


def test_the_labels_of_a_minute_cost_no_walk_through_the_day() -> None:
    asked = 0

    class Counted(ZoneInfo):
        def utcoffset(self, dt: datetime | None) -> timedelta | None:
            nonlocal asked
            asked += 1
            return super().utcoffset(dt)

    window = Window(AUTUMN, AUTUMN + timedelta(minutes=1))
    labels = ticks(window, Counted("Europe/Helsinki"), "fi", 1_300)
    assert len(labels) == 24
    assert asked < 20 * len(labels)


def test_the_hour_that_never_was_has_no_label() -> None:
    labels = _visible(SPRING - timedelta(hours=1), timedelta(hours=4), 600)
    assert [label.text for label in labels] == ["1.00<br>su 29.3.", "2.00", "4.00", "5.00"]
    assert labels[2].at - labels[1].at == timedelta(hours=1)


def test_the_day_after_the_change_begins_at_its_own_midnight() -> None:
    labels = _visible(AUTUMN - timedelta(days=2), timedelta(days=5), 600)
    assert [label.at.hour for label in labels] == [21, 21, 22, 22, 22]
    assert labels[0].text == "la 24.10.<br>2026"


def test_moments_of_the_repeated_hour_carry_their_offset() -> None:
    moments = [AUTUMN + timedelta(minutes=30), AUTUMN + timedelta(minutes=90)]
    x_ms = np.array([moment.timestamp() * 1_000.0 for moment in moments])
    assert texts(x_ms, HELSINKI, "fi", "minute") == [
        "su 25.10.2026 3.30 (UTC+3)",
        "su 25.10.2026 3.30 (UTC+2)",
    ]


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("fi", "ti 24.11.2026 7.05.09"),
        ("sv_FI", "tis 24.11.2026 07.05.09"),
        ("en_GB", "Tue, 24/11/2026 07:05:09"),
    ],
)
def test_moments_read_as_the_reader_writes_them(locale: str, expected: str) -> None:
    moment = datetime(2026, 11, 24, 5, 5, 9, 500_000, tzinfo=UTC)
    assert texts(np.array([moment.timestamp() * 1e3]), HELSINKI, locale, "second") == [expected]


def test_no_moment_has_no_text() -> None:
    assert texts(np.array([np.nan]), HELSINKI, "fi", "minute") == [""]


def test_a_day_has_no_clock() -> None:
    midnight = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert texts(np.array([midnight.timestamp() * 1e3]), HELSINKI, "fi", "day") == ["ti 24.11.2026"]


@pytest.mark.parametrize(
    "width",
    [
        timedelta(minutes=1),
        timedelta(hours=1),
        timedelta(hours=8),
        timedelta(days=1),
        timedelta(days=7),
        timedelta(days=30),
        timedelta(days=365),
        timedelta(days=5 * 365),
    ],
)
@pytest.mark.parametrize("width_px", [320.0, 1_300.0])
def test_labels_have_room_and_stand_in_order(width: timedelta, width_px: float) -> None:
    labels = _visible(AUTUMN - width / 2, width, width_px)
    assert 1 <= len(labels) <= width_px / TICK_MIN_PX + 2
    moments = [label.at for label in labels]
    assert moments == sorted(set(moments))
    assert "<br>" in labels[0].text  # the first label tells the date or the year


def test_labels_wait_beyond_the_edges_for_a_drag() -> None:
    window = Window(AUTUMN, AUTUMN + timedelta(hours=8))
    labels = ticks(window, HELSINKI, "fi", 1_000)
    assert labels[0].at < window.start - timedelta(hours=2)
    assert labels[-1].at > window.end + timedelta(hours=2)
