"""A message as the broker delivered it."""

from typing import NamedTuple


class Message(NamedTuple):
    """One MQTT message; `received_us` is microseconds since 1970-01-01 UTC by our clock."""

    topic: str
    payload: bytes
    received_us: int
