"""Markup, formulas and path tricks in the plant's texts are shown as text, and nothing leaves."""

import json
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.fixtures.web import PLANT_POINT, REFERENCE, Web

pytestmark = pytest.mark.browser

LINK = '<a href="https://evil.example/x">click</a>'
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(1)</script>"
BOLD, FORMULA, TRICK = "<b>bold</b>", "=HYPERLINK(1)", "../../etc/passwd"
NAMES = {1: f"{IMAGE} {LINK}", 2: f"{SCRIPT} {BOLD}", 3: f"{FORMULA} {LINK}", 4: f"{TRICK} &lt;"}
TAG, UNIT = f"{BOLD}tag", f"m<sup>3</sup>{LINK}%{{x}}"
STATE = f"{LINK} on"
TREND = f"/trends?p={REFERENCE},{PLANT_POINT},ro/p02-ft-02&w=7d"
PAGES = (
    *("/", "/flows", "/energy", "/quality", "/trends", TREND, f"/{LINK}"),
    f"/trends?p={SCRIPT}&w={LINK}",
)
# What markup would have made of them.
ELEMENTS = "[href^='https://evil'], [src='x'], [onerror], svg a, iframe, main script"


@pytest.fixture(scope="module")
def hostile(web: Web) -> Web:
    """The plant with hostile texts wherever a person or a site file may write one."""
    for point, name in NAMES.items():
        web.tenants.owner(
            "UPDATE point SET name = %s, tag = %s, area = %s WHERE point_id = %s",
            json.dumps(dict.fromkeys(("fi", "sv", "en"), name)),
            f"{TAG}{point}",
            IMAGE,
            point,
        )
    web.tenants.owner("UPDATE point_definition SET unit_display = %s, note = %s", UNIT, SCRIPT)
    web.tenants.owner(
        "UPDATE point_definition SET kind = 'state', states = %s WHERE point_id = 3",
        json.dumps({"16180": {"fi": STATE}, "0": {"fi": BOLD}}),
    )
    for table in ("site", "line"):
        web.tenants.owner(f"UPDATE {table} SET name = %s", json.dumps({"fi": f"{IMAGE}{LINK}"}))
    web.tenants.owner("UPDATE element_definition SET name = %s", json.dumps({"fi": NAMES[1]}))
    web.tenants.owner("UPDATE element_definition SET kind = 'influent' WHERE element_id = 4")
    web.tenants.owner("UPDATE trial SET name = %s", json.dumps({"fi": f"{IMAGE}{LINK}"}))
    web.tenants.owner("UPDATE company SET name = %s || company_id", LINK)
    web.tenants.owner("UPDATE account SET display_name = %s WHERE login = 'engineer'", IMAGE + LINK)
    web.tenants.owner("UPDATE latest SET qc = 4 WHERE point_id = 2")
    return web


class Watched:
    """A page of which everything is noted that must not happen."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.bad: list[str] = []
        self.opened = ""
        page.on("dialog", lambda dialog: self.bad.append(f"dialog {dialog.message}"))
        page.on("request", self._requested)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.bad.append(f"error {error.stack}"))

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.bad.append(f"request {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # The browser tells of an address that is not there, as it should.
        if "status of 404" in message.text and unquote(message.location["url"]) == self.opened:
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            self.bad.append(f"console {message.text}")

    def open(self, path: str) -> None:
        self.opened = self.url + path
        self.page.goto(self.opened)
        expect(self.page.locator("#link-state")).to_have_attribute("data-state", "live")
        expect(self.page.locator("main :is(h1, .notice)").first).to_be_attached()

    def check(self, about: str) -> None:
        assert self.page.locator(ELEMENTS).count() == 0, about
        assert self.bad == [], about


@pytest.fixture
def watched(chromium: Browser, hostile: Web) -> Iterator[Watched]:
    context = chromium.new_context(locale="fi-FI", viewport={"width": 1400, "height": 1000})
    context.add_cookies([hostile.dashboard.cookie(hostile.tokens["engineer"])])
    yield Watched(context.new_page(), hostile.dashboard.url)
    context.close()


def test_no_page_makes_an_element_or_a_request_of_a_text(watched: Watched) -> None:
    for path in PAGES:
        watched.open(path)
        watched.page.wait_for_load_state("networkidle") if "?" in path else None
        watched.check(path)


def test_tiles_and_deviations_show_the_texts_as_they_are(watched: Watched) -> None:
    watched.open("/flows")
    expect(watched.page.locator(".tile:not(.key-figure)").first).to_contain_text(LINK)
    expect(watched.page.locator(".site-name")).to_have_text(f"{IMAGE}{LINK}")
    expect(watched.page.locator(".person-long")).to_have_text(IMAGE + LINK)
    watched.open("/")
    expect(watched.page.locator("#deviations")).to_contain_text(NAMES[2])
    assert f"{TAG}1" in (watched.page.locator(".tile a").first.get_attribute("title") or "")
    watched.check("tiles")


def test_a_trend_shows_the_texts_as_they_are(watched: Watched) -> None:
    watched.open(TREND)
    page = watched.page
    expect(page.locator("#trend-legend")).to_contain_text(NAMES[1])
    expect(page.locator("#trend-table")).to_contain_text(UNIT)
    chart = page.locator("#trend-graph .js-plotly-plot")
    expect(chart.locator(".annotation-text", has_text=UNIT)).to_be_visible()
    expect(chart).to_contain_text(STATE[-20:])
    box = chart.locator(".xy .drag, .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.5, steps=5)
    hover = page.locator(".hoverlayer")
    expect(hover).to_contain_text(UNIT)
    expect(hover).to_contain_text(NAMES[1])
    watched.check("trend")
    page.locator("#trend-points").click()
    expect(page.get_by_role("option").first).to_contain_text(TAG)
    watched.check("choice")


def test_the_pages_before_the_app_break_no_policy(watched: Watched, hostile: Web) -> None:
    for path in ("/password", f"/sign-in?next=/{LINK}"):
        watched.page.goto(hostile.dashboard.url + path)
        expect(watched.page.locator("form").first).to_be_visible()
        watched.check(path)
