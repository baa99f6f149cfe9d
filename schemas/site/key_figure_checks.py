"""Checks of the key figures of a site: keys, pages, kinds, and that the plant gives them."""

import re
from collections.abc import Iterator, Mapping

from schemas.catalogue import catalogue
from schemas.catalogue.figure_report import need_text
from schemas.catalogue.key_figures import KeyFigure, key_figures, signals
from schemas.catalogue.pages import pages
from schemas.formula.binding import MissingRoleError, bind
from schemas.formula.checking import check
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope, Signal
from schemas.formula.site_roles import SiteRoles
from schemas.site.draft import Draft
from schemas.site.formula_checks import marked, site_of
from schemas.site.key_figures import SiteKeyFigure
from schemas.site.messages import meant
from schemas.site.part import Part, Problem
from schemas.site.roles import site_roles
from schemas.site.signals import signals_at

Signals = Mapping[str, Mapping[str, Signal]]
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def key_figure_problems(draft: Draft, *, with_points: bool) -> Iterator[Problem]:
    """Yield what is wrong with key figures.

    `with_points`: whether all else is right, so that points and roles can be looked for.
    """
    found = draft.pairs(SiteKeyFigure)
    keys = {*key_figures(), *(table.key for _, table in found)}
    roles = site_roles(site_of(draft)) if with_points and found else None
    told = signals_at(roles) if roles is not None else {}
    named = {
        ref: Signal(point.unit, is_counter=point.kind == "counter")
        for ref, point in draft.points().items()
    }
    for part, table in found:
        yield from _places(part, table)
        try:
            figure = table.key_figure()
            if roles is not None:
                yield from _formula(part, figure, named, roles, told)
        except FormulaError as error:
            text = " ".join(table.formula.split())
            yield part.problem(("formula",), marked(_of_figures(error, text, keys), text))


def _places(part: Part, table: SiteKeyFigure) -> Iterator[Problem]:
    if table.key in key_figures():
        sentence = f'"{table.key}" is a key figure of the catalogue; give yours another key'
        yield part.problem(("key",), sentence)
    if table.page is not None and table.page not in pages():
        hint = meant(table.page, pages()) or f"; pages are {', '.join(pages())}"
        yield part.problem(("page",), f'"{table.page}" is no page{hint}')
    if table.page is None and table.pillar is None and not table.for_:
        sentence = (
            'would be shown nowhere; give `page = "energy"`, or `for` the kinds of assets whose '
            "pages show it"
        )
        yield part.problem((), sentence)
    kinds = catalogue().kinds
    for number, kind in enumerate(table.for_):
        if kind not in kinds:
            sentence = f'"{kind}" is no kind of asset or stream{meant(kind, kinds)}'
            yield part.problem(("for", number), sentence)


def _formula(
    part: Part, figure: KeyFigure, named: Mapping[str, Signal], roles: SiteRoles, told: Signals
) -> Iterator[Problem]:
    """Yield what the plant lacks for a key figure. Raises FormulaError."""
    known = signals()
    for kind in (kind for kind in figure.kinds if kind in known):
        scope = Scope(known, kind, named)
        check(figure.tree, Scope(told, kind, named), figure.unit)
        items = roles.of_kind(kind)
        lacks = []
        for item in items:
            try:
                bind(figure.tree, figure.unit, scope, roles, item)
            except MissingRoleError as error:
                lacks.append(need_text(error.need, f" of {item}"))
        if not items:
            place = ("for", figure.kinds.index(kind))
            yield part.problem(place, f"there is no {kind} at this site")
        elif len(lacks) == len(items):
            yield part.problem(("formula",), lacks[0])
    if not figure.kinds:
        scope = Scope(known, None, named)
        check(figure.tree, Scope(told, None, named), figure.unit)
        try:
            bind(figure.tree, figure.unit, scope, roles)
        except MissingRoleError as error:
            of = "" if error.need.item is None else f" of {error.need.item}"
            yield part.problem(("formula",), need_text(error.need, of))


def _of_figures(error: FormulaError, formula: str, keys: set[str]) -> FormulaError:
    """Return the error, or one that says what to do where a formula names a key figure."""
    word = _WORD.match(formula, error.at)
    if word is None or word[0] not in keys or formula[word.end() : word.end() + 1] == ".":
        return error
    sentence = (
        f"{word[0]} is a key figure, and formulas are over roles and points; write what it is"
    )
    return FormulaError(sentence, error.at)
