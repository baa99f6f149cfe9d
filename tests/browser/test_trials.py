"""The pages of trials as a company's engineer uses them, and as somebody hostile would."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.web.written_time import read_moment
from tests.fixtures.browser import ZONE, fill, wait_for_script
from tests.fixtures.cells import cells
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.people import signed_in
from tests.fixtures.tenants import BETA, PLANT, Tenants, seed

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.hacked=1"><b>bold</b> =1+1 ${7*7} javascript:alert(1)'
DRAWN_TIMEOUT_MS = 20_000
ZONES = (ZONE, "America/New_York", "Asia/Kolkata", "UTC")
SITE_ZONE = ZoneInfo("Europe/Helsinki")
WIDTH_OF_WINDOW = """(name) => {
    const [start, end] = document.querySelector(`[id*="${name}"] .js-plotly-plot`)
        ._fullLayout.xaxis.range;
    return (end - start) / 3_600_000;
}"""
WIDE = {"width": 1600, "height": 1000}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Hall:
    """The pilot hall with both companies, its dashboard, and a session of each person."""

    tenants: Tenants
    dashboard: DashboardProcess
    tokens: dict[str, str]

    def context(self, chromium: Browser, who: str, size: Any, zone: str) -> BrowserContext:
        context = chromium.new_context(
            locale="fi-FI", timezone_id=zone, viewport=size, accept_downloads=True
        )
        context.add_cookies([self.dashboard.cookie(self.tokens[who])])
        return context


@pytest.fixture(scope="module")
def hall(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    tenants = seed(migrated_module_url)
    people = {
        "anna": ("company_member", "alpha"),
        "bertil": ("company_member", "beta"),
        "engineer2": ("engineer", None),
    }
    tokens = {login: signed_in(tenants.url, login, *rest) for login, rest in people.items()}
    with DashboardProcess(tmp_path_factory.mktemp("hall"), tenants.url) as dashboard:
        yield Hall(tenants, dashboard, tokens)
        assert " fail: " not in dashboard.log, dashboard.log
        assert "Traceback" not in dashboard.log, dashboard.log


@pytest.fixture
def opened(hall: Hall, chromium: Browser) -> Iterator[Any]:
    """Opens a page for somebody; at the end no page may have had an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def page(who: str, path: str, size: Any = WIDE, zone: str = ZONE) -> Page:
        context = hall.context(chromium, who, size, zone)
        contexts.append(context)
        found = context.new_page()
        found.on("pageerror", lambda error: errors.append(str(error)))
        found.goto(hall.dashboard.url + path)
        return found

    yield page
    assert errors == []
    for context in contexts:
        context.close()


def _draws(page: Page) -> None:
    lines = page.locator(".js-plotly-plot .scatterlayer path.js-line")
    expect(lines.first).to_be_attached(timeout=DRAWN_TIMEOUT_MS)


def _write_note(page: Page, text: str) -> None:
    page.get_by_text("Uusi merkintä").click()
    fill(page.get_by_label("Teksti").first, text)
    page.get_by_role("button", name="Tallenna merkintä").click()
    expect(page.get_by_text("Tallennettu.")).to_be_visible()


def test_a_company_sees_its_trial_and_nothing_of_another(opened: Any) -> None:
    page = opened("anna", "/trials")
    expect(page.locator(".trial-row")).to_have_count(1)
    expect(page.locator(".trial-row")).to_contain_text("ALPHA-CANARY trial")
    expect(page.locator(".trial-row")).to_contain_text("esimerkki")
    expect(page.locator(".trial-row")).to_contain_text("vrk jäljellä")
    assert page.get_by_text("Perusta koeajo").count() == 0
    page.locator(".trial-row").click()
    expect(page.locator("h1")).to_contain_text("ALPHA-CANARY trial")
    _draws(page)
    expect(page.locator(".tile.value[data-point='3'] .number")).to_contain_text("16")
    expect(page.get_by_text("ALPHA-CANARY entry").first).to_be_visible()
    assert page.get_by_text("Koeajon hallinta").count() == 0
    content = page.content()
    # Digests of the page's scripts may hold any digits.
    assert not (found := re.search(rf"{BETA}|{PLANT}|\b31\s?337\b", content)), found


def test_anothers_trial_and_one_that_is_not_there_look_the_same(opened: Any) -> None:
    texts = []
    for path in ("/trials/2", "/trials/999", "/trials/1%20OR%201=1"):
        page = opened("anna", path)
        expect(page.get_by_text("Koeajoa ei ole")).to_be_visible()
        texts.append(page.locator("main").inner_html())
    assert len(set(texts)) == 1


