"""Alarms on the screen: seen at once on every page, answered with a thumb, heard until answered."""

import re
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.store.alarms import ROWS_MAX
from tests.fixtures.alarms import SeededAlarm, alarm, carry_out, flood
from tests.fixtures.browser import fill, wait_for_script
from tests.fixtures.dashboard import LivePlant
from tests.fixtures.people import signed_in

pytestmark = pytest.mark.browser

AMMONIUM, FLOW = "main/lv-qt-605", "main/jv-ft-205"
FLOODED = 10_000
LIST_SHOWN_MAX_S = 20.0
THUMB_PX = 44
CLEAR = "DELETE FROM alarm_act; DELETE FROM alarm_event; DELETE FROM alarm_state;"
# A headless browser lets every page sound; on people's desks only one that somebody has touched.
BLOCKED = """
    let touched = false;
    window.addEventListener("pointerdown", () => { touched = true; }, { capture: true });
    window.AudioContext = class extends AudioContext {
        get state() { return touched ? super.state : "suspended"; }
        resume() { return touched ? super.resume() : new Promise(() => {}); }
    };
"""
SLOW = """() => {
    const ask = window.fetch;
    window.fetch = async (...asked) => {
        await new Promise((done) => setTimeout(done, 1600));
        return ask(...asked);
    };
}"""
COUNT_CHANGES = """() => {
    window.changes = 0;
    window.dash_stores[0].subscribe(() => { window.changes += 1; });
}"""
CHANGES_MAX = 100  # Dash asks each of its components at each; it was told of one for each element
BEEPS = "() => window.virtaama.beeps || 0"


def _point(plant: LivePlant, path: str) -> int:
    with psycopg.connect(plant.database_url) as connection:
        row = connection.execute(
            "SELECT point_id FROM point_current WHERE line || '/' || key = %s", (path,)
        ).fetchone()
    assert row is not None
    return int(row[0])


def _raise(plant: LivePlant, key: str, **more: object) -> SeededAlarm:
    point = _point(plant, str(more.pop("point", AMMONIUM)))
    at = datetime.now(UTC) - timedelta(minutes=3)
    return alarm(plant.database_url, key, [point], at, **more)  # type: ignore[arg-type]


def _open(chromium: Browser, plant: LivePlant, path: str = "/alarms", **context: object) -> Page:
    page = plant.context(chromium, **context).new_page()
    page.goto(plant.dashboard.url + path)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    return page


@pytest.fixture(autouse=True)
def calm(live_plant: LivePlant) -> None:
    """Begin each test without an alarm that stands."""
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute(CLEAR)


def test_an_alarm_is_counted_on_every_page_and_one_click_from_its_list(
    chromium: Browser, live_plant: LivePlant
) -> None:
    page = _open(chromium, live_plant, "/trends")
    expect(page.locator(".badge-none")).to_be_visible()
    _raise(live_plant, "counted", name="Ammoniumtyppi korkea")
    expect(page.locator(".badge-high .badge-count")).to_have_text("1")
    expect(page.locator(".badge-none")).to_be_hidden()
    expect(page.locator(".badge-medium")).to_be_hidden()
    page.locator(".alarm-badge").click()
    row = page.locator(".alarm.unacknowledged", has_text="Ammoniumtyppi korkea")
    expect(row.locator(".priority-word")).to_have_text("korkea")
    expect(row).to_contain_text("Toimi: Ammoniumtyppi korkea")
    expect(row.locator(".alarm-age")).to_contain_text("min")
    live_plant.publish(AMMONIUM, 1.25)
    expect(row.locator(".number")).to_have_text("1,25")
    page.goto(live_plant.dashboard.url)
    tile = page.locator(f".tile[data-point='{_point(live_plant, AMMONIUM)}']")
    expect(tile).to_have_attribute("data-alarm", "high")
    # Beside the deviations, whatever the value says of itself; and at its stage of the drawing.
    deviation = page.locator(".deviation").first
    expect(deviation).to_contain_text("hälytys, korkea: Ammoniumtyppi korkea")
    number = _point(live_plant, AMMONIUM)
    expect(page.locator(f".stage[data-members~='{number}']").first).to_have_attribute(
        "data-alarm", "high"
    )
    page.context.close()


@pytest.mark.exhaustive
def test_two_people_answer_the_same_alarm_and_both_are_told_what_holds(
    chromium: Browser, live_plant: LivePlant
) -> None:
    _raise(live_plant, "both", name="Molemmat kuittaavat")
    cleared = datetime.now(UTC) - timedelta(minutes=1)
    _raise(live_plant, "gone", cleared_at=cleared, state="returned_unacknowledged")
    first = _open(chromium, live_plant)
    token = signed_in(live_plant.database_url, "second", "operator")
    context = chromium.new_context(locale="fi-FI")
    context.add_cookies([live_plant.dashboard.cookie(token)])
    second = context.new_page()
    second.goto(live_plant.dashboard.url + "/alarms")
    expect(second.locator(".alarm.unacknowledged")).to_have_count(2)
    seen = second.locator(".alarm", has_text="Molemmat").locator(".alarm-button")
    first.locator("#alarm-acknowledge-all").click()
    expect(first.locator("#alarm-all-said")).to_have_text("Kuitattu: 2.")
    expect(second.locator(".alarm.unacknowledged")).to_have_count(0)
    expect(seen).to_have_count(0)
    carry_out(live_plant.database_url)
    # What cleared and is acknowledged leaves the list; what is active stays.
    expect(first.locator(".alarm")).to_have_count(1)
    expect(first.locator(".alarm-state")).to_have_text("kuitattu, voimassa")
    first.context.close()
    context.close()


