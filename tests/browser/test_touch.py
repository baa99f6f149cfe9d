"""A trend under a thumb, on a phone with a real touch screen as Chromium makes one."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fixtures.browser import wait_for_script
from tests.fixtures.chart import Chart
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

FLOW, OTHERS = "main/jv-ft-205", ("main/jv-tt-206", "main/lv-ft-601", "main/il1-at-411")
PHONE = {"width": 390, "height": 844}
VALUES = 40
FINGER_STEPS = 6
# The address counts whole seconds, and so does the chart that it makes; fingers do not.
DRAWN_ANEW = """() => {
    const plot = document.querySelector("#trend-chart .js-plotly-plot");
    return plot && plot._fullLayout && plot._fullLayout.xaxis.range[0] % 1000 === 0;
}"""


@pytest.fixture(scope="module")
def measured(live_plant: LivePlant) -> LivePlant:
    now = datetime.now(UTC)
    for step in range(VALUES):
        for place, point in enumerate((FLOW, *OTHERS)):
            at = now - timedelta(seconds=10 * (VALUES - step) - place)
            live_plant.publish(point, 10.0 + step, at)
    return live_plant


@pytest.fixture
def page(chromium: Browser, measured: LivePlant) -> Iterator[Page]:
    context = measured.context(chromium, viewport=PHONE, has_touch=True, is_mobile=True)
    opened = context.new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    opened.goto(f"{measured.dashboard.url}/trends?p={FLOW}&w=1h")
    yield opened
    context.close()
    assert thrown == []


class Fingers:
    """Fingers on the screen of a page, moved as a hand moves them."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def _send(self, kind: str, places: list[tuple[float, float]]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def move(
        self,
        starts: list[tuple[float, float]],
        ends: list[tuple[float, float]],
        before_lift: Callable[[], object] = lambda: None,
    ) -> None:
        """Put fingers down at `starts`, move them to `ends`, and lift them."""
        self._send("touchStart", starts)
        for step in range(1, FINGER_STEPS + 1):
            share = step / FINGER_STEPS
            self._send(
                "touchMove",
                [
                    (x + share * (to_x - x), y + share * (to_y - y))
                    for (x, y), (to_x, to_y) in zip(starts, ends, strict=True)
                ],
            )
        before_lift()
        self._send("touchEnd", [])


def _chart(page: Page) -> Chart:
    expect(page.locator("#trend-table tbody tr").first).to_be_attached(timeout=30_000)
    chart = Chart(page)
    chart.plot.scroll_into_view_if_needed()
    return chart


def _width_s(page: Page) -> float:
    fields = parse_qs(urlsplit(page.url).query)
    start, end = (datetime.fromisoformat(fields[one][0]) for one in ("from", "to"))
    return (end - start).total_seconds()


def _is_inside(tip: Locator) -> bool:
    box: Any = tip.locator(".legend, .hovertext").first.bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


def test_a_tap_shows_the_value_and_the_chart_goes_on_following(page: Page) -> None:
    chart = _chart(page)
    _, right, top, bottom = chart.edges
    address = page.url
    tip = page.locator(".hoverlayer")
    for back in (10, 18, 10):
        page.touchscreen.tap(right - back, (top + bottom) / 2)
        expect(tip).to_contain_text("Tulovirtaama")
        expect(tip).to_contain_text("m³/h")
        assert _is_inside(tip)
        page.wait_for_timeout(400)
    expect(page.locator("#trend-text")).to_contain_text("reaaliaikainen")
    assert page.url == address
    page.touchscreen.tap(right - 100, 30)
    expect(tip).to_be_empty()


def test_a_drag_of_a_finger_zooms_to_what_it_went_over(page: Page) -> None:
    chart = _chart(page)
    left, right, top, bottom = chart.edges
    y = (top + bottom) / 2
    middle = (left + right) / 2
    Fingers(page).move([(middle, y)], [(right - 2, y + 4)])
    expect(page).to_have_url(re.compile("from="))
    expect(page.locator("#trend-text")).to_contain_text("historia")
    assert _width_s(page) == pytest.approx(1_800, abs=60)


@pytest.mark.exhaustive
def test_two_fingers_zoom_in_and_out(page: Page) -> None:
    chart = _chart(page)
    left, right, top, bottom = chart.edges
    y, middle = (top + bottom) / 2, (left + right) / 2
    narrow, wide = [(middle - 40, y), (middle + 40, y)], [(middle - 80, y), (middle + 80, y)]
    fingers = Fingers(page)
    line = chart.plot.locator(".scatterlayer")

    def is_wider() -> None:
        drawn: Any = line.bounding_box()
        assert drawn["width"] > before["width"] * 1.5

    before: Any = line.bounding_box()
    fingers.move(narrow, wide, is_wider)
    expect(page).to_have_url(re.compile("from="))
    assert _width_s(page) == pytest.approx(1_800, abs=30)
    zoomed = page.url
    wait_for_script(page, DRAWN_ANEW)
    fingers.move(wide, narrow)
    expect(page).not_to_have_url(zoomed)
    assert _width_s(page) == pytest.approx(3_600, abs=60)


def test_a_swipe_over_a_chart_scrolls_the_page_and_nothing_else(page: Page) -> None:
    chart = _chart(page)
    page.evaluate("window.scrollTo(0, 0)")
    left, right, _, bottom = chart.edges
    address, x = page.url, (left + right) / 2
    Fingers(page).move([(x, bottom - 10)], [(x, max(bottom - 250, 60))])
    wait_for_script(page, "() => window.scrollY > 50")
    assert page.url == address
    expect(page.locator(".zoom-band")).to_have_count(0)


@pytest.mark.exhaustive
def test_a_tooltip_of_several_points_stays_inside_the_screen(
    page: Page, measured: LivePlant
) -> None:
    names = ",".join((FLOW, *OTHERS))
    for path in (f"/trends?p={names}&w=1h", f"/trends?p={names}&w=7d", "/flows"):
        page.goto(measured.dashboard.url + path)
        plots = page.locator(".chart .js-plotly-plot:has(.scatterlayer .trace, .barlayer .point)")
        expect(plots.first).to_be_attached(timeout=30_000)
        plot = plots.first
        plot.scroll_into_view_if_needed()
        box: Any = plot.bounding_box()
        tip = plot.locator(".hoverlayer")
        for share in (0.55, 0.97):
            page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + 80)
            if tip.locator("text").count():
                assert _is_inside(tip), path
        expect(tip.locator("text").first).to_be_visible()
