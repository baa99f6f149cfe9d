"""How a screen looks: the colours of the system, contrast, names of pages, paper, a broken link."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from schemas.quality import Check
from tests.fixtures.browser import wait_for_script
from tests.fixtures.cells import cells
from tests.fixtures.full_plant import ENGINEER, NOBODY, OPERATOR, FullPlant
from tests.fixtures.proxy import Proxy

pytestmark = pytest.mark.browser

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOCUS = (FIXTURES / "focus.js").read_text(encoding="utf-8")
CONTRAST = (FIXTURES / "contrast.js").read_text(encoding="utf-8")
TREND = "/trends?p=main/jv-ft-205,main/lv-qt-605&w=24h"
WIDE = {"width": 1400, "height": 900}
DESK = {"width": 1366, "height": 768}
STOPS_MAX = 150  # of a key; a page that has more of them is a trap
LOOKED_THROUGH_MS = 2_500
A4_PX = 718  # between its margins
DARKER_THAN = 80
SLOW_MS = 20_000
DRAWN = "() => !document.querySelector('.dash-graph--pending, [data-dash-is-loading=true]')"
# More than the list of deviations has room for.
MANY_SUSPECT = """() => {
    const facts = JSON.parse(document.getElementById("deviations").dataset.points);
    window.suspect = facts.slice(0, 20).map(({ id }) => String(id));
    for (const id of window.suspect) {
        window.virtaama.values.set(id, [window.virtaama.now(), 1, 3, 0, 0]);
    }
}"""
# The list has been looked through since.
LISTED_SUSPECT = """() => [...document.querySelectorAll(".deviation")]
    .filter((one) => window.suspect.includes(one.dataset.fact))
    .every((one) => one.classList.contains("suspect"))"""
TITLES = {
    "fi": {"/": "Yleisnäkymä", "/flows": "Virtaamat", "/trends": "Trendit", "/trials": "Koeajot"},
    "sv": {"/": "Översikt", "/energy": "Energi", "/nowhere": "Sidan finns inte"},
    "en": {"/quality": "Quality", "/trends": "Trends"},
}
LUMA = """() => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);
    return 0.2 * r + 0.7 * g + 0.1 * b;
}"""


def _open(page: Page, plant: FullPlant, path: str) -> None:
    page.goto(plant.dashboard.url + path)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live", timeout=SLOW_MS)
    expect(page.locator("main :is(h1, .notice:not([hidden]))").first).to_be_attached()


@pytest.mark.parametrize("scheme", cells(["light", "dark"], quick={"dark"}))
def test_the_colours_of_the_system_rule_until_somebody_chooses(
    chromium: Browser, full_plant: FullPlant, scheme: str
) -> None:
    is_dark = scheme == "dark"
    other = {"dark": "Vaalea näkymä", "light": "Tumma näkymä"}[scheme]
    before = full_plant.context(chromium, NOBODY, "fi", color_scheme=scheme).new_page()
    before.goto(f"{full_plant.dashboard.url}/sign-in")
    assert (before.evaluate(LUMA) < DARKER_THAN) == is_dark
    before.context.close()
    page = full_plant.context(
        chromium, OPERATOR, "fi", color_scheme=scheme, viewport=WIDE
    ).new_page()
    _open(page, full_plant, "/")
    assert (page.evaluate(LUMA) < DARKER_THAN) == is_dark
    label = page.locator("#overview-trend .xtick text").first
    expect(label).to_be_attached(timeout=SLOW_MS)
    ink = label.evaluate("one => getComputedStyle(one).fill.match(/\\d+/g).map(Number)[0]")
    assert (ink > 128) == is_dark
    page.get_by_role("button", name=other).click()
    # The page is loaded anew, after the server has heard of the choice.
    wait_for_script(page, f"() => ({LUMA})() < {DARKER_THAN} !== {str(is_dark).lower()}")
    page.goto(f"{full_plant.dashboard.url}/password")
    assert (page.evaluate(LUMA) < DARKER_THAN) != is_dark
    page.context.close()


@pytest.mark.parametrize("scheme", cells(["light", "dark"], quick={"light"}))
def test_texts_marks_and_fields_stand_out_from_their_ground(
    chromium: Browser, full_plant: FullPlant, scheme: str
) -> None:
    found = []
    pages = (
        *((OPERATOR, path) for path in ("/", "/flows", TREND)),
        *((ENGINEER, path) for path in ("/trials", f"/trials/{full_plant.trial}")),
        (NOBODY, "/sign-in"),
    )
    for who, path in pages:
        context = full_plant.context(chromium, who, "fi", color_scheme=scheme, viewport=WIDE)
        page = context.new_page()
        if who == NOBODY:
            page.goto(full_plant.dashboard.url + path)
        else:
            _open(page, full_plant, path)
        page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
        answer = page.evaluate(CONTRAST)
        assert answer["texts"] > 3, path
        assert answer["fields"] or who == OPERATOR, path
        found += [f"{path} {scheme} {fault}" for fault in answer["found"]]
        context.close()
    assert not found, "\n".join(found)


def test_a_key_reaches_everything_and_is_seen_where_it_is(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, ENGINEER, "fi", viewport=DESK).new_page()
    for path in ("/maintenance", TREND):
        _open(page, full_plant, path)
        page.evaluate("document.activeElement.blur(); window.focused = new Set()")
        stops = []
        for _ in range(STOPS_MAX):
            page.keyboard.press("Tab")
            stop = page.evaluate(FOCUS)
            if stop is None or not stop["isNew"]:
                break
            stops.append(stop)
        assert 20 < len(stops) < STOPS_MAX, path
        assert not [one["name"] for one in stops if not one["isSeen"]], path
        assert not [one["name"] for one in stops if one["isCovered"]], path


def test_escape_folds_what_lies_over_the_page_and_so_does_a_click_beside_it(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, ENGINEER, "fi", viewport=DESK).new_page()
    _open(page, full_plant, "/flows")
    name, menu = page.locator(".person-name"), page.locator(".person-menu")
    name.focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(name).to_be_focused()
    name.click()
    expect(menu).to_be_visible()
    page.locator("h1").click()
    expect(menu).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    more = page.locator(".nav-more")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(more).to_have_attribute("aria-expanded", "false")


def test_whoever_uses_a_page_after_the_session_has_ended_comes_to_the_way_in(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, OPERATOR, "fi", viewport=DESK).new_page()
    _open(page, full_plant, "/flows")
    wait_for_script(page, DRAWN)
    page.context.clear_cookies()
    way_in = page.locator("input[name=password]")
    # What the page asks by itself, such as a chart that is drawn late, leads there without a click.
    page.get_by_role("link", name="Laatu").or_(way_in).first.click()
    expect(way_in).to_be_visible(timeout=SLOW_MS)


def test_a_key_stays_at_its_deviation_while_values_come(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, OPERATOR, "fi", viewport=WIDE).new_page()
    _open(page, full_plant, "/")
    wait_for_script(page, "() => window.virtaama.values.size > 0")
    page.evaluate(MANY_SUSPECT)
    rest = page.locator(".deviation-rest[data-fact=rest]")
    expect(rest).to_contain_text("muuta")
    wait_for_script(page, LISTED_SUSPECT)
    row = page.locator(".deviation").nth(2)
    row.focus()
    place = page.evaluate_handle("document.activeElement")
    # The list is looked through every other second: its rows were made anew each time.
    page.wait_for_timeout(LOOKED_THROUGH_MS)
    assert place.evaluate("one => one.isConnected && one === document.activeElement")
    expect(page.locator("#deviations-count")).to_have_text(re.compile(r"^\d\d+$"))
    rest.click()
    expect(page).to_have_url(re.compile("/data-health$"))


def test_a_result_below_what_can_be_told_is_no_deviation_and_has_its_sign(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, OPERATOR, "fi", viewport=WIDE).new_page()
    _open(page, full_plant, "/quality")
    wait_for_script(page, "() => window.virtaama.values.size > 0")
    point = page.locator(".tile[data-point]").first.get_attribute("data-point")
    tile = page.locator(f".tile[data-point='{point}']")
    give = """([point, checks]) => {
        window.virtaama.values.set(point, [window.virtaama.now(), 0.05, 3, checks, 0]);
        window.virtaama.onValues([point], false);
    }"""
    page.evaluate(give, [point, int(Check.BELOW_LIMIT)])
    expect(tile.locator(".number")).to_have_text(re.compile("^<0,"))
    expect(tile).not_to_have_class(re.compile("suspect"))
    expect(tile.locator(".mark")).to_have_text("✓ alle määritysrajan")
    page.evaluate(give, [point, int(Check.ABOVE_LIMIT)])
    expect(tile.locator(".number")).to_have_text(re.compile("^>0,"))
    expect(tile).to_have_class(re.compile("suspect"))


def test_nothing_goes_on_moving_for_who_has_asked_for_less_motion(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, OPERATOR, "fi", reduced_motion="reduce").new_page()
    _open(page, full_plant, "/flows")
    comes = "document.getElementById('_pages_content').dataset.dashIsLoading = 'true'"
    lasting = "(one) => one.effect.getComputedTiming().endTime > 1000"
    moving = f"document.getAnimations().filter({lasting}).map((one) => one.animationName)"
    page.evaluate(comes)
    assert page.evaluate(moving) == []
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate(comes)
    assert page.evaluate(moving) == ["passing"]


@pytest.mark.parametrize("language", list(TITLES))
def test_each_page_has_a_title_in_the_readers_language(
    chromium: Browser, full_plant: FullPlant, language: str
) -> None:
    page = full_plant.context(chromium, OPERATOR, language).new_page()
    for path, name in TITLES[language].items():
        page.goto(full_plant.dashboard.url + path)
        expect(page).to_have_title(f"{name} · Virtaama")
    expect(page.locator("html")).to_have_attribute("lang", language)
    chosen = page.locator(".choice[lang][aria-pressed=true]")
    expect(chosen).to_have_attribute("lang", language)
    page.context.close()
    page = full_plant.context(chromium, NOBODY, language).new_page()
    page.goto(f"{full_plant.dashboard.url}/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".sign-in-languages [aria-current]")).to_have_attribute("lang", language)
    assert page.title().endswith("· Virtaama")
    assert len(page.title()) > len("· Virtaama") + 3
    page.context.close()


@pytest.fixture
def through_proxy(
    chromium: Browser, full_plant: FullPlant, proxy_factory: Callable[[str, int], Proxy]
) -> Iterator[tuple[Page, Proxy]]:
    """A page that reaches the dashboard through something that can break."""
    server = urlsplit(full_plant.dashboard.url)
    assert server.hostname
    assert server.port
    proxy = proxy_factory(server.hostname, server.port)
    page = full_plant.context(chromium, OPERATOR, "fi", viewport=WIDE).new_page()
    page.goto(f"http://{server.hostname}:{proxy.port}/flows")
    expect(page.locator("h1")).to_have_text("Virtaamat", timeout=SLOW_MS)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live", timeout=SLOW_MS)
    yield page, proxy
    page.context.close()


def test_a_page_that_does_not_come_is_told_of_and_opens_when_the_server_is_back(
    through_proxy: tuple[Page, Proxy],
) -> None:
    page, proxy = through_proxy
    proxy.stop()
    page.get_by_role("link", name="Energia").click()
    told = page.locator("#unreached")
    expect(told).to_contain_text("Sivua ei saada", timeout=SLOW_MS)
    expect(page.locator("h1")).to_be_hidden()
    page.get_by_role("link", name="Laatu").click()
    proxy.start()
    expect(page.locator("h1")).to_have_text("Laatu", timeout=SLOW_MS)
    expect(told).to_be_hidden()
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live", timeout=SLOW_MS)


@pytest.mark.exhaustive
def test_a_choice_of_language_waits_for_the_server(through_proxy: tuple[Page, Proxy]) -> None:
    page, proxy = through_proxy
    proxy.stop()
    page.locator("button[lang=sv]").click()
    expect(page.locator("#unreached")).to_be_visible(timeout=SLOW_MS)
    proxy.start()
    expect(page.locator("h1")).to_have_text("Flöden", timeout=SLOW_MS)


@pytest.mark.exhaustive
def test_paper_shows_values_and_charts_with_plant_and_time_and_no_controls(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(
        chromium, OPERATOR, "fi", color_scheme="dark", viewport=WIDE
    ).new_page()
    _open(page, full_plant, "/")
    expect(page.locator("#overview-trend .main-svg").first).to_be_attached(timeout=SLOW_MS)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_PX, "height": 1000})
    controls = (".navigation", ".choices", ".scheme", ".person", ".alarm-sound", ".chart-key")
    # Pipes were laid for the screen: on paper they would cross the values.
    for control in (*controls, ".pipes"):
        expect(page.locator(control).first).to_be_hidden()
    expect(page.locator(".site-name")).to_contain_text("Metsä-Sairila")
    expect(page.locator("#printed")).to_contain_text(
        re.compile(r"Tulostettu .* \(Europe/Helsinki\)")
    )
    assert page.evaluate(LUMA) > 250
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_PX
    drawn = page.locator("#overview-trend .main-svg").first.bounding_box()
    assert drawn is not None
    assert 500 < drawn["width"] <= A4_PX
    # The colour around a number of the axis was turned over with it: black upon black.
    turned = page.locator("#overview-trend .ytick text").first
    assert turned.evaluate("one => getComputedStyle(one).stroke") == "rgb(0, 0, 0)"
    # Plotly's dots and bars lie in groups whose class is a plain word.
    displays = "all => all.map((one) => getComputedStyle(one).display)"
    assert "none" not in page.locator("svg g.points").evaluate_all(displays)
    page.context.close()
