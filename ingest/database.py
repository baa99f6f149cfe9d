"""How ingest connects to the database."""

import asyncpg

from schemas.queries import queries

ROLE = "virtaama_ingest"

_SQL = queries("ingest")


async def connect(dsn: str, timeout_s: float) -> asyncpg.Connection:
    """Connect, take the role that may only do what ingest does, and make the staging tables.

    No statement may take longer than `timeout_s`. Raises OSError, TimeoutError or asyncpg's errors;
    UndefinedTableError or InvalidParameterValueError (no such role) where the schema is missing.
    """
    connection = await asyncpg.connect(
        dsn,
        timeout=timeout_s,
        command_timeout=timeout_s,
        server_settings={"application_name": "virtaama ingest", "TimeZone": "UTC"},
    )
    try:
        await connection.execute(f"SET ROLE {ROLE}")
        await connection.execute(_SQL["staging"])
    except BaseException:
        connection.terminate()
        raise
    return connection
