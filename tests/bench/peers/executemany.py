"""A consumer as people usually write it: paho, json, a list, executemany once it is long enough.

Acknowledges on receipt (paho's default), keeps no rollups, finds no point, checks nothing.
"""

import json
import sys
import time
from urllib.parse import urlsplit

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

BATCH_ROWS = 1_000
FLUSH_INTERVAL_S = 1.0
INSERT = "INSERT INTO peer (ts, topic, value) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


def main(database_url: str, mqtt_url: str, client_id: str, topics: str) -> None:
    connection = psycopg.connect(database_url)
    rows: list[tuple[str, str, float]] = []
    flushed_s = time.monotonic()

    def received(_: Client, __: object, message: MQTTMessage) -> None:
        nonlocal flushed_s
        payload = json.loads(message.payload)
        rows.append((payload["t"], message.topic, payload["v"]))
        if len(rows) >= BATCH_ROWS or time.monotonic() - flushed_s > FLUSH_INTERVAL_S:
            with connection.cursor() as cursor:
                cursor.executemany(INSERT, rows)
            connection.commit()
            rows.clear()
            flushed_s = time.monotonic()

    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    client.on_connect = lambda *_: client.subscribe(topics, qos=1)
    client.on_message = received
    broker = urlsplit(mqtt_url)
    client.connect(broker.hostname or "", broker.port or 1883)
    client.loop_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
