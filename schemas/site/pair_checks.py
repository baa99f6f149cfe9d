"""Checks of points that are held against another one: that it can say something about them."""

from collections.abc import Iterator

from schemas.site.model import Point
from schemas.site.part import Part, Problem

_HELD = ("measurement", "derived")
_OTHER = (*_HELD, "laboratory", "calculated")
_CONDITION = ("calculated", "state")


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


def contradiction_problems(part: Part, point: Point, other: Point | None) -> Iterator[Problem]:
    """Yield what is wrong with `checks.contradicted_by`; `other` is the point that it names."""
    path = ("checks", "contradicted_by")
    if point.checks.contradicted_by is None:
        return
    if point.kind not in _HELD:
        yield part.problem(path, f"is for points that measure, not for a {point.kind}")
    if other is None:
        return
    if other.kind not in _CONDITION or other.unit != "1":
        yield part.problem(
            (*path, "point"),
            f"{other.ref} is no condition; name a state, or a point whose formula compares, "
            'such as "oxygen > 2 and air_flow < 50", with the unit "1"',
        )
