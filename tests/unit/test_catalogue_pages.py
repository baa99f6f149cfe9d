"""A page that names what the catalogue does not have is told at start, and not by an empty card."""

from typing import Any

import pytest

from schemas.catalogue import CatalogueError
from schemas.catalogue.pages import build, pages

NAME = dict.fromkeys(("fi", "sv", "en"), "Nimi")
CARD = {"key": "c", "name": NAME}


def _page(**more: Any) -> dict[str, Any]:
    return {"made": {"name": NAME} | more}


def _days(formula: str = "sum(delta(influent.volume))", **more: Any) -> dict[str, Any]:
    amount = {"key": "in", "name": NAME, "formula": formula}
    unit = {"unit": "m3", "unit_display": "m³"}
    return CARD | {"shows": "days", "amounts": [amount]} | unit | more


def test_the_shipped_pages_name_nothing_that_is_gone() -> None:
    assert len(pages()) >= 10
    assert build(_page(cards=[_days()]))["made"].cards


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (_page(values=["influent.gone"]), "influent.gone is no kind with such a role"),
        (_page(key_figures=["gone"]), "gone is no key figure"),
        (_page(cards=[CARD | {"shows": "lines", "points": ["gone.flow"]}]), "gone.flow is no"),
        (_page(cards=[CARD | {"shows": "key_figure", "key_figure": "gone"}]), "gone is no key"),
        (_page(cards=[CARD | {"shows": "assets", "kind": "gone"}]), "c: gone is no kind"),
        (_page(cards=[_days("sum(delta(influent.gone))")]), "c.in:"),
        (_page(cards=[_days("mean(sum(influent.flow))")]), 'the stated unit "m3"'),
        (_page(cards=[_days(balance=["in", "gone"])]), "c.balance: gone is no amount"),
        (_page(cards=[CARD | {"shows": "gone"}]), "pages.made.cards.0"),
        (_page(gone=1), "pages.made.gone"),
    ],
)
def test_a_page_that_names_what_is_gone_is_told(page: dict[str, Any], said: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        build(page)
    (problem,) = caught.value.problems
    assert problem.startswith("pages.made")
    assert said in problem
