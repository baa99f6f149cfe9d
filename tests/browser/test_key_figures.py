"""A key figure on its tile, in the chart of days, over time and in a list: one number."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.browser import fill
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

WATER, ENERGY = "main/jv-fq-205", "main/en-jq-901"
FEED, PERMEATE = "ro/p02-ft-01", "ro/p02-ft-02"
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
RATE = 500.0  # m³/h
BASE = 4_000_000.0
MINUTES = 60 * 60
ZERO_AT = MINUTES - 5 * 60  # the minute in which the meter says 0, five hours ago


def _message(point: str, at: datetime, value: float) -> Message:
    payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
    return Message(f"mikkeli/{point}", payload, round(at.timestamp() * 1e6))


def _messages() -> Iterator[Message]:
    for minute in range(MINUTES + 1):
        at = NOW - timedelta(minutes=MINUTES - minute)
        counted = RATE / 60 * minute
        yield _message(WATER, at, 0.0 if minute == ZERO_AT else BASE + counted)
        yield _message(ENERGY, at, BASE + counted / 2)
        if minute % 10 == 0:  # the recovery rises from 15 % to 25 % for the last day
            yield _message(FEED, at, 400.0)
            yield _message(PERMEATE, at, 100.0 if minute > MINUTES - 24 * 60 else 60.0)


@pytest.fixture(scope="module")
def metered(live_plant: LivePlant) -> LivePlant:
    """Sixty hours of a water meter that says 0 once, of an energy meter and of a trial."""
    # Playwright's event loop runs in this thread; ingest wants one of its own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, list(_messages())).result()
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute(
            "UPDATE trial SET starts_at = %s, ends_at = %s WHERE key = 'ro-2026'",
            (NOW - timedelta(hours=60), NOW + timedelta(days=30)),
        )
    return live_plant


@pytest.fixture
def page(chromium: Browser, metered: LivePlant) -> Iterator[Page]:
    opened = metered.context(chromium, viewport={"width": 1600, "height": 1000}).new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    opened.context.close()
    assert not thrown


def _number(text: str) -> float:
    found = re.search(r"[\d\s]+(?:,\d+)?", text)
    assert found is not None, text
    return float(re.sub(r"\s", "", found[0]).replace(",", "."))


def _bars(page: Page) -> list[float | None]:
    """Return the bars of the influent in the chart of volumes."""
    chart = page.locator("[id*='volumes'] .js-plotly-plot")
    expect(chart.locator(".main-svg").first).to_be_attached(timeout=30_000)
    found: list[float | None] = chart.evaluate("(plot) => Array.from(plot.data[0].y)")
    return found


def test_one_zero_of_a_meter_is_no_volume_on_tile_and_bars(page: Page, metered: LivePlant) -> None:
    page.goto(f"{metered.dashboard.url}/flows")
    tile = page.locator("#kpi-influent_volume")
    # The meter sends no more: of each minute since the last reading a little is missing.
    assert _number(tile.locator(".number").inner_text()) == pytest.approx(12_000, rel=0.03)
    expect(tile).to_contain_text("virheellisiä lukemia jätetty pois 1")
    whole_days = [bar for bar in _bars(page) if bar][1:-1]  # the first and the last one are not
    assert whole_days == pytest.approx([12_000.0] * len(whole_days), rel=1e-6)
    assert sum(bar or 0.0 for bar in _bars(page)) == pytest.approx(60 * RATE, rel=0.01)


def test_a_key_figure_leads_to_itself_over_time_and_to_what_its_meters_did(
    page: Page, metered: LivePlant
) -> None:
    page.goto(f"{metered.dashboard.url}/flows")
    tile = page.locator("#kpi-influent_volume")
    number = tile.locator(".number").inner_text()
    tile.click()
    expect(page).to_have_url(re.compile(r"/key-figures\?k=influent_volume&w=24h"))
    expect(page.locator("#figure-tile .number")).to_have_text(number)
    chart = page.locator("#figure-chart .js-plotly-plot .main-svg").first
    expect(chart).to_be_attached(timeout=30_000)
    expect(page.locator("#figure-happened tbody tr")).to_have_count(1)
    expect(page.locator("#figure-happened")).to_contain_text("→ 0 →")
    expect(page.locator("#figure-table tbody tr")).to_have_count(25)
    hours = page.locator("#figure-table tbody tr td:nth-child(2)").all_inner_texts()
    values = [_number(text) for text in hours[1:-1]]
    assert values == pytest.approx([12_000.0] * len(values), rel=0.001)
    page.locator("#figure-window").get_by_text("7 vrk").click()
    expect(page.locator("#figure-table tbody tr")).to_have_count(8)
    expect(page.locator("#figure-happened tbody tr")).to_have_count(1)


@pytest.mark.exhaustive
def test_a_key_figure_is_shown_over_a_month_and_over_days_from_to(
    page: Page, metered: LivePlant
) -> None:
    page.goto(f"{metered.dashboard.url}/key-figures?k=influent_volume&w=7d")
    rows = page.locator("#figure-table tbody tr")
    expect(rows).to_have_count(8, timeout=30_000)
    today = NOW.astimezone(ZoneInfo("Europe/Helsinki")).date()
    page.locator("#figure-period").click()
    page.locator("[role='option']").first.click()  # this month
    expect(rows).to_have_count(today.day)
    fill(page.locator("#figure-first"), (today - timedelta(days=2)).isoformat())
    fill(page.locator("#figure-last"), (today - timedelta(days=1)).isoformat())
    page.locator("#figure-last").press("Enter")
    expect(rows).to_have_count(48)  # two days are shown by the hour
    page.locator("#figure-window").get_by_text("30 vrk").click()
    expect(rows).to_have_count(31)


@pytest.mark.exhaustive
def test_the_key_figures_of_a_trial_follow_the_chosen_window(
    page: Page, metered: LivePlant
) -> None:
    with psycopg.connect(metered.database_url) as connection:
        row = connection.execute("SELECT trial_id FROM trial WHERE key = 'ro-2026'").fetchone()
    assert row is not None
    page.goto(f"{metered.dashboard.url}/trials/{row[0]}")
    number = page.locator("#kpi-recovery-ro .number")
    expect(number).to_have_text(re.compile(r"^2[45],\d$"), timeout=30_000)
    page.get_by_text("koko koeajo", exact=True).click()
    expect(number).to_have_text(re.compile(r"^(18|19),\d$"), timeout=30_000)
    expect(page.locator("#kpi-recovery-ro")).not_to_contain_text("viim. 24 h")


def test_a_key_figure_that_there_is_not_is_no_page(page: Page, metered: LivePlant) -> None:
    page.goto(f"{metered.dashboard.url}/key-figures?k=nothing")
    expect(page.locator(".notice h1")).to_be_visible()
