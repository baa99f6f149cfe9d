"""A stored value may be anything that a double can hold: pages show it and stay up."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.cells import cells
from tests.fixtures.dashboard import LivePlant

pytestmark = pytest.mark.browser

# A tile of the overview each, without ranges and in no pair: nothing judges the value.
WILD = {
    "main/jv-ft-205": (3.4e38, "3,4·10³⁸"),
    "main/lv-qt-605": (-0.04, "−0,04"),
    "main/lv-qt-604": (0.0004, "0,0004"),
    "main/il1-at-411": (5e-324, "4,94·10⁻³²⁴"),
    "main/en-ji-901": (-1e300, "−1·10³⁰⁰"),
    "main/mbr1-pdt-512": (4_024_217.0, "4 024 217,0"),
}
WINDOWS = ("1h", "7d", "1y")


@pytest.fixture(scope="module")
def wild(live_plant: LivePlant) -> LivePlant:
    """Points that nothing bounds, with twelve at their beginning and one wild value each."""
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute(
            "UPDATE point_definition SET range_lo = NULL, range_hi = NULL, typical_lo = NULL,"
            " typical_hi = NULL WHERE point_id IN"
            " (SELECT point_id FROM point_current WHERE line || '/' || key = ANY(%s))",
            (list(WILD),),
        )
    now = datetime.now(UTC)
    messages = []
    for name, (value, _) in WILD.items():
        for age_s, sent in ((120, 12.0), (60, 12.0), (5, value)):
            at = now - timedelta(seconds=age_s)
            payload = json.dumps({"t": at.isoformat(), "v": sent}).encode()
            messages.append(Message(f"mikkeli/{name}", payload, round(at.timestamp() * 1e6)))
    # Playwright's event loop runs in this thread; ingest wants one of its own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, messages).result()
    return live_plant


@pytest.fixture
def page(chromium: Browser, wild: LivePlant) -> Iterator[Page]:
    opened = wild.context(chromium, viewport={"width": 1400, "height": 1000}).new_page()
    refused: list[str] = []
    opened.on("response", lambda one: refused.append(one.url) if one.status >= 500 else None)
    yield opened
    opened.context.close()
    assert not refused


def test_a_tile_shows_a_wild_value_in_a_short_form(page: Page, wild: LivePlant) -> None:
    page.goto(wild.dashboard.url)
    numbers = page.locator(".tiles-overview .tile .number")
    expect(numbers.first).to_have_text(WILD["main/jv-ft-205"][1])
    shown = {text.replace("\N{NO-BREAK SPACE}", " ") for text in numbers.all_text_contents()}
    assert shown >= {text for _, text in WILD.values()}, shown


@pytest.mark.parametrize("window", cells(WINDOWS, quick=WINDOWS[:1]))
def test_one_wild_value_costs_no_trend(page: Page, wild: LivePlant, window: str) -> None:
    page.goto(f"{wild.dashboard.url}/trends?p={','.join(WILD)}&w={window}")
    rows = page.locator("#trend-table tbody tr")
    expect(rows).to_have_count(len(WILD))
    expect(page.locator("#trend-chart .js-plotly-plot .main-svg").first).to_be_attached()
    for place, (_, text) in enumerate(WILD.values()):
        expect(rows.nth(place).locator("td").nth(2)).to_contain_text(text)


@pytest.mark.parametrize("path", cells(["/flows", "/energy", "/quality"], quick={"/energy"}))
def test_one_wild_value_costs_no_board(page: Page, wild: LivePlant, path: str) -> None:
    page.goto(wild.dashboard.url + path)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_attached(timeout=20_000)
