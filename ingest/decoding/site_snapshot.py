"""The plant as ingest sees it: one immutable state of the site description."""

from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from ingest.decoding.acceptance import Limits
from ingest.decoding.earliest import Earliest
from ingest.decoding.message import Message
from ingest.decoding.point import BEGINNING_US, Point
from ingest.decoding.points import Points
from ingest.decoding.senders import Guests, sender_of
from ingest.decoding.topics import TopicTable, compile_topics
from schemas.site.mapping import TopicMapping


class SiteVersion(NamedTuple):
    """How many definitions of points the database has, and before when readings were dropped.

    Retired definitions count too; the moment is in microseconds since 1970 UTC.
    """

    definition_count: int = 0
    dropped_before_us: int = BEGINNING_US


NO_VERSION = SiteVersion()


@dataclass(frozen=True)
class Description:
    """What a plant is built from; `mappings` are pairs of a site's key and a mapping.

    A batch that was judged by another `version` than the database has is judged anew.
    """

    points: tuple[Point, ...]
    mappings: tuple[tuple[str, TopicMapping], ...]
    version: SiteVersion = NO_VERSION


@dataclass(frozen=True)
class Plant:
    """One immutable state of the site description; a batch is judged by exactly one."""

    points: Points
    topics: TopicTable
    earliest: Earliest
    guests: Guests
    description: Description

    def guest_of(self, message: Message) -> str | None:
        """Return the sender of a message; None for one of the plant's own."""
        sender = sender_of(message.topic, self.topics)
        return sender if self.guests.is_guest(sender, message.received_us) else None


def built(described: Description, limits: Limits) -> Plant:
    """Build a plant from its description."""
    topics = compile_topics(described.points, described.mappings, limits)
    earliest = Earliest(
        described.points, described.version.dropped_before_us, binds_trials=limits.binds_trials
    )
    guests = Guests(described.points, topics)
    return Plant(Points(described.points), topics, earliest, guests, described)


def encode(plant: Plant) -> bytes:
    """Return a plant as bytes, for `decode`."""
    return msgspec.json.encode(plant.description)


def decode(raw: bytes, limits: Limits) -> Plant:
    """Build a plant from what `encode` returned. Raises ValueError for anything else."""
    return built(msgspec.json.decode(raw, type=Description), limits)
