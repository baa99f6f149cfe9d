"""The ingest is stopped or killed, at any time and at the four places where it matters."""

import random
import time

from tests.crash.line import Line, Recover


def test_sigterm_in_full_flow(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        for _ in range(2):
            traffic.flow(chance.uniform(0.1, 0.6))
            assert ingest.stop() == 0
            since_s, mark = time.monotonic(), len(ingest.log)
            ingest.start()
            ingest.says_anew("connect: broker", mark)
        line.recovered(traffic.end(), since_s, recover)


def test_kill_9_in_full_flow(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        for _ in range(4):
            traffic.flow(chance.uniform(0.1, 0.8))
            ingest.kill()
            since_s = time.monotonic()
            ingest.start()
        line.recovered(traffic.end(), since_s, recover)


def test_kill_9_before_the_write(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest(spool_after_s=60)
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.1, 0.5))
        line.to_database.deafen()  # the batch in hand is held before its commit
        traffic.flow(chance.uniform(0.2, 0.6))
        ingest.kill()
        line.to_database.cut()
        line.to_database.hear()
        since_s = time.monotonic()
        ingest.start()
        line.recovered(traffic.end(), since_s, recover)


def test_kill_9_after_the_write_and_before_the_acknowledgement(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.1, 0.5))
        line.to_broker.deafen()  # what is received is committed, and no acknowledgement arrives
        traffic.flow(chance.uniform(0.3, 0.6))
        ingest.kill()
        line.to_broker.cut()
        line.to_broker.hear()
        since_s = time.monotonic()
        ingest.start()
        line.recovered(traffic.end(), since_s, recover)
    ingest.says_anew(r"[1-9]\d* known already", 0)


def test_kill_9_while_spooling(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest()
    mark = 0
    with line.traffic() as traffic:
        for _ in range(2):
            line.to_database.stop()
            ingest.says_anew(r"[1-9]\d* spooled", mark)
            traffic.flow(chance.uniform(0.05, 0.5))
            ingest.kill()
            line.to_database.start()
            since_s, mark = time.monotonic(), len(ingest.log)
            ingest.start()
            ingest.says_anew("connect: broker", mark)
        line.recovered(traffic.end(), since_s, recover)


def test_kill_9_while_draining(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest(drain_limit_messages_per_s=2_000)
    mark = 0
    with line.traffic() as traffic:
        line.to_database.stop()
        ingest.says_anew(r"([5-9]|\d\d)\d{3} spooled", mark)
        line.to_database.start()
        for _ in range(2):
            ingest.says_anew(r"[1-9]\d* drained", mark)
            traffic.flow(chance.uniform(0.0, 0.3))
            ingest.kill()
            since_s, mark = time.monotonic(), len(ingest.log)
            ingest.start()
        line.recovered(traffic.end(), since_s, recover)
    ingest.says("the spool is empty")
