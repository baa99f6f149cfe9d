"""Checks of the formulas of calculated points: language, unit, points, and circles."""

from collections.abc import Iterator, Mapping

from schemas.catalogue.figure_report import need_text
from schemas.formula.binding import Bound, MissingRoleError
from schemas.formula.errors import FormulaError
from schemas.formula.parser import parse
from schemas.site.draft import Draft, ref_of
from schemas.site.elements import Asset, Stream
from schemas.site.formulas import SiteFormulas
from schemas.site.model import Head, Point, Site
from schemas.site.part import Part, Problem


def formula_problems(draft: Draft, *, with_points: bool) -> Iterator[Problem]:
    """Yield what is wrong with formulas.

    `with_points`: whether all else is right, so that points and roles can be looked for.
    """
    bound: dict[str, Bound] = {}
    formulas = SiteFormulas(site_of(draft)) if with_points else None
    for part, point in draft.pairs(Point):
        if point.formula is None:
            continue
        try:
            if formulas is None:
                parse(point.formula)
            else:
                bound[point.ref] = formulas.bound(point)
        except FormulaError as error:
            yield part.problem(("formula",), marked(error, point.formula))
        except MissingRoleError as error:
            yield part.problem(("formula",), need_text(error.need))
    yield from _circles(draft, bound)


def site_of(draft: Draft) -> Site:
    """Return what formulas need of a draft."""
    return Site(
        site=draft.values(Head)[0],
        line=(),
        point=draft.values(Point),
        asset=draft.values(Asset),
        stream=draft.values(Stream),
    )


def marked(error: FormulaError, formula: str) -> str:
    """Return what is wrong, and below it the line of the formula, the character marked."""
    begin = formula.rfind("\n", 0, error.at) + 1
    line = formula[begin:].partition("\n")[0]
    mark = " " * (error.at - begin) + "^"
    return f"{error.sentence}\n    {line}\n    {mark}"


def _circles(draft: Draft, bound: Mapping[str, Bound]) -> Iterator[Problem]:
    """A circle of formulas is told once, where its first point stands."""
    needs = {ref: [each.path for each in one.inputs] for ref, one in bound.items()}
    parts = {ref_of(part): part for part in draft.parts("point")}
    told: set[str] = set()
    for start in needs:
        circle = _way_back(start, needs)
        if circle and told.isdisjoint(circle):
            told.update(circle)
            yield _circle(parts[start], circle)


def _circle(part: Part, circle: list[str]) -> Problem:
    way = " needs ".join([*circle, circle[0]])
    return part.problem(("formula",), f"leads back to itself: {way}")


def _way_back(start: str, needs: Mapping[str, list[str]]) -> list[str]:
    """Return the points on a way from a point to itself; none if there is no such way."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for needed in needs.get(way[-1], []):
            if needed == start:
                return way
            if needed not in seen:
                seen.add(needed)
                ways.append([*way, needed])
    return []
