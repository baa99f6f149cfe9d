"""What one message held."""

from typing import NamedTuple

from ingest.rejection import Rejection
from schemas.reading import Reading


class Decoded(NamedTuple):
    """Good readings, and what was wrong with the rest."""

    readings: list[Reading]
    rejections: list[Rejection]
