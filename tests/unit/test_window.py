"""Which resolution a window is shown in, and what its address says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.window import (
    BUCKETS_MAX,
    FUTURE_MAX_S,
    REDRAW_MIN_S,
    WINDOW_MAX_S,
    WINDOW_MIN_S,
    Source,
    Window,
    redraw_interval_s,
    resolution,
)
from dashboard.web.trend_url import (
    POINTS_MAX,
    PRESETS_S,
    SEARCH_MAX_CHARACTERS,
    TrendRequest,
    address,
    parsed,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DESK_PX, PHONE_PX = 1_300.0, 360.0
HOUR_S, DAY_S = 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("width_s", "interval_s", "width_px", "source", "step_s"),
    [
        (HOUR_S, 5.0, DESK_PX, Source.RAW, 0.0),
        (8 * HOUR_S, 10.0, DESK_PX, Source.RAW, 30.0),
        (8 * HOUR_S, 120.0, DESK_PX, Source.RAW, 0.0),
        (DAY_S, 10.0, DESK_PX, Source.RAW, 120.0),
        (DAY_S, 10.0, PHONE_PX, Source.FIVE_MINUTES, 300.0),
        (7 * DAY_S, 10.0, DESK_PX, Source.FIVE_MINUTES, 600.0),
        (7 * DAY_S, 10.0, PHONE_PX, Source.FIVE_MINUTES, 1_800.0),
        (30 * DAY_S, 10.0, DESK_PX, Source.HOUR, 3_600.0),
        (200 * DAY_S, 10.0, DESK_PX, Source.HOUR, 14_400.0),
        (365 * DAY_S, 10.0, DESK_PX, Source.DAY, 86_400.0),
        (365 * DAY_S, 10.0, PHONE_PX, Source.DAY, 86_400.0),
        (5 * 365 * DAY_S, 10.0, DESK_PX, Source.DAY, 86_400.0),
        (HOUR_S, None, DESK_PX, Source.RAW, 0.0),
    ],
)
def test_the_width_of_the_window_chooses(
    width_s: float, interval_s: float | None, width_px: float, source: Source, step_s: float
) -> None:
    chosen = resolution(width_s, width_s / (interval_s or 60.0), width_px)
    assert (chosen.source, chosen.step_s) == (source, step_s)


@given(
    width_s=st.floats(WINDOW_MIN_S, WINDOW_MAX_S),
    interval_s=st.none() | st.floats(0.1, 7 * DAY_S),
    width_px=st.floats(0, 8_000),
)
def test_a_browser_never_gets_more_than_its_share(
    width_s: float, interval_s: float | None, width_px: float
) -> None:
    chosen = resolution(width_s, width_s / (interval_s or 60.0), width_px)
    each_s = (interval_s or 60.0) if chosen.is_raw else chosen.step_s
    assert width_s / each_s <= BUCKETS_MAX * (1 + 1e-9)


def test_series_that_are_asked_for_together_share_what_is_made_from_readings() -> None:
    two_days = 2 * DAY_S, 2 * DAY_S / 10.0, 2_000.0
    assert resolution(*two_days).source is Source.RAW
    assert resolution(*two_days, series_count=2).source is Source.RAW
    assert resolution(*two_days, series_count=8).source is Source.FIVE_MINUTES


def test_a_followed_chart_moves_by_a_pixel_and_not_more_often_than_needed() -> None:
    assert redraw_interval_s(HOUR_S, DESK_PX) == REDRAW_MIN_S
    assert redraw_interval_s(365 * DAY_S, DESK_PX) == pytest.approx(365 * DAY_S / DESK_PX)


def test_a_window_moves_and_widens_about_its_middle() -> None:
    window = Window(NOW - timedelta(hours=2), NOW)
    assert window.moved(-0.5) == Window(NOW - timedelta(hours=3), NOW - timedelta(hours=1))
    assert window.widened(2.0) == Window(NOW - timedelta(hours=3), NOW + timedelta(hours=1))


def test_a_window_dragged_into_the_future_stays_near_the_present() -> None:
    dragged = Window(NOW + timedelta(days=3), NOW + timedelta(days=4)).within(NOW)
    assert dragged.end == NOW + timedelta(seconds=FUTURE_MAX_S)
    assert dragged.width_s == DAY_S


def test_a_window_is_neither_a_moment_nor_an_age() -> None:
    assert Window(NOW - timedelta(milliseconds=5), NOW).within(NOW).width_s == WINDOW_MIN_S
    assert Window(NOW - timedelta(days=9_999), NOW).within(NOW).width_s == WINDOW_MAX_S


@pytest.mark.parametrize("width_s", list(PRESETS_S.values()))
def test_a_preset_survives_its_address(width_s: float) -> None:
    request = TrendRequest().of(("main/jv-ft-205", "gac/p01-ft-02")).following(width_s)
    assert parsed(address(request), NOW) == request


def test_a_zoomed_window_survives_its_address() -> None:
    window = Window(NOW - timedelta(hours=5), NOW - timedelta(hours=4))
    request = TrendRequest().of(("main/jv-ft-205",)).standing(window, NOW)
    again = parsed(address(request), NOW)
    assert again.window(NOW + timedelta(days=1)) == window
    assert not again.follows


def test_an_address_is_readable() -> None:
    request = TrendRequest().of(("main/jv-ft-205", "gac/p01-ft-02"))
    assert address(request) == "?p=main/jv-ft-205,gac/p01-ft-02&w=24h"


@given(st.text(max_size=200))
def test_any_address_can_be_read(search: str) -> None:
    request = parsed("?" + search, NOW)
    assert len(request.points) <= POINTS_MAX
    assert WINDOW_MIN_S <= request.window(NOW).width_s <= WINDOW_MAX_S


@pytest.mark.parametrize(
    "search",
    ["?w=soon", "?w=0s", "?from=x&to=y", "?from=20261124T050000Z&to=20261124T040000Z", "", None],
)
def test_a_window_that_makes_no_sense_falls_back(search: str | None) -> None:
    assert parsed(search, NOW).follows


def test_an_address_without_end_is_read_as_its_beginning() -> None:
    assert parsed("?p=main/a" + "&p=main/b" * 100_000, NOW).points == ("main/a", "main/b")
    assert parsed("?" + "&" * SEARCH_MAX_CHARACTERS + "p=main/a", NOW).points == ()


@pytest.mark.parametrize(
    ("search", "unread"),
    [
        ("?p=main/jv ft,main/x&w=1h", ("main/jv ft",)),
        ("?p=main/x&p=flow%20of%20line%202", ("flow of line 2",)),
        ("?p=main/x&w=1w", ("w=1w",)),
        (
            "?p=main/x&from=2026-11-24&to=20261125T000000Z",
            ("from=2026-11-24", "to=20261125T000000Z"),
        ),
        ("?p=main/x&from=20261124T050000Z&w=8h", ("from=20261124T050000Z",)),
        ("?p=main/x,main/x&from=20261124T050000Z&to=20261124T060000Z&w=x", ()),
        ("?p=&w=", ()),
    ],
)
def test_what_an_address_says_and_nobody_can_read_is_kept_to_be_told(
    search: str, unread: tuple[str, ...]
) -> None:
    assert parsed(search, NOW).unread == unread


@pytest.mark.parametrize(
    ("search", "is_moved"),
    [
        ("?w=24h", False),
        ("?w=10s", True),
        ("?w=99y", True),
        ("?w=nonsense", False),
        ("?from=20251124T000000Z&to=20251125T000000Z", False),
        ("?from=20251124T000000Z&to=20251124T000010Z", True),
        ("?from=19000101T000000Z&to=20251124T000010Z", True),
        ("?from=20300101T000000Z&to=20300102T000000Z", True),
    ],
)
def test_a_window_that_cannot_be_shown_is_not_moved_without_a_word(
    search: str, is_moved: bool
) -> None:
    request = parsed(search, NOW)
    assert request.is_moved == is_moved
    assert not parsed(address(request), NOW).is_moved
    assert parsed(address(parsed(search, NOW)), NOW).unread == ()


def test_more_points_than_allowed_are_left_out() -> None:
    many = ",".join(f"main/p{number}" for number in range(POINTS_MAX + 5))
    request = parsed(f"?p={many}", NOW)
    assert len(request.points) == POINTS_MAX
    assert len(request.unread) == 5
