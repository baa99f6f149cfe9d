"""An engineer looks through the alarms, adds one, changes it and takes it out of use."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fixtures.browser import fill
from tests.fixtures.dashboard import LivePlant
from tests.fixtures.people import signed_in

pytestmark = pytest.mark.browser

AMMONIUM = "main/lv-qt-605"
DEFINED = """
SELECT name->>'sv', condition->>'above', delay_on_s, reason FROM alarm_definition
JOIN alarm USING (alarm_id) WHERE key = 'ammonium-oma' ORDER BY valid_from
"""


@pytest.fixture(scope="module")
def token(live_plant: LivePlant) -> str:
    return signed_in(live_plant.database_url, "elsa", "engineer")


@pytest.fixture
def page(chromium: Browser, live_plant: LivePlant, token: str) -> Iterator[Page]:
    context = chromium.new_context(locale="fi-FI")
    context.add_cookies([live_plant.dashboard.cookie(token)])
    yield context.new_page()
    context.close()


def _field(page: Page | Locator, label: str) -> Locator:
    return page.get_by_label(label, exact=False).first


def _wrong(page: Page, sentence: str) -> None:
    expect(page.locator(".mantine-InputWrapper-error")).to_contain_text([sentence])


def test_an_engineer_adds_changes_and_ends_an_alarm_and_is_told_what_does_not_fit(
    page: Page, live_plant: LivePlant
) -> None:
    page.goto(f"{live_plant.dashboard.url}/alarms/definitions/new?watch=value&point={AMMONIUM}")
    send = page.get_by_role("button", name="Lisää hälytys")
    for label, text in (
        ("Tunnus", "ammonium-oma"),
        ("Hälyttää yli", "2,5"),
        ("Kynnysväli", "3"),
        ("Nimi suomeksi", "Ammonium nousee"),
        ("Mitä muuten seuraa, suomeksi", "Lupaehto ylittyy."),
        ("Mitä tehdä, suomeksi", "Nosta ilmastusta."),
        ("Miksi näin", "Lupaehto 2026"),
    ):
        fill(_field(page, label), text)
    send.click()
    _wrong(page, "3 on leveämpi kuin raja 2,5: hälytys ei koskaan poistuisi")
    fill(_field(page, "Kynnysväli"), "0,2")
    fill(_field(page, "Viive ennen hälytystä"), "31536000")
    send.click()
    _wrong(page, "Anna sekunteja väliltä 0–86 400, enintään vuorokausi")
    fill(_field(page, "Viive ennen hälytystä"), "120")
    send.click()
    page.get_by_role("link", name="Katso hälytystä").click()
    expect(page.locator("h1")).to_contain_text("Ammonium nousee")
    page.locator("summary", has_text="Muuta hälytystä").click()
    fill(_field(page, "Hälyttää yli"), "3")
    fill(_field(page, "Miksi näin"), "Hälytti joka yö")
    page.get_by_role("button", name="Muuta hälytystä").click()
    page.get_by_role("link", name="Katso hälytystä").click()
    history = page.locator(".card", has_text="Aiemmat määrittelyt").locator("tbody tr")
    expect(history).to_have_count(2)
    expect(history.first).to_contain_text("Hälytti joka yö")
    page.locator("summary", has_text="Poista käytöstä").click()
    form = page.locator("details[open]", has_text="Poista käytöstä")
    fill(form.get_by_label("Peruste"), "Anturi purettu")
    form.get_by_role("button").click()
    page.get_by_role("link", name="Katso hälytystä").click()
    expect(history).to_have_count(3)
    page.goto(f"{live_plant.dashboard.url}/alarms/definitions?use=out&q=ammonium")
    expect(page.locator("tbody tr")).to_have_count(1)
    with psycopg.connect(live_plant.database_url) as connection:
        assert connection.execute(DEFINED).fetchall() == [
            ("Ammonium nousee", "2.5", 120.0, "Lupaehto 2026"),
            ("Ammonium nousee", "3.0", 120.0, "Hälytti joka yö"),
            (None, None, None, "Anturi purettu"),
        ]


def test_all_alarms_are_found_by_a_word_and_by_what_they_watch(
    page: Page, live_plant: LivePlant
) -> None:
    page.goto(f"{live_plant.dashboard.url}/alarms/definitions")
    rows = page.locator("tbody tr")
    expect(rows.first).to_be_visible()
    total = rows.count()
    page.locator("#definitions-watch").click()
    page.get_by_role("option", name="hiljaisuus").click()
    expect(page).to_have_url(f"{live_plant.dashboard.url}/alarms/definitions?watch=silence")
    expect(rows.first).to_contain_text("ei lukemaa")
    assert 0 < rows.count() < total
    fill(page.locator("#definitions-q"), "ei mitään tällaista")
    page.locator("#definitions-q").press("Enter")
    expect(page.locator(".note")).to_contain_text("ei ole määritelty")


@pytest.mark.parametrize(
    ("locale", "button", "said"),
    [
        ("fi-FI", "Lisää hälytys", "Tunnus: täytä tämä kenttä · ja 5 muuta"),
        ("sv-SE", "Lägg till larmet", "Nyckel: fyll i fältet · och 5 till"),
    ],
)
def test_an_empty_form_told_of_two_fields_of_six_and_not_of_which_on_a_phone(
    chromium: Browser, live_plant: LivePlant, token: str, locale: str, button: str, said: str
) -> None:
    size = {"width": 390, "height": 844}
    context = chromium.new_context(locale=locale, viewport=size)  # type: ignore[arg-type]
    context.add_cookies([live_plant.dashboard.cookie(token)])
    page = context.new_page()
    page.goto(f"{live_plant.dashboard.url}/alarms/definitions/new")
    page.get_by_role("button", name=button).click()
    expect(page.locator(".form-said")).to_have_text(said)
    expect(page.locator(".mantine-InputWrapper-error")).to_have_count(6)
    context.close()


def test_an_engineer_picks_a_role_in_place_of_a_point(page: Page, live_plant: LivePlant) -> None:
    page.goto(f"{live_plant.dashboard.url}/alarms/definitions/new?watch=silence")
    for label, text in (
        ("Tunnus", "happi-hiljaa"),
        ("Kuinka pitkä hiljaisuus", "1"),
        ("Nimi suomeksi", "Happi ei tule"),
        ("Mitä muuten seuraa, suomeksi", "Ilmastus ohjautuu väärin."),
        ("Mitä tehdä, suomeksi", "Tarkista anturi."),
        ("Miksi näin", "Kaikki altaat"),
    ):
        fill(_field(page, label), text)
    page.get_by_label("Piste, tai kaikki saman roolin pisteet").first.fill("Kaikki: Liuennut happi")
    page.get_by_role("option", name="Kaikki: Liuennut happi").first.click()
    page.get_by_role("button", name="Lisää hälytys").click()
    _wrong(page, "1 s ei ole hiljaisuus")
    fill(_field(page, "Kuinka pitkä hiljaisuus"), "7200")
    page.get_by_role("button", name="Lisää hälytys").click()
    page.get_by_role("link", name="Katso hälytystä").click()
    expect(page.locator("h1")).to_contain_text("Happi ei tule")
    page.get_by_role("link", name="Hälytykset pisteittäin").click()
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("Happi ei tule: ")
    with psycopg.connect(live_plant.database_url) as connection:
        placed = "SELECT count(*) FROM alarm WHERE starts_with(key, 'happi-hiljaa:')"
        (count,) = connection.execute(placed).fetchone() or (0,)
    assert count > 1
    expect(rows).to_have_count(count)
    # It is taken out of use with all that follow it.
    page.go_back()
    page.locator("summary", has_text="Poista käytöstä").click()
    form = page.locator("details[open]", has_text="Poista käytöstä")
    fill(form.get_by_label("Peruste"), "Ei tarvita")
    form.get_by_role("button").click()
    expect(form).to_contain_text("Katso hälytystä")
    page.goto(f"{live_plant.dashboard.url}/alarms/definitions?q=happi-hiljaa")
    expect(page.locator(".note")).to_contain_text("ei ole määritelty")
