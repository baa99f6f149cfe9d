"""Which alarms are defined otherwise than a moment ago (pure)."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID


class Redefinition(NamedTuple):
    """Alarms to forget, and those of which the definition is to be read."""

    gone: frozenset[UUID]
    new: tuple[UUID, ...]


def redefinition(known: Mapping[UUID, object], found: Mapping[UUID, object]) -> Redefinition:
    """Compare definitions as they are stored, known ones and those of now.

    One that is defined otherwise is gone, and new.
    """
    new = tuple(alarm for alarm, stored in found.items() if known.get(alarm) != stored)
    gone = known.keys() - found.keys() | (known.keys() & set(new))
    return Redefinition(frozenset(gone), new)
