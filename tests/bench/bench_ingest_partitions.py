"""Two ingest processes that share the topics, against one: a backlog of single readings."""

import json
import time
from contextlib import ExitStack
from pathlib import Path

from deploy.stack.broker import Broker
from tests.bench.load import POINTS, SITE, BareClient, Committed, ingest
from tests.fixtures.points import NO_BOUNDS, add_points

SITES = (SITE, "se")
BACKLOG_MESSAGES = 500_000  # of each site


def _rate(
    folder: Path, url: str, broker: Broker, bare: BareClient, *, processes: int, epoch_ms: int
) -> float:
    """Return the readings a second that so many processes commit, each those of a site."""
    shares = [[f"{site}/#"] for site in SITES]
    for number, site in enumerate(SITES[:processes], 1):
        bare.keep_session(f"bench-{number}", f"{site}/#")
        bare.publish(BACKLOG_MESSAGES, site=site, epoch_ms=epoch_ms)
    count = processes * BACKLOG_MESSAGES
    with ExitStack() as running, Committed(url) as committed:
        before = committed.count()
        for number in range(1, processes + 1):
            own = folder / f"{processes}-{number}"
            own.mkdir()
            running.enter_context(
                ingest(
                    own,
                    url,
                    broker,
                    f"bench-{number}",
                    partitions=json.dumps(shares),
                    partition=str(number),
                )
            )
        while (first := committed.count()) == before:
            time.sleep(0.01)
        began_s = time.monotonic()
        return (before + count - first) / (committed.wait_for(before + count) - began_s)


def test_two_partitions_against_one(
    tmp_path: Path, plant_url: str, roomy_broker: Broker, bare: BareClient
) -> None:
    add_points(plant_url, dict.fromkeys(POINTS, NO_BOUNDS), site=SITES[1])
    epoch_ms = int(time.time() * 1000) - 14_400_000
    where = (tmp_path, plant_url, roomy_broker, bare)
    one = _rate(*where, processes=1, epoch_ms=epoch_ms)
    two = _rate(*where, processes=2, epoch_ms=epoch_ms + 7_200_000)
    print(
        f"\na backlog of {BACKLOG_MESSAGES:,} single readings for each process:"
        f"\n  one process     {one:10,.0f} a second   1.00"
        f"\n  two partitions  {two:10,.0f} a second   {two / one:.2f}"
    )
    # Two processors carry broker, database and both: more is not to be had, less would be a fault.
    assert two / one >= 0.8
