"""Key figures of a site file: in the shape of the catalogue, and mistakes with file and line."""

from pathlib import Path

import pytest

from schemas.catalogue.figure_report import figure_report
from schemas.catalogue.key_figures import KeyFigure, key_figures
from schemas.catalogue.site_figures import MissingFigure, SiteFigure, site_figures
from schemas.errors import SiteFileError
from schemas.formula.site_roles import SiteRoles
from schemas.site.model import Site
from schemas.site.reader import read
from schemas.site.roles import site_roles
from tests.fixtures.site_files import ELEMENTS_TOML, SITE_TOML, edited, line_number, written

WHOLE = SITE_TOML + ELEMENTS_TOML
FIGURE = """
[[key_figure]]
key = "own_load"
name = "Ammonium that comes in"
formula = "load(influent.flow, influent.ammonium) / elapsed()"
unit = "kg/d"
boundary = "influent"
source = "own"
page = "quality"
"""


def _site(folder: Path, *changes: tuple[str, str]) -> Site:
    return read(written(folder, WHOLE + edited(*changes, text=FIGURE)))


def _problem(folder: Path, *changes: tuple[str, str]) -> str:
    with pytest.raises(SiteFileError) as caught:
        _site(folder, *changes)
    (problem,) = caught.value.problems
    return problem


def _own(site: Site) -> list[KeyFigure]:
    return [table.key_figure() for table in site.key_figure]


def test_it_is_what_one_of_the_catalogue_is(tmp_path: Path) -> None:
    site = _site(tmp_path)
    (own,) = _own(site)
    assert own.name == dict.fromkeys(("fi", "sv", "en"), "Ammonium that comes in")
    assert (own.unit_display, own.days, own.better, own.page) == ("kg/d", 1, "none", "quality")
    found = next(iter(site_figures(site_roles(site), [own])))
    assert isinstance(found, SiteFigure)
    assert [each.path for each in found.formula.inputs] == ["main/in-ft-1", "main/in-qt-2"]
    assert "1 of 1 of the site file" in figure_report(site_roles(site), [own])[0]


def test_it_may_be_over_points_that_have_no_role(tmp_path: Path) -> None:
    formula = 'mean(point("main/flow"))'
    site = _site(
        tmp_path,
        ('"load(influent.flow, influent.ammonium) / elapsed()"', f"'{formula}'"),
        ('unit = "kg/d"', 'unit = "L/s"'),
    )
    (own,) = _own(site)
    found = next(iter(site_figures(site_roles(site), [own])))
    assert isinstance(found, SiteFigure)
    assert [each.path for each in found.formula.inputs] == ["main/flow"]
    gone = next(iter(site_figures(SiteRoles({}, {}), [own])))
    assert isinstance(gone, MissingFigure)
    assert gone.point == "main/flow"


def test_with_for_it_is_there_once_for_each_asset(tmp_path: Path) -> None:
    site = _site(
        tmp_path,
        ('"load(influent.flow, influent.ammonium) / elapsed()"', '"mean(transmembrane_pressure)"'),
        ('unit = "kg/d"', 'unit = "bar"'),
        ('page = "quality"', 'for = ["membrane_tank"]'),
    )
    found = [each for each in site_figures(site_roles(site), _own(site)) if each.item == "mbr1"]
    assert found[0].figure.key == "own_load"
    assert isinstance(found[0], SiteFigure)
    assert found[0].key == "own_load-mbr1"


FORMULA = "load(influent.flow, influent.ammonium) / elapsed()"


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ([('"kg/d"', '"m3/d"')], "formula", 'does not convert to the stated unit "m3/d"'),
        ([(FORMULA, "mean(influent.flux)")], "formula", "flux is no role of influent"),
        ([(FORMULA, "mean(influnt.flow)")], "formula", 'did you mean "influent"?'),
        (
            [(FORMULA, "mean(influent.flow * influent.lab_cod)")],
            "formula",
            "needs lab_cod (laboratory",
        ),
        ([(f'"{FORMULA}"', "'mean(point(\"main/flw\"))'")], "formula", "main/flw is no point"),
        ([(FORMULA, "mean(effluent.flow * influent.ammonium)")], "formula", "there is no effluent"),
        ([(FORMULA, "influent.flow")], "formula", "take mean(...)"),
        ([(FORMULA, "mean(influent.flow) / 0")], "formula", "this divides by zero"),
        ([(FORMULA, "specific_energy * 2")], "formula", "specific_energy is a key figure, and"),
        ([(FORMULA, "own_load * 2")], "formula", "own_load is a key figure, and formulas"),
        ([('"own_load"', '"specific_energy"')], "key", "is a key figure of the catalogue"),
        ([('"own_load"', '"own-load"')], "key", 'use a-z, 0-9 and "_"'),
        ([('"quality"', '"qualty"')], "page", 'is no page; did you mean "quality"?'),
        ([('page = "quality"', 'for = ["gac_filtr"]')], "for", 'did you mean "gac_filter"?'),
        ([("formula =", "formla =")], "formla", 'did you mean "formula"?'),
        ([('source = "own"', 'source = "own"\ntypical = [3, 1]')], "typical", "is not a range"),
        ([('source = "own"', 'source = "own"\ndays = 0')], "days", "greater than or equal to 1"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    changes: list[tuple[str, str]], key: str, said: str, tmp_path: Path
) -> None:
    if key == "formla":
        with pytest.raises(SiteFileError) as caught:
            _site(tmp_path, *changes)
        problem = caught.value.problems[1]
    else:
        problem = _problem(tmp_path, *changes)
    text = WHOLE + edited(*changes, text=FIGURE)
    line = (
        line_number(text, "[[key_figure]]", f"{key} =") if key != "for" else problem.split(":")[1]
    )
    assert problem.startswith(f"site.toml:{line}: key_figure.")
    assert said in problem


def test_one_that_would_be_shown_nowhere_is_told(tmp_path: Path) -> None:
    assert "would be shown nowhere" in _problem(tmp_path, ('page = "quality"\n', ""))


def test_one_of_a_kind_that_the_plant_has_not_is_told(tmp_path: Path) -> None:
    changes = (f'"{FORMULA}"', '"mean(feed_sac254)"'), ('"kg/d"', '"/m"')
    problem = _problem(tmp_path, *changes, ('page = "quality"', 'for = ["gac_filter"]'))
    assert "there is no gac_filter at this site" in problem


def test_two_of_one_key_are_told(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match=r'"own_load" stands in site\.toml:'):
        read(written(tmp_path, WHOLE + FIGURE + FIGURE))


def test_no_key_of_the_catalogue_looks_like_one_of_an_asset() -> None:
    assert not [key for key in key_figures() if "-" in key]


def test_units_that_clash_are_those_of_the_plants_points(tmp_path: Path) -> None:
    """A plant whose flow is in l/s read that its formula was in m3/h."""
    whole = WHOLE.replace('unit = "m3/h"', 'unit = "L/s"')
    assert whole != WHOLE
    clash = edited(
        ('"load(influent.flow, influent.ammonium) / elapsed()"', '"mean(influent.flow) + 1"'),
        text=FIGURE,
    )
    with pytest.raises(SiteFileError) as caught:
        read(written(tmp_path, whole + clash))
    assert any('the sides of "+" are L/s and 1' in problem for problem in caught.value.problems)
