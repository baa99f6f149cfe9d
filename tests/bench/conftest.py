"""What the ingest benches share: a durable database, a broker with room, a bare client."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.stack.broker import Broker
from deploy.stack.timescale import TimescaleServer
from schemas.migrate import migrate
from tests.bench.load import BACKLOG_SETTINGS, POINTS, SITE, BareClient
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.stack import migrated_url


@pytest.fixture(scope="session")
def timescale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimescaleServer]:
    """A server that writes to the disk before it acknowledges, as in production."""
    folder = tmp_path_factory.mktemp("timescale")
    for each in (folder, *folder.parents[:3]):
        each.chmod(0o755)  # a server that root starts runs as another user
    with TimescaleServer(folder) as server:
        yield server


@pytest.fixture
def roomy_broker(scratch_dir: Path) -> Iterator[Broker]:
    """A broker with the shipped configuration and room for a backlog of millions."""
    with Broker(scratch_dir / "roomy", settings=BACKLOG_SETTINGS) as running:
        yield running


@pytest.fixture
def bare(tmp_path: Path, roomy_broker: Broker) -> BareClient:
    """The bare client, connected to the roomy broker."""
    return BareClient(tmp_path, roomy_broker)


@pytest.fixture
def plant_url(migrated_url: str) -> str:
    """A fresh database with the points that the bare client publishes for."""
    add_points(migrated_url, dict.fromkeys(POINTS, NO_BOUNDS), site=SITE)
    return migrated_url


@pytest.fixture
def second_plant_url(second_migrated_url: str) -> str:
    """Another database with the same points, for the reference."""
    add_points(second_migrated_url, dict.fromkeys(POINTS, NO_BOUNDS), site=SITE)
    return second_migrated_url


@pytest.fixture
def timed_url(timescale_factory: Callable[[], TimescaleServer]) -> str:
    """A database with the same points that remembers when each transaction was committed."""
    server = timescale_factory()
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        connection.execute("CREATE EXTENSION timescaledb")
    server.stop()
    server.start()
    migrate(server.url())
    add_points(server.url(), dict.fromkeys(POINTS, NO_BOUNDS), site=SITE)
    return server.url()


second_migrated_url = migrated_url
