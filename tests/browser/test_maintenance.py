"""Maintenance and verdicts as people enter them, and why a value is suspect, where they look."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.browser import ZONE, fill
from tests.fixtures.chart import Chart
from tests.fixtures.dashboard import LivePlant
from tests.fixtures.ingest_process import rows, wait_until
from tests.fixtures.people import signed_in

pytestmark = pytest.mark.browser

NOW = datetime.now(UTC).replace(microsecond=0)
PO4 = "main/lv-qt-607"
FLAT = NOW - timedelta(hours=5), NOW - timedelta(hours=3)
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
THUMB_PX = 44
SECOND = "main/lv-qt-608"
BESIDE = """
UPDATE point_definition SET checks = jsonb_set(checks, '{beside}',
    '{"point": "main/lv-qt-608", "within": 1, "within_share": 0, "after_s": 3600}')
WHERE point_id = (SELECT point_id FROM point WHERE key = 'lv-qt-607')
"""
NEWEST = "SELECT qc FROM latest JOIN point USING (point_id) WHERE key = 'lv-qt-607'"
JUDGED = "SELECT count(*) FROM reading WHERE checks & 4194304 <> 0"


@dataclass(frozen=True)
class Opens:
    """Opens pages of the plant for its people."""

    plant: LivePlant
    browser: Browser
    tokens: dict[str, str]

    def page(self, who: str, path: str, size: dict[str, int] = DESK, scheme: str = "light") -> Page:
        context = self.browser.new_context(
            locale="fi-FI", timezone_id=ZONE, viewport=size, color_scheme=scheme
        )
        context.add_cookies([self.plant.dashboard.cookie(self.tokens[who])])
        page = context.new_page()
        page.goto(self.plant.dashboard.url + path)
        return page


@pytest.fixture(scope="module")
def opens(module_chromium: Browser, live_plant: LivePlant) -> Iterator[Opens]:
    """A day of a phosphate analyser that stood still for two hours."""
    chance = random.Random(1)
    messages = []
    for number in range(24 * 12):
        at = NOW - timedelta(minutes=5 * number)
        value = 0.08 if FLAT[0] <= at <= FLAT[1] else round(0.08 + chance.uniform(-0.02, 0.02), 4)
        payload = json.dumps({"t": at.isoformat(), "v": value}).encode()
        messages.append(Message(f"mikkeli/{PO4}", payload, round(at.timestamp() * 1e6)))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(backfill, live_plant.database_url, messages).result()
    url = live_plant.database_url
    tokens = {role: signed_in(url, f"{role}2", role) for role in ("operator", "engineer")}
    yield Opens(live_plant, module_chromium, tokens)
    for context in module_chromium.contexts:
        context.close()


def test_a_phosphate_analyser_that_stood_still_is_seen_in_its_trend_with_why(opens: Opens) -> None:
    page = opens.page("operator", f"/trends?p={PO4}&w=24h")
    expect(page.locator("#trend-table tbody tr")).to_contain_text("ei ole muuttunut (25 lukemaa")
    said = Chart(page).plot.evaluate(
        "(plot) => plot.data.flatMap((trace) => [].concat(trace.text || []))"
    )
    assert len([text for text in said if text.endswith("epävarma: ei ole muuttunut")]) == 25


def test_an_operator_calibrates_by_keyboard_and_the_value_says_so_until_it_is_finished(
    opens: Opens,
) -> None:
    page = opens.page("operator", f"/maintenance?p={PO4}")
    why = page.get_by_label("Syy")
    expect(page.get_by_role("textbox", name="Mitä tehdään")).to_have_value("□ Kalibrointi")
    fill(why, "puskurit 4 ja 7")
    page.get_by_label("Päättyy").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    running = page.locator("#windows-list section").first.locator(".window-row")
    expect(running).to_contain_text("LV-QT-607")
    expect(running).to_contain_text("puskurit 4 ja 7 Operator2")
    opens.plant.publish(PO4, 0.071)
    tile = opens.page("operator", "/quality").locator(".tile", has_text="fosfaattifosfori").first
    expect(tile.locator(".mark")).to_have_text("✕ virheellinen: kalibrointi käynnissä")
    running.get_by_text("Päätä nyt").click()
    expect(page.locator("#windows-list section").first).to_contain_text("Ei merkintöjä")
    opens.plant.publish(PO4, 0.072)
    expect(tile.locator(".mark")).not_to_contain_text("kalibrointi")
    legend = opens.page("operator", f"/trends?p={PO4}&w=1h").locator("#trend-legend")
    expect(legend).to_contain_text("□ Kalibrointi")


def test_an_engineer_judges_what_a_trend_shows_and_takes_it_back_with_a_reason(
    opens: Opens,
) -> None:
    start, end = (moment.strftime("%Y%m%dT%H%M%SZ") for moment in FLAT)
    trend = opens.page("engineer", f"/trends?p={PO4}&from={start}&to={end}")
    trend.locator(".mark-links a[href*='/maintenance']").click()
    expect(trend.get_by_role("textbox", name="Mitä tehdään")).to_have_value(
        "§ Arvioitu virheelliseksi"
    )
    trend.get_by_role("button", name="Tallenna").click()
    expect(trend.locator(".form-said").first).to_contain_text("Syy: täytä tämä kenttä")
    fill(trend.get_by_label("Syy"), "analysaattori pysähtyi")
    trend.get_by_role("button", name="Tallenna").click()
    past = trend.locator(".window-row", has_text="analysaattori pysähtyi")
    expect(past).to_contain_text("§ Arvioitu virheelliseksi")
    url = opens.plant.database_url
    wait_until(lambda: rows(url, JUDGED) == [(24,)], "the readings were not judged")
    assert rows(url, "SELECT count(*) FROM reading WHERE value IS NULL") == [(0,)]
    past.locator("a").click()
    trend.get_by_text("Peru merkintä").first.click()
    fill(trend.get_by_label("Syy").last, "vertailunäyte täsmäsi")
    trend.get_by_role("button", name="Peru merkintä").click()
    wait_until(lambda: rows(url, JUDGED) == [(0,)], "the verdict was not taken back")
    trend.reload()
    history = trend.locator("table tbody tr")
    expect(history).to_have_count(2)
    expect(history.first).to_contain_text("peruttu")
    expect(history.first).to_contain_text("vertailunäyte täsmäsi")
    log = rows(url, "SELECT object, detail->>'why' FROM access_log WHERE object LIKE 'window%%'")
    assert ("window_withdraw", "vertailunäyte täsmäsi") in log


def test_a_second_probe_is_offered_for_one_that_is_in_service_and_marked_as_a_substitute(
    opens: Opens,
) -> None:
    url = opens.plant.database_url
    with psycopg.connect(url) as connection:
        connection.execute(BESIDE)
    opens.plant.publish(SECOND, 12.0)
    page = opens.page("operator", f"/maintenance?p={PO4}")
    fill(page.get_by_label("Syy"), "letku vaihdetaan")
    page.get_by_role("button", name="Tallenna").click()
    expect(page.locator(".window-row", has_text="letku vaihdetaan")).to_be_visible()
    opens.plant.publish(PO4, 0.01)
    wait_until(lambda: rows(url, NEWEST) == [(4,)], "the reading did not come")
    finding = opens.page("operator", "/data-health").locator(".finding", has_text="LV-QT-607")
    expect(finding).to_contain_text("Sen sijaan (korvaava arvo, ei tallenneta mittauksena)")
    expect(finding.locator(".value-now .number").last).to_contain_text("12")


def test_an_operator_is_offered_no_verdict_and_fields_for_a_thumb(opens: Opens) -> None:
    page = opens.page("operator", f"/maintenance?p={PO4}", PHONE)
    kind = page.get_by_role("textbox", name="Mitä tehdään")
    expect(kind).to_be_visible()
    heights = "all => all.map((one) => one.getBoundingClientRect().height)"
    fields = page.locator("main .mantine-Input-input").evaluate_all(heights)
    assert fields
    assert min(fields) >= THUMB_PX
    kind.click()
    expect(page.get_by_role("option")).to_have_count(5)
