"""Where the order of streams is kept: over restarts, beside a spooled message, in quarantine."""

from collections.abc import Mapping

import asyncpg
import msgspec

from ingest.decoding.repeated_hour import Order
from ingest.decoding.streams import Streams
from schemas.queries import queries

_SQL = queries("arriving")


def as_text(order: Order | None) -> str | None:
    """Return an order as text for `from_text`."""
    return None if order is None else msgspec.json.encode(order).decode()


def from_text(text: str | None) -> Order | None:
    """Return the order that `as_text` wrote; None for none, or for one of another version."""
    try:
        return None if text is None else msgspec.json.decode(text, type=Order)
    except msgspec.DecodeError:
        return None


async def load_streams(connection: asyncpg.Connection) -> list[tuple[str, Order]]:
    """Return what earlier processes knew. Raises asyncpg's errors."""
    records = await connection.fetch(_SQL["streams"])
    known = [(record["topic"], from_text(record["stream_order"])) for record in records]
    return [(topic, order) for topic, order in known if order is not None]


async def keep_streams(
    connection: asyncpg.Connection, orders: Mapping[str, Order], streams: Streams
) -> None:
    """Store how far streams have come, after what they had was committed; remove the forgotten.

    A crash in between leaves them behind, and what comes again is understood as before. Raises
    asyncpg's errors.
    """
    if orders:
        rows = [(_storable(topic), as_text(order)) for topic, order in sorted(orders.items())]
        await connection.execute(_SQL["keep_streams"], *zip(*rows, strict=True))
        await connection.execute(_SQL["forget_streams_beyond"], streams.limit)
    if streams.forgotten:
        forgotten = list(streams.forgotten)
        await connection.execute(_SQL["forget_streams"], list(map(_storable, forgotten)))
        streams.forgotten.difference_update(forgotten)


def _storable(topic: str) -> str:
    return topic.replace("\0", "\\0")
