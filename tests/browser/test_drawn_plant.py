"""A plant that nobody shipped, in a browser: each page of its menu is filled and can be read."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.pipeline.backfill import backfill
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.browser import wait_for_script
from tests.fixtures.calculation_process import CalculationProcess
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.drawn_plants import Past, drawn_plant, readings
from tests.fixtures.ingest_process import rows
from tests.fixtures.people import signed_in
from tests.fixtures.service_process import wait_until
from tests.fixtures.site_files import written

pytestmark = pytest.mark.browser

MEASURE = (Path(__file__).parents[1] / "fixtures/text_boxes.js").read_text(encoding="utf-8")
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
DAYS = 2
WIDTHS = (1366, 390)
WITHOUT_VALUE = "SELECT count(*) FROM point WHERE point_id NOT IN (SELECT point_id FROM latest)"
# Whatever is still empty: a chart without a drawing, a tile or a small value without a number. A
# key figure may be over more days than there are readings of.
EMPTY = """() => [
    ...[...document.querySelectorAll('main .card:not(:has(.entries)) .chart')]
        .filter((one) => !one.querySelector('.main-svg'))
        .map((one) => `chart ${one.closest('.card').querySelector('h2').textContent}`),
    ...[...document.querySelectorAll('main :is(.tile:not(.key-figure), .chip) .number')]
        .filter((one) => ['', '–'].includes(one.textContent.trim()))
        .map((one) => `value ${one.closest('.tile, .chip').textContent}`),
]"""


@pytest.fixture
def drawn(
    chance: random.Random, migrated_url: str, tmp_path: Path
) -> Iterator[tuple[DashboardProcess, str, list[str]]]:
    """A dashboard with a drawn plant, the token of an operator, and addresses of it."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    plant = drawn_plant(chance)
    site = read(written(tmp_path, plant.text))
    load(migrated_url, site, now=now - timedelta(days=30))
    messages = list(readings(site, Past(now, DAYS), chance))
    # Playwright's event loop runs in this thread; ingest wants one of its own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, migrated_url, messages).result()
    with CalculationProcess(tmp_path, migrated_url) as calculation:
        wait_until(lambda: rows(migrated_url, WITHOUT_VALUE) == [(0,)], calculation.ready().log)
    with DashboardProcess(tmp_path, migrated_url) as dashboard:
        token = signed_in(migrated_url, "operator", "operator")
        # Without points the page of trends asks for some.
        trend = f"/trends?p={','.join(point.ref for point in site.point[:3])}&w=24h"
        yield dashboard, token, [trend, *(f"/asset/{asset.key}" for asset in site.asset[:2])]
        assert " fail: " not in dashboard.log, dashboard.log


def _faults(page: Page, address: str) -> list[str]:
    """Open a page and return what is empty, cut or overlapping at any of the widths."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(address)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    expect(page.locator("main h1").first).to_be_attached()
    wait_for_script(page, f"() => !({EMPTY})().some((one) => one.startsWith('chart'))")
    wait_for_script(page, "() => window.virtaama.values.size > 0")
    page.evaluate("document.fonts.ready")
    found = [f"{address}: {one}" for one in page.evaluate(EMPTY)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(FRAMES)
        found += [f"{address} at {width}: {one}" for one in page.evaluate(MEASURE)["found"]]
    return found


@pytest.mark.exhaustive
def test_a_drawn_plant_fills_every_page_of_its_menu(
    chromium: Browser, drawn: tuple[DashboardProcess, str, list[str]]
) -> None:
    dashboard, token, more = drawn
    context = chromium.new_context(locale="de-DE", base_url=dashboard.url)
    context.add_cookies([dashboard.cookie(token)])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto("/")
    expect(page.locator("a.nav-link").first).to_be_attached()
    links = page.locator("a.nav-link").evaluate_all("all => all.map((one) => one.pathname)")
    assert len(links) >= 5
    paths = [*(path for path in links if path != "/trends"), *more]
    found = [fault for path in paths for fault in _faults(page, path)]
    assert not found, "\n".join(found)
    assert not errors, errors
