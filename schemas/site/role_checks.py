"""Checks of the roles of points: that there is such a role, once, and that the point fits it."""

from collections.abc import Iterator

from schemas.catalogue import Kind, Role
from schemas.site.draft import Draft, ref_of
from schemas.site.element_checks import kind_of, parts_of_elements
from schemas.site.model import Point
from schemas.site.part import Part, Problem
from schemas.units import UnitError, check_unit

_EXAMPLES_MAX = 8
_FORM = 'write "<asset or stream>.<role>", such as "influent.flow"'


def role_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the roles of points beside assets, streams and the catalogue."""
    elements = {str(part.content.get("key")): part for part in parts_of_elements(draft)}
    points = {id(part): point for part, point in draft.pairs(Point)}
    holders: dict[str, str] = {}
    for part in draft.parts("point"):
        given = part.content.get("role")
        if not isinstance(given, str):
            continue
        element, dot, key = given.partition(".")
        if not dot or not key or "." in key:
            yield part.problem(("role",), f'"{given}" is not a role; {_FORM}')
        elif element not in elements:
            yield part.problem(("role",), _no_element(element, elements, draft))
        elif kind := kind_of(elements[element]):
            role = kind.roles.get(key)
            if role is None:
                yield part.problem(("role",), _no_role(key, kind, part, draft))
            elif id(part) in points:
                yield from _fit(part, points[id(part)], role, kind)
            if given in holders:
                yield part.problem(("role",), f'"{given}" is the role of {holders[given]} already')
            holders.setdefault(given, f"{ref_of(part)} in {part.place}")


def _no_element(name: str, elements: dict[str, Part], draft: Draft) -> str:
    of_kind = [key for key, part in elements.items() if part.content.get("kind") == name]
    if of_kind:
        return f'"{name}" is a kind; of that kind there is {" and ".join(of_kind)} at this site'
    hint = draft.meant(name, elements) or (
        "" if elements else "; give [[asset]] and [[stream]] first"
    )
    return f'"{name}" is no asset or stream of this site{hint}'


def _no_role(key: str, kind: Kind, part: Part, draft: Draft) -> str:
    hint = draft.meant(key, kind.roles) or _what_fits(part, kind)
    return f'"{key}" is no role of {kind.key}{hint}'


def _fit(part: Part, point: Point, role: Role, kind: Kind) -> Iterator[Problem]:
    if not role.fits_kind(point.kind):
        sentence = f'"{role.key}" is for a {role.kind}, and this is a {point.kind}'
        yield part.problem(("role",), f"{sentence}{_what_fits(part, kind)}")
    elif misfit := role.misfit(point.unit):
        sentence = f'"{role.key}" is in {role.unit} or what converts to it: {misfit}'
        yield part.problem(("unit",), f"{sentence}{_what_fits(part, kind)}")
    elif role.species is not None and point.species != role.species:
        sentence = (
            f'"{point.species}" is not "{role.species}", as which "{role.key}" is counted; leave '
            "it out if values are counted so, or convert them (a mapping has `factor`)"
        )
        yield part.problem(("species",), sentence)


def _what_fits(part: Part, kind: Kind) -> str:
    """Return which roles of a kind such a point could have, the plainest first."""
    unit = str(part.content.get("unit"))
    try:
        check_unit(unit)
    except UnitError:
        return ""
    point_kind = part.content.get("kind") if (*part.path, "kind") in part.lines else None
    fitting = sorted(
        (
            key
            for key, role in kind.roles.items()
            if role.misfit(unit) is None and (point_kind is None or role.fits_kind(str(point_kind)))
        ),
        key=lambda key: (key.count("_"), key),
    )
    point = f"{point_kind or 'point'} in {unit}"
    if not fitting:
        return f"; {kind.key} has no role for a {point}"
    more = ", …" if len(fitting) > _EXAMPLES_MAX else ""
    return f"; a {point} can be {', '.join(fitting[:_EXAMPLES_MAX])}{more}"
