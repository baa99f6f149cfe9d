"""Runs the package mqtt-processor from PyPI with its own client and its own table.

Its client subscribes with QoS 0 and a clean session; it inserts and commits each message alone.
"""

import sys
import threading
from urllib.parse import unquote, urlsplit

from mqtt_processor.client import MQTTClient


def main(database_url: str, mqtt_url: str, _client_id: str, topics: str) -> None:
    database, broker = urlsplit(database_url), urlsplit(mqtt_url)
    client = MQTTClient(
        db_config={
            "db_name": database.path.strip("/"),
            "user": database.username,
            "password": unquote(database.password or ""),
            "host": database.hostname,
            "port": database.port,
        }
    )
    client.broker, client.port, client.topic = broker.hostname, broker.port, topics
    client.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
