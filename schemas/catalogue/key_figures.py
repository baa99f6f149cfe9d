"""Key figures, of the catalogue and of a site: formulas, with what must be said of each."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from schemas.catalogue.model import Catalogue, Names, Role
from schemas.catalogue.reader import CatalogueError, catalogue
from schemas.formula.checking import check
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope, Signal
from schemas.formula.parser import parse
from schemas.formula.tree import Node
from schemas.unit_display import unit_display
from schemas.units import check_unit

Better = Literal["higher", "lower", "none"]
# Why there is no usual range: it depends on the plant and its size, or no source gives one.
NoTypical = Literal["plant", "unpublished"]


@dataclass(frozen=True)
class KeyFigure:
    """A key figure as the catalogue or a site file has it.

    `formula` gives `unit` (UCUM), which people write `unit_display`. With `kinds` it exists once
    for each asset or stream of one of them. `days` is the window of its tile. `typical` are the
    ends of a usual range in `unit`, or `no_typical` why there is none; a site's own figure may say
    neither. `better` is the direction in which it improves, `pillar` the
    aim of a plant that it stands for. `page` is the page of one of a site; pages of the catalogue
    name those that it has itself.
    """

    key: str
    name: Names
    formula: str
    tree: Node
    kinds: tuple[str, ...]
    unit: str
    unit_display: str
    days: int
    boundary: Names
    source: str
    typical: tuple[float, float] | None
    better: Better
    pillar: str | None
    page: str | None = None
    no_typical: NoTypical | None = None

    def is_same(self, other: "KeyFigure") -> bool:
        """Tell whether both are computed alike, so that their values can be compared.

        Their units may differ, and convert: they are of one formula.
        """
        return (self.key, self.formula, self.kinds) == (other.key, other.formula, other.kinds)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Text(_Table):
    fi: str = Field(min_length=1)
    sv: str = Field(min_length=1)
    en: str = Field(min_length=1)


def _check_ends(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError("the lower end comes first")
    return ends


def _check_unit(unit: str) -> str:
    check_unit(unit)
    return unit


class _KeyFigure(_Table):
    name: _Text
    formula: str
    unit: Annotated[str, AfterValidator(_check_unit)]
    unit_display: str | None = None
    days: int = Field(ge=1, le=366)
    boundary: _Text
    source: str = Field(min_length=1)
    typical: Annotated[tuple[float, float], AfterValidator(_check_ends)] | None = None
    no_typical: NoTypical | None = None
    better: Better
    pillar: str | None = None
    page: str | None = None
    kinds: tuple[str, ...] = Field((), alias="for")


@cache
def key_figures() -> Mapping[str, KeyFigure]:
    """Return the key figures as they are shipped, by key. Raises CatalogueError."""
    text = (files("schemas.catalogue") / "key_figures.toml").read_text(encoding="utf-8")
    return build(tomllib.loads(text), catalogue())


def build(tables: Mapping[str, Any], known: Catalogue) -> dict[str, KeyFigure]:
    """Make key figures of their tables (pure). Raises CatalogueError with all problems."""
    problems: list[str] = []
    found = {}
    known_signals = _signals(known)
    for key, table in tables.items():
        try:
            figure = key_figure(key, table)
        except ValidationError as error:
            problems += [
                ".".join(map(str, (key, *detail["loc"]))) + f": {detail['msg']}"
                for detail in error.errors()
            ]
            continue
        except FormulaError as error:
            problems.append(f"{key}.formula:\n{error.shown(' '.join(table['formula'].split()))}")
            continue
        found[key] = figure
        problems += _problems(figure, known_signals)
    if problems:
        raise CatalogueError(problems)
    return found


@cache
def signals() -> Mapping[str, Mapping[str, Signal]]:
    """Return what formulas may name of each kind that is shipped: roles and properties."""
    return _signals(catalogue())


def key_figure(key: str, content: Mapping[str, Any]) -> KeyFigure:
    """Return a key figure of its table. Raises ValidationError, FormulaError."""
    table = _KeyFigure.model_validate(content)
    formula = " ".join(table.formula.split())
    return KeyFigure(
        key=key,
        name=table.name.model_dump(),
        formula=formula,
        tree=parse(formula),
        kinds=table.kinds,
        unit=table.unit,
        unit_display=unit_display(table.unit) if table.unit_display is None else table.unit_display,
        days=table.days,
        boundary=table.boundary.model_dump(),
        source=table.source,
        typical=table.typical,
        no_typical=table.no_typical,
        better=table.better,
        pillar=table.pillar,
        page=table.page,
    )


def _problems(figure: KeyFigure, known: Mapping[str, Mapping[str, Signal]]) -> Iterator[str]:
    for kind in figure.kinds or (None,):
        if kind is not None and kind not in known:
            yield f'{figure.key}.for: "{kind}" is no kind'
            continue
        try:
            check(figure.tree, Scope(known, kind), figure.unit)
        except FormulaError as error:
            yield f"{figure.key}.formula:\n{error.shown(figure.formula)}"


def _signals(known: Catalogue) -> Mapping[str, Mapping[str, Signal]]:
    return {
        key: {name: _signal(role) for name, role in kind.roles.items()}
        | {name: Signal(each.unit, is_property=True) for name, each in kind.properties.items()}
        for key, kind in known.kinds.items()
    }


def _signal(role: Role) -> Signal:
    return Signal(role.unit, is_counter=role.kind == "counter", accepted=role.accepts)
