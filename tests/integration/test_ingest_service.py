"""The line as a process: what is published is stored, and what cannot be is kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.stack.broker import Broker
from schemas.migrate import migrate
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.ingest_process import IngestProcess, publish, rows, wait_for_readings
from tests.fixtures.points import NO_BOUNDS, add_mapping, add_points
from tests.fixtures.service_process import wait_until

STORED = (
    "SELECT p.key, extract(epoch FROM r.ts)::float8, r.value, r.qc"
    " FROM reading r JOIN point p USING (point_id) ORDER BY 1, 2"
)
QUARANTINED = "SELECT reason, topic, octet_length(payload) FROM quarantine ORDER BY quarantine_id"


@pytest.fixture
def plant_url(migrated_url: str, site: str) -> str:
    add_points(migrated_url, {"flow": (0, 100, 10, 90), "level": NO_BOUNDS}, site=site)
    return migrated_url


@pytest.fixture
def ingest(tmp_path: Path, plant_url: str, broker: Broker) -> Iterator[IngestProcess]:
    with IngestProcess(tmp_path, plant_url, broker.url) as process:
        yield process.ready()


def test_single_snapshot_list_and_foreign_messages_are_stored(
    tmp_path: Path, plant_url: str, broker: Broker, site: str
) -> None:
    mapping = TopicMapping(
        key="row",
        topic=f"foreign/{site}",
        values=(ValueMapping("main/flow", "/a/0", scale=2.0), ValueMapping("main/level", "/b")),
        time_pointer="/when",
        time_format="%d.%m.%Y %H:%M",
        time_zone="Europe/Helsinki",
    )
    add_mapping(plant_url, mapping, site=site)
    t = 1_790_000_000
    with IngestProcess(tmp_path, plant_url, broker.url) as ingest:
        ingest.ready()
        published = [
            (f"{site}/main/flow", {"t": t * 1000, "v": 50.5, "s": 0}),
            (f"{site}/main", {"t": (t + 1) * 1000, "v": {"flow": 95, "level": -1}}),
            (f"{site}/main", [{"p": "level", "t": (t + 2) * 1000, "v": None, "s": 0x808A0000}]),
            (f"foreign/{site}", {"when": "21.09.2026 17:14", "a": [55], "b": None}),
        ]
        publish(broker.host, broker.port, published)
        wait_for_readings(plant_url, 5)
        assert ingest.stop() == 0
    assert rows(plant_url, STORED) == [
        ("flow", t, 50.5, 1),
        ("flow", t + 1, 95.0, 3),
        ("flow", 1_790_000_040, 110.0, 4),
        ("level", t + 1, -1.0, 1),
        ("level", t + 2, None, 9),
    ]
    assert rows(plant_url, QUARANTINED) == []
    assert rows(plant_url, "SELECT count(*) FROM latest") == [(2,)]


def test_one_row_that_the_database_refuses_does_not_hold_up_the_others(
    ingest: IngestProcess, plant_url: str, broker: Broker, site: str
) -> None:
    with psycopg.connect(plant_url) as connection:
        connection.execute("ALTER TABLE reading ADD CHECK (value <> 66)")
    t = int(time.time() * 1000)
    messages = [(f"{site}/main/flow", {"t": t - n, "v": 66 if n == 70 else 50}) for n in range(200)]
    publish(broker.host, broker.port, messages)
    wait_for_readings(plant_url, 199)
    wait_until(lambda: len(rows(plant_url, QUARANTINED)) == 1, "the bad one was not kept")
    assert rows(plant_url, QUARANTINED)[0][:2] == ("refused", f"{site}/main/flow")
    assert rows(plant_url, "SELECT sum(n) FROM rollup_1h") == [(199,)]


def test_a_new_point_is_known_as_soon_as_the_site_is_loaded(
    ingest: IngestProcess, plant_url: str, broker: Broker, site: str
) -> None:
    add_points(plant_url, {"new": NO_BOUNDS}, site=site, line="pilot")
    with psycopg.connect(plant_url, autocommit=True) as connection:
        connection.execute("SELECT pg_notify('virtaama_site', '')")
    ingest.says("3 points")
    publish(broker.host, broker.port, [(f"{site}/pilot/new", {"t": 1_790_000_000_000, "v": 1})])
    wait_for_readings(plant_url, 1)


def test_a_stop_in_full_flow_loses_nothing_and_stores_nothing_twice(
    ingest: IngestProcess, plant_url: str, broker: Broker, site: str
) -> None:
    t = 1_790_000_000_000
    first = [(f"{site}/main/flow", {"t": t + n, "v": 50}) for n in range(1000)]
    publish(broker.host, broker.port, first)
    assert ingest.stop() == 0
    assert "stop: done" in ingest.log
    publish(broker.host, broker.port, [(f"{site}/main/flow", {"t": t - 1, "v": 50})])
    ingest.start()
    wait_for_readings(plant_url, 1001)
    assert rows(plant_url, "SELECT sum(n) FROM rollup_5m") == [(1001,)]


def test_without_a_schema_it_waits_and_says_what_to_do(
    tmp_path: Path, database_url: str, broker: Broker, site: str
) -> None:
    with IngestProcess(tmp_path, database_url, broker.url) as ingest:
        ingest.says("`virtaama migrate`")
        migrate(database_url)
        add_points(database_url, {"flow": NO_BOUNDS}, site=site)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_notify('virtaama_site', '')")
        ingest.says(f"subscribe: {site}/#")
        publish(broker.host, broker.port, [(f"{site}/main/flow", {"t": 1_790_000_000_000, "v": 1})])
        wait_for_readings(database_url, 1)
        # Between two migrations it may find half a schema, which are other reasons to wait.
        assert 1 <= ingest.log.count("wait:") <= 3


def test_a_database_that_forbids_writing_stops_it_loudly_and_loses_nothing(
    ingest: IngestProcess, plant_url: str, broker: Broker, site: str
) -> None:
    with psycopg.connect(plant_url, autocommit=True) as connection:
        connection.execute("REVOKE INSERT ON reading FROM virtaama_ingest")
    publish(broker.host, broker.port, [(f"{site}/main/flow", {"t": 1_790_000_000_000, "v": 1})])
    assert ingest.exit_code() == 1
    assert "permission denied" in ingest.log
    assert "Traceback" not in ingest.log
    with psycopg.connect(plant_url, autocommit=True) as connection:
        connection.execute("GRANT INSERT ON reading TO virtaama_ingest")
    ingest.start()
    wait_for_readings(plant_url, 1)
