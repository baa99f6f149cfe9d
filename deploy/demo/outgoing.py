"""A message on its way out, with the number of readings that it carries."""

from typing import NamedTuple

from ingest.decoding.message import Message


class Outgoing(NamedTuple):
    """A message and how many readings its receiver should find in it.

    `message.received_us` is the moment that it speaks of: what is loaded as history counts as
    received then, which also settles local stamps in the hour that autumn repeats.
    """

    message: Message
    readings: int
