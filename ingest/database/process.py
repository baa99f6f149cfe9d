"""A process that works in the database until it is told to stop; an absent one is waited for."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn

import asyncpg

from ingest.database.cancellation import end_if_told
from ingest.database.error_classes import Kind, kind_of
from ingest.errors import DatabaseRefused
from schemas.errors import DatabasePooled


async def until_told(work: Coroutine[Any, Any, None], name: str) -> None:
    """Run `work` until SIGTERM or SIGINT, then give it up. Raises what it raises.

    A transaction that is given up has not happened.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    working = asyncio.create_task(work, name=name)
    stop = asyncio.create_task(told.wait(), name="stop")
    try:
        await asyncio.wait((working, stop), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def over_connections(
    connect: Callable[[], Awaitable[asyncpg.Connection]],
    use: Callable[[asyncpg.Connection], Awaitable[None]],
    wait_after: Callable[[Exception], Awaitable[None]],
) -> NoReturn:
    """Work for ever, over one connection after the other, with a wait after each error.

    Raises DatabaseRefused if the database does not take what we ask, DatabasePooled if there is
    something between us and it.
    """
    while True:
        try:
            connection = await connect()
        except DatabasePooled:
            raise
        except Exception as error:
            end_if_told(error)
            await wait_after(error)
            continue
        try:
            await use(connection)
        except Exception as error:
            end_if_told(error)
            if isinstance(error, asyncpg.PostgresError) and kind_of(error) is Kind.BUG:
                raise DatabaseRefused(error) from error
            await wait_after(error)
        finally:
            connection.terminate()
