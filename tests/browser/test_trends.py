"""The trend page: from months down to the single reading, and the spike is there all the way."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.browser import wait_for_script
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

POINT = "main/lv-qt-604"
RESOLUTION = "#trend-table td[data-title=Aikatarkkuus]"
SPIKE = 7.77
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
SPIKE_AT = NOW - timedelta(days=20, minutes=7)
HISTORY = timedelta(days=30)


@pytest.fixture(scope="module")
def spiked(live_plant: LivePlant) -> LivePlant:
    """A month of a reading a minute, among them one spike."""
    messages = []
    at = NOW - HISTORY
    while at < NOW:
        value = SPIKE if at == SPIKE_AT else 0.2 + (at.minute % 10) / 100
        payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
        messages.append(Message(f"mikkeli/{POINT}", payload, round(at.timestamp() * 1e6)))
        at += timedelta(minutes=1)
    # Playwright's event loop runs in this thread; ingest wants one of its own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, messages).result()
    return live_plant


def _page(chromium: Browser, plant: LivePlant) -> Page:
    return plant.context(chromium, viewport={"width": 1600, "height": 1000}).new_page()


@pytest.fixture
def page(chromium: Browser, spiked: LivePlant) -> Iterator[Page]:
    opened = _page(chromium, spiked)
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    opened.goto(f"{spiked.dashboard.url}/trends?p={POINT}&w=30d")
    expect(opened.locator("#trend-table tbody tr")).to_have_count(1)
    expect(opened.locator("#trend-chart .js-plotly-plot .main-svg").first).to_be_attached()
    yield opened
    opened.context.close()
    assert not thrown


def _shows_the_spike(page: Page) -> None:
    """Wait until the highest value that is drawn is the spike; the chart may just be drawn."""
    wait_for_script(
        page,
        """(spike) => {
            const values = document.querySelector('#trend-chart .js-plotly-plot')
                .calcdata.flat().map((one) => one.y).filter((y) => Number.isFinite(y));
            return Math.abs(Math.max(...values) - spike) < 1e-6;
        }""",
        SPIKE,
    )


def _range(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(
        "document.querySelector('#trend-chart .js-plotly-plot')._fullLayout.xaxis.range"
    )
    return found


def _zoom_to(page: Page, start: datetime, end: datetime) -> None:
    """Drag across the chart from one moment to another."""
    left, right, y = page.evaluate(
        """([start, end]) => {
            const plot = document.querySelector('#trend-chart .js-plotly-plot');
            const axis = plot._fullLayout.xaxis, box = plot.getBoundingClientRect();
            const x = (ms) => box.left + axis._offset + axis.d2p(ms);
            return [x(start), x(end), box.top + plot._fullLayout.height / 2];
        }""",
        [start.timestamp() * 1000, end.timestamp() * 1000],
    )
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move((left + right) / 2, y, steps=4)
    page.mouse.move(right, y, steps=4)
    page.mouse.up()


def test_a_spike_of_one_reading_is_seen_in_a_month_and_found_by_zooming(page: Page) -> None:
    _shows_the_spike(page)
    expect(page.locator("#trend-table")).to_contain_text("1 h")
    _zoom_to(page, SPIKE_AT - timedelta(days=1), SPIKE_AT + timedelta(days=1))
    expect(page).to_have_url(re.compile("from="))
    expect(page.locator(RESOLUTION)).not_to_have_text("1 h")
    _shows_the_spike(page)
    _zoom_to(page, SPIKE_AT - timedelta(hours=2), SPIKE_AT + timedelta(hours=2))
    expect(page.locator(RESOLUTION)).to_have_text("yksittäiset lukemat")
    _shows_the_spike(page)


def test_a_trend_leads_to_where_its_points_measure(page: Page) -> None:
    place = page.locator("#trend-marks .quiet-link").first
    name = place.inner_text()
    place.click()
    expect(page.locator("main h1")).to_have_text(name)
    expect(page.locator("#asset-chart")).to_be_attached()


def test_a_zoom_is_kept_while_live_data_arrives(page: Page, spiked: LivePlant) -> None:
    _zoom_to(page, SPIKE_AT - timedelta(hours=12), SPIKE_AT + timedelta(hours=12))
    expect(page.locator("#trend-text")).to_contain_text("historia")
    address, before = page.url, _range(page)
    for value in (0.31, 0.32, 0.33):
        spiked.publish(POINT, value)
        page.wait_for_timeout(700)
    page.evaluate("dash_clientside.set_props('tick', {data: Date.now()})")
    page.wait_for_timeout(700)
    assert page.url == address
    assert _range(page) == before


@pytest.mark.exhaustive
def test_a_chart_that_follows_gets_what_was_just_measured(page: Page, spiked: LivePlant) -> None:
    page.get_by_text("1 h", exact=True).first.click()
    expect(page).to_have_url(re.compile("w=1h"))
    expect(page.locator("#trend-text")).to_contain_text("reaaliaikainen")
    spiked.publish(POINT, 0.4567)
    expect(page.locator("#trend-table td[data-title=Viimeisin]")).to_contain_text(
        "0,457", timeout=15_000
    )


@pytest.mark.exhaustive
def test_an_address_brings_the_same_trend_back(
    page: Page, chromium: Browser, spiked: LivePlant
) -> None:
    _zoom_to(page, SPIKE_AT - timedelta(days=2), SPIKE_AT + timedelta(days=2))
    expect(page.locator("#trend-text")).to_contain_text("historia")
    text = page.locator("#trend-text").text_content()
    other = _page(chromium, spiked)
    other.goto(page.url)
    expect(other.locator("#trend-text")).to_have_text(text)
    other.context.close()


def test_a_chart_of_several_units_is_not_an_empty_field(page: Page, spiked: LivePlant) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.locator(".nav-link").first.click()
    expect(page.locator("#overview-trend .yaxislayer-above")).to_have_count(2)
    expect(page.locator("#overview-legend .legend-entry")).to_have_count(2)
    assert errors == []


@pytest.mark.exhaustive
def test_a_trend_of_two_units_has_both_panels_however_often_it_is_opened(
    chromium: Browser, spiked: LivePlant
) -> None:
    page = _page(chromium, spiked)
    spiked.publish("main/jv-ft-205", 500.0)
    for _ in range(3):  # what is cached comes before the figure, and an empty chart is drawn first
        page.goto(f"{spiked.dashboard.url}/trends?p={POINT},main/jv-ft-205&w=1h")
        expect(page.locator("#trend-table tbody tr")).to_have_count(2)
        expect(page.locator("#trend-graph .cartesianlayer .subplot")).to_have_count(2)
    page.context.close()


def test_points_are_chosen_by_name_or_tag(page: Page) -> None:
    page.locator("#trend-points").fill("LV-QT-603")
    page.get_by_role("option", name="LV-QT-603").click()
    expect(page.locator("#trend-table tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("main/lv-qt-604,main/lv-qt-603"))


def test_a_trend_says_which_readings_are_kept_no_more(chromium: Browser, spiked: LivePlant) -> None:
    day = SPIKE_AT.replace(hour=0, minute=0)
    start, end = (f"{day + timedelta(hours=hours):%Y%m%dT%H%M%SZ}" for hours in (-6, 6))
    opened = _page(chromium, spiked)
    opened.goto(f"{spiked.dashboard.url}/trends?p={POINT}&from={start}&to={end}")
    expect(opened.locator("#trend-table tbody tr")).to_have_count(1)
    expect(opened.locator("#trend-text")).not_to_contain_text("ei enää säilytetä")
    with psycopg.connect(spiked.database_url) as connection:
        connection.execute(
            "UPDATE storage_class SET dropped_before = %s WHERE class = 'reading'", (day,)
        )
    opened.reload()
    expect(opened.locator("#trend-text")).to_contain_text("ei enää säilytetä")
    with psycopg.connect(spiked.database_url) as connection:
        connection.execute("UPDATE storage_class SET dropped_before = '-infinity'")
    opened.context.close()
