"""The bounded queue between the network thread and the event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from ingest.decoding.message import Message

# Of guests in one batch: what cannot be read costs the database ten times a reading.
GUESTS_LIMIT_MESSAGES = 1_000
GUESTS_LIMIT_BYTES = 262_144


class Delivery(NamedTuple):
    """A message and what its acknowledgement needs.

    `connection` counts our connections to the broker: the packet identifier `mid` means nothing on
    a later one if the session was lost in between.
    """

    message: Message
    connection: int
    mid: int
    qos: int


class Intake:
    """Messages that were received and not yet taken, first in, first out; guests come last.

    Of guests (`is_guest`) a batch has few, so that none of their floods holds up the plant's own.
    The network thread asks `has_room` before it reads from the socket, so the limits are exceeded
    by what one read brings at most.
    """

    def __init__(
        self, limit_messages: int, limit_bytes: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._limit_messages = limit_messages
        self._limit_bytes = limit_bytes
        self._loop = loop
        self._lock = threading.Lock()
        self._own: deque[Delivery] = deque()
        self._guests: deque[Delivery] = deque()
        self._size_bytes = 0
        self._enough = asyncio.Event()
        self._wanted_messages = 0  # wake the taker at this many; 0: it does not wait
        self._wanted_bytes = 0
        self.on_room: Callable[[], None] = lambda: None
        self.is_guest: Callable[[Message], bool] = lambda _: False

    def __len__(self) -> int:
        return len(self._own) + len(self._guests)

    @property
    def has_room(self) -> bool:
        """Whether the network thread may read on."""
        return len(self) < self._limit_messages and self._size_bytes < self._limit_bytes

    def offer(self, *deliveries: Delivery) -> None:
        """Add messages; called by the network thread."""
        size_bytes = sum(len(each.message.payload) for each in deliveries)
        places = [self.is_guest(each.message) for each in deliveries]
        with self._lock:
            for each, is_guest in zip(deliveries, places, strict=True):
                (self._guests if is_guest else self._own).append(each)
            self._size_bytes += size_bytes
            wake = self._wanted_messages and self._reached()
            if wake:
                self._wanted_messages = 0
        if wake:
            self._loop.call_soon_threadsafe(self._enough.set)

    async def take(
        self, limit_messages: int, limit_bytes: int, interval_s: float
    ) -> list[Delivery]:
        """Wait for a message and return it with what comes within `interval_s`, up to the limits.

        A message beyond `limit_bytes` comes alone. Called by one task of the event loop.
        """
        await self._wait(1, 0)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wait(limit_messages, limit_bytes), interval_s)
        with self._lock:
            was_full = not self.has_room
            taken = self._pop(limit_messages, limit_bytes)
        if was_full:
            self.on_room()
        return taken

    async def _wait(self, messages: int, size_bytes: int) -> None:
        """Return when so many messages wait, or so many bytes (0: does not count)."""
        with self._lock:
            self._wanted_messages, self._wanted_bytes = messages, size_bytes
            self._enough.clear()
            if self._reached():
                self._wanted_messages = 0
                return
        await self._enough.wait()

    def _reached(self) -> bool:
        enough_bytes = 0 < self._wanted_bytes <= self._size_bytes
        return len(self) >= self._wanted_messages or enough_bytes

    def _pop(self, limit_messages: int, limit_bytes: int) -> list[Delivery]:
        taken: list[Delivery] = []
        self._move(self._own, taken, limit_messages, limit_bytes)
        left_messages = min(limit_messages - len(taken), GUESTS_LIMIT_MESSAGES)
        left_bytes = limit_bytes - sum(len(each.message.payload) for each in taken)
        self._move(self._guests, taken, left_messages, min(left_bytes, GUESTS_LIMIT_BYTES))
        return taken

    def _move(
        self, waiting: deque[Delivery], taken: list[Delivery], room: int, room_bytes: int
    ) -> None:
        """Move messages while there is room; one that is too large by itself comes alone."""
        while waiting and room > 0:
            size_bytes = len(waiting[0].message.payload)
            if taken and size_bytes > room_bytes:
                break
            room, room_bytes = room - 1, room_bytes - size_bytes
            self._size_bytes -= size_bytes
            taken.append(waiting.popleft())
