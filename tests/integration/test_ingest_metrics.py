"""The counters are what happened, health is what moves, and systemd hears both."""

import re
import socket
from pathlib import Path

import pytest

from deploy.stack.broker import Broker
from deploy.stack.ports import free_port
from tests.fixtures.ingest_process import IngestProcess, publish, rows, wait_for_readings
from tests.fixtures.proxy import Proxy
from tests.fixtures.scrape import get, scrape
from tests.fixtures.service_process import wait_until

DOCS = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")
T = 1_790_000_000_000


def _good(site: str, start: int, stop: int) -> list[tuple[str, object]]:
    return [(f"{site}/main/flow", {"t": T + n, "v": n}) for n in range(start, stop)]


def test_the_counters_are_what_happened(
    tmp_path: Path, migrated_url: str, proxied: tuple[Proxy, str], broker: Broker, site: str
) -> None:
    proxy, through = proxied
    port = free_port()
    spool = tmp_path / "spool"
    spool.mkdir()
    # What a busy machine needs for a batch is far less; what waits for the database waits so long.
    settings = {"endpoint_port": port, "spool_folder": spool, "spool_after_s": 3}
    bad: list[tuple[str, object]] = [(f"{site}/main/flow", b"\xff%d" % n) for n in range(7)]
    unknown: list[tuple[str, object]] = [(f"{site}/main/new", n) for n in range(5)]
    with IngestProcess(tmp_path, through, broker.url, **settings) as ingest:
        ingest.ready()
        publish(broker.host, broker.port, [*_good(site, 0, 200), *bad, *_good(site, 0, 50)])
        wait_until(lambda: scrape(port)["acknowledged_messages_total"] == 257, "not acknowledged")
        proxy.stop()
        publish(broker.host, broker.port, [*_good(site, 200, 300), *unknown])
        wait_until(lambda: scrape(port)["spooled_messages_total"] == 105, "not all were spooled")
        away = scrape(port)
        assert (away["spool_messages"], away["database_present"]) == (105, 0)
        assert 0 < away["spool_bytes"] < away["spool_limit_bytes"]
        status, sentence = get(port, "/health")
        assert status == 200
        assert "105 in the spool; the database is away" in sentence
        proxy.start()
        wait_for_readings(migrated_url, 300)
        wait_until(lambda: scrape(port)["acknowledged_messages_total"] == 362, "acknowledged")
        # Counted after the commit that the rows were seen by.
        wait_until(lambda: scrape(port)["drained_messages_total"] == 105, "not all were drained")
        wait_until(lambda: scrape(port)["database_present"] == 1, "the database is still away")
        found = scrape(port)
        assert get(port, "/nowhere")[0] == 404
    sent = 200 + 7 + 50 + 100 + 5
    expected = {
        "received_messages_total": sent,
        "acknowledged_messages_total": sent,
        "committed_readings_total": rows(migrated_url, "SELECT count(*) FROM reading")[0][0],
        "duplicate_readings_total": 50,
        "spooled_messages_total": 105,
        "drained_messages_total": 105,
        "damaged_messages_total": 0,
        "spool_messages": 0,
        "intake_messages": 0,
        "waiting_messages": 0,
        "database_present": 1,
    }
    kept = rows(migrated_url, "SELECT reason, count(*)::int FROM quarantine GROUP BY reason")
    assert dict(kept) == {"not_json": 7, "unknown_point": 5}
    expected |= {f"quarantined_messages_total{{{reason}}}": count for reason, count in kept}
    assert {name: found[name] for name in expected} == expected
    assert 0 < found["batch_seconds_sum"] < 60
    assert 0 < found["commit_lag_seconds"] < 60
    documented = set(re.findall(r"`([a-z_]+)(?:\{\w+\})?`", DOCS))
    assert {re.sub(r"\{.*", "", name) for name in found} <= documented


def test_messages_that_wait_for_nothing_are_not_healthy_and_the_watchdog_hears_it(
    tmp_path: Path,
    migrated_url: str,
    proxied: tuple[Proxy, str],
    broker: Broker,
    site: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy, through = proxied
    port = free_port()
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(10)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    settings = {"endpoint_port": port, "stall_limit_s": 0.5}
    with manager, IngestProcess(tmp_path, through, broker.url, **settings) as ingest:
        ingest.ready()
        assert manager.recv(100) == b"READY=1"
        assert manager.recv(100) == b"WATCHDOG=1"
        proxy.deafen()  # the database is not known to be away yet: the write just hangs
        publish(broker.host, broker.port, _good(site, 0, 10))
        wait_until(lambda: get(port, "/health")[0] == 503, "it still calls itself healthy")
        assert "stalled: 10 messages wait" in get(port, "/health")[1]
        while not (heard := manager.recv(200)).startswith(b"STATUS="):
            assert heard == b"WATCHDOG=1"
        assert b"stalled" in heard
        manager.settimeout(1.5)
        with pytest.raises(TimeoutError):
            manager.recv(100)
        proxy.hear()
        wait_for_readings(migrated_url, 10)
        wait_until(lambda: get(port, "/health")[0] == 200, "it does not recover")
        assert ingest.stop() == 0
        heard = b""
        while heard != b"STOPPING=1":
            heard = manager.recv(200)


def test_a_port_that_is_taken_is_named(tmp_path: Path, migrated_url: str, broker: Broker) -> None:
    with IngestProcess(tmp_path, migrated_url, broker.url, endpoint_port=broker.port) as ingest:
        assert ingest.exit_code() == 1
        assert f"127.0.0.1:{broker.port}: Address already in use" in ingest.log
        assert "Traceback" not in ingest.log
