"""A site while it is being read: what was written, and its value where that is right."""

from collections.abc import Collection
from typing import TypeVar

from schemas.site.messages import meant
from schemas.site.model import Point
from schemas.site.part import Part
from schemas.site.table import Table

# Names among which hints are looked for, all of a draft together: thousands of wrong names have one
# cause, and to compare each with thousands of right ones takes minutes.
COMPARED_MAX = 200_000

_T = TypeVar("_T", bound=Table)


class Draft:
    """All parts of all files in their order, each with its value if it has no error of its own.

    Names count also where the rest of their table is wrong, so that one error is told once.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Part, Table | None]] = []
        self._compared = 0

    def add(self, part: Part, value: Table | None) -> None:
        """Add a part, with its value if it is right."""
        self._parts.append((part, value))

    def parts(self, table: str) -> list[Part]:
        """Return all parts of a table, right or wrong."""
        return [part for part, _ in self._parts if part.path[0] == table]

    def pairs(self, model: type[_T]) -> list[tuple[Part, _T]]:
        """Return the parts that are right, with their values."""
        return [(part, value) for part, value in self._parts if isinstance(value, model)]

    def values(self, model: type[_T]) -> tuple[_T, ...]:
        """Return the values of the parts that are right."""
        return tuple(value for _, value in self.pairs(model))

    def names(self, table: str) -> list[str]:
        """Return the keys of all parts of a table."""
        return [str(part.content.get("key")) for part in self.parts(table)]

    def meant(self, word: object, known: Collection[str]) -> str:
        """Return `messages.meant`, or nothing after it was asked for very many."""
        self._compared += len(known)
        return meant(word, known) if self._compared <= COMPARED_MAX else ""

    def refs(self) -> list[str]:
        """Return "<line>/<point>" of all points."""
        return [ref_of(part) for part in self.parts("point")]

    def points(self) -> dict[str, Point]:
        """Return the points that are right, by "<line>/<point>"."""
        return {point.ref: point for point in self.values(Point)}


def ref_of(point: Part) -> str:
    """Return "<line>/<point>" of the part of a point."""
    return f"{point.content.get('line')}/{point.content.get('key')}"
