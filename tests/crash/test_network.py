"""The network between the broker and us fails in the three ways it has."""

import random
import time

import pytest

from tests.crash.line import WITHIN_S, Line, Recover

KEEPALIVE_S = 5


def test_resets_again_and_again(line: Line, chance: random.Random, recover: Recover) -> None:
    ingest = line.ingest(retry_limit_s=0.2)
    with line.traffic() as traffic:
        for _ in range(6):
            traffic.flow(chance.uniform(0.0, 0.4))
            chance.choice((line.to_broker, line.to_database)).reset()
        since_s = time.monotonic()
        line.recovered(traffic.end(), since_s, recover)
    assert ingest.stop() == 0


@pytest.mark.slow
def test_a_half_open_connection_is_noticed(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    ingest = line.ingest(keepalive_s=KEEPALIVE_S)
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.5))
        line.to_broker.deafen()
        since_s = time.monotonic()
        ingest.says("wait: the broker")
        line.to_broker.cut()
        line.to_broker.hear()
        line.recovered(traffic.end(), since_s, recover, 3 * KEEPALIVE_S + WITHIN_S)
    assert ingest.stop() == 0


def test_two_processes_with_one_client_id(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    first = line.ingest(retry_limit_s=0.3)
    second = line.ingest(retry_limit_s=0.3, spool_folder=None)
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(1.0, 2.0))
        first.says("Session taken over")
        assert second.stop() == 0
        since_s = time.monotonic()
        line.recovered(traffic.end(), since_s, recover)
    assert first.stop() == 0


def test_two_processes_with_one_spool_are_refused(line: Line) -> None:
    line.ingest()
    second = line.ingest(wait=False)
    assert second.exit_code() == 1
    assert "belong to one ingest process" in second.log
