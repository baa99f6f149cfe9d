"""The dashboard below a path, behind nginx as the docs set it up, in a browser."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.fixtures.between import Between
from tests.fixtures.people import add_person
from tests.fixtures.reverse_proxy import PREFIX, nginx, samples
from tests.fixtures.web import Web, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def web_below(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("below")
    with serving(migrated_module_url, folder, path_prefix=PREFIX) as found:
        yield found


@pytest.mark.exhaustive
def test_a_person_uses_the_pages_below_the_path_and_nothing_is_asked_beside_it(
    chromium: Browser, web_below: Web, between: Between
) -> None:
    home = f"{nginx(between, samples('nginx')[1], web_below.dashboard.port)}{PREFIX}"
    password = add_person(web_below.tenants.url, "maija", "engineer")
    context = chromium.new_context(locale="fi-FI", accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(20_000)
    beside: list[str] = []
    failed: list[str] = []

    def judge(request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme == "http" and not asked.path.startswith(f"{PREFIX}/"):
            beside.append(request.url)

    page.on("request", judge)
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{home}/trends")
    page.fill("[name=login]", "maija")
    page.fill("[name=password]", password)
    page.locator("button").click()
    expect(page.locator("h1")).to_have_text("Trendit")
    assert page.url == f"{home}/trends"
    expect(page.locator(".nav-link[aria-current=page]")).to_have_attribute(
        "href", f"{PREFIX}/trends"
    )
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    page.locator(".nav-link").first.click()
    expect(page).to_have_url(f"{home}/")
    expect(page.locator(".nav-link[aria-current=page]")).to_have_count(1)
    value = page.locator(".value-link").first
    value.click()
    expect(page.locator("#trend-chart .main-svg").first).to_be_visible()
    assert page.url.startswith(f"{home}/trends?p=")
    page.locator("[data-cookie=virtaama_language][lang=sv]").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    assert all(one["path"].startswith(f"{PREFIX}/") for one in context.cookies())
    page.goto(f"{home}/trials")
    page.locator(".trial-row").first.click()
    with page.expect_download() as download:
        page.locator("a[href$=package]").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.locator(".person-name").click()
    page.locator(f"a[href='{PREFIX}/second-factor']").click()
    expect(page.locator(".sign-in-qr")).to_be_visible()
    page.locator(".sign-in-home a").click()
    page.locator(".person-name").click()
    page.locator(f"form[action='{PREFIX}/sign-out'] button").click()
    # The end of the stream may reload the page before the answer to the form is there.
    expect(page).to_have_url(re.compile(rf"^{re.escape(home)}/sign-in(\?next=%2F)?$"))
    assert not beside
    assert not failed
    context.close()