def test_a_note_is_written_drawn_and_stays_text(opened: Any, hall: Hall) -> None:
    page = opened("anna", "/trials/1")
    _draws(page)
    _write_note(page, HOSTILE)
    expect(page.locator(".entry-body").filter(has_text="bold")).to_have_text(HOSTILE)
    expect(page.locator(".entry-body b, .entry-body img")).to_have_count(0)
    signs = page.locator(".annotation-text", has_text="▼")
    expect(signs.first).to_be_visible()
    signs.last.hover()
    expect(page.locator(".hoverlayer .hovertext, .hoverlayer text").first).to_contain_text("<b>")
    assert page.evaluate("window.hacked") is None
    log = page.locator(".log-table tbody tr").first
    expect(log).to_contain_text("merkitsi")
    expect(log).to_contain_text("Anna")
    stored = hall.tenants.owner("SELECT trial_id, body FROM note WHERE body LIKE '%%bold%%'")
    assert stored == [(1, HOSTILE)]


@pytest.mark.parametrize("zone", cells(ZONES, quick=ZONES[1:2]))
def test_a_form_takes_the_sites_time_whatever_the_zone_of_the_browser(
    opened: Any, hall: Hall, zone: str
) -> None:
    page = opened("anna", "/trials/1", zone=zone)
    expect(page.locator("input[type^=date], input[type^=time], input[type=month]")).to_have_count(0)
    page.get_by_text("Uusi merkintä").click()
    note = page.locator(".form").filter(has=page.get_by_role("button", name="Tallenna merkintä"))
    field = note.get_by_label("Alkaa").first
    filled = read_moment(field.input_value(), SITE_ZONE)
    assert abs(datetime.now(UTC) - filled) < timedelta(minutes=5)
    body = f"Stopped in the night, {zone}"
    fill(note.get_by_label("Teksti"), body)
    for text, sentence in (
        ("25.10.2026 3.30", "kahdesti"),
        ("29.3.2026 3.30", "siirtyy kesäaikaan"),
        ("eilen", "24.11.2026 7.05"),
    ):
        fill(field, text)
        page.get_by_role("button", name="Tallenna merkintä").click()
        expect(note.locator(".form-said")).to_contain_text(sentence)
    fill(field, "25.10.2026 3.30 talviaika")
    page.get_by_role("button", name="Tallenna merkintä").click()
    written = page.locator(".entry", has_text=body)
    expect(written.locator(".entry-time")).to_have_text("su 25.10.2026 3.30 (UTC+2)")
    stored = hall.tenants.owner("SELECT from_at FROM note WHERE body = %s", body)
    assert stored == [(datetime(2026, 10, 25, 1, 30, tzinfo=UTC),)]


@pytest.mark.exhaustive
def test_the_package_has_the_same_times_for_a_browser_of_any_zone(opened: Any) -> None:
    found = set()
    for zone in ZONES:
        page = opened("anna", "/trials/1", zone=zone)
        with page.expect_download() as download:
            page.get_by_role("link", name="Lataa aineisto").click()
        with zipfile.ZipFile(download.value.path()) as package:
            names = [name for name in package.namelist() if name.endswith(".csv")]
            found.add(tuple((name, package.read(name)) for name in names))
        page.context.close()
    assert names
    assert len(found) == 1


@pytest.mark.exhaustive
def test_a_note_is_corrected_and_the_first_one_is_kept_but_not_shown(
    opened: Any, hall: Hall
) -> None:
    page = opened("anna", "/trials/1")
    _write_note(page, "Flushed at noon")
    page.reload()
    page.get_by_text("Uusi merkintä").click()
    page.get_by_label("Korjaa oman aiemman").first.click()
    page.get_by_role("option", name="Flushed at noon").click()
    fill(page.get_by_label("Teksti").first, "Flushed at one")
    page.get_by_role("button", name="Tallenna merkintä").click()
    expect(page.locator(".entry-body", has_text="Flushed at one")).to_be_visible()
    expect(page.locator(".entry-body", has_text="Flushed at noon")).to_have_count(0)
    stored = hall.tenants.owner("SELECT body FROM note WHERE body LIKE 'Flushed%%' ORDER BY 1")
    assert stored == [("Flushed at noon",), ("Flushed at one",)]


def test_the_package_is_downloaded_with_a_click_and_opens(opened: Any) -> None:
    page = opened("anna", "/trials/1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Lataa aineisto").click()
    assert download.value.suggested_filename.startswith("virtaama-s-hall-alpha-")
    with open(download.value.path(), "rb") as file:  # noqa: PTH123 - Playwright gives a string
        package = zipfile.ZipFile(io.BytesIO(file.read()))
    assert package.testzip() is None
    assert len(json.loads(package.read("points.json"))) == 2
    page.reload()
    expect(page.locator(".exports li").first).to_contain_text("Anna")


