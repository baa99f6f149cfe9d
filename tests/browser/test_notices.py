"""A person has alarms told in this browser: the button, what stands in its way, and the notice."""

import base64
import json
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.dashboard import PUSH_KEY, LivePlant
from tests.fixtures.push_service import BrowserKeys
from tests.fixtures.service_process import wait_until

pytestmark = pytest.mark.browser

NOTICE = {
    "title": "[korkea] Lietekaivon pinta korkea",
    "lines": ["Tulopumppaamo · 6,5 m", "Tee: Käynnistä varapumppu"],
    "priority": "high",
    "ages": {"now": "juuri nyt", "min": "# min sitten", "h": "# h sitten"},
    "tag": "one",
    "language": "fi",
    "path": "/alarms/answer/abc",
}
# No push service is within reach of the tests: this one gives what a real one would.
SUBSCRIBED = """
(([endpoint, p256dh, auth, key]) => {
    const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")),
                                            (each) => each.charCodeAt(0)).buffer;
    const one = { endpoint, options: { applicationServerKey: bytes(key) },
                  getKey: (name) => bytes(name === "auth" ? auth : p256dh) };
    const kept = "test-subscribed";
    one.endpoint = localStorage.getItem("test-endpoint") || endpoint;
    PushManager.prototype.subscribe = async () => {
        localStorage.setItem(kept, "yes");
        return one;
    };
    PushManager.prototype.getSubscription = async () => localStorage.getItem(kept) ? one : null;
})(%s);
"""
# A Chromium without a screen shows no notice, whatever it is allowed: what it would show is kept.
ALLOWED = "Object.defineProperty(Notification, 'permission', { get: () => 'granted' })"
KEPT = """
() => {
    self.kept = [];
    const show = async (title, options) => { self.kept.push({ title, ...options }); };
    Object.defineProperty(self.registration, "showNotification", { value: show });
    const open = async (url) => { self.opened = url; };
    Object.defineProperty(self.clients, "openWindow", { value: open });
}
"""
TOUCHED = """
() => {
    const notification = { data: self.kept[0].data, close: () => {} };
    const event = new Event("notificationclick");
    self.dispatchEvent(Object.assign(event, { notification, waitUntil: () => {} }));
    return self.opened;
}
"""


@pytest.fixture
def context(chromium: Browser, live_plant: LivePlant) -> Iterator[BrowserContext]:
    found = live_plant.context(chromium)
    yield found
    found.close()


def _open(context: BrowserContext, live_plant: LivePlant) -> Page:
    page = context.new_page()
    page.goto(f"{live_plant.dashboard.url}/notices")
    expect(page.locator("#notice-state")).not_to_be_empty()
    return page


def _allow(context: BrowserContext, live_plant: LivePlant) -> None:
    context.grant_permissions(["notifications"], origin=live_plant.dashboard.url)
    context.add_init_script(ALLOWED)


def _with_push_service(context: BrowserContext) -> None:
    keys = BrowserKeys()
    texts = [base64.urlsafe_b64encode(each).decode() for each in (keys.p256dh, keys.auth)]
    given = ["https://fcm.googleapis.com/fcm/send/one", *texts, PUSH_KEY + "="]
    context.add_init_script(SUBSCRIBED % json.dumps(given))


def test_a_person_has_alarms_told_in_this_browser_and_ends_it(
    context: BrowserContext, live_plant: LivePlant
) -> None:
    _allow(context, live_plant)
    _with_push_service(context)
    page = _open(context, live_plant)
    page.locator(".person-name").click()
    expect(page.get_by_role("link", name="Ilmoitukset laitteelle")).to_be_visible()
    page.get_by_role("button", name="Ilmoita tällä laitteella").click()
    expect(page.locator("#notice-state")).to_have_text("Hälytyksistä ilmoitetaan tällä laitteella.")
    expect(page.locator("#notice-button")).to_be_hidden()
    device = page.locator(".notice-list li")
    expect(device).to_contain_text("Chrome")
    expect(device).to_contain_text("tämä laite")
    with psycopg.connect(live_plant.database_url) as connection:
        kept = connection.execute("SELECT endpoint, language FROM push_subscription").fetchall()
        logged = connection.execute(
            "SELECT count(*) FROM access_log WHERE object = 'push_subscribe'"
        ).fetchone()
    assert kept == [("https://fcm.googleapis.com/fcm/send/one", "fi")]
    assert logged == (1,)
    page.reload()
    expect(page.locator("#notice-state")).to_have_text("Hälytyksistä ilmoitetaan tällä laitteella.")
    device.get_by_role("button").click()
    expect(page.locator("#notice-devices")).to_contain_text("Ei yhtään laitetta.")
    expect(page.locator("#notice-button")).to_be_visible()


