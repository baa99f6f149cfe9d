"""Quarantined messages on a terminal: one line each, cut to the width, and harmless."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from deploy.operations.quarantine_text import PAYLOAD_LIMIT_CHARS, story, table
from ingest.database.quarantine_queries import QuarantinedMessage

SEEN = datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=2)))
MESSAGE = QuarantinedMessage(
    quarantine_id=7,
    topic="fi/main/flow",
    size_bytes=1,
    reason="not_json",
    detail="at byte 1",
    first_seen=SEEN,
    last_seen=SEEN,
    count=1,
    replayed_at=None,
    payload=b"{",
)


def test_a_table_is_as_wide_as_the_terminal_and_in_utc() -> None:
    long = replace(MESSAGE, topic="fi/" + "x" * 100, detail="y" * 1000)
    heading, *lines = table([MESSAGE, long], 120)
    assert "2026-11-24 10:00:00  not_json" in lines[0]
    assert lines[0].rstrip().endswith("at byte 1")
    assert len(lines[1]) == len(lines[1].rstrip("…")) + 1 <= 130
    assert lines[1].index("y") == heading.index("detail")


def test_what_strangers_sent_cannot_move_the_cursor() -> None:
    evil = replace(
        MESSAGE, topic="a\x1b[2Jb\nc", detail="\r\x07", payload="ä\x1b]0;x\x07\nzwei".encode()
    )
    for line in table([evil], 200) + story(evil):
        assert line.isprintable(), repr(line)
    assert story(evil)[-2:] == ["ä\\x1b]0;x\\x07", "zwei"]


def test_a_long_payload_is_shown_in_part_and_says_so() -> None:
    for payload in (b"x" * 1_000_000, b"\xff" * 1_000_000):
        lines = story(replace(MESSAGE, size_bytes=len(payload), payload=payload))
        place = next(n for n, line in enumerate(lines) if line.startswith("payload"))
        assert lines[place].endswith("; the beginning, --raw writes all")
        assert sum(map(len, lines[place + 1 :])) <= 2 * PAYLOAD_LIMIT_CHARS


def test_a_replayed_message_and_a_reason_of_another_version_can_be_shown() -> None:
    lines = story(
        replace(MESSAGE, reason="of_tomorrow", replayed_at=datetime(2026, 12, 1, tzinfo=UTC))
    )
    assert lines[0] == "message   7, was replayed at 2026-12-01 00:00:00 UTC"
    assert "reason    of_tomorrow: " in lines
