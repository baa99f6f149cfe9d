"""A consumer as people usually write it, to compare with: paho, a list, executemany.

    python -m tests.crash.peer HOST PORT SITE DATABASE_URL plain|careful

`plain` has paho's defaults (a clean session, acknowledgements by paho) and drops a batch that the
database refuses. `careful` has a persistent session and keeps the batch until it is stored.
"""

import json
import logging
import sys
import time

import psycopg
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

BATCH_MESSAGES = 500
FLUSH_INTERVAL_S = 1.0
RETRY_INTERVAL_S = 1.0
INSERT = (
    "INSERT INTO peer SELECT %s, to_timestamp(%s / 1000.0), %s ON CONFLICT (topic, ts) DO NOTHING"
)

_log = logging.getLogger("peer")


class Peer:
    """Collects rows, and writes them when there are enough or it is time."""

    def __init__(self, url: str, *, careful: bool) -> None:
        self._url = url
        self._careful = careful
        self._rows: list[tuple[str, int, float]] = []
        self._connection: psycopg.Connection | None = None
        self._flushed_s = time.monotonic()

    def received(self, _client: Client, _user: object, message: object) -> None:
        reading = json.loads(message.payload)
        self._rows.append((message.topic, reading["t"], reading["v"]))
        self.flush_if_due()

    def flush_if_due(self) -> None:
        due = time.monotonic() - self._flushed_s > FLUSH_INTERVAL_S
        if self._rows and (due or len(self._rows) >= BATCH_MESSAGES):
            self._flush()

    def _flush(self) -> None:
        self._flushed_s = time.monotonic()
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, connect_timeout=2)
            with self._connection.cursor() as cursor:
                cursor.executemany(INSERT, self._rows)
            self._connection.commit()
            self._rows.clear()
        except psycopg.Error as error:
            _log.error("cannot store %d rows: %s", len(self._rows), error)
            self._connection = None
            if self._careful:
                time.sleep(RETRY_INTERVAL_S)
            else:
                self._rows.clear()


def main() -> None:
    logging.basicConfig()
    host, port, site, url, kind = sys.argv[1:]
    careful = kind == "careful"
    peer = Peer(url, careful=careful)
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id="peer" if careful else "",
        clean_session=not careful,
    )
    client.on_connect = lambda *_: client.subscribe(f"{site}/#", qos=1)
    client.on_subscribe = lambda *_: _log.warning("subscribed")
    client.on_message = peer.received
    client.connect(host, int(port))
    while True:
        client.loop(timeout=0.2)
        if not client.is_connected():
            client.reconnect()
        peer.flush_if_due()


if __name__ == "__main__":
    main()
