"""Local time on the axis, also in the two nights in which it is not a straight line."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard.domain.local_axis import TICK_MIN_PX, Tick, texts, ticks
from dashboard.domain.window import Window

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


def test_the_hour_that_never_was_has_no_label() -> None:
    labels = _visible(SPRING - timedelta(hours=1), timedelta(hours=4), 600)
    assert [label.text for label in labels] == ["1.00<br>su 29.3.", "2.00", "4.00", "5.00"]
    assert labels[2].at - labels[1].at == timedelta(hours=1)


def test_the_day_after_the_change_begins_at_its_own_midnight() -> None:
    labels = _visible(AUTUMN - timedelta(days=2), timedelta(days=5), 600)
    assert [label.at.hour for label in labels] == [21, 21, 22, 22, 22]
    assert labels[0].text == "24.10.<br>2026"


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
        ("sv_FI", "tis, 2026-11-24 07.05.09"),
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
