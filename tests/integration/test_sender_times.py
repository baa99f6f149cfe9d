"""A sender cannot write into a time that is not its own, and old stamps make no chunks."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ingest.database.session import Session
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.decoding.site_snapshot import Plant, decode, encode
from ingest.decoding.timestamps import microseconds
from ingest.pipeline.backfill import backfill
from ingest.pipeline.quarantine_replay import replay
from schemas.errors import SiteFileError
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows
from tests.fixtures.site_files import SITE_TOML, edited, written
from tests.fixtures.writing import write_batches

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TRIAL_STARTS = datetime(2026, 8, 31, 21, tzinfo=UTC)  # midnight in Helsinki
WEEKS = 1_392
CHUNKS = "SELECT count(*) FROM timescaledb_information.chunks"


def _beginning(day: str) -> str:
    return edited(("[site]\n", f"[site]\nbegins = {day}\n"))


@pytest.fixture
def url(migrated_url: str, tmp_path: Path) -> str:
    """The small plant: a trial from September to December on `ro`, whose own is `ro/pressure`."""
    load(migrated_url, read(written(tmp_path, SITE_TOML)), now=NOW)
    return migrated_url


def _messages(topic: str, first: datetime, count: int, step: timedelta) -> list[Message]:
    return [
        Message(
            topic,
            json.dumps({"t": microseconds(first + n * step) // 1000, "v": 5.0}).encode(),
            microseconds(NOW),
        )
        for n in range(count)
    ]


def _weekly(topic: str) -> list[Message]:
    return _messages(topic, datetime(2000, 1, 8, tzinfo=UTC), WEEKS, timedelta(days=7))


def test_a_trials_gateway_that_says_a_message_a_week_since_2000_makes_no_chunks(url: str) -> None:
    counts = write_batches(url, [_weekly("pump/ro/pressure")])
    own = [at for at in _weekly_stamps() if at >= TRIAL_STARTS]
    assert (counts.committed, counts.quarantined) == (len(own), WEEKS - len(own))
    assert rows(url, CHUNKS)[0][0] <= 3 * len(own)
    assert rows(url, "SELECT DISTINCT reason FROM quarantine") == [("stamp_too_old",)]
    detail = rows(url, "SELECT detail FROM quarantine LIMIT 1")[0][0]
    assert detail.startswith("ro/pressure at 20")
    assert "when the trial began" in detail


def _weekly_stamps() -> list[datetime]:
    return [datetime(2000, 1, 8, tzinfo=UTC) + n * timedelta(days=7) for n in range(WEEKS)]


def test_nobody_makes_chunks_before_the_site_began(url: str, tmp_path: Path) -> None:
    text = _beginning("2026-01-01")
    load(url, read(written(tmp_path, text)), now=NOW)
    begins = datetime(2025, 12, 31, 22, tzinfo=UTC)
    counts = write_batches(url, [_weekly("pump/main/flow")])
    later = sum(begins <= at <= NOW for at in _weekly_stamps())
    assert counts.committed == later > 30
    assert counts.quarantined == WEEKS - later
    # What was refused is not lost: an earlier begin and a replay bring it in.
    text = _beginning("2025-01-01")
    load(url, read(written(tmp_path, text)), now=NOW)
    replayed = replay(url).counts.committed
    assert replayed == sum(begins - timedelta(days=365) <= at < begins for at in _weekly_stamps())


def test_a_replay_lets_no_gateway_in_before_its_trial_until_the_trial_says_so(
    url: str, tmp_path: Path
) -> None:
    early = _messages("pump/ro/pressure", TRIAL_STARTS - timedelta(days=3), 3, timedelta(hours=1))
    assert write_batches(url, [early]).quarantined == 3
    assert replay(url).counts.committed == 0
    text = edited(("starts = 2026-09-01", "starts = 2026-08-28"))
    load(url, read(written(tmp_path, text)), now=NOW)
    assert replay(url).counts.committed == 3


def test_the_plant_imports_the_history_of_a_line_on_which_a_trial_runs(url: str) -> None:
    history = _messages("pump/ro/pressure", datetime(2025, 1, 1, tzinfo=UTC), 50, timedelta(days=7))
    counts = backfill(url, history)
    assert (counts.committed, counts.quarantined) == (50, 0)


def _insert_trial(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at,"
            " verified, managed_by) SELECT l.line_id, company_id, 'app', '{}', 'permeate', %s, %s,"
            " false, 'app' FROM line l, company WHERE l.key = 'main'",
            (NOW - timedelta(days=1), NOW + timedelta(days=1)),
        )
        connection.execute(
            "INSERT INTO trial_point SELECT t.trial_id, p.point_id FROM trial t, point p"
            " WHERE t.key = 'app' AND p.key = 'flow'"
        )


def test_a_trial_that_is_made_in_the_app_binds_a_running_ingest(url: str) -> None:
    async def changed() -> Plant:
        session = Session(url, DEFAULT_LIMITS, timeout_s=20.0, retry_limit_s=0.2)
        await session.open()
        try:
            await asyncio.to_thread(_insert_trial, url)
            return await asyncio.wait_for(session.plant_changed(), 10.0)
        finally:
            session.drop()

    plant = asyncio.run(changed())
    old = _messages("pump/main/flow", NOW - timedelta(days=2), 1, timedelta(days=1))
    counts = write_batches(url, [old])
    assert counts.quarantined == 1
    flow = next(point for point in plant.description.points if point.key == "flow")
    assert [trial.starts_us for trial in flow.trials] == [microseconds(NOW - timedelta(days=1))]
    # An ingest that starts while the database is away remembers it.
    assert decode(encode(plant), DEFAULT_LIMITS).description == plant.description


def test_a_trial_cannot_start_before_its_site(tmp_path: Path) -> None:
    text = _beginning("2026-10-01")
    with pytest.raises(SiteFileError, match="2026-09-01 is before the site begins, 2026-10-01"):
        read(written(tmp_path, text))
