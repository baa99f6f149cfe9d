"""The database goes away while people look: they are told, nothing old is passed off as new."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.dashboard import SITE, SITE_LOADED_AT, DashboardProcess
from tests.fixtures.people import signed_in
from tests.fixtures.proxy import Proxy

pytestmark = pytest.mark.browser


def test_a_database_that_is_away_is_said_on_every_page_and_heals_by_itself(
    chromium: Browser,
    migrated_url: str,
    proxy_factory: Callable[[str, int], Proxy],
    tmp_path: Path,
) -> None:
    load(migrated_url, read(SITE), now=SITE_LOADED_AT)
    server = urlsplit(migrated_url)
    assert server.hostname
    assert server.port
    proxy = proxy_factory(server.hostname, server.port)
    url = migrated_url.replace(f":{server.port}/", f":{proxy.port}/")
    token = signed_in(migrated_url, "operator", "operator")
    proxy.stop()
    with DashboardProcess(tmp_path, url) as dashboard:
        context = chromium.new_context(locale="fi-FI")
        context.add_cookies([dashboard.cookie(token)])
        page = context.new_page()
        page.goto(f"{dashboard.url}/flows")
        expect(page.get_by_role("alert")).to_contain_text("Tietokanta ei vastaa")
        proxy.start()
        expect(page.locator("h1")).to_have_text("Virtaamat", timeout=30_000)
        state = page.locator("#link-state")
        expect(state).to_have_text("Yhteys kunnossa", timeout=15_000)
        proxy.stop()
        expect(state).to_have_text("Tietokanta ei vastaa", timeout=15_000)
        proxy.start()
        expect(state).to_have_text("Yhteys kunnossa", timeout=15_000)
        page.context.close()
