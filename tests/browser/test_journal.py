"""A journal that somebody filled: the page stays small, pages are addresses, slips are undone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.browser import ZONE, fill
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.people import signed_in
from tests.fixtures.tenants import Tenants, seed

pytestmark = pytest.mark.browser

ENTRIES, ENTRY_CHARACTERS = 300, 20_000
PAGE_MAX_BYTES = 200_000
LAPTOP = {"width": 1366, "height": 768}
# So many that the tests of this file can write, and few enough to be reached by one of them.
PER_HOUR_MAX = 12


@dataclass(frozen=True)
class Hall:
    """The pilot hall whose journal is full of long entries."""

    tenants: Tenants
    dashboard: DashboardProcess
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def hall(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    tenants = seed(migrated_module_url)
    people = {
        "anna": ("company_member", "alpha"),
        "aino": ("company_member", "alpha"),
        "engineer2": ("engineer", None),
    }
    tokens = {login: signed_in(tenants.url, login, *rest) for login, rest in people.items()}
    tenants.owner(
        "INSERT INTO trial_entry (trial_id, kind, title, body, from_at, account_id)"
        " SELECT 1, 'log', 'Entry ' || n, left(repeat(md5(n::text) || ' ', 700), %s),"
        " now() - INTERVAL '1 day' - n * INTERVAL '9 minutes', account_id"
        " FROM generate_series(1, %s) n, account WHERE login = 'alpha'",
        ENTRY_CHARACTERS,
        ENTRIES,
    )
    folder = tmp_path_factory.mktemp("journal")
    limits = {
        "entries_per_hour_max": PER_HOUR_MAX,
        "entry_characters_max": 5_000,
        "entry_bytes_per_trial_max": 2 * ENTRIES * ENTRY_CHARACTERS,
    }
    with DashboardProcess(folder, tenants.url, **limits) as dashboard:
        yield Hall(tenants, dashboard, tokens)
        assert " fail: " not in dashboard.log, dashboard.log
        assert "Traceback" not in dashboard.log, dashboard.log


@pytest.fixture
def opened(hall: Hall, chromium: Browser) -> Iterator[Any]:
    """Opens a page for somebody; at the end no page may have had an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def page(who: str, path: str, size: Any = LAPTOP) -> Page:
        context = chromium.new_context(locale="fi-FI", timezone_id=ZONE, viewport=size)
        contexts.append(context)
        context.add_cookies([hall.dashboard.cookie(hall.tokens[who])])
        found = context.new_page()
        found.on("pageerror", lambda error: errors.append(str(error)))
        found.goto(hall.dashboard.url + path)
        return found

    yield page
    assert errors == []
    for context in contexts:
        context.close()


def _titles(page: Page) -> list[str]:
    return page.locator("[id*='journal'] .entry-title, .whole-list .entry-title").all_inner_texts()


def _form(page: Page, button: str) -> Any:
    return page.locator(".form").filter(has=page.get_by_role("button", name=button))


def _write_entry(page: Page, title: str, body: str = "") -> Any:
    form = _form(page, "Tallenna kirjaus")
    if not form.is_visible():
        page.get_by_text("Uusi kirjaus").click()
    fill(form.get_by_label("Otsikko"), title)
    fill(form.get_by_label("Teksti"), body)
    form.get_by_role("button", name="Tallenna kirjaus").click()
    return form


