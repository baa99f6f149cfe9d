"""The site's clock rules in a browser of any zone, also on the two nights that change it."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.cells import cells
from tests.fixtures.chart import Chart
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

POINT = "main/jv-tt-206"
ZONE = "America/New_York"  # all other tests of pages have a browser in the plant's own
OTHER_ZONES = ("Europe/Helsinki", "Asia/Kolkata", "Pacific/Auckland", "UTC")
STEP = timedelta(minutes=10)
AUTUMN = datetime(
    2026, 10, 24, 21, tzinfo=UTC
)  # local midnight; 04:00 goes back to 03:00 at 01:00Z
SPRING = datetime(2026, 3, 28, 22, tzinfo=UTC)  # local midnight; 03:00 goes on to 04:00 at 01:00Z
SUMMER = datetime(2026, 7, 1, 21, tzinfo=UTC)
NIGHT = timedelta(hours=8)
NIGHTS = {"autumn": AUTUMN, "spring": SPRING, "summer": SUMMER}
PX_TOLERANCE = 2.0
STAMP = "%Y%m%dT%H%M%SZ"

Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def nightly(live_plant: LivePlant) -> LivePlant:
    """A reading every 10 minutes over three nights."""
    moments = [night + n * STEP for night in NIGHTS.values() for n in range(int(NIGHT / STEP))]
    messages = [
        Message(
            f"mikkeli/{POINT}",
            json.dumps({"t": at.isoformat(), "v": 8 + at.hour / 10 + at.minute / 600}).encode(),
            round(at.timestamp() * 1e6),
        )
        for at in moments
    ]
    # Playwright's event loop runs in this thread; ingest wants one of its own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, messages).result()
    return live_plant


@pytest.fixture(params=cells((ZONE, *OTHER_ZONES), quick={ZONE}))
def opened(request: pytest.FixtureRequest, chromium: Browser, nightly: LivePlant) -> Iterator[Open]:
    """Opens an address in a browser of each zone; no page may have had an error."""
    context = nightly.context(
        chromium, timezone_id=request.param, viewport={"width": 1400, "height": 900}
    )
    thrown: list[str] = []

    def page(address: str) -> Page:
        found = context.new_page()
        found.on("pageerror", lambda error: thrown.append(str(error)))
        found.goto(nightly.dashboard.url + address)
        return found

    yield page
    context.close()
    assert thrown == []


def _address(start: datetime, width: timedelta) -> str:
    return f"/trends?p={POINT}&from={start:{STAMP}}&to={start + width:{STAMP}}"


def _window(page: Page) -> tuple[datetime, datetime]:
    """Return the window that the address of a page says."""
    fields = parse_qs(urlsplit(page.url).query)
    start, end = (
        datetime.strptime(fields[name][0], STAMP).replace(tzinfo=UTC) for name in ("from", "to")
    )
    return start, end


def _text(page: Page) -> str:
    return page.locator("#trend-text").inner_text()


def _is_near(found: datetime, meant: datetime, width: timedelta) -> bool:
    """Tell whether a moment is meant as well as a mouse can point at it."""
    return abs(found - meant) <= width * (PX_TOLERANCE + 1) / 1000


@pytest.mark.parametrize("night", cells(NIGHTS, quick={"autumn"}))
def test_a_drag_from_label_to_label_shows_the_time_between_them(opened: Open, night: str) -> None:
    start = NIGHTS[night]
    page = opened(_address(start, NIGHT))
    chart = Chart(page)
    before = page.url
    chart.drag(chart.x_of("1.00"), chart.x_of("5.00"))
    expect(page).not_to_have_url(before)
    # From 01:00 to 05:00 five hours pass in autumn, and three in spring.
    hours = {"autumn": 5, "spring": 3, "summer": 4}[night]
    found = _window(page)
    assert _is_near(found[0], start + timedelta(hours=1), NIGHT), found
    assert _is_near(found[1], start + timedelta(hours=1 + hours), NIGHT), found
    expect(page.locator("#trend-text")).to_contain_text(
        re.compile(r"(0\.59|1\.0[01]).*(4\.59|5\.0[01])")
    )


def test_the_repeated_hour_of_autumn_stands_twice_and_the_line_never_runs_back(
    opened: Open,
) -> None:
    page = opened(_address(AUTUMN, timedelta(hours=6)))
    chart = Chart(page)
    texts = [label.text for label in chart.labels]
    assert texts[0].startswith("0.00")
    twice = [text for text in texts if text.startswith("3.00")]
    assert twice == ["3.00 UTC+3", "3.00 UTC+2"]
    _stands_straight(chart, AUTUMN, timedelta(hours=6))


def test_the_hour_that_never_was_in_spring_has_no_label_and_no_width(opened: Open) -> None:
    page = opened(_address(SPRING, timedelta(hours=6)))
    chart = Chart(page)
    texts = [label.text for label in chart.labels]
    assert not [text for text in texts if text.startswith("3.")]
    assert {"2.30", "4.00"} <= set(texts)
    assert texts.index("4.00") == texts.index("2.30") + 1
    _stands_straight(chart, SPRING, timedelta(hours=6))


def _stands_straight(chart: Chart, start: datetime, width: timedelta) -> None:
    """Check that labels and points are as far apart as their moments."""
    left, right, *_ = chart.edges
    px = (right - left) / width.total_seconds()
    gaps = {round(after.x - before.x) for before, after in pairwise(chart.labels)}
    assert max(gaps) - min(gaps) <= PX_TOLERANCE, gaps
    inside = [x for x in chart.points_x if left <= x <= right]
    assert len(inside) >= width / STEP
    steps = [after - before for before, after in pairwise(chart.points_x)]
    assert min(steps) > 0
    assert steps == pytest.approx([STEP.total_seconds() * px] * len(steps), abs=PX_TOLERANCE)


def test_the_tooltip_says_which_of_the_two_hours_is_meant(opened: Open) -> None:
    chart = Chart(opened(_address(AUTUMN, timedelta(hours=6))))
    for label in ("UTC+3", "UTC+2"):
        tip = chart.hover(chart.x_of(f"3.00 {label}"))
        expect(tip).to_contain_text(f"su 25.10.2026 3.00.00 ({label})")


def test_a_window_in_the_repeated_hour_says_which_hour_is_meant(opened: Open) -> None:
    page = opened(_address(AUTUMN, NIGHT))
    chart = Chart(page)
    width = (chart.x_of("5.00") - chart.x_of("4.00")) * 0.9
    for label, start in (
        ("UTC+3", AUTUMN + timedelta(hours=3)),
        ("UTC+2", AUTUMN + timedelta(hours=4)),
    ):
        page.goto(page.url.partition("/trends")[0] + _address(AUTUMN, NIGHT))
        chart = Chart(page)
        x = chart.x_of(f"3.00 {label}")
        before = page.url
        chart.drag(x + 5, x + width)
        expect(page).not_to_have_url(before)
        assert start < _window(page)[0] < _window(page)[1] < start + timedelta(hours=1)
        expect(page.locator("#trend-text")).to_contain_text(
            re.compile(rf"3\.\d\d \({re.escape(label)}\) – .*\({re.escape(label)}\)")
        )
        expect(page.locator("#trend-chart .xtick", has_text=label).first).to_be_visible()
        expect(page.locator("#trend-table td[data-title=Viimeisin]")).to_contain_text(f"({label})")


@pytest.mark.exhaustive
@pytest.mark.parametrize("night", ["autumn", "spring"])
def test_moving_over_the_change_keeps_the_labels_at_their_times(opened: Open, night: str) -> None:
    start = NIGHTS[night]
    page = opened(_address(start - timedelta(hours=2), timedelta(hours=4)))
    chart = Chart(page)
    left, right, *_ = chart.edges
    before, hour_px = page.url, (right - left) / 4
    chart.drag(right - 10, right - 10 - 2 * hour_px, shift=True)
    expect(page).not_to_have_url(before)
    assert _is_near(_window(page)[0], start, timedelta(hours=4))
    before = page.url
    page.get_by_role("button", name="Eteenpäin").click()
    expect(page.locator("#trend-text")).to_contain_text(re.compile(r" (1\.59|2\.0[01]) .*–"))
    expect(page).not_to_have_url(before)
    assert _is_near(_window(page)[0], start + timedelta(hours=2), timedelta(hours=4))
    expect(page.locator("#trend-chart .xtick", has_text="4.00")).to_be_visible()


def test_a_link_shows_the_same_times_to_everybody(opened: Open) -> None:
    page = opened(_address(AUTUMN + timedelta(hours=3), timedelta(hours=1)))
    expect(page.locator("#trend-text")).to_contain_text("su 25.10.2026 3.00 (UTC+3) – 3.00 (UTC+2)")


def test_a_chart_that_follows_ends_at_the_sites_present(opened: Open, nightly: LivePlant) -> None:
    # Not this moment: a chart follows in steps, and what is newer stands beyond its edge.
    nightly.publish(POINT, 9.0, datetime.now(UTC) - timedelta(seconds=30))
    page = opened(f"/trends?p={POINT}&w=1h")
    expect(page.locator("#trend-table td[data-title=Viimeisin]")).to_contain_text("9,0")
    chart = Chart(page)
    left, right, *_ = chart.edges
    newest = max(chart.points_x)
    assert right - (right - left) / 20 < newest <= right
    chart.drag(right - (right - left) / 3, right + 20)
    expect(page.locator("#trend-text")).to_contain_text("historia")
    expect(page.locator("#trend-table td[data-title=Viimeisin]")).to_contain_text("9,0")


@pytest.mark.exhaustive
def test_the_clock_in_the_header_says_which_of_the_two_hours_it_is(opened: Open) -> None:
    page = opened("/")
    clock = page.locator("#clock")
    for hour, text in ((2, "2.30.00"), (3, "3.30.00 UTC+3"), (4, "3.30.00 UTC+2"), (5, "4.30.00")):
        moment = AUTUMN + timedelta(hours=hour, minutes=30)
        page.evaluate("(ms) => { window.virtaama.now = () => ms; }", moment.timestamp() * 1000)
        expect(clock).to_have_text(re.compile(rf"(\b|0){re.escape(text)}$"))
