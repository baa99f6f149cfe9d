"""Checks of points that are held beside another one: that both can be compared at all."""

from collections.abc import Iterator

from schemas.site.model import Point
from schemas.site.part import Part, Problem

_HELD = ("measurement", "derived")
_OTHER = (*_HELD, "laboratory", "calculated")


def beside_problems(part: Part, point: Point, other: Point | None) -> Iterator[Problem]:
    """Yield what is wrong with `checks.beside` of a point; `other` is the one that it names."""
    beside = point.checks.beside
    if beside is None:
        return
    path = ("checks", "beside")
    if point.kind not in _HELD:
        yield part.problem(path, f"is for points that measure, not for a {point.kind}")
    if not beside.within and not beside.within_share:
        yield part.problem(path, "says not how far apart both may be; give `within` in their unit")
    if other is None:
        return
    if other is point:
        yield part.problem((*path, "point"), "is the point itself")
    elif other.kind not in _OTHER:
        yield part.problem((*path, "point"), f"{other.ref} is a {other.kind} and measures nothing")
    elif other.unit != point.unit:
        yield part.problem(
            (*path, "point"),
            f'{other.ref} has the unit "{other.unit}" and {point.ref} "{point.unit}"; '
            "give both the same one",
        )
