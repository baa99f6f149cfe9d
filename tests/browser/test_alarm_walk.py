"""From a publish to the journal, with the processes of a plant, in the browsers of its people."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pydantic import SecretStr

from dashboard.notification.hand_over import Ways
from dashboard.notification.plan_file import Plan
from dashboard.notification.service import Notifier
from tests.fixtures.alarm_plant import AlarmsProcess
from tests.fixtures.browser import fill
from tests.fixtures.dashboard import LivePlant
from tests.fixtures.people import signed_in

pytestmark = pytest.mark.browser

FLOW = "main/jv-ft-205"
HIGH, NORMAL = 900.0, 100.0
NAME = "Virtaama liian suuri"
DEFINE = """
SELECT visible.define_alarm('mikkeli', %s, 0, %s, 'for this walk')
"""
# The process reads how alarms stand when it connects.
END_THE_SHELF = (
    "UPDATE alarm_state SET shelved_until = now() WHERE shelved_until IS NOT NULL",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'virtaama alarms' AND datname = current_database()",
)


@dataclass
class Control:
    """The plant, and a browser for each of its people."""

    plant: LivePlant
    operator: Page
    engineer: Page

    def publish(self, value: float) -> None:
        self.plant.publish(FLOW, value)

    def define(self, key: str, **more: object) -> None:
        """Define an alarm on the flow, as the engineer."""
        content: dict[str, Any] = {
            "name": dict.fromkeys(("fi", "sv", "en"), f"{NAME} {key}"),
            "priority": "high",
            "suppression": {},
            "delay_on_s": 0,
            "delay_off_s": 0,
            "is_latching": False,
            "condition": {"watch": "value", "point": FLOW, "above": 500},
        }
        with psycopg.connect(self.plant.database_url) as connection:
            connection.execute(
                "SELECT set_config('virtaama.viewer', 'account:' || account_id, true) "
                "FROM account WHERE login = 'walk-engineer'"
            )
            connection.execute("SET LOCAL ROLE virtaama_viewer")
            connection.execute(DEFINE.encode(), (key, json.dumps(content | more)))


def _page(context: BrowserContext, plant: LivePlant, path: str) -> Page:
    page = context.new_page()
    page.goto(plant.dashboard.url + path)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    return page


@pytest.fixture(scope="module")
def control(
    module_chromium: Browser, live_plant: LivePlant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Control]:
    contexts = []
    for login, role in (("walk-operator", "operator"), ("walk-engineer", "engineer")):
        token = signed_in(live_plant.database_url, login, role)
        options = {"locale": "fi-FI", "timezone_id": "Europe/Helsinki"}
        context = module_chromium.new_context(**options)
        context.add_cookies([live_plant.dashboard.cookie(token)])
        contexts.append(context)
    folder: Path = tmp_path_factory.mktemp("walk")
    with AlarmsProcess(folder, live_plant.database_url).ready_as_context():
        pages = [_page(context, live_plant, "/") for context in contexts]
        yield Control(live_plant, *pages)
    for context in contexts:
        context.close()


def _row(page: Page, key: str) -> Locator:
    return page.locator(".alarm", has_text=f"{NAME} {key}")


def _act(page: Page, title: str, reason: str = "") -> None:
    """Open the form of an act, fill it and send it."""
    page.locator("summary", has_text=title).click()
    form = page.locator("details[open]", has_text=title)
    if reason:
        fill(form.get_by_label("Peruste"), reason)
    form.get_by_role("button", name=title).click()


def test_an_alarm_from_the_publish_to_the_journal(control: Control) -> None:
    page = control.operator
    page.goto(control.plant.dashboard.url)
    control.define("walk")
    page.locator("#alarm-sound").click()  # a gesture, so that the browser lets it sound
    page.locator("#alarm-sound").click()
    control.publish(HIGH)
    expect(page.locator(".badge-high .badge-count")).to_have_text("1")
    expect(page.locator("#alarm-sound")).to_have_attribute("data-state", "sounding")
    page.locator(".alarm-badge").click()
    row = _row(page, "walk")
    expect(row).to_contain_text("raja 500")
    row.locator(".alarm-button").click()
    expect(row.locator(".alarm-state")).to_have_text("kuitattu, voimassa")
    expect(page.locator("#alarm-sound")).to_have_attribute("data-state", "on")
    row.locator(".alarm-name").click()
    _act(page, "Hyllytä", "Mittari pestään")
    expect(page.locator(".alarm-state-large")).to_have_text("hyllytetty")
    expect(page.locator(".badge-none")).to_be_visible()
    with psycopg.connect(control.plant.database_url, autocommit=True) as connection:
        for statement in END_THE_SHELF:
            connection.execute(statement)
    expect(page.locator(".alarm-state-large")).to_have_text("kuittaamatta")
    expect(page.locator(".badge-high .badge-count")).to_have_text("1")
    control.publish(NORMAL)
    expect(page.locator(".alarm-state-large")).to_have_text("poistunut, kuittaamatta")
    page.locator("#alarm-detail .alarm-button").click()
    expect(page.locator(".alarm-state-large")).to_have_text("ei hälytä")
    page.locator(".card-tools").get_by_text("Hälytyspäiväkirja").click()
    events = page.locator(".event .event-event")
    expect(events).to_have_text(
        [
            *("kuitattiin", "hälytys poistui", "hyllytys päättyi"),
            *("hyllytettiin", "kuitattiin", "hälytys alkoi"),
        ]
    )
    with psycopg.connect(control.plant.database_url) as connection:
        row = connection.execute("SELECT max(at) FROM alarm_event").fetchone()
    assert row is not None
    here = row[0].astimezone(ZoneInfo("Europe/Helsinki"))
    expect(page.locator(".event .event-at").first).to_contain_text(f"{here:%-d.%-m.%Y %-H.%M}")


@pytest.mark.exhaustive
def test_a_latched_alarm_is_reset_and_one_out_of_service_is_approved_and_returns(
    control: Control,
) -> None:
    page, engineer = control.operator, control.engineer
    control.define("lukittu", is_latching=True)
    page.goto(control.plant.dashboard.url + "/alarms")
    control.publish(HIGH)
    row = _row(page, "lukittu")
    row.locator(".alarm-button").click()
    control.publish(NORMAL)
    expect(row.locator(".alarm-state")).to_have_text("poistunut, odottaa palautusta")
    row.locator(".alarm-name").click()
    _act(page, "Palauta")
    expect(page.locator(".alarm-state-large")).to_have_text("ei hälytä")
    _act(page, "Pyydä pois käytöstä", "Anturi vaihdetaan")
    waits = page.locator("#alarm-detail", has_text="odottaa hyväksyntää")
    expect(waits).to_be_visible()
    expect(page.locator("summary", has_text="Hyväksy")).to_have_count(0)
    engineer.goto(page.url)
    _act(engineer, "Hyväksy pois käytöstä")
    expect(page.locator(".alarm-state-large")).to_have_text("pois käytöstä")
    control.publish(HIGH)
    engineer.goto(control.plant.dashboard.url + "/alarms?show=aside")
    expect(_row(engineer, "lukittu")).to_contain_text("Anturi vaihdetaan")
    _act(page, "Ota käyttöön", "Anturi on vaihdettu")
    expect(page.locator(".alarm-state-large")).to_have_text("kuittaamatta")


def test_the_roster_is_written_by_an_engineer_and_read_by_an_operator(control: Control) -> None:
    engineer, page = control.engineer, control.operator
    engineer.goto(control.plant.dashboard.url + "/alarms/roster")
    week = engineer.locator(".roster-week").first
    expect(week).to_contain_text("Aukko")
    for label, person in (("Päivystäjä", "Walk-Operator"), ("Varapäivystäjä", "Walk-Engineer")):
        week.get_by_label(label, exact=True).first.click()
        engineer.get_by_role("option", name=person).first.click()
    expect(week).to_contain_text("Tallennettu.")
    page.goto(control.plant.dashboard.url + "/alarms/roster")
    week = page.locator(".roster-week").first
    expect(week).to_contain_text("Walk-Operator")
    expect(week).not_to_contain_text("Aukko")
    expect(week.locator("input")).to_have_count(0)


def test_a_link_of_a_message_acknowledges_once_in_the_browser_of_whom_it_was_sent_to(
    control: Control,
) -> None:
    page, engineer, url = control.operator, control.engineer, control.plant.dashboard.url
    control.define("linkki")
    control.publish(NORMAL)
    control.publish(HIGH)
    engineer.goto(f"{url}/alarms")
    expect(_row(engineer, "linkki")).to_have_class("alarm alarm-high unacknowledged")
    plan = Plan.model_validate(
        {
            "site": "mikkeli",
            "address": url,
            "test_at": None,
            "fallback": ["walk-operator"],
            "people": {"walk-operator": {"channels": ["json://127.0.0.1/x"]}},
            "priorities": {"high": {}},
        }
    )
    bodies: list[str] = []

    def keep(_channel: SecretStr, _subject: str, body: str) -> Future[str]:
        bodies.append(body)
        kept: Future[str] = Future()
        kept.set_result("kept")
        return kept

    with psycopg.connect(control.plant.database_url, autocommit=True) as connection:
        Notifier(control.plant.database_url, plan, ways=Ways(send=keep)).step(connection)
    link = next(body for body in bodies if "linkki" in body).rsplit(" ", 1)[-1].strip()
    engineer.goto(link)
    engineer.locator("#alarm-answer").click()
    expect(engineer.locator("#alarm-answered .warn")).to_be_visible()
    page.goto(link)
    page.locator("#alarm-answer").click()
    expect(page.locator("#alarm-answered")).to_have_text("Kuitattu: 1.")
    page.locator("#alarm-answer").click()
    expect(page.locator("#alarm-answered")).to_contain_text("jo käytetty tai vanhentunut")
    engineer.goto(f"{url}/alarms")
    expect(_row(engineer, "linkki").locator(".alarm-state")).to_have_text("kuitattu, voimassa")
