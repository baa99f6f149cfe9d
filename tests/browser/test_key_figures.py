"""A key figure on its tile, in the chart of days, over time and in a list: one number."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = timedelta(hours=1)
RATE = 500.0  # m³/h
BASE = 4_000_000.0
MINUTES = 60 * 60
COMING_MINUTES = 60  # nothing is missing, however long the tests take
ZERO_AT = MINUTES - 5 * 60  # the minute in which the meter says 0, five hours ago


def _message(point: str, at: datetime, value: float) -> Message:
    payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
    return Message(f"mikkeli/{point}", payload, round(at.timestamp() * 1e6))


@dataclass(frozen=True)
class Metered:
    """A plant whose meters count from `begin` to `end`."""

    plant: LivePlant
    begin: datetime
    end: datetime

    def counted(self, day: date) -> float:
        """Return the volume of a day at the site, which has 23, 24 or 25 hours."""
        start, end = (_midnight(day + timedelta(days=n)) for n in (0, 1))
        return max((min(end, self.end) - max(start, self.begin)) / HOUR, 0.0) * RATE

    def goto(self, page: Page, path: str) -> None:
        page.goto(self.plant.dashboard.url + path)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HELSINKI).astimezone(UTC)


def _today() -> date:
    return datetime.now(HELSINKI).date()


def _messages(begin: datetime) -> Iterator[Message]:
    for minute in range(MINUTES + COMING_MINUTES + 1):
        at = begin + timedelta(minutes=minute)
        counted = RATE / 60 * minute
        yield _message(WATER, at, 0.0 if minute == ZERO_AT else BASE + counted)
        yield _message(ENERGY, at, BASE + counted / 2)
        # The recovery rises from 15 % to 25 % for the last day.
        share = 0.25 if minute > MINUTES - 24 * 60 else 0.15
        feed = 400.0 + minute % 7 * 5  # a flow that never moves would be suspect
        yield _message(FEED, at, feed)
        yield _message(PERMEATE, at, feed * share)


@pytest.fixture(scope="module")
def metered(live_plant: LivePlant) -> Metered:
    """Sixty hours of a water meter that says 0 once, of an energy meter and of a trial."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    begin = now - timedelta(minutes=MINUTES)
    # Playwright's event loop runs in this thread; ingest wants one of its own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, list(_messages(begin))).result()
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute(
            "UPDATE trial SET starts_at = %s, ends_at = %s WHERE key = 'ro-2026'",
            (begin, now + timedelta(days=30)),
        )
    return Metered(live_plant, begin, now + timedelta(minutes=COMING_MINUTES))


@pytest.fixture
def page(chromium: Browser, metered: Metered) -> Iterator[Page]:
    opened = metered.plant.context(chromium, viewport={"width": 1600, "height": 1000}).new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    opened.context.close()
    assert not thrown


def _number(text: str) -> float:
    found = re.search(r"[\d\s]+(?:,\d+)?", text)
    assert found is not None, text
    return float(re.sub(r"\s", "", found[0]).replace(",", "."))


def _bars(page: Page) -> dict[date, float]:
    """Return the bars of the influent in the chart of volumes, by day."""
    chart = page.locator("[id*='volumes'] .js-plotly-plot")
    expect(chart.locator(".main-svg").first).to_be_attached(timeout=30_000)
    found: list[tuple[str, float | None]] = chart.evaluate(
        "({data: [trace]}) => Array.from(trace.x, (day, place) => [day, trace.y[place]])"
    )
    return {
        datetime.strptime(text.split()[-1], "%d.%m.%Y").replace(tzinfo=UTC).date(): value or 0.0
        for text, value in found
    }


def _shows_last_days(page: Page, days: int) -> None:
    """Wait for a row of each day that the last `days` times 24 hours touch."""
    now = datetime.now(UTC)
    first, last = (at.astimezone(HELSINKI).date() for at in (now - timedelta(days=days), now))
    expect(page.locator("#figure-table tbody tr")).to_have_count((last - first).days + 1)


def test_one_zero_of_a_meter_is_no_volume_on_tile_and_bars(page: Page, metered: Metered) -> None:
    metered.goto(page, "/flows")
    tile = page.locator("#kpi-influent_volume")
    assert _number(tile.locator(".number").inner_text()) == pytest.approx(12_000, rel=1e-3)
    expect(tile).to_contain_text("virheellisiä lukemia jätetty pois 1")
    *whole, today = sorted(_bars(page).items())
    assert {day: bar for day, bar in whole if bar} == pytest.approx(
        {day: counted for day, _ in whole if (counted := metered.counted(day))}, rel=1e-3
    )
    assert today[1] <= metered.counted(today[0]) * (1 + 1e-9)


def test_a_key_figure_leads_to_itself_over_time_and_to_what_its_meters_did(
    page: Page, metered: Metered
) -> None:
    metered.goto(page, "/flows")
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
    _shows_last_days(page, 7)
    expect(page.locator("#figure-happened tbody tr")).to_have_count(1)


@pytest.mark.exhaustive
def test_a_key_figure_is_shown_over_a_month_and_over_days_from_to(
    page: Page, metered: Metered
) -> None:
    metered.goto(page, "/key-figures?k=influent_volume&w=7d")
    _shows_last_days(page, 7)
    rows = page.locator("#figure-table tbody tr")
    page.locator("#figure-period").click()
    page.locator("[role='option']").nth(1).click()
    expect(rows).to_have_count((_today().replace(day=1) - timedelta(days=1)).day)
    fill(page.locator("#figure-first"), "2026-11-03")
    fill(page.locator("#figure-last"), "2026-11-04")
    page.locator("#figure-last").press("Enter")
    expect(rows).to_have_count(48)  # two days are shown by the hour
    page.locator("#figure-window").get_by_text("30 vrk").click()
    _shows_last_days(page, 30)


@pytest.mark.exhaustive
def test_the_key_figures_of_a_trial_follow_the_chosen_window(page: Page, metered: Metered) -> None:
    with psycopg.connect(metered.plant.database_url) as connection:
        row = connection.execute("SELECT trial_id FROM trial WHERE key = 'ro-2026'").fetchone()
    assert row is not None
    metered.goto(page, f"/trials/{row[0]}")
    number = page.locator("#kpi-recovery-ro .number")
    expect(number).to_have_text(re.compile(r"^2[45],\d$"), timeout=30_000)
    page.get_by_text("koko koeajo", exact=True).click()
    expect(number).to_have_text(re.compile(r"^(18|19),\d$"), timeout=30_000)
    expect(page.locator("#kpi-recovery-ro")).not_to_contain_text("viim. 24 h")


def test_a_key_figure_that_there_is_not_is_no_page(page: Page, metered: Metered) -> None:
    metered.goto(page, "/key-figures?k=nothing")
    expect(page.locator(".notice h1")).to_be_visible()
