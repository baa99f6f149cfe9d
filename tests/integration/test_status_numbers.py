"""`virtaama status` says what is missing."""

import json

from deploy.operations.status import read_status
from deploy.operations.status_text import lines
from ingest.decoding.message import Message
from tests.fixtures.plants import us
from tests.fixtures.points import NO_BOUNDS, add_points
from tests.fixtures.writing import write_numbered

RECEIVED = us("2026-11-24T12:00:00Z")


def _line(found: list[str]) -> str:
    return next(line for line in found if line.startswith("numbers"))


def test_missing_numbers_are_shown_by_topic_the_latest_first(migrated_url: str) -> None:
    add_points(migrated_url, {"flow": NO_BOUNDS, "level": NO_BOUNDS}, site="fi")
    assert "no message is missing" in _line(lines(read_status(migrated_url)))
    numbers = [("flow", 1), ("level", 7), ("flow", 5), ("level", 9), ("flow", 6)]
    messages = [
        Message(
            f"fi/main/{key}",
            json.dumps({"t": RECEIVED // 1000 - 60_000 + at, "v": 1, "n": n}).encode(),
            RECEIVED + at,
        )
        for at, (key, n) in enumerate(numbers)
    ]
    write_numbered(migrated_url, messages)
    shown = _line(lines(read_status(migrated_url)))
    assert "MISSING before us: 1 of fi/main/level, 3 of fi/main/flow" in shown
