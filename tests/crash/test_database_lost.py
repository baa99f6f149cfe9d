"""The database stops, dies, refuses or hangs while readings flow; nobody helps the ingest."""

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import get_args

import psycopg
import pytest

from deploy.stack.timescale import StopMode, TimescaleServer
from tests.crash.line import Line, Recover
from tests.crash.traffic import check_once, wait_for_all
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until

CONNECTION_LIMIT = 20
FULL = r"too many|slots are reserved"
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'virtaama ingest' AND datname = current_database()"
)


@pytest.mark.parametrize("mode", get_args(StopMode))
def test_database_stopped(
    line: Line, server: TimescaleServer, chance: random.Random, recover: Recover, mode: StopMode
) -> None:
    _away(line, server, chance, recover, lambda: server.stop(mode))


def test_database_killed(
    line: Line, server: TimescaleServer, chance: random.Random, recover: Recover
) -> None:
    _away(line, server, chance, recover, server.kill)


def _away(
    line: Line,
    server: TimescaleServer,
    chance: random.Random,
    recover: Recover,
    end: Callable[[], None],
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.8))
        end()
        ingest.says_anew(r"[1-9]\d* spooled", 0)
        traffic.flow(chance.uniform(0.0, 1.0))
        server.start()
        since_s = time.monotonic()
        traffic.flow(0.3)  # live ones come beside the drain
        line.recovered(traffic.end(), since_s, recover)
    ingest.says("the spool is empty")
    assert ingest.stop() == 0


def test_backends_terminated_again_and_again(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        for _ in range(5):
            traffic.flow(chance.uniform(0.0, 0.4))
            rows(line.url, END_OTHERS)
        since_s = time.monotonic()
        line.recovered(traffic.end(), since_s, recover)
    assert ingest.stop() == 0


@contextmanager
def _no_connection_left(url: str) -> Iterator[None]:
    with ExitStack() as taken:
        with pytest.raises(psycopg.OperationalError, match=FULL):  # noqa: PT012
            for _ in range(2 * CONNECTION_LIMIT):
                taken.enter_context(psycopg.connect(url))
        yield


def test_too_many_connections(
    line: Line, server: TimescaleServer, chance: random.Random, recover: Recover
) -> None:
    with psycopg.connect(line.url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTION_LIMIT}".encode())
    server.stop()
    server.start()
    try:
        ingest = line.ingest()
        with line.traffic() as traffic:
            traffic.flow(chance.uniform(0.1, 0.4))
            line.to_database.stop()  # the ingest gives its own connection up
            with _no_connection_left(line.url):
                line.to_database.start()
                ingest.says_anew("too many clients|slots are reserved", 0)
                ingest.says_anew(r"[1-9]\d* spooled", 0)
            since_s = time.monotonic()
            line.recovered(traffic.end(), since_s, recover)
    finally:
        with psycopg.connect(line.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET max_connections")
        server.stop()
        server.start()


def test_a_deaf_database(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest(database_timeout_s=1.0)
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.5))
        line.to_database.deafen()
        ingest.says_anew(r"[1-9]\d* spooled", 0)
        traffic.flow(chance.uniform(0.5, 1.5))
        line.to_database.hear()
        since_s = time.monotonic()
        traffic.flow(0.3)
        line.recovered(traffic.end(), since_s, recover)
    assert ingest.stop() == 0


def test_a_slow_database(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.5))
        with psycopg.connect(line.url) as other:
            other.execute("LOCK TABLE reading IN EXCLUSIVE MODE")
            ingest.says_anew(r"[1-9]\d* spooled", 0)
            traffic.flow(chance.uniform(0.0, 1.0))
        since_s = time.monotonic()
        traffic.flow(0.3)
        line.recovered(traffic.end(), since_s, recover)
    assert ingest.stop() == 0


@pytest.mark.exhaustive
def test_live_messages_go_first_while_the_spool_drains_at_its_rate(
    line: Line, recover: Recover
) -> None:
    rate = 1_000
    ingest = line.ingest(drain_limit_messages_per_s=rate, spool_after_s=1.0)
    with line.traffic() as traffic:
        line.to_database.stop()
        ingest.says_anew(r"[6-9]\d{3} spooled", 0)
        line.to_database.start()
        traffic.flow(2.0)
        since_s = time.monotonic()
        count = traffic.end()
        spooled = int(re.findall(r"(\d+) spooled", ingest.log)[-1])
        newest = f"SELECT count(*) FROM reading WHERE value = {count - 1}"
        wait_until(lambda: rows(line.url, newest) == [(1,)], "the newest message waits")
        assert time.monotonic() - since_s < 2.0
        left = count - rows(line.url, "SELECT count(*) FROM reading")[0][0]
        assert left > 0, "the whole spool was drained before the newest message"
        took_s = wait_for_all(line.url, count, within_s=spooled / rate + 3, since_s=since_s)
    recover(count, took_s, spooled / rate + 3, f"; {left} were still in the spool")
    check_once(line.url, count)


def test_a_deaf_database_does_not_hold_up_a_stop(line: Line, recover: Recover) -> None:
    ingest = line.ingest(database_timeout_s=30.0, stop_timeout_s=5.0)
    with line.traffic() as traffic:
        traffic.flow(0.2)
        line.to_database.deafen()
        ingest.says_anew(r"[1-9]\d* spooled", 0)
        began_s = time.monotonic()
        assert ingest.stop() == 0
        assert time.monotonic() - began_s < 8
        line.to_database.cut()
        line.to_database.hear()
        since_s = time.monotonic()
        ingest.start()
        line.recovered(traffic.end(), since_s, recover)
