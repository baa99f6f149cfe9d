"""Calculated points of a site file: the shortest form, and mistakes with file, line and key."""

from pathlib import Path

import pytest

from schemas.errors import SiteFileError
from schemas.site.model import Site
from schemas.site.reader import read
from schemas.site.rows import wanted_rows
from tests.fixtures.site_files import ELEMENTS_TOML, SITE_TOML, line_number, written

LOAD = """
[[point]]
key = "in-load"
name = { fi = "Tulokuorma", en = "Inflow load", sv = "Inflödesbelastning" }
formula = "influent.flow * influent.ammonium"
unit = "kg/d"
"""


def _read(folder: Path, *tables: str) -> Site:
    return read(written(folder, SITE_TOML + ELEMENTS_TOML + "".join(tables)))


def _problems(folder: Path, *tables: str) -> str:
    with pytest.raises(SiteFileError) as caught:
        _read(folder, *tables)
    return "\n".join(caught.value.problems)


def _point(key: str, formula: str, unit: str = "1", **more: str) -> str:
    others = "".join(f"{name} = {value}\n" for name, value in more.items())
    return (
        LOAD.replace('"in-load"', f'"{key}"')
        .replace('"influent.flow * influent.ammonium"', f"'{formula}'")
        .replace('"kg/d"', f'"{unit}"')
        + others
    )


def test_five_lines_are_a_calculated_point(tmp_path: Path) -> None:
    point = _read(tmp_path, LOAD).points["main/in-load"]
    assert (point.kind, point.tag, point.area) == ("calculated", "IN-LOAD", "IN")


def test_with_a_role_four_lines_are_enough_and_its_asset_s_roles_need_no_kind(
    tmp_path: Path,
) -> None:
    table = """
[[point]]
key = "mbr1-flow"
role = "mbr1.permeate_flow"
unit = "L/h"

[[point]]
key = "mbr1-j"
role = "mbr1.flux"
unit = "L/(m2.h)"
formula = "permeate_flow / membrane_area"
"""
    point = _read(tmp_path, table).points["main/mbr1-j"]
    assert (point.kind, point.tag) == ("calculated", "MBR1-J")


def test_it_is_expected_as_often_as_its_most_frequent_input(tmp_path: Path) -> None:
    text = ELEMENTS_TOML.replace(
        'role = "influent.flow"', 'role = "influent.flow"\nexpected_interval_s = 10'
    ).replace('role = "influent.ammonium"', 'role = "influent.ammonium"\nexpected_interval_s = 600')
    double = _point("twice", 'point("main/in-load") * 2', "kg/d")
    site = read(written(tmp_path, SITE_TOML + text + LOAD + double))
    rows = {row["key"]: row["expected_interval_s"] for row in wanted_rows(site)["definition"]}
    assert rows["in-load"] == rows["twice"] == 10


@pytest.mark.parametrize(
    ("formula", "unit", "sentence"),
    [
        (
            "influent.flow * influent.ammonium",
            "m3",
            'the formula gives m3/h.mg/L, which does not convert to the stated unit "m3"',
        ),
        ("influent.flow + influent.ammonium", "m3/h", 'the sides of "+" are m3/h and mg/L'),
        ("influent.flow / 0", "m3/h", "this divides by zero"),
        ("influent.flw", "m3/h", 'flw is no role of influent; did you mean "flow"?'),
        ("infuent.flow", "m3/h", 'infuent is no kind; did you mean "influent"?'),
        ('point("main/in-ft-2")', "m3/h", 'main/in-ft-2 is no point; did you mean "main/in-qt-2"?'),
        ("effluent.flow", "m3/h", "needs flow (measurement, m3/h); there is no effluent"),
        ("mean(influent.flow)", "m3/h", "mean(...) is of a window of time"),
        ("influent.flow - mean(influent.flow)", "m3/h", "mean(...) is of a window of time"),
        ("influent.volume", "m3", "this is a counter, whose readings are no values"),
        ("3", "1", "this is the same at every moment"),
        ("influent.flow *", "m3/h", "the formula ends too early"),
        ("influent.flow ^ 2", "m3/h", "^ cannot stand here"),
        ("primary_effluent.flow", "m3/h", "needs flow (measurement, m3/h)"),
        ("not influent.flow", "1", '"not" stands with comparisons'),
        ('influent.flow > 1 "m3/h" and 2', "1", '"and" stands with comparisons'),
        ('__import__("os")', "1", "_ cannot stand here"),
    ],
)
def test_a_wrong_formula_is_told_with_file_line_key_and_character(
    tmp_path: Path, formula: str, unit: str, sentence: str
) -> None:
    table = _point("wrong", formula, unit)
    told = _problems(tmp_path, table)
    line = line_number(SITE_TOML + ELEMENTS_TOML + table, '"wrong"', "formula")
    assert told.startswith(f"site.toml:{line}: point.wrong.formula: {sentence}"), told
    if "needs" not in sentence:
        shown = told.split("\n")
        assert shown[1].strip() == formula
        assert shown[2].strip() == "^"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_formulas_is_told_once(tmp_path: Path, length: int) -> None:
    tables = [
        _point(f"c{n}", f'point("main/c{(n + 1) % length}") * 2', "m3/h") for n in range(length)
    ]
    told = _problems(tmp_path, *tables, _point("beside", 'point("main/c0") + 1 "m3/h"', "m3/h"))
    way = " needs ".join([f"main/c{n}" for n in range(length)] + ["main/c0"])
    assert told.endswith(f"point.c0.formula: leads back to itself: {way}")
    assert "\n" not in told


def test_a_circle_through_roles_is_one_too(tmp_path: Path) -> None:
    table = """
[[point]]
key = "mbr1-flow"
role = "mbr1.permeate_flow"
unit = "L/h"
formula = "flux * membrane_area"

[[point]]
key = "mbr1-j"
role = "mbr1.flux"
unit = "L/(m2.h)"
formula = "permeate_flow / membrane_area"
"""
    told = _problems(tmp_path, table)
    assert "leads back to itself: main/mbr1-flow needs main/mbr1-j needs main/mbr1-flow" in told


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            _point("odd", "influent.flow", "m3/h", kind='"measurement"'),
            'odd.kind: a point with a formula is "calculated", not a measurement',
        ),
        (
            LOAD.replace("formula = ", "note = ").replace(
                "unit", 'kind = "calculated"\nline = "main"\ntag = "T"\narea = "A"\nunit'
            ),
            "in-load.formula: is missing",
        ),
        (
            _point("odd", "influent.flow", "m3/h", instrument='"fit-1"'),
            "odd.instrument: no instrument serves a point that is calculated",
        ),
        (
            _point("odd", "influent.flow", "m3/h", role='"influent.volume"').replace("m3/h", "m3"),
            '"volume" is for a counter, and this is a calculated',
        ),
    ],
)
def test_what_does_not_go_with_a_formula_is_told(tmp_path: Path, table: str, sentence: str) -> None:
    assert sentence in _problems(tmp_path, table)


def test_nothing_is_read_from_a_topic_into_a_calculated_point(tmp_path: Path) -> None:
    mapping = """
[[mapping]]
key = "other"
topic = "gateway/other"

[[mapping.value]]
point = "main/in-load"
pointer = "/v"
"""
    assert "is calculated here, and nothing is read into it" in _problems(tmp_path, LOAD, mapping)
