"""Where the states of the sequences are kept: in the database, read by `virtaama status`."""

from collections.abc import Sequence

import asyncpg

from ingest.decoding.sequence_gaps import Seen
from ingest.decoding.timestamps import aware
from schemas.queries import queries

_SQL = queries("sequence")


async def load_sequences(connection: asyncpg.Connection) -> list[Seen]:
    """Return what earlier processes have seen. Raises asyncpg's errors."""
    return [Seen(*record) for record in await connection.fetch(_SQL["all"])]


async def keep_sequences(connection: asyncpg.Connection, states: Sequence[Seen]) -> None:
    """Store states, in a transaction of their own. Raises asyncpg's errors.

    It must happen before the acknowledgement of what they have seen. If a crash comes between, the
    messages come again with numbers that are known; the other way round a gap would be invented.
    """
    if states:
        rows = [
            (*state[:4], state.last_gap_us and aware(state.last_gap_us), aware(state.last_seen_us))
            for state in states
        ]
        await connection.execute(_SQL["keep"], *zip(*rows, strict=True))
