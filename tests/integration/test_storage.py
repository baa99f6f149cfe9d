"""How long readings and rollups are kept: a utility chooses, and nothing half true is left."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from deploy.errors import StorageBusy
from deploy.operations import storage
from ingest.batch import prepare
from ingest.database.session import Session
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from tests.fixtures.command_line import Answer, virtaama
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_batches
from tests.fixtures.years import NOW as YEARS_NOW
from tests.fixtures.years import add_years, chunks

NOW = datetime.now(UTC).replace(microsecond=0)
DAYS = 800
SPACING = timedelta(hours=7)
FIRST = NOW - timedelta(days=DAYS)
KEEP_DAYS = 400


def _messages(first: datetime, until: datetime, spacing: timedelta = SPACING) -> list[Message]:
    messages = []
    while first < until:
        payload = json.dumps({"t": microseconds(first) // 1000, "v": first.day})
        messages.append(Message("plant/main/flow", payload.encode(), microseconds(NOW)))
        first += spacing
    return messages


@pytest.fixture
def url(migrated_url: str) -> str:
    """A plant with more than two years of readings, seven hours apart."""
    add_points(migrated_url, {"flow": NO_BOUNDS})
    write_batches(migrated_url, [_messages(FIRST, NOW)])
    return migrated_url


def _storage(url: str, *arguments: object) -> Answer:
    return virtaama("storage", *arguments, database_url=url)


def _one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def _rollups(url: str) -> dict[str, list[tuple]]:
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2".encode()).fetchall()
            for name in ("rollup_5m", "rollup_1h", "rollup_1d")
        }


def _begun_before(moment: datetime, rollups: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    return {name: [row for row in rows if row[1] < moment] for name, rows in rollups.items()}


def _kept(url: str, **days: int) -> None:
    """Choose for how many days each class is kept, the finest first."""
    for name in storage.CLASSES:
        if name in days:
            answer = _storage(url, "set", name, "--keep-days", days[name])
            assert answer.code == 0, answer.err


def test_nothing_is_dropped_until_somebody_chooses(url: str) -> None:
    before = _one(url, "SELECT count(*) FROM reading")
    answer = _storage(url, "apply")
    assert (answer.code, answer.out) == (0, "Nothing is older than it is kept.\n")
    assert _one(url, "SELECT count(*) FROM reading") == before
    shown = _storage(url, "show").out.splitlines()
    assert [line.split()[0] for line in shown] == ["class", *storage.CLASSES, "rollup_1d"]
    assert all("everything" in line for line in shown[1:4])
    assert all(line.endswith("nothing") for line in shown[1:])


def test_old_readings_go_and_what_they_amounted_to_stays(url: str) -> None:
    before = _rollups(url)
    _kept(url, reading=KEEP_DAYS)
    assert re.search(r"reading .* \d+ chunks before \d{4}-\d\d-\d\d, ", _storage(url, "show").out)
    answer = _storage(url, "apply")
    assert answer.code == 0
    assert answer.out.startswith("reading: dropped ")
    oldest = _one(url, "SELECT min(ts) FROM reading")
    assert isinstance(oldest, datetime)
    # Whole chunks of a week go, as soon as all of one is old enough.
    kept_from = NOW - timedelta(days=KEEP_DAYS)
    assert kept_from - timedelta(days=8) < oldest < kept_from + timedelta(days=1)
    assert _rollups(url) == before
    assert _storage(url, "apply").out == "Nothing is older than it is kept.\n"
    assert "reading before " in _storage(url, "show").out


def test_a_repeat_of_a_dropped_reading_is_not_counted_again(url: str) -> None:
    _kept(url, reading=KEEP_DAYS)
    _storage(url, "apply")
    before, chunked = _rollups(url), _one(url, "SELECT count(*) FROM show_chunks('reading')")
    gone = NOW - timedelta(days=KEEP_DAYS + 8)
    again = _messages(FIRST, NOW)
    counts = write_batches(url, [again])
    assert counts.committed == 0
    assert counts.quarantined >= len(_messages(FIRST, gone)) > 100
    assert counts.duplicates + counts.quarantined == len(again)
    assert _rollups(url) == before
    assert _one(url, "SELECT count(*) FROM show_chunks('reading')") == chunked
    reason = "SELECT string_agg(DISTINCT reason, ' ') FROM quarantine"
    assert _one(url, reason) == "stamp_too_old"
    detail = _one(url, "SELECT detail FROM quarantine LIMIT 1")
    assert "readings from before it were dropped" in str(detail)


def test_what_was_on_its_way_while_readings_were_dropped_is_judged_anew(url: str) -> None:
    _kept(url, reading=KEEP_DAYS)
    late = _messages(FIRST + timedelta(hours=1), FIRST + timedelta(days=30))

    async def run() -> int:
        session = Session(url, DEFAULT_LIMITS, timeout_s=20.0, retry_limit_s=0.2)
        await session.open()
        try:
            batch = prepare(late, session.plant)
            assert len(batch.rows) == len(late)
            answer = await asyncio.to_thread(_storage, url, "apply")
            assert answer.code == 0
            counts = await session.write(batch)
            return counts.committed
        finally:
            session.drop()

    before = _rollups(url)
    assert asyncio.run(run()) == 0
    assert _rollups(url) == before


def test_a_writer_and_apply_side_by_side_leave_nothing_half_true(
    url: str, chance: random.Random
) -> None:
    """Each day counts each of its readings once, whichever of the two came first."""
    _kept(url, reading=KEEP_DAYS)
    late = _messages(FIRST + timedelta(hours=1), NOW - timedelta(days=100))
    chance.shuffle(late)
    batches = [late[n : n + 40] for n in range(0, len(late), 40)]

    async def run() -> None:
        writing = asyncio.create_task(asyncio.to_thread(write_batches, url, batches))
        await asyncio.sleep(chance.random() * 0.5)
        answer = await asyncio.to_thread(_storage, url, "apply")
        assert answer.code == 0
        await writing

    asyncio.run(run())
    gone = _one(url, "SELECT dropped_before FROM storage_class WHERE class = 'reading'")
    assert isinstance(gone, datetime)
    assert gone > FIRST
    oldest = _one(url, "SELECT min(ts) FROM reading")
    assert isinstance(oldest, datetime)
    assert oldest >= gone
    hours = Counter(
        datetime.fromtimestamp(json.loads(message.payload)["t"] // 3_600_000 * 3_600, UTC)
        for message in (*_messages(FIRST, NOW), *late)
    )
    for _, hour, n, *_ in _rollups(url)["rollup_1h"]:
        assert n == hours[hour] if hour >= gone else n <= hours[hour]
    for rollup in ("rollup_5m", "rollup_1d"):
        totals = [_one(url, f"SELECT sum(n)::int FROM {name}") for name in (rollup, "rollup_1h")]
        assert totals[0] == totals[1]


@pytest.mark.parametrize(
    ("kept", "asked", "sentence"),
    [
        ({}, ("reading", 29), "reading must be kept for at least 30 days"),
        ({}, ("rollup_1h", 365), "rollup_1h must be kept for at least 366 days"),
        ({}, ("rollup_5m", 500), "rollup_5m must be kept at least as long as reading: everything"),
        ({"reading": 600}, ("rollup_5m", 500), "at least as long as reading: 600 days"),
        (
            {"reading": 400, "rollup_5m": 500},
            ("reading", 501),
            "rollup_5m is kept for 500 days, and must be kept at least as long as reading",
        ),
        (
            {"reading": 400, "rollup_5m": 500},
            ("reading", "all"),
            "rollup_5m is kept for 500 days, and must be kept at least as long as reading",
        ),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_a_sentence(
    migrated_url: str, kept: dict[str, int], asked: tuple[str, object], sentence: str
) -> None:
    for name, days in kept.items():
        assert _storage(migrated_url, "set", name, "--keep-days", days).code == 0
    answer = _storage(migrated_url, "set", asked[0], "--keep-days", asked[1])
    assert answer.code == 1
    assert sentence in answer.err
    with psycopg.connect(migrated_url) as connection:
        stored = connection.execute("SELECT class, keep_days FROM storage_class").fetchall()
    assert {name: days for name, days in stored if days is not None} == kept


@pytest.mark.parametrize("arguments", [("set", "reading"), ("set", "rollup_1d", "--keep-days", 9)])
def test_what_makes_no_sense_is_wrong_usage(
    migrated_url: str, arguments: tuple[object, ...]
) -> None:
    assert _storage(migrated_url, *arguments).code == 2


def test_what_a_company_may_still_read_stays(url: str) -> None:
    starts = NOW - timedelta(days=600)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO company (company_id, key, name) VALUES (1, 'acme', 'Acme')")
        connection.execute(
            "INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at,"
            " access_until, verified) SELECT line_id, 1, 'membranes', '{}', 'permeate', %s, %s, %s,"
            " false FROM line",
            (starts, NOW - timedelta(days=30), NOW + timedelta(days=30)),
        )
    answer = _storage(url, "set", "reading", "--keep-days", KEEP_DAYS)
    assert answer.code == 0
    assert f"since {starts.date()} stays" in answer.out
    assert "main/membranes" in answer.out
    assert "HELD BACK" in _storage(url, "apply").out
    oldest = _one(url, "SELECT min(ts) FROM reading")
    assert isinstance(oldest, datetime)
    assert starts - timedelta(days=8) < oldest < starts + timedelta(days=1)
    assert "HELD BACK" in _storage(url, "show").out
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE trial SET access_until = ends_at")
        connection.execute(
            "INSERT INTO account (login, display_name, role, password_hash)"
            " VALUES ('guest', 'Guest', 'guest', 'x')"
        )
        connection.execute(
            "INSERT INTO trial_guest (trial_id, account_id, until_at)"
            " SELECT trial_id, account_id, now() + INTERVAL '1 day' FROM trial, account"
        )
    assert "HELD BACK" in _storage(url, "apply").out
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM trial_guest")
    _storage(url, "apply")
    oldest = _one(url, "SELECT min(ts) FROM reading")
    assert isinstance(oldest, datetime)
    assert NOW - oldest < timedelta(days=KEEP_DAYS + 8)
    assert "HELD BACK" not in _storage(url, "show").out


def test_a_rollup_never_goes_before_what_it_was_made_from(migrated_url: str) -> None:
    """Chunks of sparse readings are a year wide, those of five minutes four weeks."""
    add_points(migrated_url, {"flow": NO_BOUNDS})
    with psycopg.connect(migrated_url) as connection:
        connection.execute("SELECT set_chunk_time_interval('reading', INTERVAL '364 days')")
    write_batches(migrated_url, [_messages(FIRST, NOW)])
    _kept(migrated_url, reading=KEEP_DAYS, rollup_5m=KEEP_DAYS, rollup_1h=KEEP_DAYS)
    _storage(migrated_url, "apply")
    with psycopg.connect(migrated_url) as connection:
        gone = dict(
            connection.execute(
                "SELECT class, GREATEST(dropped_before, '2000-01-01Z') FROM storage_class"
            ).fetchall()
        )
        oldest = connection.execute("SELECT min(bucket) FROM rollup_5m").fetchone()
    assert gone["reading"] > FIRST
    assert gone["rollup_1h"] <= gone["rollup_5m"] <= gone["reading"]
    assert oldest is not None
    assert oldest[0] >= gone["rollup_5m"]
    # A late reading of a time that is left makes its five minutes anew, and they are whole.
    late = _messages(gone["reading"] + timedelta(hours=13), NOW, timedelta(days=90))
    write_batches(migrated_url, [late])
    with psycopg.connect(migrated_url) as connection:
        rows = connection.execute(
            "SELECT d.n, (SELECT sum(n)::int FROM rollup_5m f WHERE f.bucket >= d.bucket"
            " AND f.bucket < (d.bucket AT TIME ZONE 'Europe/Helsinki' + INTERVAL '1 day')"
            " AT TIME ZONE 'Europe/Helsinki') FROM rollup_1d d WHERE d.bucket > %s"
            " AND d.bucket < %s",
            (gone["rollup_5m"], NOW - timedelta(days=1)),
        ).fetchall()
    assert len(rows) >= KEEP_DAYS - 2  # the first and the last are not whole days
    assert all(day == fives for day, fives in rows)


def test_a_unit_that_changed_before_readings_were_dropped_leaves_what_they_amounted_to(
    url: str,
) -> None:
    _kept(url, reading=KEEP_DAYS)
    _storage(url, "apply")
    before = _rollups(url)

    def rebuilt(changed_at: datetime) -> dict[str, list[tuple]]:
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT rebuild_rollups(point_id, %(at)s, ARRAY['2000-01-01Z', %(at)s]"
                "::timestamptz[], '{0.001, 1}', '{0, 0}') FROM point",
                {"at": changed_at},
            )
        return _rollups(url)

    noon = timedelta(hours=12, minutes=1)
    gone = _one(url, "SELECT dropped_before FROM storage_class WHERE class = 'reading'")
    assert isinstance(gone, datetime)
    assert rebuilt(FIRST.replace(hour=0) + timedelta(days=20) + noon) == before
    # A minute later: the local day began before, its readings are not all there any more.
    assert _begun_before(gone, rebuilt(gone + timedelta(minutes=1))) == _begun_before(gone, before)
    assert rebuilt(gone + timedelta(days=20) + noon) != before


def test_status_says_that_nobody_applies_what_was_chosen(url: str) -> None:
    assert "storage" not in virtaama("status", database_url=url).out
    _kept(url, reading=KEEP_DAYS)
    assert "`virtaama storage apply`" in virtaama("status", database_url=url).out
    _storage(url, "apply")
    assert "storage" not in virtaama("status", database_url=url).out


def test_apply_gives_way_to_who_reads_and_does_not_stop_the_ingest(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept(url, reading=KEEP_DAYS)
    monkeypatch.setattr(storage, "BUSY_LIMIT_S", 1.0)
    with psycopg.connect(url) as reader:
        reader.execute("SELECT min(ts) FROM reading").fetchone()
        began_s = time.monotonic()
        with pytest.raises(StorageBusy):
            storage.apply(url, NOW, lambda _: None)
        assert time.monotonic() - began_s < 10.0
        live = [Message("plant/main/flow", b"7", microseconds(NOW))]
        assert write_batches(url, [live]).committed == 1
    dropped: list[storage.Dropped] = []
    storage.apply(url, NOW, dropped.append)
    assert dropped


def test_a_decade_is_dropped_in_small_steps(migrated_url: str) -> None:
    add_years(migrated_url, (timedelta(days=3_653), timedelta(days=7)))
    with psycopg.connect(migrated_url) as connection:
        connection.execute("UPDATE trial SET starts_at = ends_at - INTERVAL '1 hour'")
    _kept(migrated_url, reading=365, rollup_5m=365, rollup_1h=366)
    steps: list[storage.Dropped] = []
    began_s = time.monotonic()
    storage.apply(migrated_url, YEARS_NOW, steps.append)
    took_s = time.monotonic() - began_s
    print(f"{sum(step.chunks for step in steps)} chunks in {len(steps)} steps, {took_s:.1f} s")
    assert max(step.chunks for step in steps) <= storage.PORTION_LIMIT_CHUNKS
    with psycopg.connect(migrated_url) as connection:
        assert chunks(connection, "reading") < 56
        assert chunks(connection, "rollup_5m") < 18
    assert _one(migrated_url, "SELECT count(*) FROM rollup_1d") == 8 * 522


@pytest.fixture
def community_url(url: str) -> str:
    if _one(url, "SHOW timescaledb.license") != "timescale":
        pytest.skip("the server is of the Apache edition, which has no columnstore")
    return url


POLICIES = """
    SELECT hypertable_name, (config ->> 'compress_after')::interval
    FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression'