def test_the_sound_goes_on_until_somebody_acknowledges_and_a_blocked_one_is_told(
    chromium: Browser, live_plant: LivePlant
) -> None:
    context = live_plant.context(chromium)
    context.add_init_script(BLOCKED)
    page = context.new_page()
    page.goto(live_plant.dashboard.url + "/trends")
    sound = page.locator("#alarm-sound")
    expect(sound).to_have_text("Ääni päällä")
    loud = _raise(live_plant, "loud")
    expect(sound).to_have_attribute("data-state", "blocked")
    expect(sound).to_contain_text("Selain estää äänen")
    sound.click()
    expect(sound).to_have_attribute("data-state", "sounding")
    wait_for_script(page, f"() => ({BEEPS})() >= 2")
    other = _open(chromium, live_plant, f"/alarms/{loud.alarm_id}")
    other.locator("#alarm-detail .alarm-button").click()
    expect(sound).to_have_attribute("data-state", "on")
    beeps = page.evaluate(BEEPS)
    page.wait_for_timeout(3_500)  # a beep and a half
    assert page.evaluate(BEEPS) == beeps
    page.context.close()
    other.context.close()


def test_a_shelf_has_an_end_a_reason_and_a_person(chromium: Browser, live_plant: LivePlant) -> None:
    one = _raise(live_plant, "shelved")
    page = _open(chromium, live_plant, f"/alarms/{one.alarm_id}")
    page.locator("summary", has_text="Hyllytä").click()
    form = page.locator(".form", has=page.locator("text=Kuinka kauan"))
    form.locator("button.button").click()
    expect(form.locator(".form-said")).to_have_text("Täytä tämä kenttä")
    fill(form.get_by_label("Peruste"), "Mittari pestään")
    form.locator("button.button").click()
    expect(form.locator(".form-said")).to_have_text("Tallennettu.")
    with psycopg.connect(live_plant.database_url) as connection:
        act = connection.execute(
            "SELECT login, comment, until - at BETWEEN INTERVAL '239 min' AND INTERVAL '241 min'"
            " FROM alarm_act JOIN account USING (account_id) WHERE kind = 'shelve'"
        ).fetchall()
        logged = connection.execute(
            "SELECT login, detail ->> 'text' FROM access_log JOIN account USING (account_id)"
            " WHERE object = 'alarm_shelve'"
        ).fetchall()
    assert act == [("operator", "Mittari pestään", True)]
    assert logged == [("operator", "Mittari pestään")]
    page.context.close()


def test_what_somebody_wrote_was_gone_once_another_one_had_shelved_the_alarm(
    chromium: Browser, live_plant: LivePlant
) -> None:
    one = _raise(live_plant, "both write")
    page = _open(chromium, live_plant, f"/alarms/{one.alarm_id}")
    page.locator("summary", has_text="Kommentoi").click()
    text = page.locator("details[open]").get_by_label("Teksti")
    fill(text, "Pumppu 2 seisoo")
    with psycopg.connect(live_plant.database_url) as connection:
        connection.execute(
            "UPDATE alarm_state SET state = 'shelved', shelved_reason = 'Pestään', since = now(),"
            " shelved_until = now() + INTERVAL '1 hour', shelved_by = (SELECT min(account_id)"
            " FROM account) WHERE alarm_id = %s",
            (one.alarm_id,),
        )
    expect(page.locator("summary", has_text="Ota hyllyltä")).to_be_visible()
    expect(text).to_have_value("Pumppu 2 seisoo")
    page.context.close()


def test_the_head_of_a_phone_has_two_rows_also_while_an_alarm_sounds(
    chromium: Browser, live_plant: LivePlant
) -> None:
    page = _open(chromium, live_plant, "/trends", viewport={"width": 390, "height": 844})
    head = page.locator(".header")
    calm = head.bounding_box()
    _raise(live_plant, "loud head", name="Soi")
    sound = page.locator("#alarm-sound")
    expect(sound).to_have_attribute("data-state", re.compile("sounding|blocked"))
    expect(sound).to_contain_text(re.compile(r"\w"))
    loud = head.bounding_box()
    assert calm is not None
    assert loud is not None
    assert loud["height"] <= calm["height"]
    page.context.close()


