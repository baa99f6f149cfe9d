"""The embedded database: what it is, whom it lets in, and how it survives every kind of end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from deploy.errors import AlreadyRunning, PortTaken, StartFailed
from deploy.stack.timescale import TimescaleServer
from tests.fixtures.processes import gone_within

OWNER = """
import sys
from pathlib import Path
from deploy.stack.timescale import TimescaleServer

server = TimescaleServer(Path(sys.argv[1]), durable=False)
server.start()
print((server.data_dir / "cluster" / "postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.read()
"""


def _value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def test_the_extension_is_new_enough(database_url: str) -> None:
    version = _value(database_url, "SELECT extversion FROM pg_extension WHERE extname LIKE 'time%'")
    assert tuple(map(int, str(version).split("."))) >= (2, 18, 1)


def test_text_and_time_behave_the_same_on_every_machine(database_url: str) -> None:
    assert _value(database_url, "SELECT upper('jäteveden åäö')") == "JÄTEVEDEN ÅÄÖ"
    assert _value(database_url, "SHOW timezone") == "UTC"
    helsinki = "SELECT (TIMESTAMPTZ '2026-07-01 12:00Z' AT TIME ZONE 'Europe/Helsinki')::text"
    assert _value(database_url, helsinki) == "2026-07-01 15:00:00"


def test_fresh_databases_know_nothing_of_each_other(
    database_url: str, migrated_url: str, timescale: TimescaleServer
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE mine (x int)")
    assert _value(migrated_url, "SELECT to_regclass('mine')") is None
    assert _value(migrated_url, "SELECT to_regclass('reading') IS NOT NULL") is True


def test_nobody_gets_in_without_the_password(timescale: TimescaleServer) -> None:
    password = psycopg.conninfo.conninfo_to_dict(timescale.url())["password"]
    wrong = timescale.url().replace(str(password), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert (timescale.data_dir / "password").stat().st_mode & 0o077 == 0


def test_committed_rows_survive_a_killed_server(
    timescale_factory: Callable[[], TimescaleServer],
) -> None:
    server = timescale_factory()
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS x")
    url = server.url()
    server.kill()
    assert not server.running
    server.start()
    assert server.url() == url, "clients come back to the same address"
    assert _value(url, "SELECT x FROM kept") == 1


def test_a_frozen_server_of_a_killed_owner_is_taken_over(scratch_dir: Path) -> None:
    folder = scratch_dir / "orphan"
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        orphan = int(owner.stdout.readline())
        os.kill(orphan, signal.SIGSTOP)  # or it would end with its owner
        owner.kill()
    with TimescaleServer(folder, durable=False) as server:
        assert _value(server.url(), "SELECT 1") == 1
        assert gone_within(orphan, timeout_s=0)


def test_a_server_ends_when_its_owner_is_killed(scratch_dir: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(scratch_dir / "tethered")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        server = int(owner.stdout.readline())
        owner.kill()
    assert gone_within(server, timeout_s=20)


def test_a_second_owner_is_refused_and_told_who_is_there(timescale: TimescaleServer) -> None:
    with pytest.raises(AlreadyRunning, match=f"in use by process {os.getpid()}"):
        TimescaleServer(timescale.data_dir).start()
    assert timescale.running


def test_an_interrupted_first_start_is_made_again(
    timescale_factory: Callable[[], TimescaleServer],
) -> None:
    server = timescale_factory()
    half_made = server.data_dir / "cluster.partial"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("17")
    server.start()
    assert _value(server.url(), "SELECT 1") == 1


def test_a_taken_port_is_named(scratch_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} .* another port with Timescale"):
            TimescaleServer(scratch_dir / "taken", port=port, durable=False).start()


def test_a_start_that_fails_shows_what_the_server_wrote(
    timescale_factory: Callable[[], TimescaleServer],
) -> None:
    server = timescale_factory()
    server.start()
    server.stop()
    (server.data_dir / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(StartFailed, match=r"(?s)postgres ended with code .*pg_control"):
        server.start()
