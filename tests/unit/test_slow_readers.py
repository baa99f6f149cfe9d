"""Who takes an answer slowly is waited for; who takes next to nothing of it is not."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from dashboard.limits.connections import Census, ConnectionLimits, KnownAddresses
from dashboard.limits.protocol import SEND_TIMEOUTS_MAX, BoundedProtocol
from dashboard.limits.refusals import Refusals

SEND_TIMEOUT_S = 0.01
LARGE = 1_000_000
PART = LARGE // SEND_TIMEOUTS_MAX


async def _no_app(_scope: object, _receive: object, _send: object) -> None:
    """Answer nothing."""


def _looks(unsent: Iterator[int]) -> int:
    """Return how often the protocol looks at what is unsent before it gives the reader up."""
    looks = 0

    async def wait() -> None:
        given_up = asyncio.Event()

        def left() -> int:
            nonlocal looks
            looks += 1
            return next(unsent)

        limits = ConnectionLimits(9, 9, 9_999, 60.0, 60.0, SEND_TIMEOUT_S, ())
        protocol = BoundedProtocol(
            config=uvicorn.Config(_no_app, log_config=None),
            server_state=ServerState(),
            app_state={},
            limits=limits,
            census=Census(limits, KnownAddresses()),
            refusals=Refusals(),
        )
        transport: Any = SimpleNamespace(
            get_write_buffer_size=left,
            is_closing=given_up.is_set,
            abort=given_up.set,
            get_extra_info=lambda _: None,
        )
        protocol.connection_made(transport)
        protocol.pause_writing()
        async with asyncio.timeout(30):
            await given_up.wait()

    asyncio.run(wait())
    return looks


@pytest.mark.parametrize(
    ("taken", "looks"), [(0, 2), (1, 2), (PART - 1, 2), (PART, SEND_TIMEOUTS_MAX + 2)]
)
def test_a_reader_is_given_up_when_it_takes_too_little_of_what_lies_ready(
    taken: int, looks: int
) -> None:
    """A large answer over a slow line was cut off after the time, although it was being read."""
    assert _looks(iter([max(LARGE - n * taken, 0) for n in range(99)])) == looks
