"""HTTP by uvicorn, with an end to everybody's patience.

uvicorn bounds the idling between requests. It takes a head of any size that comes at one go, waits
for ever for the rest of a head, for a body, and for a reader that takes nothing; and it takes every
connection.
"""

import asyncio
from enum import Enum
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dashboard.limits.connections import Census, ConnectionLimits
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n\r\n"
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"
HEAD_MAX_LINES = 100  # each takes some microseconds; browsers send about 20
# What lies ready is kept so many times as long for a reader that takes its part each time.
SEND_TIMEOUTS_MAX = 4
HEAD_END = b"\r\n\r\n"
_SENTENCES = {
    Limit.CONNECTIONS: "there are too many connections; raise "
    "VIRTAAMA_DASHBOARD_CONNECTIONS_MAX if they are people",
    Limit.CONNECTIONS_PER_ADDRESS: "too many connections of one address; a proxy belongs into "
    "VIRTAAMA_DASHBOARD_TRUSTED_PROXIES",
}


class _Awaited(Enum):
    """What a connection waits for."""

    HEAD = "head"
    BODY = "body"


class BoundedProtocol(H11Protocol):
    """One connection; see the settings of the limits."""

    def __init__(
        self, *args: Any, limits: ConnectionLimits, census: Census, refusals: Refusals, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._limits = limits
        self._census = census
        self._refusals = refusals
        self._refused = False
        self._awaited: _Awaited | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._send_patience: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        """The network address of the other end."""
        return self.client[0] if self.client else ""

    @property
    def idles(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def dawdles(self) -> bool:
        """Whether the other end lets us wait: for a body, or to take an answer."""
        return self._awaited is _Awaited.BODY or self._send_patience is not None

    def give_way(self) -> None:
        """Close: another connection needs the place."""
        sentence = "it idled, let us wait or was one of very many, and made room for another"
        self._refusals.count(Limit.CONNECTIONS, self.address, sentence)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let the connection in, or close it at once."""
        super().connection_made(transport)
        limit = self._census.enter(self)
        if limit is None:
            self._await(_Awaited.HEAD)
            return
        self._refused = True
        self._refusals.count(limit, self.address, _SENTENCES[limit])
        transport.write(BUSY)
        transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._census.leave(self)
        self._await(None)
        self._end_send_patience()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, and begin to wait for what must follow."""
        if self._refused:
            return
        super().data_received(data)
        self._watch()

    def handle_events(self) -> None:
        """Take requests out of what came, up to one whose head is too long."""
        if self._has_long_head():
            self._refused = True
            self._refusals.count(
                Limit.HEAD_BYTES, self.address, "the head of a request is too long"
            )
            self.transport.write(TOO_LONG)
            self.transport.close()
            return
        try:
            super().handle_events()
        except h11.LocalProtocolError:  # uvicorn answers nonsense also behind an answer
            self.transport.abort()
        if self.conn.their_state is h11.ERROR and self.cycle is not None:
            # The answer to the request would come behind the one to its nonsense.
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Give the reader a while to take what lies ready."""
        super().pause_writing()
        if self._send_patience is None:
            unsent_bytes = self.transport.get_write_buffer_size()
            self._await_reader(unsent_bytes, max(unsent_bytes // SEND_TIMEOUTS_MAX, 1))

    def resume_writing(self) -> None:
        """The reader has taken something."""
        super().resume_writing()
        self._end_send_patience()

    def _has_long_head(self) -> bool:
        if self.conn.their_state is not h11.IDLE:
            return False
        came, limit_bytes = self.conn.trailing_data[0], self._limits.head_max_bytes
        end = came.find(HEAD_END, 0, limit_bytes)
        if end < 0 and len(came) > limit_bytes:
            return True
        return came.count(b"\n", 0, end if end >= 0 else len(came)) > HEAD_MAX_LINES

    def _watch(self) -> None:
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            self._await(_Awaited.BODY)
        elif state is h11.IDLE and self.conn.trailing_data[0]:
            self._await(_Awaited.HEAD)
        else:
            self._await(None)

    def _await(self, what: _Awaited | None) -> None:
        """Wait for something; the clock of what is awaited already goes on."""
        if what is self._awaited:
            return
        self._awaited = what
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if what is _Awaited.HEAD:
            self._expect(self._limits.header_timeout_s, Limit.HEADER_TIMEOUT, "sends no request")
        elif what is _Awaited.BODY:
            self._expect(self._limits.body_timeout_s, Limit.BODY_TIMEOUT, "sends no body")

    def _expect(self, within_s: float, limit: Limit, otherwise: str) -> None:
        self._patience = self.loop.call_later(within_s, self._give_up, limit, otherwise)

    def _give_up(self, limit: Limit, sentence: str) -> None:
        if self.transport.is_closing():
            return
        self._refusals.count(limit, self.address, f"it {sentence}")
        if limit is Limit.SEND_TIMEOUT:  # what lies ready would be waited for
            self.transport.abort()
            return
        if self.cycle is None or not self.cycle.response_started:
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def _await_reader(self, unsent_bytes: int, least_bytes: int) -> None:
        self._send_patience = self.loop.call_later(
            self._limits.send_timeout_s, self._judge_reader, unsent_bytes, least_bytes
        )

    def _judge_reader(self, unsent_bytes: int, least_bytes: int) -> None:
        """Go on waiting for a reader that takes its part of what lies ready."""
        left_bytes = self.transport.get_write_buffer_size()
        if unsent_bytes - left_bytes < least_bytes:
            self._give_up(Limit.SEND_TIMEOUT, "takes no answer")
        else:
            self._await_reader(left_bytes, least_bytes)

    def _end_send_patience(self) -> None:
        if self._send_patience is not None:
            self._send_patience.cancel()
            self._send_patience = None
