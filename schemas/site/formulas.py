"""The formulas of a site's calculated points, bound to its points."""

from dataclasses import replace

from schemas.catalogue.key_figures import signals
from schemas.formula.binding import Bound, bind
from schemas.formula.checking import check_moment
from schemas.formula.meaning import Scope, Signal
from schemas.formula.parser import parse
from schemas.site.model import Point, Site
from schemas.site.roles import site_roles
from schemas.site.signals import signals_at


class SiteFormulas:
    """Binds the formulas of a site."""

    def __init__(self, site: Site) -> None:
        self._roles = site_roles(site)
        self._told = signals_at(self._roles)
        self._named = {
            ref: Signal(each.unit, is_counter=each.kind == "counter")
            for ref, each in site.points.items()
        }

    def bound(self, point: Point) -> Bound:
        """Return the formula of a calculated point.

        Raises FormulaError if it is none or does not fit, MissingRoleError if the site has not what
        it needs.
        """
        assert point.formula is not None
        own = point.role.partition(".")[0] if point.role else ""
        kind = self._roles.items[own].kinds[0] if own in self._roles.items else None
        scope = Scope(signals(), kind, self._named)
        tree = parse(point.formula)
        check_moment(tree, replace(scope, kinds=self._told), point.unit)
        return bind(tree, point.unit, scope, self._roles, own)


def intervals(site: Site) -> dict[str, float | None]:
    """Return how often each point is expected to have a value, in seconds; None: on change.

    A calculated one that does not say so itself has one as often as its most frequent input.
    """
    formulas = SiteFormulas(site)
    known = {point.ref: point.expected_interval_s for point in site.point}

    def interval_s(ref: str) -> float | None:
        point = site.points[ref]
        if known[ref] is None and point.formula is not None:
            of_inputs = [interval_s(each.path) for each in formulas.bound(point).inputs]
            known[ref] = min((each for each in of_inputs if each is not None), default=None)
        return known[ref]

    return {ref: interval_s(ref) for ref in known}
