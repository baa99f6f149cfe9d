"""What a question costs depends on what it asks, not on how many years are stored (P12)."""

import asyncio
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dashboard.analysis.intervals import Intervals
from dashboard.analysis.window import Window, ending
from dashboard.exports.readings import fetch
from dashboard.exports.slices import Slice
from dashboard.store import history
from ingest.batch import TRANSACTION_LIMIT_SPANS, prepare
from ingest.counts import Counts
from ingest.database.session import DatabaseAway, Session
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from schemas.queries import queries
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.viewing import viewing
from tests.fixtures.years import KEYS, NOW, VIEWERS, Asked, add_years, chunks, touched

ZONE = ZoneInfo("Europe/Helsinki")
YEARS_DAYS = 3_653
SPACING = timedelta(days=7)
HOUR_S, DAY_S = 3_600.0, 86_400.0
RECEIVED = microseconds(NOW)
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def years(migrated_module_url: str) -> tuple[str, list[Asked]]:
    live = timedelta(hours=2), timedelta(seconds=10)
    points = add_years(migrated_module_url, (timedelta(days=YEARS_DAYS), SPACING), live)
    return migrated_module_url, points


def test_ten_years_of_a_plant_are_some_hundred_chunks(years) -> None:
    with psycopg.connect(years[0]) as connection:
        assert 500 < chunks(connection, "reading") < 530


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize(
    ("width_s", "chunks_max"),
    [(HOUR_S, 2), (DAY_S, 3), (7 * DAY_S, 4), (30 * DAY_S, 2), (365 * DAY_S, 6)],
)
def test_a_trend_looks_at_the_chunks_of_its_window_only(
    years, viewer: str, width_s: float, chunks_max: int
) -> None:
    url, points = years
    for end in (NOW, NOW - timedelta(days=1_400)):
        with viewing(url, viewer) as connection:
            found = history.series(connection, points, ending(end, width_s), ZONE, 1_300.0)
            assert len(found) == len(points)
            assert touched(connection) <= chunks_max


@pytest.mark.parametrize("interval_s", [DAY_S, None])
def test_a_neighbour_far_from_the_window_is_found_in_the_chunks_of_its_reach(
    years, interval_s: float | None
) -> None:
    url, points = years
    rare = Asked(points[0].point_id, Intervals.always(interval_s))
    at = NOW - timedelta(days=700)  # between two readings a week apart
    week = Window(at + timedelta(days=2, hours=1), at + timedelta(days=2, hours=2))
    with viewing(url, "operator") as connection:
        found = history.series(connection, [rare], week, ZONE, 1_300.0)[rare.point_id]
        expected = 2 if interval_s is None else 1  # three days reach back, and not ahead
        assert found.x_ms.size == expected
        assert touched(connection) <= 14


def test_since_when_a_point_deviates_is_looked_for_in_a_month_only(years) -> None:
    url, points = years
    with viewing(url, "account:1") as connection:
        asked = {
            "points": [point.point_id for point in points],
            "start": NOW - timedelta(days=30),
        }
        connection.execute(queries("dashboard")["deviating_since"].encode(), asked).fetchall()
        assert touched(connection) <= 8


def test_a_package_looks_at_the_chunks_of_its_slice_only(years) -> None:
    url, points = years
    with viewing(url, "account:2") as connection:
        part = Slice(NOW - timedelta(days=1_000), NOW - timedelta(days=986), "2024-03")
        assert fetch(connection, points[0].point_id, part).num_rows == 2
        assert touched(connection) <= 3


def _messages(weeks: range, value: float | None = None) -> list[Message]:
    """Return the readings that are stored, or others at the same moments."""
    start = NOW - timedelta(days=YEARS_DAYS)
    messages = []
    for week in weeks:
        at = start + week * SPACING
        for number, key in enumerate(KEYS):
            stored = number + 1 + at.minute if value is None else value
            body = f'{{"t": {microseconds(at) // 1000}, "v": {stored}}}'
            messages.append(Message(f"plant/main/{key}", body.encode(), RECEIVED))
    return messages


def _written(url: str, messages: list[Message], timeout_s: float) -> Counts:
    """Write a batch as the live service does; fail if it is not through within PATIENCE_S."""

    async def run() -> Counts:
        session = Session(url, DEFAULT_LIMITS, timeout_s=timeout_s, retry_limit_s=0.2)
        try:
            await session.open()
            return await session.write_within(prepare(messages, session.plant), PATIENCE_S)
        finally:
            session.drop()

    return asyncio.run(run())


def test_known_readings_of_ten_years_do_not_stop_the_ingest(years) -> None:
    url, _ = years
    live = Message("plant/main/p0", f'{{"t": {RECEIVED // 1000 + 1}, "v": 1}}'.encode(), RECEIVED)
    messages = [*_messages(range(522)), live]
    began_s = time.monotonic()
    counts = _written(url, messages, timeout_s=5.0)
    assert (counts.committed, counts.duplicates, counts.quarantined) == (1, len(messages) - 1, 0)
    assert time.monotonic() - began_s < 20.0