"""


def test_the_columnstore_takes_what_it_is_told_to_when_it_is_told_to(community_url: str) -> None:
    def policies() -> dict[str, timedelta]:
        with psycopg.connect(community_url) as connection:
            return dict(connection.execute(POLICIES.encode()).fetchall())

    days = timedelta(days=1)
    assert policies() == {"reading": 7 * days, "rollup_5m": 30 * days, "rollup_1h": 30 * days}
    _storage(community_url, "set", "reading", "--columnstore-after-days", 90)
    _storage(community_url, "set", "rollup_1h", "--columnstore-after-days", "never")
    assert policies() == {"reading": 90 * days, "rollup_5m": 30 * days}
    assert virtaama("migrate", database_url=community_url).code == 0
    assert policies() == {"reading": 90 * days, "rollup_5m": 30 * days}
    shown = _storage(community_url, "show").out
    assert "after 90 days" in shown
    assert "never" in shown


def test_what_is_in_the_columnstore_is_dropped_as_well(community_url: str) -> None:
    with psycopg.connect(community_url, autocommit=True) as connection:
        connection.execute("SELECT compress_chunk(c) FROM show_chunks('reading') c")
    before = _rollups(community_url)
    _kept(community_url, reading=KEEP_DAYS)
    assert "dropped" in _storage(community_url, "apply").out
    oldest = _one(community_url, "SELECT min(ts) FROM reading")
    assert isinstance(oldest, datetime)
    assert NOW - oldest < timedelta(days=KEEP_DAYS + 8)
    assert _rollups(community_url) == before


def test_the_edition_without_columnstore_says_so_and_keeps_the_setting(url: str) -> None:
    if _one(url, "SHOW timescaledb.license") == "timescale":
        pytest.skip("the server has a columnstore")
    answer = _storage(url, "set", "reading", "--columnstore-after-days", 90)
    assert answer.code == 0
    assert "no columnstore" in answer.out
    stored = "SELECT columnstore_after_days FROM storage_class WHERE class = 'reading'"
    assert _one(url, stored) == 90
    assert "not in this edition" in _storage(url, "show").out
