"""A plant that changes: a unit, a limit, a point that is there no more. The past stays readable."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.browser import wait_for_script
from tests.fixtures.cells import cells
from tests.fixtures.dashboard import SITE, LivePlant

pytestmark = pytest.mark.browser

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
CHANGE = NOW - timedelta(minutes=90)
FLOW, OTHER, GONE = "main/mbr-ft-552", "main/jv-ft-206", "main/il2-ft-428"
FLOW_M3_H, FLOW_L_S = 360.0, 100.0
DRAWN = """() => (document.querySelector('#trend-chart .js-plotly-plot')?.calcdata ?? [])
    .flat().map((one) => one.y).filter((y) => Number.isFinite(y))"""
HEADING = '[[point]]\nkey = "{key}"'


@pytest.fixture(scope="module")
def changed(live_plant: LivePlant, tmp_path_factory: pytest.TempPathFactory) -> LivePlant:
    """Eight hours of a level flow, whose unit changed meanwhile; two points that were retired."""
    messages = []
    for minute in range(8 * 60):
        at = NOW - timedelta(minutes=minute)
        values = {FLOW: FLOW_M3_H if at < CHANGE else FLOW_L_S, GONE: 700.0}
        for point, value in values.items():
            payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
            messages.append(Message(f"mikkeli/{point}", payload, round(at.timestamp() * 1e6)))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, messages).result()
    folder = tmp_path_factory.mktemp("site") / "mikkeli"
    shutil.copytree(SITE, folder)
    flow = _edit(folder, "mbr-ft-552")
    since = f'unit = "L/s"\nunit_display = "l/s"\nsince = {CHANGE:%Y-%m-%dT%H:%M:%SZ}'
    _write(folder, flow, flow.replace('unit = "m3/h"', since))
    for key in ("il1-ft-418", "il2-ft-428"):
        _write(folder, _edit(folder, key), "")
    load(live_plant.database_url, read(folder), now=NOW)
    return live_plant


def _edit(folder: Path, key: str) -> str:
    """Return the table of a point, up to the next one."""
    heading = HEADING.format(key=key)
    (text,) = (one for one in map(Path.read_text, folder.glob("*.toml")) if heading in one)
    begin = text.index(heading)
    end = text.find("[[point]]", begin + 1)
    return text[begin : len(text) if end < 0 else end]


def _write(folder: Path, old: str, new: str) -> None:
    for path in folder.glob("*.toml"):
        text = path.read_text()
        if old in text:
            path.write_text(text.replace(old, new))


@pytest.fixture
def page(chromium: Browser, changed: LivePlant) -> Iterator[Page]:
    context = changed.context(chromium, viewport={"width": 1600, "height": 1000})
    yield context.new_page()
    context.close()


def _drawn(page: Page) -> list[float]:
    """Return all values that are drawn, as soon as there are any."""
    wait_for_script(page, f"() => ({DRAWN})().length > 0")
    found: list[float] = page.evaluate(DRAWN)
    return found


@pytest.mark.parametrize("window", cells(["8h", "30d", "1y"], quick={"8h"}))
def test_a_level_flow_is_level_after_its_unit_changed_and_the_page_says_so(
    page: Page, changed: LivePlant, window: str
) -> None:
    page.goto(f"{changed.dashboard.url}/trends?p={FLOW}&w={window}")
    expect(page.locator("#trend-text")).to_contain_text("asti yksikkönä oli m³/h", timeout=20_000)
    expect(page.locator("#trend-text")).to_contain_text("muunnettu yksikköön l/s")
    values = _drawn(page)
    assert values == pytest.approx([FLOW_L_S] * len(values))
    for column in ("Minimi", "Keskiarvo", "Maksimi"):
        expect(page.locator(f"#trend-table td[data-title={column}]")).to_contain_text("100")


def test_a_window_after_the_change_says_nothing_of_it(page: Page, changed: LivePlant) -> None:
    page.goto(f"{changed.dashboard.url}/trends?p={FLOW}&w=1h")
    expect(page.locator("#trend-table tbody tr")).to_have_count(1)
    expect(page.locator("#trend-text")).not_to_contain_text("muunnettu")


def test_a_card_of_converted_history_says_so(page: Page, changed: LivePlant) -> None:
    page.goto(f"{changed.dashboard.url}/flows")
    card = page.locator(".card", has_text="yksikkönä oli m³/h").first
    expect(card).to_contain_text("muunnettu yksikköön l/s")


def test_a_retired_point_is_offered_in_windows_in_which_it_lived(
    page: Page, changed: LivePlant
) -> None:
    page.goto(f"{changed.dashboard.url}/trends?p={FLOW}&w=8h")
    page.locator("#trend-points").fill("IL2-FT-428")
    option = page.get_by_role("option").filter(has_text="IL2-FT-428")
    expect(option).to_contain_text("poistettu käytöstä")
    option.click()
    expect(page.locator("#trend-table tbody tr")).to_have_count(2)
    expect(page.locator("#trend-text")).to_contain_text("IL2-FT-428) poistettiin käytöstä")


@pytest.mark.exhaustive
def test_a_retired_point_is_found_by_its_address(page: Page, changed: LivePlant) -> None:
    page.goto(f"{changed.dashboard.url}/trends?p={GONE}&w=8h")
    expect(page.locator("#trend-table tbody tr")).to_have_count(1)
    values = _drawn(page)
    assert set(values) == {700.0}


def test_a_retired_point_is_no_longer_offered_where_it_never_lived(
    page: Page, changed: LivePlant
) -> None:
    start = NOW + timedelta(minutes=10)
    stamps = f"from={start:%Y%m%dT%H%M%SZ}&to={start + timedelta(minutes=20):%Y%m%dT%H%M%SZ}"
    page.goto(f"{changed.dashboard.url}/trends?p={FLOW}&{stamps}")
    page.locator("#trend-points").fill("MBR-FT-552")
    expect(page.get_by_role("option").filter(has_text="MBR-FT-552")).to_have_count(1)
    page.locator("#trend-points").fill("IL2-FT-428")
    expect(page.get_by_role("option").filter(has_text="MBR-FT-552")).to_have_count(0)
    expect(page.get_by_role("option").filter(has_text="IL2-FT-428")).to_have_count(0)


def test_a_card_of_points_that_the_plant_does_not_have_says_so(
    page: Page, changed: LivePlant
) -> None:
    page.goto(f"{changed.dashboard.url}/flows")
    expect(page.locator(".card", has_text="Sisäinen kierto")).to_have_count(0)
    page.get_by_text("Mitä tällä sivulla ei näytetä ja miksi").click()
    lacks = page.locator(".page-lacks")
    expect(lacks).to_contain_text("Laitoksella ei ole mittauspisteitä näihin:")
    expect(lacks).to_contain_text("Sisäinen kierto")


@pytest.mark.exhaustive
def test_a_card_without_readings_says_that_there_are_none_in_the_window(
    page: Page, changed: LivePlant
) -> None:
    page.goto(f"{changed.dashboard.url}/quality")
    card = page.locator(".card", has_text="pH").first
    expect(card).to_contain_text("Ei lukemia tällä aikavälillä.")


def test_a_tile_shows_a_reading_of_before_the_change_in_the_unit_of_today(
    page: Page, changed: LivePlant
) -> None:
    changed.publish(OTHER, 1.0)  # anything: a commit wakes it
    page.goto(f"{changed.dashboard.url}/flows")
    tile = page.locator(".tile", has_text="l/s").first
    expect(tile.locator(".number")).to_have_text("100")
