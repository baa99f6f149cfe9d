"""Two ingest processes share the topics; one is killed, and the other does not care."""

import json
import random
import time

from tests.crash.line import Line, Recover
from tests.crash.traffic import LINE, POINTS
from tests.fixtures.ingest_process import rows
from tests.fixtures.service_process import wait_until

STORED = "SELECT count(*) FROM reading JOIN point USING (point_id) WHERE key = 'p4'"


def test_one_of_two_partitions_is_killed(
    line: Line, chance: random.Random, recover: Recover
) -> None:
    home = f"{line.site}/{LINE}"
    shares = [
        [home, *(f"{home}/{key}" for key in POINTS[:2])],
        [f"{home}/{key}" for key in POINTS[2:]],
    ]
    first, second = (
        line.ingest(
            partitions=json.dumps(shares),
            partition=number,
            client_id=f"partition {number} {line.site}",
            spool_folder=line.spool_of(number),
        )
        for number in (1, 2)
    )
    with line.traffic() as traffic:
        for _ in range(2):
            traffic.flow(chance.uniform(0.2, 0.6))
            first.kill()
            before = rows(line.url, STORED)[0][0]
            wait_until(
                lambda before=before: rows(line.url, STORED)[0][0] > before + 50,
                "the other partition stands still",
            )
            since_s = time.monotonic()
            first.start()
        line.recovered(traffic.end(), since_s, recover)
    assert "no partition subscribes" not in first.log
    assert "several partitions" not in second.log
    assert f"subscribe: {home}/p2, {home}/p3, {home}/p4; gone" in second.log
