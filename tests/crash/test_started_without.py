"""The ingest starts while the database is away: it goes by the site that its spool remembers."""

import random
import sqlite3
import time
from contextlib import closing

import pytest

from tests.crash.line import Line, Recover
from tests.crash.traffic import LINE, POINTS, T
from tests.fixtures.ingest_process import publish, rows, wait_for_readings
from tests.fixtures.points import NO_BOUNDS, add_points

REMEMBERED = "the site is taken as it was last known"


@pytest.mark.parametrize(
    ("deaf", "killed"),
    [
        (False, True),
        (True, False),
        pytest.param(False, False, marks=pytest.mark.slow),
        pytest.param(True, True, marks=pytest.mark.slow),
    ],
)
def test_started_without_the_database(
    line: Line, chance: random.Random, recover: Recover, deaf: bool, killed: bool
) -> None:
    ingest = line.ingest()
    with line.traffic() as traffic:
        traffic.flow(chance.uniform(0.2, 0.6))
        ingest.kill() if killed else ingest.stop()
        line.to_database.cut()
        line.to_database.deafen() if deaf else line.to_database.stop()
        mark = len(ingest.log)
        ingest.start()
        ingest.says_anew(REMEMBERED, mark)
        ingest.says_anew(r"[1-9]\d* spooled", mark)
        traffic.flow(chance.uniform(0.0, 1.0))
        line.to_database.hear() if deaf else line.to_database.start()
        since_s = time.monotonic()
        traffic.flow(0.3)
        line.recovered(traffic.end(), since_s, recover)
    ingest.says("the spool is empty")
    assert ingest.stop() == 0
    # Which numbers were seen before was not known, and none is called missing for that.
    assert rows(line.url, "SELECT DISTINCT gaps, missing FROM sequence") == [(0, 0)]


def test_what_was_spooled_is_judged_by_the_site_of_the_day_it_is_stored(line: Line) -> None:
    ingest = line.ingest()
    assert ingest.stop() == 0
    add_points(line.url, {"new": NO_BOUNDS}, site=line.site)
    line.to_database.stop()
    mark = len(ingest.log)
    ingest.start()
    ingest.says_anew(REMEMBERED, mark)
    _publish(line, "new")
    ingest.says_anew("1 spooled", mark)
    line.to_database.start()
    wait_for_readings(line.url, 1)
    assert rows(line.url, "SELECT * FROM quarantine") == []
    assert ingest.stop() == 0


def test_a_remembered_site_that_cannot_be_read_is_waited_for(line: Line) -> None:
    ingest = line.ingest()
    assert ingest.stop() == 0
    with closing(sqlite3.connect(line.spool / "spool.sqlite", isolation_level=None)) as spool:
        assert spool.execute("UPDATE plant SET description = x'7b7d'").rowcount == 1
    line.to_database.stop()
    mark = len(ingest.log)
    ingest.start()
    ingest.says_anew("the site that the spool remembers cannot be read", mark)
    _publish(line, POINTS[0])
    line.to_database.start()
    wait_for_readings(line.url, 1)
    assert ingest.stop() == 0


def _publish(line: Line, key: str) -> None:
    """Publish the reading 1 of a point."""
    publish(line.broker.host, line.broker.port, [(f"{line.site}/{LINE}/{key}", {"t": T, "v": 1})])
