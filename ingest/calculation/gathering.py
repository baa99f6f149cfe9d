"""How long commits are gathered before they are worked on: what is late anyway comes in one go.

A round costs much for each point and little for each reading. Live readings must not wait for it; a
backlog that a broker, a spool or a logger hands over is cheaper, and leaves more to whoever stores
it, if its commits are worked on together.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from ingest.database.changes import Waiting

GATHER_S = 0.1  # readings of one moment come in several commits
GATHER_LATE_LIMIT_S = 2.0
LOOK_S = 0.25
LATE_US = 60_000_000  # readings that are older when they come are nobody's picture of now


async def gather(waiting: Callable[[], Awaitable[Waiting]], *, has_waited: bool = False) -> None:
    """Wait for commits that belong together: a moment, and longer while only late ones come.

    `has_waited`: whether that moment is over already.
    """
    if not has_waited:
        await asyncio.sleep(GATHER_S)
    seen = 0
    until_s = time.monotonic() + GATHER_LATE_LIMIT_S
    while time.monotonic() < until_s:
        found = await waiting()
        if found.commits == seen or found.newest_us > time.time_ns() // 1000 - LATE_US:
            return
        seen = found.commits
        await asyncio.sleep(LOOK_S)
