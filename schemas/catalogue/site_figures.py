"""Which key figures a site has, its own and of the catalogue, and what it lacks for the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.catalogue.customary_units import as_customary, in_gallons
from schemas.catalogue.key_figures import KeyFigure, key_figures, signals
from schemas.formula.binding import Bound, MissingRoleError, Need, bind
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope, Signal
from schemas.formula.site_roles import SiteRoles
from schemas.formula.tree import Point, walk


@dataclass(frozen=True)
class SiteFigure:
    """A key figure that a site has; `item` is the asset or stream that it is of, or None."""

    figure: KeyFigure
    item: str | None
    formula: Bound

    @property
    def key(self) -> str:
        """The key of this one figure: several assets may have the same."""
        return self.figure.key if self.item is None else f"{self.figure.key}-{self.item}"


@dataclass(frozen=True)
class MissingFigure:
    """A key figure that a site does not have.

    Because of a `need`, of a `point` (`line/point`) that is not there, or of a `sentence`; of
    nothing of these where only another site describes it.
    """

    figure: KeyFigure
    item: str | None
    need: Need | None
    sentence: str = ""
    point: str | None = None


def site_figures(
    site: SiteRoles, own: Sequence[KeyFigure] = ()
) -> Iterator[SiteFigure | MissingFigure]:
    """Yield every key figure of a site, first its `own`, then those of the catalogue.

    One of assets comes once for each asset of its kind. Those of the catalogue are in the units
    that the plant is used to.
    """
    gallons = in_gallons(site)
    known = (as_customary(figure, gallons=gallons) for figure in key_figures().values())
    for figure in (*own, *known):
        if not figure.kinds:
            yield _of(figure, None, None, site)
        for kind in figure.kinds:
            for item, described in site.items.items():
                if kind in described.kinds:
                    yield _of(figure, kind, item, site)


def _of(
    figure: KeyFigure, kind: str | None, item: str | None, site: SiteRoles
) -> SiteFigure | MissingFigure:
    named = [node.path for node in walk(figure.tree) if isinstance(node, Point)]
    for path in named:
        if path not in site.units:
            return MissingFigure(figure, item, None, f"{path} is no point of this site", path)
    points = {path: Signal(site.units[path]) for path in named}
    try:
        formula = bind(figure.tree, figure.unit, Scope(signals(), kind, points), site, item)
    except MissingRoleError as error:
        return MissingFigure(figure, item, error.need)
    except FormulaError as error:
        return MissingFigure(figure, item, None, error.sentence)
    return SiteFigure(figure, item, formula)
