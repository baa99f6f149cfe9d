"""No text is cut, none lies on another, no page scrolls sideways: at any width, in any language."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Error, Page, expect

from deploy.stack.browser import chromium_arguments, chromium_path
from schemas.languages import LANGUAGES
from tests.fixtures.cells import cells
from tests.fixtures.full_plant import COMPANY, ENGINEER, NOBODY, OPERATOR, FullPlant

pytestmark = pytest.mark.browser

MEASURE = (Path(__file__).parents[1] / "fixtures/text_boxes.js").read_text(encoding="utf-8")
TARGETS = (Path(__file__).parents[1] / "fixtures/targets.js").read_text(encoding="utf-8")
WIDTHS = (320, 390, 600, 900, 1100, 1366, 1920, 3840)
TREND = "/trends?p=main/jv-ft-205,main/lv-qt-605,main/en-jq-901,ro/p02-st-01&w=24h"
TRIAL = "/trials/{trial}"
PAGES = (
    *((OPERATOR, path) for path in ("/", "/flows", "/energy", "/quality", TREND, "/nowhere")),
    *((ENGINEER, path) for path in ("/trials", TRIAL, "/password", "/second-factor")),
    *((COMPANY, path) for path in ("/", "/trends", TRIAL)),
    (NOBODY, "/sign-in"),
)
WIDEST_PAGES = ((OPERATOR, "/"), (ENGINEER, TRIAL))  # of which `make test` tries these
UNFOLD = """() => {
    document.querySelectorAll('main details').forEach((one) => { one.open = true; });
    document.querySelectorAll('main .section').forEach((one) => { one.dataset.open = ''; });
}"""
NO_REDRAWING = "window.addEventListener('resize', (one) => one.stopImmediatePropagation(), true)"
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
LARGE_FONT_PX = 32  # 200 %
PHONE_MAX_PX = 3_600  # of a trial's page, which was 6 200 with all of its charts
ALL_IN_MS = 20_000


class Screen:
    """A page of somebody, measured at all widths."""

    def __init__(self, page: Page, url: str, trial: int) -> None:
        # Charts would be drawn anew for each width; their letters are not measured here.
        page.add_init_script(NO_REDRAWING)
        self._page = page
        self._url = url
        self._trial = trial

    def faults(self, path: str, widths: Sequence[int] = WIDTHS) -> list[str]:
        """Open a page, unfold what is folded, and return what cannot be read at some width."""
        page, address = self._page, path.format(trial=self._trial)
        page.set_viewport_size({"width": widths[0], "height": 900})
        page.goto(self._url + address)
        if not path.startswith(("/sign-in", "/password", "/second-factor")):
            expect(page.locator("#link-state")).to_have_attribute(
                "data-state", "live", timeout=ALL_IN_MS
            )
            expect(page.locator("main :is(h1, .notice:not([hidden]))").first).to_be_attached()
        page.evaluate("document.fonts.ready")
        page.evaluate(UNFOLD)
        found = []
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            # Two frames: one for the style sheet, one for what watches sizes.
            page.evaluate(FRAMES)
            answer = page.evaluate(MEASURE)
            assert answer["texts"] > 3, address
            found += [f"{address} at {width}: {fault}" for fault in answer["found"]]
        return found


def _faults(
    browser: Browser, plant: FullPlant, language: str, pages: Sequence[tuple[str, str]]
) -> list[str]:
    found = []
    for who in dict.fromkeys(who for who, _ in pages):
        context = plant.context(browser, who, language)
        screen = Screen(context.new_page(), plant.dashboard.url, plant.trial)
        for path in [path for one, path in pages if one == who]:
            found += [f"{language} {who} {fault}" for fault in screen.faults(path)]
        context.close()
    return found


@pytest.fixture
def with_large_font(chromium: Browser) -> Iterator[Browser]:
    """A browser whose reader has chosen large letters."""
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(),
        args=[*chromium_arguments(), f"--blink-settings=defaultFontSize={LARGE_FONT_PX}"],
    )
    yield browser
    browser.close()


@pytest.mark.parametrize("language", cells(["fi", "sv"], quick={"fi"}))
def test_no_text_is_cut_on_the_widest_pages(
    chromium: Browser, full_plant: FullPlant, language: str
) -> None:
    found = _faults(chromium, full_plant, language, WIDEST_PAGES)
    assert not found, "\n".join(found)


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_on_any_page(
    chromium: Browser, full_plant: FullPlant, language: str
) -> None:
    found = _faults(chromium, full_plant, language, PAGES)
    assert not found, "\n".join(found)


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_on_any_page_with_letters_twice_as_large(
    with_large_font: Browser, full_plant: FullPlant, language: str
) -> None:
    found = _faults(with_large_font, full_plant, language, PAGES)
    assert not found, "\n".join(found)


def test_formulas_and_rows_of_assets_fit_a_phone_with_letters_twice_as_large(
    with_large_font: Browser, full_plant: FullPlant
) -> None:
    """A formula took 654 px of 390, and the values of an asset's streams 489."""
    context = full_plant.context(with_large_font, OPERATOR, "fi")
    screen = Screen(context.new_page(), full_plant.dashboard.url, full_plant.trial)
    for path in ("/key-figures?k=specific_energy&w=24h", "/asset/membrane_stage"):
        found = screen.faults(path, [390])
        assert not found, "\n".join(found)