@pytest.mark.exhaustive
def test_pilot_and_plant_share_an_axis_with_a_delay(opened: Any) -> None:
    page = opened("anna", "/trials/1")
    legend = page.locator("[id*='compare-legend'] .legend-entry")
    expect(legend).to_have_count(2)
    fill(page.get_by_label("Viive, min"), "90")
    expect(legend.last).to_contain_text("+90 min")
    page.get_by_role("switch").click()
    expect(page.locator("[id*='compare-graph'] .annotation-text").first).to_have_text("× keskiarvo")
    expect(page.locator("[id*='compare-note']")).to_contain_text("Keskimäärin: koeajo 16")


def test_the_window_is_that_of_all_charts(opened: Any) -> None:
    page = opened("anna", "/trials/1")
    _draws(page)
    for name in ("trial-graph", "compare-graph"):
        before = page.evaluate(WIDTH_OF_WINDOW, name)
        assert before == pytest.approx(24.0, abs=0.1)
    page.get_by_text("koko koeajo", exact=True).click()
    for name in ("trial-graph", "compare-graph"):
        wait_for_script(page, f"(name) => ({WIDTH_OF_WINDOW})(name) > 47", name)


def test_an_engineer_makes_a_trial_and_its_company_finds_it(opened: Any, hall: Hall) -> None:
    page = opened("engineer2", "/trials")
    expect(page.locator(".trial-row")).to_have_count(2)
    page.get_by_text("Perusta koeajo").first.click()
    for label, option in (
        ("Linja", "Hall"),
        ("Yritys", "BETA-CANARY company"),
        ("Käsiteltävä vesi", "rejektivesi"),
    ):
        page.get_by_label(label).first.click()
        page.get_by_role("option", name=option).click()
    page.get_by_role("button", name="Perusta koeajo").click()
    expect(page.get_by_text("Tunnus (a–z, 0–9, -): täytä tämä kenttä")).to_be_visible()
    fill(page.get_by_label("Tunnus (a–z, 0–9, -)"), "second")
    for language in ("suomeksi", "ruotsiksi", "englanniksi"):
        fill(page.get_by_label(f"Nimi {language}"), f"Second {language}")
    today = datetime.now(SITE_ZONE).date()
    tomorrow = today + timedelta(days=1)
    fill(page.get_by_label("Ensimmäinen päivä"), today.isoformat())
    fill(page.get_by_label("Viimeinen päivä"), tomorrow.isoformat())
    page.get_by_role("button", name="Perusta koeajo").click()
    expect(page.locator(".trial-row")).to_have_count(3)  # at once, without asking for the page
    page.get_by_role("link", name="Avaa koeajo").click()
    expect(page.locator("h1")).to_contain_text("Second suomeksi")
    theirs = opened("bertil", "/trials")
    expect(theirs.locator(".trial-row", has_text="Second suomeksi")).to_contain_text(
        re.compile("1 vrk jäljellä|viimeinen päivä")  # midnight may come meanwhile
    )


def test_each_wrong_field_is_marked_with_its_own_sentence_and_keeps_what_was_typed(
    opened: Any,
) -> None:
    page = opened("engineer2", "/trials")
    page.get_by_text("Perusta koeajo").first.click()
    key, first = page.get_by_label("Tunnus (a–z, 0–9, -)"), page.get_by_label("Ensimmäinen päivä")
    fill(key, "Not A Key")
    fill(first, "2190-05-02")
    fill(page.get_by_label("Viimeinen päivä"), "2190-05-01")
    page.get_by_role("button", name="Perusta koeajo").click()
    for label, sentence in (
        ("Tunnus (a–z, 0–9, -)", "Käytä merkkejä a–z"),
        ("Nimi suomeksi", "Täytä tämä kenttä"),
        ("Viimeinen päivä", "Päivä on ennen edellistä päivää"),
    ):
        field = page.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        described = field.get_attribute("aria-describedby") or ""
        texts = [page.locator(f"[id='{one}']").inner_text() for one in described.split()]
        assert any(sentence in one for one in texts), (label, texts)
    expect(first).not_to_have_attribute("aria-invalid", "true")
    expect(key).to_have_value("Not A Key")
    expect(first).to_have_value("2190-05-02")
    fill(key, "a-key")
    page.get_by_role("button", name="Perusta koeajo").click()
    expect(key).not_to_have_attribute("aria-invalid", "true")


def _fill_a_coming_trial(page: Page) -> None:
    page.get_by_text("Perusta koeajo").first.click()
    for label, option in (
        ("Linja", "Hall"),
        ("Yritys", "BETA-CANARY company"),
        ("Käsiteltävä vesi", "rejektivesi"),
    ):
        page.get_by_label(label).first.click()
        page.get_by_role("option", name=option).click()
    fill(page.get_by_label("Tunnus (a–z, 0–9, -)"), "coming")
    for language in ("suomeksi", "ruotsiksi", "englanniksi"):
        fill(page.get_by_label(f"Nimi {language}"), f"Coming {language}")
    fill(page.get_by_label("Ensimmäinen päivä"), "2190-05-01")
    fill(page.get_by_label("Viimeinen päivä"), "2190-05-02")


