"""The plant as ingest sees it: one immutable state of the site description."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from ingest.decoding.acceptance import Limits
from ingest.decoding.points import Point, Points
from ingest.decoding.topics import TopicTable, compile_topics
from schemas.site.mapping import TopicMapping


@dataclass(frozen=True)
class Description:
    """What a plant is built from; `mappings` are pairs of a site's key and a mapping.

    `definition_count` is how many definitions of points the database had, retired ones included.
    """

    points: tuple[Point, ...]
    mappings: tuple[tuple[str, TopicMapping], ...]
    definition_count: int = 0


@dataclass(frozen=True)
class Plant:
    """One immutable state of the site description; a batch is judged by exactly one."""

    points: Points
    topics: TopicTable
    description: Description


def plant_of(
    points: Iterable[Point], mappings: Iterable[tuple[str, TopicMapping]], limits: Limits
) -> Plant:
    """Build a plant from its parts."""
    return built(Description(tuple(points), tuple(mappings)), limits)


def built(described: Description, limits: Limits) -> Plant:
    """Build a plant from its description."""
    topics = compile_topics(described.points, described.mappings, limits)
    return Plant(Points(described.points), topics, described)


def encode(plant: Plant) -> bytes:
    """Return a plant as bytes, for `decode`."""
    return msgspec.json.encode(plant.description)


def decode(raw: bytes, limits: Limits) -> Plant:
    """Build a plant from what `encode` returned. Raises ValueError for anything else."""
    return built(msgspec.json.decode(raw, type=Description), limits)