PAPER = {"width": 703, "height": 1_000}  # A4 between its margins
PRINTED = ("/", "/quality", TREND, "/key-figures?k=specific_energy&w=24h", "/data-health")


def test_nothing_is_cut_on_paper_and_its_title_comes_first(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, ENGINEER, "fi", viewport=PAPER).new_page()
    found = []
    for path in PRINTED:
        page.goto(full_plant.dashboard.url + path)
        expect(page.locator("main h1").first).to_be_attached(timeout=ALL_IN_MS)
        page.emulate_media(media="print")
        page.evaluate(FRAMES)
        found += [f"{path}: {fault}" for fault in page.evaluate(MEASURE)["found"]]
        title = page.locator("main h1").first.bounding_box()
        first = page.locator("main .card:visible").first.bounding_box()
        assert title is not None
        assert first is not None
        assert title["y"] < first["y"], path
        page.emulate_media(media="screen")
    assert not found, "\n".join(found)


PHONE = {"width": 390, "height": 844}
ON_A_PHONE = (
    *((ENGINEER, path) for path in ("/", "/energy", TRIAL, "/maintenance", "/data-health")),
    *(
        (ENGINEER, path)
        for path in (TREND, "/alarms/definitions", "/key-figures?k=specific_energy&w=24h")
    ),
)


def test_whatever_is_tapped_on_a_phone_is_as_high_as_a_thumb_needs(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(
        chromium, ENGINEER, "fi", viewport=PHONE, is_mobile=True, has_touch=True
    ).new_page()
    found = []
    for _, path in ON_A_PHONE:
        page.goto(full_plant.dashboard.url + path.format(trial=full_plant.trial))
        expect(page.locator("main h1").first).to_be_attached(timeout=ALL_IN_MS)
        found += [f"{path}: {fault}" for fault in page.evaluate(TARGETS)]
    assert not found, "\n".join(found)


def test_what_is_secondary_is_folded_on_a_phone_and_open_on_a_desk(
    chromium: Browser, full_plant: FullPlant
) -> None:
    page = full_plant.context(chromium, ENGINEER, "fi", viewport=PHONE).new_page()
    page.goto(full_plant.dashboard.url + TRIAL.format(trial=full_plant.trial))
    charts = page.locator(".phone-folded .js-plotly-plot")
    title = page.locator(".phone-folded > summary").last
    expect(charts.first).to_be_attached(timeout=ALL_IN_MS)
    expect(charts.first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight") < PHONE_MAX_PX
    title.click()
    drawn = charts.last.bounding_box()
    assert drawn is not None
    assert 300 < drawn["width"] <= PHONE["width"], "drawn as wide as its card, though unseen"
    title.click()
    page.set_viewport_size({"width": 1400, "height": 900})
    expect(charts.first).to_be_visible()
    page.locator(".phone-folded h2").last.focus()
    title.focus()
    expect(title).not_to_be_focused()  # a title there, and no control


def _fonts_of(session: CDPSession, node: int) -> list[dict[str, Any]]:
    """Return the fonts of an element's letters; none if it was made anew meanwhile."""
    try:
        return list(session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"])
    except Error as error:
        if "Could not find node" not in str(error):
            raise
        return []


@pytest.mark.exhaustive
def test_every_letter_and_sign_comes_from_the_fonts_that_we_ship(
    chromium: Browser, full_plant: FullPlant
) -> None:
    # The list of deviations is made anew all the time: its parts could be gone when asked.
    pages = (
        (OPERATOR, "/", ":is(.header, .navigation, .tiles, .process) *"),
        (NOBODY, "/sign-in", "main *"),
    )
    for who, path, parts in pages:
        context = full_plant.context(chromium, who, "fi", viewport={"width": 1400, "height": 900})
        page = context.new_page()
        page.goto(full_plant.dashboard.url + path)
        if who == OPERATOR:
            expect(page.locator(".deviation").first).to_be_visible(timeout=ALL_IN_MS)
        page.evaluate("document.fonts.ready")
        session = context.new_cdp_session(page)
        session.send("DOM.enable")
        session.send("CSS.enable")
        root = session.send("DOM.getDocument", {"depth": -1})["root"]
        body = session.send("DOM.querySelectorAll", {"nodeId": root["nodeId"], "selector": parts})
        fonts = [found for node in body["nodeIds"] for found in _fonts_of(session, node)]
        context.close()
        assert len(fonts) > len(body["nodeIds"]) / 4, path
        used = {(font["familyName"], font["isCustomFont"]) for font in fonts}
        assert all(is_ours for _, is_ours in used), used
