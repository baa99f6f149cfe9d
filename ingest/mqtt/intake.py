"""The bounded queue between the network thread and the event loop: the plant's own, and guests'."""

import asyncio
from collections.abc import Callable

from ingest.decoding.message import Message
from ingest.decoding.senders import OWN
from ingest.limits.limit import EVERYBODY, IngestLimit
from ingest.limits.refusals import refuse
from ingest.mqtt.lane import Delivery, Lane


class Intake:
    """Messages that were received and not yet taken; those of guests (`guest_of`) wait apart.

    The network thread asks `has_room` before it reads from the socket, so the limits are exceeded
    by what one read brings at most. Of both limits guests may have `guest_percent`; what is beyond
    sets `is_crowded`.
    """

    def __init__(
        self,
        limit_messages: int,
        limit_bytes: int,
        loop: asyncio.AbstractEventLoop,
        guest_percent: int = 100,
    ) -> None:
        self._limit_messages = limit_messages
        self._limit_bytes = limit_bytes
        self._guest_limit_messages = limit_messages * guest_percent // 100
        self._guest_limit_bytes = limit_bytes * guest_percent // 100
        self._loop = loop
        self._is_full = False
        self.own, self.guests = Lane(loop), Lane(loop)
        self.own.on_taken = self.guests.on_taken = self._taken
        self.on_room: list[Callable[[], None]] = []
        self.is_crowded = asyncio.Event()
        self.guest_of: Callable[[Message], str | None] = lambda _: None

    def __len__(self) -> int:
        return len(self.own) + len(self.guests)

    @property
    def has_room(self) -> bool:
        """Whether the network thread may read on."""
        size_bytes = self.own.size_bytes + self.guests.size_bytes
        return len(self) < self._limit_messages and size_bytes < self._limit_bytes

    def offer(self, *deliveries: Delivery) -> None:
        """Add messages; called by the network thread."""
        own: list[tuple[str, Delivery]] = []
        guests: list[tuple[str, Delivery]] = []
        for each in deliveries:
            guest = self.guest_of(each.message)
            if guest is None:
                own.append((OWN, each))
            else:
                guests.append((guest, each))
        self.own.add(own)
        self.guests.add(guests)
        if not self.has_room and not self._is_full:
            self._is_full = True
            refuse(IngestLimit.INTAKE, EVERYBODY)
        if guests and self._guests_have_too_much():
            self._loop.call_soon_threadsafe(self.is_crowded.set)

    def take_excess(self, limit_messages: int, limit_bytes: int) -> list[Delivery]:
        """Return messages of the guest that has most, while guests have more than their part."""
        if self._guests_have_too_much():
            return self.guests.take_of_largest(limit_messages, limit_bytes)
        self.is_crowded.clear()
        return []

    def _guests_have_too_much(self) -> bool:
        guests = self.guests
        return (
            len(guests) > self._guest_limit_messages or guests.size_bytes > self._guest_limit_bytes
        )

    def _taken(self) -> None:
        if self._is_full and self.has_room:
            self._is_full = False
            for call in tuple(self.on_room):
                call()
