"""The task beside the live messages that follows the states of machines."""

import asyncio
import logging
from typing import NoReturn

import asyncpg

from ingest.database.connection import connect
from ingest.database.process import over_connections
from ingest.outage import Outage
from ingest.retry import Backoff
from ingest.windows.states import follow_states

LOOK_INTERVAL_S = 1.0

_log = logging.getLogger(__name__)


async def keep_windows(dsn: str, timeout_s: float, retry_limit_s: float) -> NoReturn:
    """Work for ever. Raises DatabaseRefused or DatabasePooled."""
    backoff = Backoff(retry_limit_s)
    outage = Outage(_log, "states")

    async def wait_after(error: Exception) -> None:
        outage.goes_on(error)
        await asyncio.sleep(backoff.next_s())

    async def use(connection: asyncpg.Connection) -> None:
        while True:
            has_more = await follow_states(connection)
            outage.is_over()
            backoff.reset()
            if not has_more:
                await asyncio.sleep(LOOK_INTERVAL_S)

    await over_connections(
        lambda: connect(dsn, timeout_s, name="virtaama windows"), use, wait_after
    )
