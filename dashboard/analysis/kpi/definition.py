"""What a key figure is at a site: a formula over points, with its name and unit."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.catalogue import Names
from schemas.catalogue.key_figures import KeyFigure
from schemas.catalogue.site_figures import SiteFigure
from schemas.formula.binding import Bound, SiteRoles, bind
from schemas.formula.checking import check
from schemas.formula.meaning import Scope, Signal
from schemas.formula.parser import parse


@dataclass(frozen=True)
class Kpi:
    """One key figure: its formula gives the unit that people write as `unit`.

    Boards show it over the last `days` days; it can be asked over any window. `figure` is what the
    catalogue says of it; None of an amount that only a chart shows. `item` is the asset or stream
    that it is of.
    """

    key: str
    name: Names
    unit: str
    days: int
    formula: Bound
    figure: KeyFigure | None = None
    item: str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The points that it needs, as `line/point`."""
        return tuple(dict.fromkeys(each.path for each in self.formula.inputs))


def of_figure(found: SiteFigure, item_names: Mapping[str, Names]) -> Kpi:
    """Return a key figure of the catalogue; one of an asset has the name of the asset beside it."""
    figure, name = found.figure, found.figure.name
    if found.item is not None:
        own = item_names[found.item]
        name = {language: f"{text}, {own[language]}" for language, text in name.items()}
    return Kpi(found.key, name, figure.unit_display, figure.days, found.formula, figure, found.item)


def of_points(formula: str, unit: str, unit_display: str, points: Mapping[str, Signal]) -> Kpi:
    """Return what a formula over points gives in `unit` (UCUM), for a chart of a day.

    Raises FormulaError.
    """
    scope, tree = Scope({}, points=points), parse(formula)
    check(tree, scope, unit)
    return Kpi(formula, {}, unit_display, 1, bind(tree, unit, scope, SiteRoles({}, {})))
