"""The write path against a real database: repeats, contradictions, poison, history."""

import json

import psycopg
import pytest

from ingest.counts import Counts
from ingest.database import bisect
from ingest.decoding.message import Message
from ingest.pipeline.backfill import backfill
from tests.fixtures.ingest_process import rows
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_batches

RECEIVED = us("2026-11-24T12:00:00Z")
T = RECEIVED // 1000 - 3_600_000


@pytest.fixture
def url(migrated_url: str) -> str:
    add_points(migrated_url, {"flow": (0, 100, 10, 90), "level": NO_BOUNDS}, site="fi")
    return migrated_url


def _message(t: int, value: object, *, key: str = "flow", s: int = 0) -> Message:
    payload = json.dumps({"t": t, "v": value, "s": s}).encode()
    return Message(f"fi/main/{key}", payload, RECEIVED)


def test_all_columns_arrive_as_they_are(url: str) -> None:
    write_batches(
        url, [[_message(T, -1.5, s=0x4090_0000), _message(T, None, key="level", s=2**31)]]
    )
    stored = rows(
        url,
        "SELECT key, extract(epoch FROM ts) * 1000, value, status, qc, checks,"
        " extract(epoch FROM received_at) * 1000000"
        " FROM reading JOIN point USING (point_id) ORDER BY key",
    )
    assert stored == [
        ("flow", T, -1.5, 0x4090, 4, 1 | 2 | 4, RECEIVED),
        ("level", T, None, -0x8000, 9, 8 | 16, RECEIVED),
    ]


def test_a_stored_value_is_never_overwritten_and_the_other_one_is_kept_aside(url: str) -> None:
    first = [_message(T, 50), _message(T + 1, None, key="level", s=0x808A_0000)]
    other = [
        _message(T, 51),
        _message(T + 1, 7, key="level"),
        _message(T + 2, 52),
        _message(T + 1, None, key="level", s=0x808A_0000),
    ]
    assert write_batches(url, [first]) == Counts(2, 0, 0)
    assert write_batches(url, [other]) == Counts(1, 0, 3)  # the repeat differs from the batch's 7
    assert write_batches(url, [first, other[2:]]) == Counts(0, 4, 0)
    assert rows(url, "SELECT value FROM reading ORDER BY ts") == [(50.0,), (None,), (52.0,)]
    details = rows(url, "SELECT detail FROM quarantine WHERE reason = 'conflict' ORDER BY detail")
    assert any("kept 50.0, came 51.0" in detail for (detail,) in details)
    assert any("kept no value, came 7.0" in detail for (detail,) in details)


def test_one_refused_row_among_ten_thousand_costs_a_logarithm(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE reading ADD CHECK (value <> 66)")
    tries = []
    write = bisect.write
    monkeypatch.setattr(bisect, "write", lambda *given: tries.append(1) or write(*given))
    messages = [_message(T + n, 66 if n == 6789 else 50) for n in range(10_000)]
    assert write_batches(url, [messages]) == Counts(9_999, 0, 1)
    assert len(tries) <= 2 * 14 + 2
    assert rows(url, "SELECT reason FROM quarantine") == [("refused",)]
    assert rows(url, "SELECT sum(n) FROM rollup_1d") == [(9_999,)]


def test_nonsense_in_the_same_write_costs_the_others_no_reading(url: str) -> None:
    """A batch of the plant's own holds what a guest sends, too, until its trial is known."""
    add_points(url, {"level": NO_BOUNDS}, site="fi", line="pilot")
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE reading ADD CHECK (value <> 66)")
    hostile = [
        *(b"", b"[" * 100_000, b"\x00\xff{", b"x" * 600_000, b'{"t":1e999,"v":{}}'),
        b'{"t":%d,"v":66}' % T,
        b'{"t":%d,"v":NaN}' % T,
        b'{"t":"%s","v":1}' % (b"9" * 10_000),
    ]
    topics = ("fi/pilot/level", "fi/pilot", "fi/pilot/" + "x" * 60_000, "fi/pilot/\x07\u202e")
    own = [_message(T + n, 50) for n in range(200)]
    theirs = [Message(topic, each, RECEIVED) for topic in topics for each in hostile]
    mixed = [one for pair in zip(own, theirs, strict=False) for one in pair] + own[len(theirs) :]
    counts = write_batches(url, [mixed])
    assert counts.committed == len(own)
    stored = "SELECT count(*), sum(value) FROM reading JOIN point USING (point_id)"
    assert rows(url, f"{stored} WHERE key = 'flow'") == [(len(own), 50.0 * len(own))]
    assert rows(url, stored) == [(len(own), 50.0 * len(own))]


def test_values_at_the_edge_of_64_bits_pass_or_are_kept(url: str) -> None:
    edge = [1.7e308, 1.7e308, 5e-324, -1.7e308, -1.7e308, -1.7e308]
    counts = write_batches(
        url, [[_message(T + n, value, key="level")] for n, value in enumerate(edge)]
    )
    assert counts.committed + counts.quarantined == len(edge)
    assert rows(url, "SELECT count(*) FROM reading") == [(counts.committed,)]


def test_history_goes_the_same_way_and_may_be_repeated(url: str) -> None:
    day_ms = 86_400_000
    messages = [
        Message(
            "fi/main",
            json.dumps({"t": T - n * 600_000, "v": {"flow": n % 100, "level": n}}).encode(),
            RECEIVED,
        )
        for n in range(30 * day_ms // 600_000)
    ]
    messages.append(Message("fi/main", b"[]", RECEIVED))
    progress: list[int] = []
    counts = backfill(url, messages, on_progress=progress.append)
    assert counts == Counts(2 * (len(messages) - 1), 0, 1)
    assert progress[-1] == len(messages)
    assert backfill(url, iter(messages)) == Counts(0, counts.committed, 1)
    assert rows(url, "SELECT sum(n) FROM rollup_1h") == [(counts.committed,)]
    assert rows(url, "SELECT count(*), sum(count) FROM quarantine") == [(1, 1)]


def test_a_commit_wakes_those_who_listen(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN virtaama_commit")
        write_batches(url, [[_message(T, 50)], [_message(T + 1, 50)]])
        woken = [note.channel for note in listener.notifies(timeout=5, stop_after=2)]
    assert woken == ["virtaama_commit"] * 2
