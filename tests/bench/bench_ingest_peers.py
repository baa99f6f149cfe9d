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
from tests.bench.load import FILTER, POINTS, SITE, BareClient, Committed, Consumer, ingest

BACKLOG_MESSAGES = 400_000
LIVE_RATE = 5_000  # what suits them best: 7 000 and more only made Node-RED slower
LIVE_S = 15.0
CONNECT_LIMIT_S = 60.0
STEP_MS = 50  # of the bare client
PEER_CLIENT_ID = "peer"
PEER_LIMIT_S = 20.0  # a slow peer need not finish
IS_STORED = "SELECT EXISTS (SELECT FROM peer WHERE topic = %s AND ts = to_timestamp(%s))"
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


def _from_backlog(broker: Broker, consumer: Consumer, url: str, bare: BareClient) -> float:
    """Return the rows a second from the consumer's connection to the last row."""
    bare.keep_session(PEER_CLIENT_ID)
    epoch_ms = _epoch_ms()
    bare.publish(BACKLOG_MESSAGES, epoch_ms=epoch_ms)
    number, rounds = (BACKLOG_MESSAGES - 1) % len(POINTS), (BACKLOG_MESSAGES - 1) // len(POINTS)
    last = (f"{SITE}/main/{POINTS[number]}", (epoch_ms + rounds * STEP_MS) / 1000)
    connected = _Connected(broker, PEER_CLIENT_ID)
    try:
        with consumer, psycopg.connect(url, autocommit=True) as connection:
            began_s = connected.wait()
            while connection.execute(IS_STORED, last).fetchone() != (True,):
                if time.monotonic() - began_s > PEER_LIMIT_S:
                    break
                time.sleep(0.02)
            took_s = time.monotonic() - began_s
            return _count(connection, "peer") / took_s
    finally:
        bare.end_session(PEER_CLIENT_ID)


def _live(consumer: Consumer, url: str, bare: BareClient, table: str) -> float:
    """For peers that write each message alone: a backlog would only bury them."""
    publisher = bare.publishing(BACKLOG_MESSAGES, rate=LIVE_RATE, epoch_ms=_epoch_ms())
    try:
        with consumer, psycopg.connect(url, autocommit=True) as connection:
            waiting_s = time.monotonic()
            while not (first := _count(connection, table)):
                assert time.monotonic() - waiting_s < 60, "the peer stores nothing"
                time.sleep(0.05)
            began_s = time.monotonic()
            time.sleep(LIVE_S)
            return (_count(connection, table) - first) / (time.monotonic() - began_s)
    finally:
        publisher.kill()
        publisher.communicate()


def _our_rate(folder: Path, url: str, broker: Broker, bare: BareClient) -> float:
    bare.keep_session("bench")
    bare.publish(BACKLOG_MESSAGES, epoch_ms=_epoch_ms())
    connected = _Connected(broker, "bench")
    with ingest(folder, url, broker, "bench"), Committed(url) as committed:
        began_s = connected.wait()
        return BACKLOG_MESSAGES / (committed.wait_for(BACKLOG_MESSAGES) - began_s)


class _Connected:
    """Tells when a client connects, by the broker's log from now on."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._log = broker.data_dir / "mosquitto.log"
        self._words = f" as {client_id} "
        self._seen = len(self._log.read_text(encoding="utf-8"))

    def wait(self) -> float:
        """Return the monotonic time at which it did."""
        deadline_s = time.monotonic() + CONNECT_LIMIT_S
        while self._words not in self._log.read_text(encoding="utf-8")[self._seen :]:
            assert time.monotonic() < deadline_s, "the consumer does not connect"
            time.sleep(0.005)
        return time.monotonic()


def _count(connection: psycopg.Connection, table: str) -> int:
    if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
        return 0
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


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
        theirs = _from_backlog(roomy_broker, _executemany(*where), database_url, bare)
    elif "tuned" in peer:
        theirs = _from_backlog(roomy_broker, _node_red(*where, "joined"), database_url, bare)
    elif peer.startswith("Node-RED"):
        theirs = _live(_node_red(*where, "plain"), database_url, bare, "peer")
    else:
        theirs = _live(_processor(*where), database_url, bare, "mqtt_messages")
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE peer")  # or the server would tidy it up while ours runs
    ours = _our_rate(tmp_path, plant_url, roomy_broker, bare)
    print(
        f"\nsingle readings as JSON, QoS 1, to committed rows:"
        f"\n  {peer:40} {theirs:8,.0f} a second   1.00"
        f"\n  {'ours, with rollups and checks':40} {ours:8,.0f} a second   {ours / theirs:.2f}"
        f"   (target {target})"
    )
    assert ours / theirs >= target
