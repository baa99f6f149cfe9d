"""Whatever goes away comes back: nothing is lost, nothing is stored twice, nobody has to help."""

import threading
from collections.abc import Callable
from pathlib import Path

from deploy.stack.broker import Broker
from deploy.stack.timescale import TimescaleServer
from schemas.migrate import migrate
from tests.fixtures.ingest_process import IngestProcess, publish, rows, wait_for_readings
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.proxy import Proxy
from tests.fixtures.service_process import wait_until

T = 1_790_000_000_000
COUNT = 300


def _messages(site: str, start: int = 0) -> list[tuple[str, object]]:
    return [(f"{site}/main/flow", {"t": T + start + n, "v": n}) for n in range(COUNT)]


def _assert_all_once(url: str, count: int) -> None:
    wait_for_readings(url, count)
    assert rows(url, "SELECT sum(n) FROM rollup_5m") == [(count,)]
    assert rows(url, "SELECT count(*) FROM quarantine") == [(0,)]


def test_a_killed_database_is_waited_for(
    tmp_path: Path, timescale_factory: Callable[[], TimescaleServer], broker: Broker, site: str
) -> None:
    server = timescale_factory()
    server.start()
    url = server.url()
    migrate(url)
    add_points(url, {"flow": NO_BOUNDS}, site=site)
    with IngestProcess(tmp_path, url, broker.url) as ingest:
        ingest.ready()
        publish(broker.host, broker.port, _messages(site))
        wait_for_readings(url, COUNT)
        server.kill()
        publish(broker.host, broker.port, _messages(site, COUNT))
        ingest.says("wait: the database")
        server.start()
        _assert_all_once(url, 2 * COUNT)
        assert "resume: the database is back" in ingest.log
        assert ingest.log.count("is not available") == 1
        assert ingest.stop() == 0


def test_nothing_is_acknowledged_before_the_commit(
    tmp_path: Path,
    migrated_url: str,
    proxied: tuple[Proxy, str],
    broker: Broker,
    site: str,
) -> None:
    proxy, through = proxied
    with IngestProcess(tmp_path, through, broker.url, metrics_interval_s=0.1) as ingest:
        ingest.ready()
        proxy.deafen()
        publish(broker.host, broker.port, _messages(site))
        ingest.says(f"{COUNT} messages received, 0 acknowledged")
        ingest.kill()
        assert rows(migrated_url, "SELECT count(*) FROM reading") == [(0,)]
        proxy.cut()
        proxy.hear()
        ingest.start()
        _assert_all_once(migrated_url, COUNT)
        assert "its session with our messages" in ingest.log


def test_a_database_that_never_answers_counts_as_away(
    tmp_path: Path,
    migrated_url: str,
    proxied: tuple[Proxy, str],
    broker: Broker,
    site: str,
) -> None:
    proxy, through = proxied
    with IngestProcess(tmp_path, through, broker.url, database_timeout_s=0.5) as ingest:
        ingest.ready()
        proxy.deafen()
        publish(broker.host, broker.port, _messages(site))
        ingest.says("did not answer in time")
        proxy.hear()
        _assert_all_once(migrated_url, COUNT)


def test_a_cut_broker_connection_redelivers_and_stores_once(
    tmp_path: Path,
    migrated_url: str,
    broker: Broker,
    proxy_factory: Callable[[str, int], Proxy],
    site: str,
) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS}, site=site)
    proxy = proxy_factory(broker.host, broker.port)
    settings = {"flush_interval_s": 0.2, "retry_limit_s": 0.1, "metrics_interval_s": 0.1}
    mqtt_url = f"mqtt://{proxy.host}:{proxy.port}"
    with IngestProcess(tmp_path, migrated_url, mqtt_url, **settings) as ingest:
        ingest.ready()
        for part in range(5):
            publish(broker.host, broker.port, _messages(site, part * COUNT))
            proxy.cut()
        _assert_all_once(migrated_url, 5 * COUNT)
        wait_until(lambda: f"{5 * COUNT} readings stored" in ingest.log, "counters differ")
        assert "resume: the broker" in ingest.log


def test_broker_and_database_may_come_after_us(
    tmp_path: Path,
    migrated_url: str,
    proxied: tuple[Proxy, str],
    broker_factory: Callable[..., Broker],
    site: str,
) -> None:
    proxy, through = proxied
    proxy.stop()
    late = broker_factory()
    with IngestProcess(tmp_path, through, late.url) as ingest:
        ingest.says("wait: the database")
        proxy.start()
        ingest.says("resume: the database is back")
        ingest.says("wait: the broker")
        late.start()
        ingest.ready()
        publish(late.host, late.port, _messages(site))
        _assert_all_once(migrated_url, COUNT)
        assert ingest.log.count("is not available") == 2
        assert ingest.stop() == 0


def test_a_stop_while_the_database_is_away_leaves_the_messages_with_the_broker(
    tmp_path: Path,
    migrated_url: str,
    proxied: tuple[Proxy, str],
    broker: Broker,
    site: str,
) -> None:
    proxy, through = proxied
    settings = {"stop_timeout_s": 0.5, "metrics_interval_s": 0.1, "database_timeout_s": 0.2}
    with IngestProcess(tmp_path, through, broker.url, **settings) as ingest:
        ingest.ready()
        proxy.deafen()  # the connection stands: only a batch in hand finds out
        publish(broker.host, broker.port, _messages(site))
        ingest.says("did not answer in time")
        ingest.says(f"{COUNT} messages received, 0 acknowledged")
        assert ingest.stop() == 0
        assert "the broker keeps it" in ingest.log
        proxy.cut()
        proxy.hear()
        ingest.start()
        _assert_all_once(migrated_url, COUNT)


def test_publishing_while_everything_is_cut_again_and_again(
    tmp_path: Path,
    migrated_url: str,
    proxied: tuple[Proxy, str],
    broker: Broker,
    proxy_factory: Callable[[str, int], Proxy],
    site: str,
) -> None:
    to_database, through = proxied
    to_broker = proxy_factory(broker.host, broker.port)
    mqtt_url = f"mqtt://{to_broker.host}:{to_broker.port}"
    parts = 10
    with IngestProcess(tmp_path, through, mqtt_url, retry_limit_s=0.1) as ingest:
        ingest.ready()

        def send() -> None:
            for part in range(parts):
                publish(broker.host, broker.port, _messages(site, part * COUNT))

        sender = threading.Thread(target=send)
        sender.start()
        while sender.is_alive():
            to_database.cut()
            sender.join(0.05)
            to_broker.cut()
            sender.join(0.05)
        _assert_all_once(migrated_url, parts * COUNT)
