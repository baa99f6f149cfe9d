"""Commits are gathered: live ones for a moment, those of a backlog for longer, never for ever."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from ingest.calculation import gathering
from ingest.calculation.gathering import GATHER_LATE_LIMIT_S, GATHER_S, LOOK_S, gather
from ingest.database.changes import Waiting

OLD_US = 1_000_000


class _Clock:
    """A clock that goes on while somebody sleeps, and only then."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def time_ns(self) -> int:
        return time.time_ns()

    async def sleep(self, wait_s: float) -> None:
        self.now_s += wait_s


def _slept_s(found: Iterator[Waiting], monkeypatch: pytest.MonkeyPatch) -> float:
    clock = _Clock()
    monkeypatch.setattr(gathering, "time", clock)
    monkeypatch.setattr(gathering, "asyncio", clock)

    async def waiting() -> Waiting:
        return next(found)

    asyncio.run(gather(waiting))
    return clock.now_s


def _live(commits: int) -> Waiting:
    return Waiting(commits, time.time_ns() // 1000)


def test_a_backlog_is_worked_on_in_a_few_large_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round for every tenth of a second cost as much as storing the backlog."""
    growing = (Waiting(commits, OLD_US) for commits in range(1, 100))
    assert _slept_s(growing, monkeypatch) == pytest.approx(GATHER_S + GATHER_LATE_LIMIT_S)


def test_a_live_reading_waits_for_no_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _slept_s(iter([_live(1)]), monkeypatch) == GATHER_S
    mixed = iter([Waiting(1, OLD_US), Waiting(2, OLD_US), _live(3)])
    assert _slept_s(mixed, monkeypatch) == pytest.approx(GATHER_S + 2 * LOOK_S)


def test_a_late_reading_alone_waits_for_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = iter([Waiting(1, OLD_US), Waiting(1, OLD_US)])
    assert _slept_s(alone, monkeypatch) == pytest.approx(GATHER_S + LOOK_S)
    assert _slept_s(iter([Waiting(0, 0)]), monkeypatch) == GATHER_S
