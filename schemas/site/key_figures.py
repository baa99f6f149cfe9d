"""`[[key_figure]]`: a key figure that a plant has beside those of the catalogue."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict

from schemas.catalogue.key_figures import KeyFigure
from schemas.catalogue.key_figures import key_figure as of_table
from schemas.site import value_rules as rules
from schemas.site.table import Moment, Names, Pair, Table, Text, Unit

FigureKey = Annotated[str, AfterValidator(rules.check_figure_key)]
Pillar = Literal["energy", "water", "recovery", "substances", "sludge"]


class SiteKeyFigure(Table):
    """`[[key_figure]]`: keys and meaning as in the catalogue; `page` is where its tile stands."""

    key: FigureKey
    name: Names
    formula: Text
    unit: Unit
    unit_display: Text | None = None
    boundary: Names
    source: Text
    days: Annotated[int, Field(ge=1, le=366)] = 1
    typical: Annotated[Pair, AfterValidator(rules.check_lo_hi)] | None = None
    better: Literal["higher", "lower", "none"] = "none"
    pillar: Pillar | None = None
    page: Text | None = None
    for_: Annotated[tuple[Text, ...], Strict(False), Field(alias="for")] = ()
    since: Moment | None = None

    @property
    def table(self) -> dict[str, Any]:
        """What it is, in the shape that the catalogue has."""
        return self.model_dump(mode="json", by_alias=True, exclude={"key", "since"})

    def key_figure(self) -> KeyFigure:
        """Return it as those of the catalogue are. Raises FormulaError."""
        return of_table(self.key, self.table)
