"""Messages of one kind that wait: each sender's in their order, the senders in turn."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from operator import attrgetter
from typing import NamedTuple

from ingest.decoding.message import Message
from ingest.turns import take_in_turn

MESSAGE_OVERHEAD_BYTES = 100  # of what waits, beside its topic and its payload


class Delivery(NamedTuple):
    """A message and what its acknowledgement needs.

    `connection` counts our connections to the broker: the packet identifier `mid` means nothing on
    a later one if the session was lost in between.
    """

    message: Message
    connection: int
    mid: int
    qos: int

    @property
    def size_bytes(self) -> int:
        """What it counts of a limit; a topic may have 65 535 bytes, whatever its payload is."""
        return len(self.message.topic) + len(self.message.payload)


class BatchLimits(NamedTuple):
    """How much is written together, and how long a message waits for others."""

    messages: int
    size_bytes: int
    interval_s: float


class Lane:
    """A queue between the network thread and one task of the event loop.

    Each sender has one message of a batch before another has its second, so that none waits behind
    the flood of another.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Delivery]] = {}  # by sender, whose turn it is first
        self._count = 0
        self._size_bytes = 0
        self._enough = asyncio.Event()
        self._wanted_messages = 0  # wake the taker at this many; 0: it does not wait
        self._wanted_bytes = 0
        self.on_taken: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return self._count

    @property
    def size_bytes(self) -> int:
        """Topics and payloads of the messages that wait."""
        return self._size_bytes

    def add(self, deliveries: Iterable[tuple[str, Delivery]]) -> None:
        """Add messages with their senders; called by the network thread."""
        with self._lock:
            for sender, each in deliveries:
                self._waiting.setdefault(sender, deque()).append(each)
                self._count += 1
                self._size_bytes += each.size_bytes
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
            async with asyncio.timeout(interval_s):
                await self._wait(limit_messages, limit_bytes)
        with self._lock:
            taken = self._pop(limit_messages, limit_bytes)
        self.on_taken()
        return taken

    def take_of_largest(self, limit_messages: int, limit_bytes: int) -> list[Delivery]:
        """Return the oldest messages of the sender of whom most waits, up to the limits."""
        with self._lock:
            sender = max(self._waiting, key=self._held_bytes, default=None)
            if sender is None:
                return []
            others = {key: each for key, each in self._waiting.items() if key != sender}
            self._waiting = {sender: self._waiting[sender]}
            taken = self._pop(limit_messages, limit_bytes)
            self._waiting = others | self._waiting
        self.on_taken()
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
        return self._count >= self._wanted_messages or enough_bytes

    def _held_bytes(self, sender: str) -> int:
        return sum(MESSAGE_OVERHEAD_BYTES + each.size_bytes for each in self._waiting[sender])

    def _pop(self, limit_messages: int, limit_bytes: int) -> list[Delivery]:
        """Take from the senders in turn."""
        waiting = self._waiting
        taken = take_in_turn(waiting, attrgetter("size_bytes"), limit_messages, limit_bytes)
        for sender, each in taken.items:
            waiting[sender].popleft()
            self._size_bytes -= each.size_bytes
        self._waiting = {sender: waiting[sender] for sender in taken.turns if waiting[sender]}
        self._count -= len(taken.items)
        return [each for _, each in taken.items]
