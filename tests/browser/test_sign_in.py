"""The way in, in a browser that keeps to our policy: to another site and back, and the QR code."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect

from deploy.accounts import link_oidc
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.dashboard import SITE, SITE_LOADED_AT, DashboardProcess
from tests.fixtures.oidc import OidcProvider
from tests.fixtures.people import add_person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def dashboard(
    migrated_module_url: str, oidc_provider: OidcProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardProcess]:
    load(migrated_module_url, read(SITE), now=SITE_LOADED_AT)
    add_person(migrated_module_url, "maija", "operator")
    link_oidc(migrated_module_url, "maija", oidc_provider.issuer, "s-maija")
    oidc_provider.sit("s-maija")
    folder: Path = tmp_path_factory.mktemp("sign-in")
    label = {"oidc_label": "Vesilaitoksen tunnus"}
    with DashboardProcess(
        folder, migrated_module_url, **oidc_provider.settings, **label
    ) as dashboard:
        yield dashboard


def test_a_click_leads_to_the_provider_and_back_in_and_the_qr_code_is_drawn(
    chromium: Browser, dashboard: DashboardProcess
) -> None:
    context = chromium.new_context(locale="fi-FI")
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", hear)
    page.goto(f"{dashboard.url}/flows")
    page.get_by_role("link", name="Vesilaitoksen tunnus").click()
    expect(page.locator("h1")).to_have_text("Virtaamat", timeout=15_000)
    assert page.url == f"{dashboard.url}/flows"
    page.locator(".person-name").click()
    page.get_by_role("link", name="Kaksivaiheinen kirjautuminen").click()
    picture = page.get_by_role("img", name="QR-koodi, jossa on sama avain")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 100
    assert not [one for one in complaints if "Content Security Policy" in one], complaints
    context.close()
