"""Quarantine: kept raw, counted, shown, and replayed when the reason is gone."""

import random
from dataclasses import replace

import psycopg
import pytest

from ingest.counts import Counts
from ingest.database.quarantine import ROW_BYTES
from ingest.database.quarantine_queries import purge, show, waiting
from ingest.decoding.acceptance import DEFAULT_LIMITS, Limits, QuarantineLimits
from ingest.decoding.message import Message
from ingest.decoding.rejection import Reason
from ingest.decoding.senders import OTHERS
from ingest.decoding.timestamps import aware
from ingest.errors import NoSuchQuarantined
from ingest.limits.limit import EVERYBODY, IngestLimit
from ingest.pipeline.quarantine_replay import replay
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_batches

RECEIVED = us("2026-11-24T12:00:00Z")
T = "2026-11-24T11:00:00Z"


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, {"flow": (0, 100, 10, 90)}, site="fi")
    return migrated_url


def _message(payload: str, *, topic: str = "fi/main", later_s: int = 0) -> Message:
    return Message(topic, payload.encode(), RECEIVED + later_s * 1_000_000)


def test_a_repeated_message_is_counted_and_not_kept_again(url: str) -> None:
    bad = [_message("{", later_s=n) for n in range(5)]
    write_batches(url, [bad[:3], bad[3:]])
    write_batches(url, [bad[3:]])  # the same batch once more, as after a lost answer: no sighting
    (found,) = waiting(url)
    assert (found.count, found.reason, found.size_bytes) == (5, "not_json", 1)
    assert (found.first_seen, found.last_seen) == (aware(RECEIVED), aware(RECEIVED + 4_000_000))
    assert show(url, found.quarantine_id).payload == b"{"


def test_text_that_the_database_cannot_hold_is_escaped(url: str) -> None:
    payload = '{"t": "2026-11-24T11:00:00Z", "v": {"a\\u0000b": 1, "\\ud800": 2}}'
    assert write_batches(url, [[_message(payload)]]) == Counts(0, 0, 1)
    (found,) = waiting(url)
    assert "a\\0b" in found.detail or "a\\x00b" in found.detail


def test_many_bad_parts_make_one_row_with_a_short_detail(url: str) -> None:
    values = ", ".join(f'"unknown-{n}": 1' for n in range(1000))
    write_batches(url, [[_message(f'{{"t": "{T}", "v": {{{values}, "flow": 50}}}}')]])
    (found,) = waiting(url, reason=Reason.UNKNOWN_POINT)
    assert "/v/unknown-0: " in found.detail
    assert found.detail.endswith(" more")
    assert len(found.detail) < 2100
    assert rows(url, "SELECT count(*) FROM reading") == [(1,)]


def test_a_new_point_lets_a_replay_store_what_waited(url: str) -> None:
    payload = f'{{"t": "{T}", "v": {{"flow": 50, "new": 7}}}}'
    write_batches(url, [[_message(payload), _message("5", topic="fi/main/new")]])
    assert [row.reason for row in waiting(url)] == ["unknown_point"] * 2
    assert replay(url).counts == Counts(0, 1, 2)
    assert len(waiting(url)) == 2
    add_points(url, {"new": NO_BOUNDS}, site="fi")
    result = replay(url)
    assert (result.tried, result.counts) == (2, Counts(2, 1, 0))
    assert waiting(url) == []
    stored = rows(url, "SELECT value, ts FROM reading WHERE value <> 50 ORDER BY value")
    assert stored == [(5.0, aware(RECEIVED)), (7.0, aware(us(T)))]
    assert rows(url, "SELECT count(*) FROM quarantine WHERE replayed_at IS NOT NULL") == [(2,)]
    assert replay(url).tried == 0


def test_what_still_fails_waits_on_with_its_new_reason(url: str) -> None:
    bad = '[{"p": "new", "t": "1970-01-01T00:00:00Z", "v": 1}]'
    write_batches(url, [[_message(bad)]])
    add_points(url, {"new": NO_BOUNDS}, site="fi")
    result = replay(url, reason=Reason.UNKNOWN_POINT)
    assert (result.tried, result.counts) == (1, Counts(0, 0, 1))
    (found,) = waiting(url)
    assert (found.reason, found.first_seen) == ("stamp_too_old", aware(RECEIVED))
    assert "1 still waiting" in str(result)


def test_a_replay_takes_only_what_it_is_told_to(url: str) -> None:
    large = '{"t": "2026-11-24T11:00:00Z", "v": 50}'.ljust(600_000)
    write_batches(url, [[_message(large, topic="fi/main/flow"), _message("1", topic="fi/x")]])
    ids = {row.reason: row.quarantine_id for row in waiting(url)}
    higher = Limits(700_000, DEFAULT_LIMITS.earliest_us, DEFAULT_LIMITS.future_tolerance_us)
    result = replay(url, ids=[ids["too_large"], 10**12], limits=higher)
    assert (result.tried, result.counts) == (1, Counts(1, 0, 0))
    assert [row.reason for row in waiting(url)] == ["unknown_topic"]


