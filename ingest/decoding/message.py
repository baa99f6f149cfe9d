"""A message as the broker delivered it."""

from typing import NamedTuple

from ingest.decoding.rejection import Reason, Unreadable
from ingest.decoding.repeated_hour import Order


class Message(NamedTuple):
    """One MQTT message; `received_us` is microseconds since 1970-01-01 UTC by our clock.

    `retained`: the broker had kept it, and sent it because we subscribed. `order` is how far its
    stream had come before it, where its stamps need that.
    """

    topic: str
    payload: bytes
    received_us: int
    retained: bool = False
    order: Order | None = None


def refuse_retained(message: Message) -> None:
    """Raise Unreadable (RETAINED) where the time of reception would be taken for that of a value.

    The value may be years old, and comes anew with every subscription.
    """
    if message.retained:
        raise Unreadable(Reason.RETAINED, "the broker had kept it, nobody knows since when")
