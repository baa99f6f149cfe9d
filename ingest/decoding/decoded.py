"""What one message held."""

from typing import NamedTuple

from ingest.decoding.rejection import Rejection
from ingest.decoding.repeated_hour import Order
from ingest.decoding.unread import Unread
from schemas.reading import Reading


class Decoded(NamedTuple):
    """Good readings, what was wrong with the rest, and what no mapping reads.

    `orders` is how far the stream had come after each local stamp near a repeated hour.
    """

    readings: list[Reading]
    rejections: list[Rejection]
    unread: list[Unread]
    orders: list[Order]
