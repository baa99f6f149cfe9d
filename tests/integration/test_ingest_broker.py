"""The broker's ways: TLS, a refusal, a topic that leaves the site."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from deploy.stack.broker import Broker
from deploy.stack.ports import free_port
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.ingest_process import IngestProcess, publish, rows, wait_for_readings
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points
from tests.fixtures.proxy import Proxy
from tests.fixtures.service_process import wait_until

TLS = Path(__file__).parents[1] / "fixtures" / "tls"
T = 1_790_000_000_000


@pytest.fixture
def plant_url(migrated_url: str) -> str:
    add_points(migrated_url, {"flow": NO_BOUNDS}, site="fi")
    return migrated_url


def test_over_tls_no_message_waits_in_the_buffer(
    tmp_path: Path,
    scratch_dir: Path,
    plant_url: str,
    broker_factory: Callable[..., Broker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("certificate.pem", "key.pem"):  # where the broker's own user can read them
        (scratch_dir / name).write_bytes((TLS / name).read_bytes())
    port = free_port()
    broker = broker_factory(
        settings=f"listener {port} 127.0.0.1\ncertfile {scratch_dir}/certificate.pem\n"
        f"keyfile {scratch_dir}/key.pem"
    )
    broker.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    messages = [("fi/main/flow", {"t": T + n, "v": n}) for n in range(2000)]
    with IngestProcess(tmp_path, plant_url, f"mqtts://127.0.0.1:{port}") as ingest:
        ingest.ready()
        began_s = time.monotonic()
        publish(broker.host, broker.port, messages)
        wait_for_readings(plant_url, len(messages))
        assert time.monotonic() - began_s < 5  # a stall would last a second for each packet
        assert ingest.stop() == 0


def test_a_broker_that_refuses_us_is_named_once_with_its_reason(
    tmp_path: Path,
    plant_url: str,
    broker_factory: Callable[..., Broker],
    proxy_factory: Callable[[str, int], Proxy],
) -> None:
    port = free_port()
    broker = broker_factory(
        settings=f"per_listener_settings true\nlistener {port} 127.0.0.1\nallow_anonymous false"
    )
    broker.start()
    proxy = proxy_factory("127.0.0.1", port)
    mqtt_url = f"mqtt://somebody:secret@127.0.0.1:{proxy.port}"
    with IngestProcess(tmp_path, plant_url, mqtt_url, retry_limit_s=0.05) as ingest:
        ingest.says("it refuses us: Not authorized")
        wait_until(lambda: proxy.accepted_count > 5, "it does not try on")
        assert ingest.stop() == 0
        assert ingest.log.count("refuses us") == 1
        assert "secret" not in ingest.log


def test_a_topic_that_leaves_the_site_is_unsubscribed(
    tmp_path: Path, plant_url: str, broker: Broker
) -> None:
    value = (ValueMapping("main/flow", ""),)
    for name in ("one", "two"):
        mapping = TopicMapping(key=name, topic=f"{tmp_path.name}/{name}", values=value)
        add_mapping(plant_url, mapping, site="fi")
    with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
        ingest.ready()
        with psycopg.connect(plant_url, autocommit=True) as connection:
            connection.execute("DELETE FROM topic_mapping WHERE key = 'one'")
            connection.execute("SELECT pg_notify('virtaama_site', '')")
        ingest.says(f"gone: {tmp_path.name}/one")
        sent = [(f"{tmp_path.name}/{name}", number) for name, number in [("one", 1), ("two", 2)]]
        publish(broker.host, broker.port, sent)
        wait_for_readings(plant_url, 1)
        assert rows(plant_url, "SELECT value FROM reading") == [(2.0,)]
        assert rows(plant_url, "SELECT count(*) FROM quarantine") == [(0,)]
        assert len(re.findall("subscribe: ", ingest.log)) == 2


def test_a_topic_that_left_the_site_while_we_were_away_is_unsubscribed(
    tmp_path: Path, plant_url: str, broker: Broker
) -> None:
    value = (ValueMapping("main/flow", ""),)
    topics = [f"{tmp_path.name}/{name}" for name in ("one", "two")]
    for name, topic in zip(("one", "two"), topics, strict=True):
        add_mapping(plant_url, TopicMapping(key=name, topic=topic, values=value), site="fi")
    with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
        ingest.ready()
        assert ingest.stop() == 0
        with psycopg.connect(plant_url, autocommit=True) as connection:
            connection.execute("DELETE FROM topic_mapping WHERE key = 'one'")
        ingest.start()
        ingest.says(f"gone: {topics[0]}")
        publish(broker.host, broker.port, [(topic, number) for number, topic in enumerate(topics)])
        wait_for_readings(plant_url, 1)
        assert rows(plant_url, "SELECT value FROM reading") == [(1.0,)]
        assert rows(plant_url, "SELECT count(*) FROM quarantine") == [(0,)]
        assert ingest.stop() == 0
