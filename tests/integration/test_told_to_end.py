"""Whoever is told to end ends, also in a transaction with a database that answers no more."""

import asyncio

import asyncpg

from ingest.database.process import over_connections
from tests.fixtures.proxy import Proxy

ENDS_WITHIN_S = 10.0


def test_a_stop_is_not_forgotten_in_a_transaction_that_nobody_answers(
    proxied: tuple[Proxy, str],
) -> None:
    proxy, through = proxied
    connections: list[asyncpg.Connection] = []

    async def run() -> bool:
        in_transaction = asyncio.Event()

        async def connect() -> asyncpg.Connection:
            connections.append(await asyncpg.connect(through))
            return connections[-1]

        async def use(connection: asyncpg.Connection) -> None:
            async with connection.transaction():
                await connection.execute("SELECT 1")
                in_transaction.set()
                await connection.execute("SELECT pg_sleep(600)")

        async def wait_after(_error: Exception) -> None:
            await asyncio.sleep(0)

        work = asyncio.create_task(over_connections(connect, use, wait_after))
        await in_transaction.wait()
        proxy.deafen()
        await asyncio.sleep(0)
        work.cancel()
        await asyncio.wait((work,), timeout=0.2)  # it waits for an answer to its rollback
        connections[0].terminate()
        await asyncio.wait((work,), timeout=ENDS_WITHIN_S)
        ended = work.done()
        proxy.cut()
        proxy.hear()
        work.cancel()
        await asyncio.wait((work,))
        return ended

    assert asyncio.run(run())
    assert len(connections) == 1
