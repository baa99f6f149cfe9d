"""Somebody who sees several sites chooses one: by keyboard, on a phone, in each language."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.fixtures.second_site import add_second_site
from tests.fixtures.web import Web, serving

pytestmark = pytest.mark.browser
TOUCH_MIN_PX = 44


@pytest.fixture(scope="module")
def web(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with serving(migrated_module_url, tmp_path_factory.mktemp("sites")) as found:
        add_second_site(found.tenants)
        found.open_session("both")
        yield found


def _context(chromium: Browser, web: Web, viewer: str, width_px: int = 1600) -> BrowserContext:
    context = chromium.new_context(
        viewport={"width": width_px, "height": 844}, locale="fi-FI", base_url=web.dashboard.url
    )
    name, _, value = web.cookies[viewer].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": web.dashboard.url}])
    context.set_default_timeout(20_000)
    return context


def test_a_site_is_chosen_by_keyboard_and_a_reload_keeps_it(chromium: Browser, web: Web) -> None:
    context = _context(chromium, web, "both")
    page = context.new_page()
    page.goto("/trends?w=7d")
    expect(page).to_have_url(f"{web.dashboard.url}/site/s/trends?w=7d")
    summary = page.locator(".site-switcher summary")
    expect(summary).to_have_text("Site")
    expect(summary).to_have_attribute("title", "Vaihda laitosta")
    summary.focus()
    page.keyboard.press("Enter")
    links = page.locator(".site-menu a")
    expect(links).to_have_count(2)
    expect(page.locator(".site-menu [aria-current]")).to_have_text("Site")
    page.locator(".site-menu a:not([aria-current])").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{web.dashboard.url}/site/t/trends?w=7d")
    expect(page.locator("#live-facts")).to_have_attribute("data-zone", "Asia/Kathmandu")
    page.reload()
    expect(summary).to_contain_text("OTHER-CANARY site")
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    other = context.new_page()
    other.goto("/site/s/")
    expect(other.locator(".site-switcher summary")).to_have_text("Site")
    page.locator(".nav-link[href='/site/t/trends']").click()
    expect(page).to_have_url(f"{web.dashboard.url}/site/t/trends")
    expect(page.locator(".nav-link[aria-current=page]")).to_have_attribute("href", "/site/t/trends")
    context.close()


@pytest.mark.parametrize(
    ("language", "words"), [("sv", "Byt anläggning"), ("en", "Choose another")]
)
def test_on_a_phone_each_site_is_a_finger_wide_and_inside_the_screen(
    chromium: Browser, web: Web, language: str, words: str
) -> None:
    context = _context(chromium, web, "both", 390)
    context.add_cookies(
        [{"name": "virtaama_language", "value": language, "url": web.dashboard.url}]
    )
    page = context.new_page()
    page.goto("/site/t/")
    summary = page.locator(".site-switcher summary")
    expect(summary).to_have_attribute("title", f"{words}{' site' if language == 'en' else ''}")
    summary.click()
    for link in page.locator(".site-menu a").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= TOUCH_MIN_PX
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.locator(".site-menu a[href='/site/s/']").click()
    expect(page.locator("#live-facts")).to_have_attribute("data-zone", "Europe/Helsinki")
    context.close()


def test_whoever_sees_one_site_has_its_name_and_no_choice(chromium: Browser, web: Web) -> None:
    context = _context(chromium, web, "operator")
    page = context.new_page()
    page.goto("/")
    expect(page.locator(".site-name")).to_have_text("Site")
    expect(page.locator(".site-switcher")).to_have_count(0)
    assert page.url == f"{web.dashboard.url}/"
    context.close()