def test_a_coming_trial_lists_its_points_and_is_changed_and_undone(opened: Any, hall: Hall) -> None:
    page = opened("engineer2", "/trials")
    _fill_a_coming_trial(page)
    preview = page.locator(".form-preview")
    expect(preview).to_contain_text("ei näy vielä yhtään")
    page.get_by_role("textbox", name="Pisteet, jotka yritys näkee").click()
    page.get_by_role("option", name="BETA-CANARY name").click()
    page.get_by_role("option", name="Given to alpha").click()
    expect(preview).to_contain_text("2 mittauspistettä")
    expect(preview.locator("li")).to_have_count(2)
    expect(preview).to_contain_text("Main (vertailupisteet)")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Perusta koeajo").click()
    page.get_by_role("link", name="Avaa koeajo").click()
    expect(page.locator("h1")).to_contain_text("Coming suomeksi")
    expect(page.locator("[id*='trial-points'] li")).to_have_count(2)

    page.get_by_text("Muuta koeajoa").click()
    expect(page.get_by_label("Ensimmäinen päivä")).to_have_value("1.5.2190")
    fill(page.get_by_label("Nimi suomeksi"), "Renamed")
    page.get_by_role("button", name="Tallenna muutokset").click()
    expect(page.locator("h1")).to_contain_text("Renamed")  # at once
    expect(page.locator(".log-table tbody tr").first).to_contain_text("koeajon tiedot")

    page.get_by_text("Poista koeajo").first.click()
    page.get_by_role("button", name="Poista koeajo").click()
    expect(page.get_by_role("link", name="Koeajojen luetteloon")).to_be_visible()
    rows = hall.tenants.owner("SELECT retired_at IS NOT NULL FROM trial WHERE key LIKE 'coming%%'")
    assert rows == [(True,)]


def test_a_guest_who_was_just_invited_is_listed_at_once(opened: Any) -> None:
    page = opened("engineer2", "/trials/2")
    _draws(page)  # it moves what is below
    guests = page.locator("[id*='trial-guests']")
    expect(guests).to_contain_text("Ei vieraita.")
    page.get_by_text("Kutsu vieras").click()
    page.get_by_role("textbox", name="Vieras").first.click()
    page.get_by_role("option", name="Guest of alpha · guest").click()
    page.get_by_role("button", name="Kutsu", exact=True).click()
    expect(guests).to_contain_text("Guest of alpha")


@pytest.mark.exhaustive
def test_revoked_access_reaches_a_page_that_is_open(opened: Any, hall: Hall) -> None:
    theirs = opened("bertil", "/trials/2")
    _draws(theirs)
    page = opened("engineer2", "/trials/2")
    page.get_by_text("Poista käyttöoikeus").first.click()
    fill(page.get_by_label("Peruste").last, "Contract ended")
    page.get_by_role("button", name="Poista käyttöoikeus").click()
    expect(page.locator(".kind-revoke")).to_have_text("käyttöoikeus päättyy")
    theirs.evaluate("dash_clientside.set_props('tick', {data: Date.now()})")
    expect(theirs.locator("[id*='trial-note']").first).to_have_text("Koeajoa ei ole")
    expect(theirs.locator(".scatterlayer path.js-line")).to_have_count(0)
    theirs.get_by_text("Uusi merkintä").click()
    fill(theirs.get_by_label("Teksti").first, "Still here?")
    theirs.get_by_role("button", name="Tallenna merkintä").click()
    expect(theirs.get_by_text("Tällä tunnuksella ei voi kirjoittaa tähän.")).to_be_visible()
    assert hall.tenants.owner("SELECT 1 FROM note WHERE body = 'Still here?'") == []


@pytest.mark.parametrize("path", ["/trials", "/trials/1"])
def test_a_phone_scrolls_down_but_not_sideways(opened: Any, path: str) -> None:
    page = opened("anna", path, PHONE)
    expect(page.get_by_text("ALPHA-CANARY trial").first).to_be_visible()
    if path != "/trials":
        _draws(page)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    wide, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen == PHONE["width"]


def test_the_grey_ground_and_the_rings_have_a_legend_that_a_key_opens(opened: Any) -> None:
    for path in ("/trials/1", "/trends?p=hall/alpha&w=24h"):
        page = opened("anna", path)
        key = page.locator(".chart-key")
        expect(key).to_have_count(1)
        expect(key.locator(".legend-entry").first).to_be_hidden()
        key.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(key).to_contain_text("harmaa alue: tyypillinen vaihteluväli")
        expect(key).to_contain_text("rengas: epävarma lukema")
        expect(key.locator(".legend-entry").first).to_be_visible()
