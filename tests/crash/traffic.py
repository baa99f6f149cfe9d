"""A sender that never gives up, and the question what became of its messages."""

import json
import threading
import time
from typing import Self

import psycopg
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until

T = 1_790_000_000_000
POINTS = ("p0", "p1", "p2", "p3", "p4")
LINE = "main"
TICK_S = 0.01


class Traffic:
    """Publishes numbered readings with QoS 1 at a rate until stopped, over any number of outages.

    Reading n is on point n % 5 at T + n milliseconds with the value n; so what is stored tells by
    itself what is missing. `n` in the payload is the message's number on its topic.
    """

    def __init__(self, host: str, port: int, site: str, *, rate_per_s: int = 2_000) -> None:
        self._site = site
        self._per_tick = max(1, round(rate_per_s * TICK_S))
        self.sent = 0
        self.acknowledged = 0
        self._pace = threading.Event()
        self._pace.set()
        self._tick = threading.Lock()
        self._ended = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.max_inflight_messages_set(500)
        self._client.reconnect_delay_set(0.05, 0.2)
        self._client.on_publish = self._published
        self._client.connect(host, port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def pause(self) -> None:
        """Send nothing new, and wait until the broker has acknowledged all that was sent."""
        self._pace.clear()
        with self._tick:
            sent = self.sent
        wait_until(lambda: self.acknowledged == sent, "the broker did not acknowledge all")

    def go_on(self) -> None:
        """Send again after a pause."""
        self._pace.set()

    def flow(self, seconds: float) -> None:
        """Let it run for a while."""
        time.sleep(seconds)

    def end(self) -> int:
        """Send nothing more; return how many messages the broker has acknowledged: all."""
        self.pause()
        return self.sent

    def _run(self) -> None:
        while not self._ended.is_set():
            if self._pace.wait(0.1):
                self._send_some()
            time.sleep(TICK_S)

    def _send_some(self) -> None:
        with self._tick:
            for _ in range(self._per_tick if self._pace.is_set() else 0):
                self._send(self.sent)

    def _send(self, number: int) -> None:
        topic = f"{self._site}/{LINE}/{POINTS[number % len(POINTS)]}"
        payload = json.dumps({"t": T + number, "v": number, "n": number // len(POINTS)})
        self._client.publish(topic, payload, qos=1)  # waits in paho while there is no broker
        self.sent += 1

    def _published(self, *_: object) -> None:
        self.acknowledged += 1


def missing(url: str, count: int) -> int:
    """Return how many of the numbers below `count` are not stored."""
    try:
        return count - int(rows(url, "SELECT count(*) FROM reading")[0][0])
    except psycopg.OperationalError:  # the database is away
        return count


def wait_for_all(url: str, count: int, *, within_s: float, since_s: float) -> float:
    """Wait until nothing is missing; return the seconds since `since_s`, which must be in time."""
    while (left := missing(url, count)) > 0:
        assert time.monotonic() - since_s < within_s, (
            f"{left} of {count} missing after {within_s} s"
        )
        time.sleep(0.02)
    return time.monotonic() - since_s


def check_once(url: str, count: int, quarantined: int = 0) -> None:
    """Check that each number is stored with its own value and in each rollup once, nothing else."""
    stored = rows(
        url,
        "SELECT value::int, (extract(epoch FROM ts) * 1000)::bigint, key"
        " FROM reading JOIN point USING (point_id) ORDER BY value",
    )
    assert stored == [(n, T + n, POINTS[n % len(POINTS)]) for n in range(count)]
    for rollup in ("rollup_5m", "rollup_1h", "rollup_1d"):
        total = rows(url, f"SELECT sum(n), sum(sum) FROM {rollup}")
        assert total == [(count, count * (count - 1) / 2)], f"{rollup}: {total}"
    wait_until(
        lambda: rows(url, "SELECT count(*) FROM quarantine") == [(quarantined,)],
        f"not {quarantined} messages are in quarantine",
    )
