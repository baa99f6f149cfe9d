"""From publish to a number on the screen: broker, ingest, commit, push and a real browser.

The reference is the way from publish to another subscriber of the same broker.
"""

import statistics
import threading
import time
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Browser, Page, expect

from deploy.stack.ports import LOOPBACK
from tests.fixtures.dashboard import LivePlant

POINT = "main/jv-ft-205"
VALUES = 200
PAUSE_S = 0.15
MEDIAN_MAX_MS = 1_000.0
FIRST = 400

_WATCH = """(element) => {
    window.seen = {};
    new MutationObserver(() => { window.seen[element.textContent] ??= Date.now(); })
        .observe(element, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def page(chromium: Browser, live_plant: LivePlant) -> Iterator[Page]:
    opened = live_plant.context(chromium, locale="en-GB").new_page()
    opened.goto(live_plant.dashboard.url)
    expect(opened.locator("#link-state")).to_have_attribute("data-state", "live")
    yield opened
    opened.context.close()


@pytest.fixture
def echoed_ms(live_plant: LivePlant) -> Iterator[dict[int, float]]:
    """When a bare subscriber saw each value, in ms since 1970."""
    seen: dict[int, float] = {}
    ready = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)

    def on_message(_c: Client, _u: object, message: MQTTMessage) -> None:
        seen[len(seen)] = time.time() * 1000

    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.set()
    client.connect(LOOPBACK, live_plant.broker.port)
    client.subscribe(f"mikkeli/{POINT}", qos=1)
    client.loop_start()
    assert ready.wait(10)
    yield seen
    client.disconnect()
    client.loop_stop()


def test_publish_to_screen(page: Page, live_plant: LivePlant, echoed_ms: dict[int, float]) -> None:
    number = page.locator(".tile .number").first
    number.evaluate(_WATCH)
    sent_ms = []
    for step in range(VALUES):
        sent_ms.append(time.time() * 1000)
        live_plant.publish(POINT, FIRST + step)
        page.wait_for_timeout(1000 * PAUSE_S)
    expect(number).to_have_text(str(FIRST + VALUES - 1))
    seen = page.evaluate("window.seen")
    # Values that follow each other within a push are shown as the last one of them.
    delays = [
        seen[str(FIRST + step)] - sent
        for step, sent in enumerate(sent_ms)
        if str(FIRST + step) in seen
    ]
    reference = statistics.median(echoed_ms[step] - sent for step, sent in enumerate(sent_ms))
    median, p99 = statistics.median(delays), statistics.quantiles(delays, n=100)[98]
    lines = (
        f"\npublish to screen, {len(delays)} of {VALUES} values were shown each by itself:",
        f"  median {median:.0f} ms, 99th percentile {p99:.0f} ms",
        f"  publish to another subscriber: median {reference:.1f} ms",
        f"  ratio of the medians {median / reference:.0f}",
    )
    print("\n".join(lines))
    assert len(delays) > VALUES / 2
    assert median < MEDIAN_MAX_MS
