"""Single readings, broker to committed row: ours against what else carries MQTT into PostgreSQL.

The peers keep no rollups, find no point and check nothing; ours does. The two that are not in our
lock files come by `tests/bench/peers/install.sh FOLDER`; VIRTAAMA_BENCH_PEERS names the folder.
"""

import os
import shutil
import sys
import time
from pathlib import Path

import psycopg
import pytest

from deploy.stack.broker import Broker
from tests.bench.load import FILTER, BareClient, Committed, Consumer, ingest

BACKLOG_MESSAGES = 400_000
LIVE_RATE = 5_000
PEER_CLIENT_ID = "peer"
PEER_LIMIT_S = 15.0  # a slow peer need not finish
PEERS = Path(__file__).parent / "peers"
TABLE = """
CREATE TABLE peer (ts timestamptz NOT NULL, topic text NOT NULL, value float8, UNIQUE (topic, ts));
SELECT create_hypertable('peer', by_range('ts', INTERVAL '1 day'), create_default_indexes => false)
"""


def _installed(name: str) -> Path:
    folder = os.environ.get("VIRTAAMA_BENCH_PEERS")
    if not folder or not (Path(folder) / name).exists():
        pytest.skip("not installed: run peers/install.sh FOLDER and set VIRTAAMA_BENCH_PEERS")
    return Path(folder) / name


def _executemany(folder: Path, url: str, broker: Broker) -> Consumer:
    words = [url, broker.url, PEER_CLIENT_ID, FILTER]
    return Consumer(folder, [sys.executable, str(PEERS / "executemany.py"), *words], {})


def _node_red(folder: Path, url: str, broker: Broker, flow: str) -> Consumer:
    program = _installed("node_modules/node-red/red.js")
    home = folder / f"node-red-{flow}"
    home.mkdir()
    shutil.copy(PEERS / "node_red_settings.js", home / "settings.js")
    shutil.copy(PEERS / f"node_red_{flow}.json", home / "flow.json")
    node = shutil.which("node")
    if node is None:
        pytest.skip("not installed: node")
    env = {
        "PEERS": str(program.parents[2]),
        "DATABASE_URL": url,
        "BROKER_PORT": str(broker.port),
        "CLIENT_ID": PEER_CLIENT_ID,
        "TOPICS": FILTER,
    }
    return Consumer(folder, [node, str(program), "--userDir", str(home)], env)


def _processor(folder: Path, url: str, broker: Broker) -> Consumer:
    python = _installed("venv/bin/python")
    words = [url, broker.url, PEER_CLIENT_ID, FILTER]
    return Consumer(folder, [str(python), str(PEERS / "processor.py"), *words], {})


def _peer_rate(consumer: Consumer, url: str, table: str) -> float:
    """Return the rows a second from the first one on, for a while."""
    with consumer, psycopg.connect(url, autocommit=True) as connection:

        def count() -> int:
            if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
                return 0
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            return int(row[0])

        waiting_s = time.monotonic()
        while not (first := count()):
            assert time.monotonic() - waiting_s < 60, "the peer stores nothing"
            time.sleep(0.05)
        began_s = time.monotonic()
        while (found := count()) < BACKLOG_MESSAGES and time.monotonic() - began_s < PEER_LIMIT_S:
            time.sleep(0.25)
        return (found - first) / (time.monotonic() - began_s)


def _from_backlog(consumer: Consumer, url: str, bare: BareClient) -> float:
    bare.keep_session(PEER_CLIENT_ID)
    bare.publish(BACKLOG_MESSAGES, epoch_ms=_epoch_ms())
    try:
        return _peer_rate(consumer, url, "peer")
    finally:
        bare.end_session(PEER_CLIENT_ID)


def _live(consumer: Consumer, url: str, bare: BareClient, table: str) -> float:
    """For peers that write each message alone: a backlog would only bury them."""
    publisher = bare.publishing(BACKLOG_MESSAGES, rate=LIVE_RATE, epoch_ms=_epoch_ms())
    try:
        return _peer_rate(consumer, url, table)
    finally:
        publisher.kill()
        publisher.communicate()


def _our_rate(folder: Path, url: str, broker: Broker, bare: BareClient) -> float:
    bare.keep_session("bench")
    bare.publish(BACKLOG_MESSAGES, epoch_ms=_epoch_ms())
    with ingest(folder, url, broker, "bench"), Committed(url) as committed:
        while not (first := committed.count()):
            time.sleep(0.01)
        began_s = time.monotonic()
        return (BACKLOG_MESSAGES - first) / (committed.wait_for(BACKLOG_MESSAGES) - began_s)


def _epoch_ms() -> int:
    return int(time.time() * 1000) - 7_200_000


@pytest.mark.parametrize(
    ("peer", "target"),
    [
        ("paho and executemany", 5.0),
        ("Node-RED, an INSERT a message", 5.0),
        ("Node-RED, tuned by hand: join and unnest", 1.0),
        ("mqtt-processor from PyPI", 5.0),
    ],
)
def test_against_a_peer(
    peer, target, tmp_path, plant_url, database_url, roomy_broker, bare
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(TABLE)
    where = (tmp_path, database_url, roomy_broker)
    if peer.startswith("paho"):
        theirs = _from_backlog(_executemany(*where), database_url, bare)
    elif "tuned" in peer:
        theirs = _from_backlog(_node_red(*where, "joined"), database_url, bare)
    elif peer.startswith("Node-RED"):
        theirs = _live(_node_red(*where, "plain"), database_url, bare, "peer")
    else:
        theirs = _live(_processor(*where), database_url, bare, "mqtt_messages")
    ours = _our_rate(tmp_path, plant_url, roomy_broker, bare)
    print(
        f"\nsingle readings as JSON, QoS 1, to committed rows:"
        f"\n  {peer:40} {theirs:8,.0f} a second   1.00"
        f"\n  {'ours, with rollups and checks':40} {ours:8,.0f} a second   {ours / theirs:.2f}"
        f"   (target {target})"
    )
    assert ours / theirs >= target
