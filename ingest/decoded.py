"""What one message held."""

from typing import NamedTuple

from ingest.rejection import Rejection
from ingest.unread import Unread
from schemas.reading import Reading


class Decoded(NamedTuple):
    """Good readings, what was wrong with the rest, and what no mapping reads."""

    readings: list[Reading]
    rejections: list[Rejection]
    unread: list[Unread]
