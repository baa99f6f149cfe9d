"""What a key figure is at a site: a formula over points, with its name and unit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.catalogue import Names
from schemas.catalogue.key_figures import KeyFigure, signals
from schemas.catalogue.site_figures import MissingFigure, SiteFigure
from schemas.formula.binding import Bound, MissingRoleError, bind
from schemas.formula.checking import check
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope
from schemas.formula.parser import parse
from schemas.formula.site_roles import SiteRoles
from schemas.formula.tree import Node, Point, Role, walk


@dataclass(frozen=True)
class Kpi:
    """One key figure: its formula gives the unit that people write as `unit`.

    Boards show it over the last `days` days; it can be asked over any window. `figure` is what the
    catalogue or the site file says of it; None of an amount that only a chart shows. `item` is the
    asset or stream that it is of.
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


def kpis_of(
    found: Iterable[SiteFigure | MissingFigure], item_names: Mapping[str, Names]
) -> tuple[Kpi, ...]:
    """Return the key figures that a site has."""
    return tuple(_of_figure(each, item_names) for each in found if isinstance(each, SiteFigure))


def _of_figure(found: SiteFigure, item_names: Mapping[str, Names]) -> Kpi:
    """Return a key figure of a site; one of an asset has the name of the asset beside it."""
    figure, name = found.figure, found.figure.name
    if found.item is not None:
        own = item_names[found.item]
        # An asset may have a name in one language only.
        any_name = next(iter(own.values()), found.item)
        name = {
            language: f"{text}, {own.get(language, any_name)}" for language, text in name.items()
        }
    return Kpi(found.key, name, figure.unit_display, figure.days, found.formula, figure, found.item)


def of_one_item(kpis: Iterable[Kpi]) -> list[Kpi]:
    """Return the key figures of one asset or stream that need nothing else of the plant.

    Whoever sees only a part of a plant would get others over that part, under the plant's name.
    """
    return [
        kpi
        for kpi in kpis
        if kpi.item is not None
        and kpi.figure is not None
        and not any(_is_of_more(node) for node in walk(kpi.figure.tree))
    ]


def _is_of_more(node: Node) -> bool:
    """Tell whether a part of a formula is of more than the asset that the formula is of."""
    return isinstance(node, Point) or (isinstance(node, Role) and node.kind is not None)


def of_formula(formula: str, unit: str, site: SiteRoles, *, item: str | None = None) -> Kpi | None:
    """Return what a formula gives in `unit` (UCUM), for a chart; None if the site does not.

    With `item`, an asset or stream of the site, its own roles stand without a kind. Raises
    FormulaError for a formula that is wrong everywhere.
    """
    scope = Scope(signals(), site.items[item].kinds[0] if item else None)
    tree = parse(formula)
    check(tree, scope, unit)
    try:
        bound = bind(tree, unit, scope, site, item)
    except (MissingRoleError, FormulaError):
        return None
    return Kpi(formula, {}, unit, 1, bound, item=item)
