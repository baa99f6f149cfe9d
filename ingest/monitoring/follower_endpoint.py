"""`/metrics` and `/health` of a process that follows commits."""

import time
from http import HTTPStatus
from typing import Protocol

from ingest.monitoring.http_endpoint import Answer, Endpoint, health_answer
from ingest.monitoring.prometheus import CONTENT_TYPE
from ingest.outage import Outage


class FollowerTally(Protocol):
    """What a process counts. `looked_s` is when it looked for commits last, by a steady clock."""

    looked_s: float

    def text(self) -> bytes: ...  # noqa: D102
    def sentence(self) -> str: ...  # noqa: D102


class FollowerEndpoint:
    """Serves what is counted, and whether commits are followed.

    It is not well while the database is there and no commits were looked for in `stall_limit_s`.
    """

    def __init__(self, tally: FollowerTally, outage: Outage, stall_limit_s: float) -> None:
        self._tally = tally
        self._outage = outage
        self._stall_limit_s = stall_limit_s
        self._endpoint = Endpoint({"/metrics": self._metrics, "/health": self._health})

    async def start(self, host: str, port: int | None) -> None:
        """Listen if there is a port. Raises EndpointUnusable."""
        if port is not None:
            await self._endpoint.start(host, port)

    def stop(self) -> None:
        """Listen no more."""
        self._endpoint.stop()

    def _metrics(self) -> Answer:
        return Answer(HTTPStatus.OK, CONTENT_TYPE, self._tally.text())

    def _health(self) -> Answer:
        silent_s = time.monotonic() - self._tally.looked_s
        if self._outage.ongoing:
            return health_answer(True, "ok: the database is away")
        if silent_s > self._stall_limit_s:
            return health_answer(False, f"stalled: no commit was followed for {silent_s:.0f} s")
        return health_answer(True, f"ok: {self._tally.sentence()}")
