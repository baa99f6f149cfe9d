"""Reads the plant from the database, in one piece."""

import logging
from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import msgspec

from ingest.decoding.acceptance import Limits
from ingest.decoding.point import Definition, Point, TrialTime, since
from ingest.decoding.site_snapshot import Description, Plant, SiteVersion, built
from schemas.check_rule import NO_RULE, CheckRule
from schemas.queries import queries
from schemas.site.mapping import TopicMapping
from schemas.unit_history import SAME, to_newest

_SQL = queries("ingest")
_log = logging.getLogger(__name__)


async def load(connection: asyncpg.Connection, limits: Limits) -> Plant:
    """Read all points and mappings; a mapping that cannot be used is logged and left out."""
    version = await site_version(connection)
    dated = await connection.fetch(_SQL["definitions"])
    definitions = _definitions(dated)
    trials = _trials(await connection.fetch(_SQL["trial_senders"]))
    points = [
        _point(record, definitions, trials) for record in await connection.fetch(_SQL["points"])
    ]
    mappings = []
    for record in await connection.fetch(_SQL["mappings"]):
        try:
            mapping = msgspec.json.decode(record["definition"], type=TopicMapping)
        except msgspec.ValidationError as error:
            _log.error("load: a mapping of %s is left out: %s", record["site"], error)
            continue
        mappings.append((record["site"], mapping))
    plant = built(Description(tuple(points), tuple(mappings), version), limits)
    for problem in plant.topics.problems:
        _log.error("load: %s", problem)
    _log.info("load: %d points and %d mappings", len(points), len(mappings))
    return plant


async def site_version(connection: asyncpg.Connection) -> SiteVersion:
    """Return the version of what the database describes now."""
    record = await connection.fetchrow(_SQL["site_version"])
    return SiteVersion(record["definition_count"], since(record["dropped_before_us"]))


def _point(
    record: asyncpg.Record,
    definitions: Mapping[int, Sequence[Definition]],
    trials: Mapping[int, tuple[TrialTime, ...]],
) -> Point:
    *earlier, newest = definitions[record["point_id"]]
    return Point(
        record["point_id"],
        record["site"],
        record["line"],
        record["key"],
        record["time_zone"],
        newest.range_lo,
        newest.range_hi,
        newest.typical_lo,
        newest.typical_hi,
        newest.since_us,
        tuple(earlier),
        since(record["begins_us"]),
        trials.get(record["point_id"], ()),
        newest.rule,
        record["device"],
        record["is_measured"],
        is_calculated=record["is_calculated"],
    )


def _trials(records: Iterable[asyncpg.Record]) -> dict[int, tuple[TrialTime, ...]]:
    found: dict[int, tuple[TrialTime, ...]] = {}
    for record in records:
        trial = TrialTime(record["starts_us"], record["ends_us"])
        found[record["point_id"]] = (*found.get(record["point_id"], ()), trial)
    return found


def _rule(checks: str | None) -> CheckRule:
    return NO_RULE if checks is None else msgspec.json.decode(checks, type=CheckRule)


def _definitions(records: Iterable[asyncpg.Record]) -> dict[int, list[Definition]]:
    """Return the definitions of each point by its number; records are in order of time."""
    found: dict[int, list[asyncpg.Record]] = {}
    for record in records:
        found.setdefault(record["point_id"], []).append(record)
    return {point: _dated(of_point) for point, of_point in found.items()}


def _dated(records: Sequence[asyncpg.Record]) -> list[Definition]:
    conversions = to_newest([record["unit"] for record in records])
    return [
        Definition(
            since(record["since_us"]),
            record["range_lo"],
            record["range_hi"],
            record["typical_lo"],
            record["typical_hi"],
            # Of another quantity a value stays as it is: a load refuses such a change.
            (conversion or SAME).scale,
            (conversion or SAME).offset,
            _rule(record["checks"]),
        )
        for record, conversion in zip(records, conversions, strict=True)
    ]
