"""Opens and closes windows as the states of machines say, commit by commit."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from ingest.database.changes import Commit, follow, move_on
from ingest.decoding.timestamps import aware
from ingest.quality.state_windows import OpenWindow, StateReading, corrected, on_spans
from ingest.quality.windows import END_US
from schemas.queries import queries

FOLLOWER = "windows"
COMMITS_LIMIT = 500  # of one step

_SQL = queries("windows")


class Rule(NamedTuple):
    """While a point is in one of the states, from `since_us` on, a window is open.

    One that is not followed yet has readings before it that no commit will bring.
    """

    rule_id: int
    point_id: int
    codes: frozenset[int]
    since_us: int
    is_followed: bool


async def follow_states(connection: asyncpg.Connection) -> bool:
    """Follow the next commits in one transaction; tell whether there may be more.

    Raises asyncpg's errors; then nothing has happened.
    """
    async with connection.transaction():
        if not await connection.fetchval(_SQL["follow_states"]):
            return False
        rules = [_rule(record) for record in await connection.fetch(_SQL["rules"])]
        changes = await follow(connection, FOLLOWER, COMMITS_LIMIT)
        for rule in rules:
            if changes.is_gap or not rule.is_followed:  # all is looked at
                await _bring(connection, rule, rule.since_us, END_US)
            elif span := _touched(rule, changes.commits):
                await _bring(connection, rule, *span)
        if new := [rule.rule_id for rule in rules if not rule.is_followed]:
            await connection.execute(_SQL["follow_rules"], new)
        if changes.end != changes.position:
            await move_on(connection, FOLLOWER, changes.end)
    return len(changes.commits) == COMMITS_LIMIT


def _rule(record: asyncpg.Record) -> Rule:
    return Rule(
        record["window_rule_id"],
        record["state_point_id"],
        frozenset(record["codes"]),
        record["since_us"],
        record["is_followed"],
    )


def _touched(rule: Rule, commits: Sequence[Commit]) -> tuple[int, int] | None:
    """Return the span of the rule's states that commits touched."""
    spans = [
        (from_us, to_us)
        for commit in commits
        for point_id, from_us, to_us in zip(
            commit.point_ids, commit.from_us, commit.to_us, strict=True
        )
        if point_id == rule.point_id and to_us >= rule.since_us
    ]
    if not spans:
        return None
    return max(rule.since_us, min(spans)[0]), max(to_us for _, to_us in spans)


async def _bring(connection: asyncpg.Connection, rule: Rule, from_us: int, to_us: int) -> None:
    """Bring the windows of a rule to what the states from one moment to another say."""
    bounds = aware(from_us), _moment(to_us)
    records = await connection.fetch(
        _SQL["states_around"], rule.point_id, *bounds, aware(rule.since_us)
    )
    readings = [StateReading(*record) for record in records]
    inside = [each for each in readings if each.at_us >= from_us]
    if not inside:
        return
    after_us = next((each.at_us for each in readings if each.at_us > to_us), END_US)
    begin_us = inside[0].at_us
    spans = [
        (max(starts_us, begin_us), ends_us)
        for starts_us, ends_us in on_spans(readings, rule.codes, after_us)
        if ends_us > begin_us
    ]
    until = _moment(after_us)
    stored = [
        OpenWindow(window_id, starts_us, END_US if ends_us is None else ends_us)
        for window_id, starts_us, ends_us in await connection.fetch(
            _SQL["windows_of_rule"], rule.rule_id, aware(begin_us), until
        )
    ]
    for window in corrected(stored, spans, begin_us, after_us):
        await _write(connection, rule, window)


async def _write(connection: asyncpg.Connection, rule: Rule, window: OpenWindow) -> None:
    window_id: UUID | None = window.window_id
    starts, ends = aware(window.starts_us), _end(window.ends_us)
    if window.starts_us == window.ends_us:
        await connection.execute(_SQL["withdraw_by_state"], window_id)
    elif window_id is None:
        await connection.execute(_SQL["open_by_state"], rule.rule_id, starts, ends)
    else:
        await connection.execute(_SQL["move_by_state"], window_id, starts, ends)


def _moment(us: int) -> datetime:
    """Return a moment, the end of time as the last one that there is."""
    return datetime.max.replace(tzinfo=aware(0).tzinfo) if us == END_US else aware(us)


def _end(us: int) -> datetime | None:
    return None if us == END_US else aware(us)
