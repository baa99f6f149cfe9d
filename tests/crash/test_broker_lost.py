"""The broker stops, dies or forgets us; what it loses itself is counted by the numbers."""

import random
import time

from tests.crash.line import WITHIN_S, Line, Recover
from tests.crash.traffic import missing, wait_for_all
from tests.fixtures.ingest_process import IngestProcess, rows
from tests.fixtures.service_process import wait_until

COUNTED_MISSING = "SELECT sum(missing)::int FROM sequence"
QUIET_S = 1.0


def _connected(ingest: IngestProcess, count: int) -> None:
    wait_until(lambda: ingest.log.count("connect: broker") >= count, "it did not connect")


def test_broker_stopped(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        for number in range(2):
            _connected(ingest, number + 1)
            traffic.flow(chance.uniform(0.2, 0.6))
            line.broker.stop()
            line.broker.start()
            since_s = time.monotonic()
        traffic.flow(0.3)
        line.recovered(traffic.end(), since_s, recover)
    assert rows(line.url, "SELECT sum(missing) FROM sequence") == [(0,)]


def test_broker_stopped_while_the_ingest_is_away(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(0.2)
        assert ingest.stop() == 0
        traffic.flow(chance.uniform(0.2, 0.6))
        line.broker.stop()
        line.broker.start()
        traffic.flow(0.2)
        since_s = time.monotonic()
        ingest.start()
        line.recovered(traffic.end(), since_s, recover)


def test_broker_killed_in_full_flow(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest()
    line.broker.stop()  # our session is on its disk
    line.broker.start()
    _connected(ingest, 2)
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.3, 1.0))
        line.broker.kill()
        line.broker.start()
        since_s = time.monotonic()
        _connected(ingest, 3)
        traffic.flow(0.3)
        lost = _lost_and_counted(line, traffic.end())
        recover(traffic.sent, time.monotonic() - since_s, WITHIN_S, f"; the broker lost {lost}")


def test_broker_killed_with_a_queue_and_what_it_lost_is_what_the_numbers_say(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(0.3)
        traffic.pause()
        wait_for_all(line.url, traffic.sent, within_s=WITHIN_S, since_s=time.monotonic())
        assert ingest.stop() == 0
        line.broker.stop()
        line.broker.start()
        traffic.go_on()
        traffic.flow(chance.uniform(0.3, 1.0))
        line.broker.kill()
        line.broker.start()
        since_s = time.monotonic()
        ingest.start()
        _connected(ingest, 2)
        traffic.flow(0.3)
        lost = _lost_and_counted(line, traffic.end())
        recover(traffic.sent, time.monotonic() - since_s, WITHIN_S, f"; the broker lost {lost}")
    assert lost > 0


def _lost_and_counted(line: Line, count: int) -> int:
    """Check that what is missing is what the numbers say, and the rest is stored once."""
    lost = _settled(line, count)
    for rollup in ("rollup_5m", "rollup_1h", "rollup_1d"):
        assert rows(line.url, f"SELECT sum(n) FROM {rollup}") == [(count - lost,)]
    assert rows(line.url, "SELECT count(*) FROM quarantine") == [(0,)]
    return lost


def _settled(line: Line, count: int) -> int:
    """Return how many are missing when each is stored or called missing, and no more arrive."""
    before, since_s = -1, time.monotonic()

    def is_settled() -> bool:
        nonlocal before, since_s
        now = missing(line.url, count)
        if now != before or rows(line.url, COUNTED_MISSING) != [(now,)]:
            before, since_s = now, time.monotonic()
        return time.monotonic() - since_s >= QUIET_S

    wait_until(is_settled, "what is missing is not what the numbers say")
    return before


def test_broker_that_forgot_its_sessions(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.6))
        count = traffic.end()
        wait_for_all(line.url, count, within_s=WITHIN_S, since_s=time.monotonic())
        line.broker.stop()
        for path in (line.broker.data_dir / "broker").glob("*.db*"):
            path.unlink()
        since_s = time.monotonic()
        line.broker.start()
        wait_until(lambda: ingest.log.count("subscribe:") >= 2, "it did not subscribe again")
        assert ingest.log.count("a new session") == 2
        traffic.go_on()
        traffic.flow(chance.uniform(0.2, 0.6))
        line.recovered(traffic.end(), since_s, recover)