@pytest.mark.parametrize("width_px", [390, 1920])
def test_an_alarm_is_answered_with_one_thumb_and_seen_on_a_wall(
    chromium: Browser, live_plant: LivePlant, width_px: int
) -> None:
    long = "Lähtevän veden kokonaisfosforipitoisuuden neljännesvuosikeskiarvo ylittymässä"
    _raise(live_plant, f"wide-{width_px}", name=long)
    page = _open(chromium, live_plant, viewport={"width": width_px, "height": 844})
    button = page.locator(".alarm .alarm-button")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= THUMB_PX
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width_px
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    button.click()
    expect(page.locator(".alarm.unacknowledged")).to_have_count(0)
    page.context.close()


def test_the_journal_is_searched_by_its_address_and_taken_home(
    chromium: Browser, live_plant: LivePlant
) -> None:
    _raise(live_plant, "found", name="Etsitty hälytys", value=6.5, limit=6.0)
    _raise(live_plant, "other", name="Muu hälytys", point=FLOW)
    page = _open(chromium, live_plant, "/alarms/journal")
    expect(page.locator(".event")).to_have_count(2)
    fill(page.locator("#journal-q"), "etsitty")
    page.locator("#journal-search").click()
    expect(page.locator(".event")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=etsitty$"))
    with page.expect_download() as download:
        page.locator("a[download]").click()
    content = download.value.path().read_text(encoding="utf-8-sig")
    lines = content.strip().splitlines()
    assert len(lines) == 2
    assert ";raised;high;Etsitty hälytys;LV-QT-605;6,5;" in lines[1]
    page.context.close()


def test_the_list_stood_still_while_alarms_moved_faster_than_a_busy_server_answered(
    chromium: Browser, live_plant: LivePlant
) -> None:
    page = _open(chromium, live_plant)
    page.evaluate(SLOW)
    for number in range(20):
        _raise(live_plant, f"moving-{number}", name="Liike")
        page.wait_for_timeout(700)
        if page.locator(".alarm").count():
            break
    expect(page.locator(".alarm")).not_to_have_count(0, timeout=1)
    page.context.close()


def test_an_alarm_that_came_drew_all_rows_anew_and_took_a_browser_a_second(
    chromium: Browser, live_plant: LivePlant
) -> None:
    for number in range(ROWS_MAX):
        _raise(live_plant, f"stays-{number}", name=f"Pysyy {number}", priority="low")
    page = _open(chromium, live_plant)
    stays = page.locator(".alarm-name", has_text="Pysyy 29")
    stays.focus()
    page.evaluate(COUNT_CHANGES)
    _raise(live_plant, "comes", name="Uusi hälytys")
    expect(page.locator(".alarm").first).to_contain_text("Uusi hälytys")
    assert page.evaluate("window.changes") < CHANGES_MAX
    expect(stays).to_be_focused()
    page.locator(".alarm-name", has_text="Uusi hälytys").click()
    expect(page.locator("#alarm-detail")).to_contain_text("kuittaamatta")
    assert page.evaluate("window.changes") > 0, "the page was loaded anew"
    page.context.close()


def test_the_keyboard_lost_its_place_when_one_alarm_that_had_cleared_was_acknowledged(
    chromium: Browser, live_plant: LivePlant
) -> None:
    _raise(live_plant, "stays", name="Voimassa", priority="low")
    cleared = datetime.now(UTC) - timedelta(minutes=1)
    _raise(live_plant, "gone", name="Mennyt", cleared_at=cleared, state="returned_unacknowledged")
    page = _open(chromium, live_plant)
    gone = page.locator(".alarm", has_text="Mennyt")
    gone.locator(".alarm-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#alarm-all-said")).to_have_text("Kuitattu: 1.")
    stays = page.locator(".alarm-name", has_text="Voimassa")
    expect(stays).to_be_focused()
    carry_out(live_plant.database_url)
    expect(gone).to_have_count(0)
    expect(stays).to_be_focused()
    with psycopg.connect(live_plant.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM alarm_act").fetchone() == (1,)
    page.context.close()


@pytest.mark.exhaustive
def test_a_flood_of_ten_thousand_leaves_the_list_usable(
    chromium: Browser, live_plant: LivePlant
) -> None:
    page = _open(chromium, live_plant)
    urgent = _raise(live_plant, "urgent", name="Tärkein")
    flood(live_plant.database_url, FLOODED)
    started_s = time.monotonic()
    expect(page.locator(".badge-low .badge-count")).to_have_text("999+")
    expect(page.locator(".alarm").first).to_contain_text("Tärkein")
    expect(page.locator(".alarm")).to_have_count(ROWS_MAX)
    expect(page.locator(".alarm-more")).to_contain_text("lisäksi 9 971")
    assert time.monotonic() - started_s < LIST_SHOWN_MAX_S
    page.locator(".alarm").first.locator(".alarm-button").click()
    expect(page.locator(".badge-high")).not_to_have_class("badge-high unacknowledged")
    with psycopg.connect(live_plant.database_url) as connection:
        acts = connection.execute("SELECT alarm_id FROM alarm_act").fetchall()
    assert acts == [(urgent.alarm_id,)]
    page.context.close()
