"""Which key figures of the catalogue a site has, and what it lacks for the others."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.catalogue.key_figures import KeyFigure, key_figures, signals
from schemas.formula.binding import Bound, MissingRoleError, Need, bind
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope
from schemas.formula.site_roles import SiteRoles


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
    """A key figure that a site does not have, because of a `need`, or of a `sentence`."""

    figure: KeyFigure
    item: str | None
    need: Need | None
    sentence: str = ""


def site_figures(site: SiteRoles) -> Iterator[SiteFigure | MissingFigure]:
    """Yield every key figure of the catalogue, one of assets once for each asset of its kind."""
    for figure in key_figures().values():
        if not figure.kinds:
            yield _of(figure, None, None, site)
        for kind in figure.kinds:
            for item, described in site.items.items():
                if kind in described.kinds:
                    yield _of(figure, kind, item, site)


def _of(
    figure: KeyFigure, kind: str | None, item: str | None, site: SiteRoles
) -> SiteFigure | MissingFigure:
    try:
        formula = bind(figure.tree, figure.unit, Scope(signals(), kind), site, item)
    except MissingRoleError as error:
        return MissingFigure(figure, item, error.need)
    except FormulaError as error:
        return MissingFigure(figure, item, None, error.sentence)
    return SiteFigure(figure, item, formula)