def test_a_message_that_fails_again_after_a_replay_waits_again(url: str) -> None:
    write_batches(url, [[_message("5", topic="fi/main/new")]])
    add_points(url, {"new": NO_BOUNDS}, site="fi")
    replay(url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE point SET retired_at = now() WHERE key = 'new'")
    write_batches(url, [[_message("5", topic="fi/main/new", later_s=9)]])
    (found,) = waiting(url)
    assert found.count == 2


def test_a_conflict_stays_a_conflict(url: str) -> None:
    first, second = (_message(f'{{"t": "{T}", "v": {v}}}', topic="fi/main/flow") for v in (50, 51))
    write_batches(url, [[first], [second]])
    assert replay(url).counts == Counts(0, 0, 1)
    assert [row.reason for row in waiting(url)] == ["conflict"]


def test_more_than_a_page_is_replayed(url: str) -> None:
    messages = [_message(str(n), topic="fi/main/new", later_s=n) for n in range(1200)]
    write_batches(url, [messages])
    add_points(url, {"new": NO_BOUNDS}, site="fi")
    assert replay(url).counts == Counts(1200, 0, 0)
    assert len(waiting(url)) == 0


def test_a_number_that_does_not_exist(url: str) -> None:
    with pytest.raises(NoSuchQuarantined, match="no quarantined message 7"):
        show(url, 7)


SMALL = replace(DEFAULT_LIMITS, quarantine=QuarantineLimits(50_000, 20_000, 30))


def _nonsense(topic: str, number: int, size_bytes: int = 3_000) -> Message:
    return _message(f"{number:08}".ljust(size_bytes, "x"), topic=topic, later_s=number)


def test_whoever_sends_nonsense_fills_their_own_share_only(url: str) -> None:
    add_points(url, {"level": NO_BOUNDS}, site="fi", line="pilot")
    floods = [[_nonsense("fi/pilot", n) for n in range(at, at + 20)] for at in range(0, 200, 20)]
    counts = write_batches(url, floods, SMALL)
    assert counts.reasons == {"not_json": 5, "over_quota": 195}
    assert counts.refused == {(IngestLimit.QUARANTINE_OF_A_SENDER, "fi/pilot"): 195}
    assert write_batches(url, [[_nonsense("fi/main", 1)]], SMALL).reasons == {"not_json": 1}
    good = _message(f'{{"t": "{T}", "v": {{"flow": 50}}}}')
    assert write_batches(url, [[_nonsense("fi/pilot", 999), good]], SMALL).committed == 1
    kept = rows(url, "SELECT sender, count(*) FROM quarantine GROUP BY 1 ORDER BY 1")
    assert kept == [("fi/main", 1), ("fi/pilot", 5)]
    usage = rows(url, "SELECT sender, messages, bytes, refused FROM quarantine_usage ORDER BY 1")
    size_bytes = len("fi/main") + 3_000 + ROW_BYTES
    assert usage == [("fi/main", 1, size_bytes, 0), ("fi/pilot", 5, 5 * (size_bytes + 1), 196)]


def test_messages_without_content_on_invented_topics_filled_no_share(url: str) -> None:
    flood = [_message("", topic=f"fi/main/{n}".ljust(3_000, "x"), later_s=n) for n in range(50)]
    assert write_batches(url, [flood], SMALL).reasons == {"unknown_point": 5, "over_quota": 45}
    short = [_message("", topic=f"nowhere/{n}", later_s=n) for n in range(100)]
    assert write_batches(url, [short], SMALL).reasons == {"unknown_topic": 39, "over_quota": 61}


def test_a_topic_that_fits_into_no_index_held_up_all_that_came_behind_it(url: str) -> None:
    topic = "fi/main/" + random.Random(7).randbytes(32_763).hex()  # as long as MQTT allows
    assert len(topic) == 65_534
    good = _message(f'{{"t": "{T}", "v": {{"flow": 50}}}}')
    assert write_batches(url, [[_message("1", topic=topic), good]]) == Counts(1, 0, 1)
    (found,) = waiting(url)
    assert (found.topic, found.reason) == (topic, "unknown_point")


def test_all_senders_together_have_a_limit_too(url: str) -> None:
    for line in ("a", "b", "c", "d"):
        add_points(url, {f"of-{line}": NO_BOUNDS}, site="fi", line=line)
        write_batches(url, [[_nonsense(f"fi/{line}", n) for n in range(10)]], SMALL)
    counts = write_batches(url, [[_nonsense(f"elsewhere/{n}", n) for n in range(10)]], SMALL)
    assert counts.refused == {(IngestLimit.QUARANTINE, OTHERS): 10}
    ((size_bytes,),) = rows(url, "SELECT sum(octet_length(payload)) FROM quarantine")
    assert 40_000 < size_bytes <= 50_000


def test_what_is_there_already_is_counted_although_the_share_is_full(url: str) -> None:
    write_batches(url, [[_nonsense("fi/main", n) for n in range(20)]], SMALL)
    again = _nonsense("fi/main", 0)
    write_batches(url, [[Message(again.topic, again.payload, again.received_us + 1)]], SMALL)
    assert {found.count for found in waiting(url)} == {1, 2}


def test_a_purge_makes_room(url: str) -> None:
    write_batches(url, [[_nonsense("fi/main", n) for n in range(20)]], SMALL)
    assert purge(url, sender="fi/elsewhere") == 0
    assert purge(url, reason=Reason.NOT_JSON, older_than_days=0) == 5
    assert rows(url, "SELECT messages, bytes FROM quarantine_usage") == [(0, 0)]
    assert write_batches(url, [[_nonsense("fi/main", 99)]], SMALL).reasons == {"not_json": 1}


def test_what_was_seen_too_long_ago_leaves_when_something_new_comes(url: str) -> None:
    write_batches(url, [[_nonsense("fi/main", n) for n in range(3)]], SMALL)
    rows(url, "UPDATE quarantine SET last_seen = now() - INTERVAL '31 days' RETURNING 1")
    counts = write_batches(url, [[_nonsense("fi/main", 4)]], SMALL)
    assert len(waiting(url)) == 1
    assert counts.refused == {(IngestLimit.QUARANTINE_DAYS, EVERYBODY): 3}
