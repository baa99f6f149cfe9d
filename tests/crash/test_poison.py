"""Messages that can never be stored, and clocks that are wrong: kept aside, and nobody waits."""

import time

import psycopg
import pytest

from tests.crash.line import WITHIN_S, Line, Recover
from tests.crash.traffic import LINE, POINTS, T, check_once, wait_for_all
from tests.fixtures.ingest_process import rows

WINDOW_MESSAGES = 50
CHUNKS = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'reading'"
TRANSACTIONS = (
    "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
)
HALVINGS_MAX = 2 * 14 + 2
COUNTED_AFTER_S = 1.2  # the server adds up with a delay of a second
TRANSACTIONS_MAX = 4 * HALVINGS_MAX  # readings, what is noted beside them, and how the ingest is


def test_ten_windows_of_bad_messages_and_the_good_ones_still_flow(
    line: Line, recover: Recover
) -> None:
    line.ingest(receive_maximum_messages=WINDOW_MESSAGES)
    bad = [(f"{line.site}/{LINE}/p0", b"\xff poison %d" % n) for n in range(10 * WINDOW_MESSAGES)]
    line.fill(bad)
    since_s = time.monotonic()
    with line.traffic() as traffic:
        traffic.flow(0.3)
        count = traffic.end()
        took_s = wait_for_all(line.url, count, within_s=WITHIN_S, since_s=since_s)
    recover(count, took_s, WITHIN_S)
    check_once(line.url, count, quarantined=len(bad))
    assert rows(line.url, "SELECT DISTINCT reason FROM quarantine") == [("not_json",)]


def test_one_bad_row_in_ten_thousand_costs_a_logarithm(line: Line, recover: Recover) -> None:
    with psycopg.connect(line.url) as connection:
        connection.execute("ALTER TABLE reading ADD CHECK (value <> 6789)")
    ingest = line.ingest(
        flush_interval_s=5,
        batch_limit_messages=10_000,
        receive_maximum_messages=10_000,
        batch_limit_bytes=4_000_000,
        spool_after_s=30,
    )
    time.sleep(COUNTED_AFTER_S)
    before = rows(line.url, TRANSACTIONS)[0][0]
    topic = f"{line.site}/{LINE}/{POINTS[0]}"
    since_s = time.monotonic()
    line.fill([(topic, {"t": T + n, "v": n}) for n in range(10_000)])
    # We look into its log, because each look into the database would count.
    ingest.says("9999 readings stored, 0 known already, 1 quarantined")
    recover(10_000, time.monotonic() - since_s, 20.0)
    time.sleep(COUNTED_AFTER_S)
    assert rows(line.url, TRANSACTIONS)[0][0] - before < TRANSACTIONS_MAX


@pytest.mark.parametrize("through_spool", [False, True])
def test_wrong_clocks_are_kept_and_make_no_absurd_chunk(
    line: Line, recover: Recover, through_spool: bool
) -> None:
    ingest = line.ingest()
    if through_spool:
        line.to_database.stop()
    stamps = [
        0,
        7_000,
        -1,
        "1970-01-01T00:00:00Z",
        "2099-12-31T00:00:00Z",
        10**15,
        "9999-12-31T23:59:59Z",
    ]
    topic = f"{line.site}/{LINE}/p0"
    line.fill([(topic, {"t": stamp, "v": n}) for n, stamp in enumerate(stamps)])
    with line.traffic(500) as traffic:
        traffic.flow(0.2)
        if through_spool:
            ingest.says_anew(r"[1-9]\d* spooled", 0)
            line.to_database.start()
        since_s = time.monotonic()
        count = traffic.end()
        took_s = wait_for_all(line.url, count, within_s=WITHIN_S, since_s=since_s)
    recover(count + len(stamps), took_s, WITHIN_S)
    check_once(line.url, count, quarantined=len(stamps))
    kept = rows(line.url, "SELECT reason, count(*)::int FROM quarantine GROUP BY 1 ORDER BY 1")
    assert kept == [("stamp_in_future", 3), ("stamp_too_old", 4)]
    seen = rows(
        line.url, "SELECT count(*) FROM quarantine WHERE first_seen < now() - interval '1 h'"
    )
    assert seen == [(0,)]  # the time of reception is kept beside the device's
    assert rows(line.url, CHUNKS) == [(1,)]