def test_a_contradiction_of_any_age_is_kept_aside(years) -> None:
    counts = _written(years[0], _messages(range(0, 522, 40), value=-5.0), timeout_s=5.0)
    assert (counts.committed, counts.duplicates) == (0, 0)
    assert counts.quarantined == len(range(0, 522, 40)) * len(KEYS)


def test_a_transaction_holds_few_chunks_however_old_its_rows_are(years) -> None:
    url, _ = years
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE held (chunks int); GRANT INSERT ON held TO virtaama_ingest"
        )
        connection.execute(
            "CREATE FUNCTION note_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO held SELECT count(DISTINCT c.oid) FROM pg_locks l"
            " JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid()"
            " AND c.relkind = 'r' AND c.relname ~ '^_hyper_.*_chunk$'; RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE TRIGGER note_held AFTER UPDATE ON latest"
            " FOR EACH STATEMENT EXECUTE FUNCTION note_held()"
        )
    late = []
    start = NOW - timedelta(days=YEARS_DAYS) + timedelta(minutes=7)
    for week in range(0, 522, 2):
        at_ms = microseconds(start + week * SPACING) // 1000
        late.append(Message("plant/main/p3", f'{{"t": {at_ms}, "v": 4}}'.encode(), RECEIVED))
    counts = _written(url, late, timeout_s=5.0)
    assert counts.committed == len(late)
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT max(chunks), count(*) FROM held").fetchone()
    assert row is not None
    assert row[0] <= 3 * TRANSACTION_LIMIT_SPANS
    # Readings that lie far apart are judged, and written, apart from each other.
    assert row[1] >= -(-len(late) // TRANSACTION_LIMIT_SPANS)


SLOW_ROWS = """
CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(CASE WHEN NEW.value = 666 THEN 60 ELSE {s} END); RETURN NEW; END $$;
CREATE TRIGGER be_slow BEFORE INSERT ON reading FOR EACH ROW EXECUTE FUNCTION be_slow()
"""


def _slow(url: str, row_s: float) -> None:
    add_points(url, {"flow": NO_BOUNDS})
    with psycopg.connect(url) as connection:
        connection.execute(SLOW_ROWS.format(s=row_s).encode())


def _flow(values: range) -> list[Message]:
    first_ms = microseconds(NOW) // 1000
    return [
        Message("plant/main/flow", f'{{"t": {first_ms + n}, "v": {n}}}'.encode(), RECEIVED)
        for n in values
    ]


def test_a_batch_that_cannot_fit_its_time_is_made_smaller(migrated_url: str) -> None:
    _slow(migrated_url, 0.02)
    counts = _written(migrated_url, _flow(range(120)), timeout_s=1.0)
    assert (counts.committed, counts.quarantined) == (120, 0)


def test_a_row_that_never_fits_its_time_is_kept_aside_by_name(migrated_url: str) -> None:
    _slow(migrated_url, 0.0)
    counts = _written(migrated_url, _flow(range(650, 680)), timeout_s=0.5)
    assert (counts.committed, counts.quarantined) == (29, 1)
    with psycopg.connect(migrated_url) as connection:
        found = connection.execute("SELECT reason, payload FROM quarantine").fetchall()
    assert [(reason, b'"v": 666' in payload) for reason, payload in found] == [("refused", True)]


def test_a_locked_table_is_waited_for_and_nothing_is_kept_aside(migrated_url: str) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS})

    async def run() -> Counts:
        session = Session(migrated_url, DEFAULT_LIMITS, timeout_s=1.0, retry_limit_s=0.2)
        await session.open()
        batch = prepare(_flow(range(3)), session.plant)
        with psycopg.connect(migrated_url) as other:
            other.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(DatabaseAway):
                await session.write_within(batch, 3.0)
        try:
            return await session.write_within(batch, PATIENCE_S)
        finally:
            session.drop()

    counts = asyncio.run(run())
    assert (counts.committed, counts.quarantined) == (3, 0)


@pytest.mark.parametrize(
    ("interval_s", "count", "days"),
    [
        (10.0, 200, 7),
        (0.1, 20, 1),
        (60.0, 1, 28),
        (86_400.0, 8, 364),
        (900.0, 1, 364),
        (300.0, 1, 91),
    ],
)
def test_chunks_are_as_wide_as_the_plant_needs(
    migrated_url: str, interval_s: float, count: int, days: int
) -> None:
    add_points(migrated_url, dict.fromkeys((f"p{n}" for n in range(count)), NO_BOUNDS))
    with psycopg.connect(migrated_url) as connection:
        connection.execute("UPDATE point_definition SET expected_interval_s = %s", (interval_s,))
        connection.execute(queries("site")["fit_chunks"].encode())
        found = connection.execute(
            "SELECT time_interval FROM timescaledb_information.dimensions"
            " WHERE hypertable_name = 'reading'"
        ).fetchone()
    assert found == (timedelta(days=days),)
