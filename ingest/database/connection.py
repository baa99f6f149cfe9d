"""How ingest connects to the database."""

import asyncio
import secrets

import asyncpg

from schemas.connection import SERVER, check_direct
from schemas.queries import queries

ROLE = "virtaama_ingest"

WRITER_BITS = 62

_SQL = queries("ingest")

# Prepared once, and run in one round trip: that saves a millisecond or two of each batch.
_PREPARED = {
    **{f"add_rollup_{span}": _SQL["add_rollup"].format(span=span) for span in ("5m", "1h", "1d")},
    "add_latest": _SQL["add_latest"],
    "advance_latest": _SQL["advance_latest"],
    "refuse_other_writer": _SQL["refuse_other_writer"],
    "note_arrivals": _SQL["note_arrivals"],
    "announce": _SQL["announce"],
}
_PREPARE = "\n".join(f"PREPARE {name} AS {statement}" for name, statement in _PREPARED.items())

# For a connection that `connect` made.
ADD_ROLLUPS = "; ".join(f"EXECUTE add_rollup_{span}" for span in ("5m", "1h", "1d"))
ANNOUNCE = "EXECUTE announce"
ADD_GAINS_AND_ANNOUNCE = "; ".join(f"EXECUTE {name}" for name in _PREPARED)


async def connect(
    dsn: str, timeout_s: float, *, name: str = "virtaama ingest"
) -> asyncpg.Connection:
    """Connect as the role that may only do what ingest does; stage tables, prepare statements.

    `name` is what the server calls the connection. No statement may take longer than `timeout_s`;
    one that waits for a lock gives up after half of it, so that a locked table is not taken for a
    slow one. Raises OSError, TimeoutError or asyncpg's errors; UndefinedTableError or
    InvalidParameterValueError (no such role) where the schema is missing; DatabasePooled, before it
    has left anything on a connection of others.
    """
    connection = await asyncpg.connect(
        dsn,
        timeout=timeout_s,
        command_timeout=timeout_s,
        server_settings={"application_name": name, "TimeZone": "UTC"},
    )
    try:
        met = await _server(connection)
        await asyncio.to_thread(check_direct, dsn, told=connection.get_server_pid(), met=met)
        await connection.execute(f"SET ROLE {ROLE}")
        await connection.execute(_SQL["bound_locks"], f"{round(timeout_s * 500)}ms")
        await connection.execute(_SQL["name_writer"], str(secrets.randbits(WRITER_BITS)))
        await connection.execute(_SQL["staging"])
        await connection.execute(_PREPARE)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _server(connection: asyncpg.Connection) -> int:
    """Return the process that answers."""
    answer = bytearray()

    async def take(part: bytes) -> None:
        answer.extend(part)

    # COPY asks in one message; of a prepared statement a pooler may lose the half.
    await connection.copy_from_query(SERVER, output=take)
    return int(answer)
