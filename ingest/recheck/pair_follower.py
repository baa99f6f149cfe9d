"""Judges plausible pairs as readings come: a few seconds after the commit of either point."""

from collections.abc import Iterable, Iterator

import asyncpg

from ingest.database.changes import Commit, follow, move_on
from ingest.database.writer import share_site
from ingest.decoding.pairs import Pairs
from ingest.decoding.rules import MINUTE_US
from ingest.decoding.timestamps import DAY_US
from ingest.recheck.judge import Judge, Slice
from ingest.recheck.step import judge_next

FOLLOWER = "plausible pairs"
COMMITS_LIMIT = 500  # of one round
NEW_US = 10 * MINUTE_US  # so far back is looked at in the beginning; what is older is for a recheck
MISSED_US = 7 * DAY_US  # and where commits were missed that are no longer known


async def follow_pairs(connection: asyncpg.Connection, judge: Judge, now_us: int) -> bool:
    """Judge what the next commits touched of pairs; tell whether there may be more.

    Slice by slice; what was done before a crash is done again, and changes nothing then. Raises
    SiteChanged as `take_step` does, and asyncpg's errors.
    """
    pairs = judge.points.pairs
    async with connection.transaction():
        changes = await follow(connection, FOLLOWER, COMMITS_LIMIT)
    if changes.position == changes.end and not changes.is_gap:
        return False
    touched: Iterable[Slice] = _touched(changes.commits, pairs)
    if changes.is_gap:
        since_us = now_us - (NEW_US if changes.position == changes.end else MISSED_US)
        touched = [Slice(point_id, since_us, now_us) for point_id in pairs.held]
    for span in _merged(touched):
        rest = judge.span(*span)
        while rest.from_us <= rest.to_us:
            async with connection.transaction():
                await share_site(connection, judge.plant)
                found = await judge_next(connection, rest, judge)
            rest = rest._replace(from_us=found.to_us + 1)
    async with connection.transaction():
        await move_on(connection, FOLLOWER, changes.end)
    return len(changes.commits) == COMMITS_LIMIT


def _touched(commits: Iterable[Commit], pairs: Pairs) -> Iterator[Slice]:
    """Yield what may be judged otherwise of points that are held against another one."""
    for commit in commits:
        spans = zip(commit.point_ids, commit.from_us, commit.to_us, strict=True)
        for point_id, from_us, to_us in spans:
            if pairs.of(point_id):
                yield Slice(point_id, from_us, to_us)
            for pair in pairs.against(point_id):
                yield Slice(pair.point_id, from_us, to_us + pair.stands_us)


def _merged(touched: Iterable[Slice]) -> Iterator[Slice]:
    """Yield spans with those of a point made one that lie within a day."""
    last: Slice | None = None
    for each in sorted(touched):
        if last is None or each.point_id != last.point_id or each.from_us > last.to_us + DAY_US:
            if last is not None:
                yield last
            last = each
        else:
            last = last._replace(to_us=max(last.to_us, each.to_us))
    if last is not None:
        yield last