def test_the_page_of_a_trial_stays_small_whatever_its_journal_holds(opened: Any) -> None:
    page = opened("anna", "/trials")
    sizes: list[int] = []

    def came(response: Any) -> None:
        if "_dash-update-component" in response.url and response.status == 200:
            sizes.append(len(response.body()))

    page.on("response", came)
    page.locator(".trial-row").first.click()
    expect(page.locator(".entry-title").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(_titles(page)) == 20
    assert ENTRIES * ENTRY_CHARACTERS > 20 * PAGE_MAX_BYTES
    assert sum(sizes) < PAGE_MAX_BYTES, sizes


@pytest.mark.exhaustive
def test_older_entries_are_pages_with_addresses_and_back_leads_back(
    opened: Any, hall: Hall
) -> None:
    page = opened("anna", "/trials/1")
    expect(page.locator(".ways", has_text="yhteensä 304")).to_be_visible()
    first = _titles(page)
    page.locator("[id*='trial-journal'] .ways a", has_text="Vanhemmat").click()
    expect(page.locator("h1")).to_contain_text("Koeajopäiväkirja · ALPHA-CANARY trial")
    expect(page).to_have_title(re.compile("Koeajopäiväkirja · ALPHA-CANARY trial"))
    second, address = _titles(page), page.url
    assert len(second) == 20
    assert not set(first) & set(second)
    page.get_by_role("link", name="Vanhemmat").click()
    expect(page.locator(".entry-title").first).not_to_have_text(second[0])
    third = _titles(page)
    page.get_by_role("link", name="Uudemmat").click()
    expect(page.locator(".entry-title").first).to_have_text(second[0])
    page.go_back()
    expect(page.locator(".entry-title").first).to_have_text(third[0])
    page.go_back()
    expect(page.locator(".entry-title").first).to_have_text(second[0])
    page.go_back()
    expect(page.locator("h1")).to_have_text(re.compile("^ALPHA-CANARY trial"))
    colleague = opened("engineer2", address.removeprefix(hall.dashboard.url))
    expect(colleague.locator(".entry-title").first).to_have_text(second[0])
    assert _titles(colleague) == second


def test_a_long_entry_is_folded_and_opens_where_it_stands(opened: Any) -> None:
    page = opened("anna", "/trials/1/journal")
    row = page.locator(".entry", has_text="Entry 5").first
    assert len(row.inner_text()) < 1_000
    row.get_by_role("button", name="Näytä kaikki").click()
    expect(row.get_by_role("button", name="Näytä kaikki")).to_have_count(0)
    assert len(row.locator(".entry-body").inner_text()) == ENTRY_CHARACTERS
    page.emulate_media(media="print")
    expect(row.locator(".entry-body")).to_be_visible()
    expect(page.locator(".whole-list .entry")).to_have_count(20)
    assert not page.locator(".withdraw").first.is_visible()
    tall = page.evaluate("document.querySelector('.entries').scrollHeight")
    assert tall == page.evaluate("document.querySelector('.entries').clientHeight")


def test_what_was_just_written_is_undone_with_a_click_and_kept_as_withdrawn(
    opened: Any, hall: Hall
) -> None:
    page = opened("anna", "/trials/1")
    form = _write_entry(page, "Sent too early")
    expect(page.locator(".entry-title").first).to_have_text("Sent too early")
    form.get_by_role("button", name="Kumoa").click()
    expect(form.locator(".form-said")).to_contain_text("Mitätöity")
    expect(form.get_by_role("button", name="Kumoa")).to_have_count(0)
    row = page.locator(".entry", has_text="Sent too early")
    expect(row.locator(".withdrawn")).to_contain_text("kumottiin heti · Anna")
    expect(page.locator(".log-table")).to_contain_text("kirjauksen mitätöinti")
    stored = hall.tenants.owner(
        "SELECT e.title, w.reason FROM trial_entry e JOIN withdrawal w USING (entry_id)"
    )
    assert stored == [("Sent too early", "")]
    other = opened("engineer2", "/trials/1/journal")
    expect(other.locator(".entry", has_text="Sent too early").locator(".withdrawn")).to_be_visible()


@pytest.mark.exhaustive
def test_a_note_that_is_withdrawn_takes_a_reason_and_leaves_the_charts(opened: Any) -> None:
    page = opened("aino", "/trials/1")
    signs = page.locator("[id*='compare-graph'] .annotation-text", has_text="▼")
    expect(page.locator("[id*='compare-graph'] .js-plotly-plot")).to_be_attached(timeout=20_000)
    page.get_by_text("Uusi merkintä").click()
    note = _form(page, "Tallenna merkintä")
    fill(note.get_by_label("Teksti"), "Wrong pump")
    note.get_by_role("button", name="Tallenna merkintä").click()
    expect(signs).to_have_count(1)
    row = page.locator(".entry", has_text="Wrong pump")
    row.locator(".withdraw summary").click()
    row.get_by_role("button", name="Mitätöi").click()
    expect(row.locator(".form-said")).to_contain_text("täytä tämä kenttä")
    fill(row.get_by_label("Peruste"), "It was pump 5")
    row.get_by_role("button", name="Mitätöi").click()
    expect(row.locator(".withdrawn")).to_contain_text("It was pump 5 · Aino")
    expect(signs).to_have_count(0)
    theirs = opened("anna", "/trials/1/notes")
    expect(theirs.locator(".withdrawn")).to_contain_text("It was pump 5 · Aino")
    expect(theirs.locator(".withdraw")).to_have_count(0)  # neither is hers


@pytest.mark.exhaustive
def test_an_older_entry_is_withdrawn_on_its_own_page(opened: Any) -> None:
    page = opened("anna", "/trials/1")
    _write_entry(page, "A batch of yesterday")
    expect(page.locator(".entry-title").first).to_have_text("A batch of yesterday")
    page.goto(page.url + "/journal")
    row = page.locator(".entry", has_text="A batch of yesterday")
    row.locator(".withdraw summary").click()
    fill(row.get_by_label("Peruste"), "Twice in the book")
    row.get_by_role("button", name="Mitätöi").click()
    expect(row.locator(".withdrawn")).to_contain_text("Twice in the book · Anna")


def test_a_text_that_is_too_long_is_told_at_its_field_and_stays(opened: Any) -> None:
    page = opened("engineer2", "/trials/1")
    form = _write_entry(page, "Long", "x" * 5_001)
    expect(form.locator(".form-said")).to_contain_text("enintään 5")
    text = form.get_by_label("Teksti")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_value("x" * 5_001)


@pytest.mark.exhaustive
def test_who_writes_too_much_is_told_and_loses_nothing(opened: Any, hall: Hall) -> None:
    hall.tenants.owner(
        "INSERT INTO trial_entry (trial_id, kind, title, body, from_at, account_id)"
        " SELECT 1, 'log', 'Batch ' || n, '', now() - INTERVAL '1 hour', account_id"
        " FROM generate_series(2, %s) n, account WHERE login = 'engineer2'",
        PER_HOUR_MAX,
    )
    page = opened("engineer2", "/trials/1")
    _write_entry(page, "The last one")
    expect(page.locator(".entry-title", has_text="The last one").first).to_be_visible()
    form = _write_entry(page, "One too many", "Long thought about")
    expect(form.locator(".form-said")).to_contain_text(f"tunnissa enintään {PER_HOUR_MAX} kertaa")
    expect(form.get_by_label("Otsikko")).to_have_value("One too many")
    expect(form.get_by_label("Teksti")).to_have_value("Long thought about")
    line = re.search(r"refuse: entries_per_hour, account:\d+: .*", hall.dashboard.log)
    assert line is not None
    assert "VIRTAAMA_DASHBOARD_ENTRIES_PER_HOUR_MAX" in line[0]
    other = opened("anna", "/trials/1")
    _write_entry(other, "Somebody else goes on")
    expect(other.locator(".entry-title").first).to_have_text("Somebody else goes on")
