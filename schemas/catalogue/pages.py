"""The pages that every site gets, as data: live values, key figures and cards over roles."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.catalogue.key_figures import key_figures, signals
from schemas.catalogue.model import Names
from schemas.catalogue.reader import CatalogueError, catalogue
from schemas.formula.checking import check
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope
from schemas.formula.parser import parse

Selector = str  # kind.role


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shown(_Table):
    """A live value: every point of a role; `name` instead of the points' own."""

    of: Selector
    name: Names | None = None


class Amount(_Table):
    """An amount a day: a formula over roles."""

    key: str
    name: Names
    formula: str


class _Card(_Table):
    key: str
    name: Names
    wide: bool = False


class Lines(_Card):
    """A trend of points; those `apart` have a panel of their own although they share a unit."""

    shows: Literal["lines"]
    points: tuple[Selector, ...]
    apart: tuple[Selector, ...] = ()


class _DayCard(_Card):
    unit: str
    unit_display: str


class Days(_DayCard):
    """Amounts a day in `unit` (UCUM), side by side; `balance` names what enters and what leaves."""

    shows: Literal["days"]
    amounts: tuple[Amount, ...]
    balance: tuple[str, str] | None = None


class Total(_Table):
    """A counter of a whole; `name` is what is called the part that no other counter sees."""

    of: Selector
    name: Names
    note: Names


class StackedDays(_DayCard):
    """What each counter of a role counts a day in `unit` (UCUM), stacked."""

    shows: Literal["stacked_days"]
    points: Selector
    total: Total | None = None


class KeyFigureDays(_Card):
    """A key figure for each day."""

    shows: Literal["key_figure"]
    key_figure: str


class Scatter(_Card):
    """One quantity over another, a dot for each hour."""

    shows: Literal["scatter"]
    x: Selector
    y: Selector


class Assets(_Card):
    """A trend for each asset of a kind, of what is measured there."""

    shows: Literal["assets"]
    kind: str


Card = Annotated[
    Lines | Days | StackedDays | KeyFigureDays | Scatter | Assets, Field(discriminator="shows")
]


def _shown(value: object) -> object:
    return {"of": value} if isinstance(value, str) else value


class PageData(_Table):
    """A page: its key is its address, its symbol and the name of its table."""

    key: str
    name: Names
    key_figures: tuple[str, ...] = ()
    values: tuple[Annotated[Shown, BeforeValidator(_shown)], ...] = ()
    cards: tuple[Card, ...] = ()


@cache
def pages() -> dict[str, PageData]:
    """Return the shipped pages by key, in the order of the navigation. Raises CatalogueError."""
    text = (files("schemas.catalogue") / "pages.toml").read_text(encoding="utf-8")
    return build(tomllib.loads(text))


def build(tables: Mapping[str, Any]) -> dict[str, PageData]:
    """Make pages of their tables (pure).

    Raises CatalogueError with everything that a page names and the catalogue does not have.
    """
    found, problems = {}, []
    for key, table in tables.items():
        try:
            found[key] = PageData(key=key, **table)
        except ValidationError as error:
            problems += [
                ".".join(map(str, ("pages", key, *detail["loc"]))) + f": {detail['msg']}"
                for detail in error.errors()
            ]
    for page in found.values():
        problems += [f"pages.{page.key}: {sentence}" for sentence in _problems(page)]
    if problems:
        raise CatalogueError(problems)
    return found


def _problems(page: PageData) -> Iterator[str]:
    for selector in _selectors(page):
        if not _is_known(selector):
            yield f"{selector} is no kind with such a role"
    by_day = [card.key_figure for card in page.cards if isinstance(card, KeyFigureDays)]
    for key in (*page.key_figures, *by_day):
        if key not in key_figures():
            yield f"{key} is no key figure"
    for card in page.cards:
        if isinstance(card, Assets) and card.kind not in catalogue().kinds:
            yield f"{card.key}: {card.kind} is no kind"
        if isinstance(card, Days):
            yield from _problems_of_days(card)


def _problems_of_days(card: Days) -> Iterator[str]:
    for amount in card.amounts:
        try:
            check(parse(amount.formula), Scope(signals()), card.unit)
        except FormulaError as error:
            yield f"{card.key}.{amount.key}:\n{error.shown(amount.formula)}"
    for key in set(card.balance or ()) - {amount.key for amount in card.amounts}:
        yield f"{card.key}.balance: {key} is no amount of the card"


def _selectors(page: PageData) -> Iterator[Selector]:
    yield from (value.of for value in page.values)
    for card in page.cards:
        match card:
            case Lines():
                yield from (*card.points, *card.apart)
            case StackedDays():
                yield from (card.points, *((card.total.of,) if card.total else ()))
            case Scatter():
                yield from (card.x, card.y)
            case _:
                pass


def _is_known(selector: Selector) -> bool:
    kind, _, role = selector.partition(".")
    return kind in catalogue().kinds and role in catalogue().kinds[kind].roles
