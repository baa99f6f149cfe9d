"""The database behind PgBouncer: refused with a sentence, or as good as without it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from deploy.stack.broker import Broker
from deploy.stack.ports import LOOPBACK, free_port
from schemas.connection import check_direct
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.between import Between
from tests.fixtures.cells import cells
from tests.fixtures.command_line import virtaama_process
from tests.fixtures.dashboard import SITE, SITE_LOADED_AT, DashboardProcess
from tests.fixtures.ingest_process import IngestProcess, publish, rows
from tests.fixtures.people import signed_in
from tests.fixtures.service_process import wait_until

SENTENCE = "a pooler that lends a connection for one transaction"
POINT = "main/lv-qt-605"
# Each must be found out by itself: one server for all, one after the other, and in turns.
LENDING = {
    "transaction": "pool_mode = transaction",
    "transaction, options let through": (
        "pool_mode = transaction\nignore_startup_parameters = options,extra_float_digits"
    ),
    "transaction, a pool of one": "pool_mode = transaction\ndefault_pool_size = 1",
    "transaction, in turns": "pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 4",
    "transaction, no prepared statements": "pool_mode = transaction\nmax_prepared_statements = 0",
    "statement": "pool_mode = statement",
}
_CONFIG = """
[databases]
* = host=127.0.0.1 port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = plain
auth_file = {folder}/users
logfile = {folder}/log
unix_socket_dir =
{settings}
"""
COMMANDS: dict[str, tuple[object, ...]] = {
    "status": ("status",),
    "migrate": ("migrate",),
    "migrate --check": ("migrate", "--check"),
    "site load": ("site", "load", SITE),
    "quarantine list": ("quarantine", "list"),
    "quarantine replay": ("quarantine", "replay"),
    "account list": ("account", "list"),
    "device-token list": ("device-token", "list"),
}

Pooled = Callable[[str], str]


@pytest.fixture
def pooled(between: Between, migrated_url: str) -> Pooled:
    """`pooled("pool_mode = …")` starts PgBouncer and returns the database's URL through it."""
    parts = urlsplit(migrated_url)

    def start(settings: str) -> str:
        listen = free_port()
        config = _CONFIG.replace("{port}", str(parts.port)).replace("{listen}", str(listen))
        between(
            "pgbouncer",
            listen,
            config.replace("{settings}", settings),
            "{config}",
            users=f'"{parts.username}" "{parts.password}"\n',
        )
        return migrated_url.replace(f":{parts.port}/", f":{listen}/")

    return start


@pytest.mark.parametrize("settings", cells(LENDING, quick={"transaction"}))
def test_every_part_refuses_a_pooler_that_lends_by_the_transaction(
    pooled: Pooled, broker: Broker, tmp_path: Path, settings: str
) -> None:
    url = pooled(LENDING[settings])
    for _ in range(2):
        with IngestProcess(tmp_path, url, broker.url) as ingest:
            assert ingest.exit_code() == 1
            assert SENTENCE in ingest.log
            assert "subscribe:" not in ingest.log
    said = virtaama_process("dashboard", database_url=url, dashboard_port=str(free_port()))
    assert (said.code, SENTENCE in said.err) == (1, True)
    said = virtaama_process("status", database_url=url)
    assert (said.code, SENTENCE in said.err) == (1, True)
    assert _roles(url) == {("postgres", "postgres")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_it_too(pooled: Pooled, command: str) -> None:
    url = pooled(LENDING["transaction"])
    said = virtaama_process(*COMMANDS[command], database_url=url)
    assert (said.code, SENTENCE in said.err) == (1, True), said


@pytest.mark.exhaustive
def test_a_pooler_that_lends_for_the_session_is_as_good_as_none(
    pooled: Pooled, migrated_url: str, broker: Broker, tmp_path: Path
) -> None:
    load(migrated_url, read(SITE), now=SITE_LOADED_AT)
    url = pooled("pool_mode = session")
    with IngestProcess(tmp_path, url, broker.url) as ingest, DashboardProcess(tmp_path, url) as web:
        ingest.ready()
        token = signed_in(url, "operator", "operator")
        stamp = datetime.now(UTC).isoformat()
        publish(LOOPBACK, broker.port, [(f"mikkeli/{POINT}", {"t": stamp, "v": 1.25, "s": 0})])
        wait_until(lambda: rows(url, "SELECT value FROM reading") == [(1.25,)], ingest.log)
        assert web.get("/_dash-layout", token)[0] == 200
        wait_until(lambda: "commits are noticed" in web.log, web.log)
        assert ingest.stop() == 0
    assert virtaama_process("migrate", "--check", database_url=url).code == 0
    assert _roles(url) == {("postgres", "postgres")}


@pytest.mark.exhaustive
def test_a_pooler_that_comes_after_the_dashboard_is_used_for_nothing(
    between: Between, migrated_url: str, tmp_path: Path
) -> None:
    parts = urlsplit(migrated_url)
    listen = free_port()
    url = migrated_url.replace(f":{parts.port}/", f":{listen}/")
    with DashboardProcess(tmp_path, url) as web:
        config = _CONFIG.replace("{port}", str(parts.port)).replace("{listen}", str(listen))
        between(
            "pgbouncer",
            listen,
            config.replace("{settings}", LENDING["transaction"]),
            "{config}",
            users=f'"{parts.username}" "{parts.password}"\n',
        )
        wait_until(lambda: SENTENCE in web.log, "it does not say so")
        assert web.get("/", token="x" * 30)[0] == 503
        assert "commits are noticed" not in web.log


def test_a_direct_connection_is_asked_for_nothing_more(migrated_url: str) -> None:
    with psycopg.connect(migrated_url) as connection:
        own = connection.info.backend_pid
    check_direct("postgresql://nobody@127.0.0.1:1/nowhere", told=own, met=own)


def test_another_number_alone_is_no_reason_to_refuse(migrated_url: str) -> None:
    """As behind a pooler that lends for the session."""
    check_direct(migrated_url, told=1, met=2)


def _roles(url: str) -> set[tuple[str, str]]:
    """Return who one is on the connections that the pooler has by now."""
    found: set[tuple[str, str]] = set()
    for _ in range(8):
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute("SELECT current_user, session_user").fetchone()
            assert row is not None
            found.add(row)
    return found