def test_a_browser_that_was_given_another_address_is_told_on_without_a_press(
    context: BrowserContext, live_plant: LivePlant
) -> None:
    _allow(context, live_plant)
    _with_push_service(context)
    page = _open(context, live_plant)
    page.get_by_role("button", name="Ilmoita tällä laitteella").click()
    expect(page.locator(".notice-list li")).to_contain_text("Chrome")
    page.evaluate("localStorage.setItem('test-endpoint', 'https://fcm.googleapis.com/fcm/two')")
    page.goto(f"{live_plant.dashboard.url}/flows")  # whatever page it is

    def kept() -> list[tuple[str]]:
        with psycopg.connect(live_plant.database_url) as connection:
            return connection.execute("SELECT endpoint FROM push_subscription").fetchall()

    wait_until(lambda: kept() == [("https://fcm.googleapis.com/fcm/two",)], "it is not told")
    page.goto(f"{live_plant.dashboard.url}/notices")
    expect(page.locator("#notice-state")).to_have_text("Hälytyksistä ilmoitetaan tällä laitteella.")
    page.locator(".notice-list li").get_by_role("button").click()
    expect(page.locator("#notice-devices")).to_contain_text("Ei yhtään laitetta.")


def test_a_browser_whose_push_service_is_out_of_reach_says_so(
    context: BrowserContext, live_plant: LivePlant
) -> None:
    _allow(context, live_plant)
    page = _open(context, live_plant)
    page.locator("#notice-button").click()
    expect(page.locator("#notice-state")).to_contain_text("ei saanut yhteyttä")
    expect(page.locator("#notice-button")).to_be_enabled()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "https://"),
        ("delete window.PushManager", "ei näytä ilmoituksia"),
        (
            "Object.defineProperty(Notification, 'permission', { value: 'denied' })",
            "ilmoitukset on estetty",
        ),
    ],
)
def test_what_stands_in_the_way_is_said_and_no_button_is_offered(
    context: BrowserContext, live_plant: LivePlant, script: str, sentence: str
) -> None:
    context.add_init_script(script)
    page = _open(context, live_plant)
    expect(page.locator("#notice-state")).to_contain_text(sentence)
    expect(page.locator("#notice-button")).to_be_hidden()


def test_what_the_notifier_sends_is_shown_with_its_age_and_leads_to_the_alarm(
    context: BrowserContext, live_plant: LivePlant
) -> None:
    _allow(context, live_plant)
    page = _open(context, live_plant)
    cdp = context.new_cdp_session(page)
    registrations: list[dict[str, str]] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(event["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    page.evaluate("async () => { await navigator.serviceWorker.register('/service-worker.js'); }")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    (worker,) = context.service_workers
    worker.evaluate(KEPT)
    now_ms = page.evaluate("() => Date.now()")
    cdp.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": live_plant.dashboard.url,
            "registrationId": registrations[0]["registrationId"],
            "data": json.dumps({**NOTICE, "raised_ms": now_ms - 3 * 60_000 - 5_000}),
        },
    )
    wait_until(lambda: worker.evaluate("() => self.kept.length"), "nothing is shown")
    (shown,) = worker.evaluate("() => self.kept")
    assert shown["title"] == NOTICE["title"]
    assert shown["body"] == "3 min sitten\nTulopumppaamo · 6,5 m\nTee: Käynnistä varapumppu"
    assert (shown["tag"], shown["requireInteraction"]) == ("one", True)
    assert (shown["renotify"], shown["silent"]) == (True, False)
    over = {**NOTICE, "raised_ms": None, "lines": ["Kuitannut Pekka, 3.12"], "is_quiet": True}
    cdp.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": live_plant.dashboard.url,
            "registrationId": registrations[0]["registrationId"],
            "data": json.dumps(over),
        },
    )
    wait_until(lambda: worker.evaluate("() => self.kept.length") == 2, "nothing replaces it")
    replaced = worker.evaluate("() => self.kept[1]")
    assert (replaced["tag"], replaced["body"]) == ("one", "Kuitannut Pekka, 3.12")
    quiet = ("renotify", "silent", "requireInteraction")
    assert [replaced[name] for name in quiet] == [False, True, False]
    assert worker.evaluate(TOUCHED) == f"{live_plant.dashboard.url}/alarms/answer/abc"


def test_the_service_worker_is_there_for_everybody_and_asks_for_nothing(
    context: BrowserContext, live_plant: LivePlant
) -> None:
    answer = context.request.get(f"{live_plant.dashboard.url}/service-worker.js")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.headers["cache-control"] == "no-store"
