"""Gas at standard conditions: what a site says of it once, every function computes with."""

from pathlib import Path

import pytest

from schemas.catalogue.site_figures import SiteFigure, site_figures
from schemas.errors import SiteFileError
from schemas.site.model import Site
from schemas.site.reader import read
from schemas.site.roles import site_roles
from schemas.unit_display import unit_display
from schemas.unit_history import another_quantity, to_newest
from schemas.units import UnitError, check_unit, conversion
from tests.fixtures.command_line import virtaama
from tests.fixtures.formulas import Made, MadeSite, kpis_over, value
from tests.fixtures.site_files import edited, written

HEAD = 'time_zone = "America/Denver"\n'
SITE = f"""
[site]
key = "plant"
name = {{ fi = "Laitos", sv = "Verk", en = "Plant" }}
{HEAD}
[[line]]
key = "main"
kind = "main"
name = {{ fi = "Linja", sv = "Linje", en = "Line" }}

[[asset]]
kind = "membrane_tank"
properties = {{ membrane_area = [1000, "m2"] }}

[[asset]]
kind = "chp"

[[stream]]
kind = "gas"
to = "chp"
properties = {{ heating_value = [6.5, "kW.h/m3{{n}}"] }}

[[point]]
key = "a-air"
role = "membrane_tank.scour_air_flow"
unit = "[ft_i]3{{std}}/min"

[[point]]
key = "a-permeate"
role = "membrane_tank.permeate_flow"
unit = "[gal_us]/min"
"""


def _site(folder: Path, head: str = "", more: str = "", *changes: tuple[str, str]) -> Site:
    return read(written(folder, edited((HEAD, HEAD + head), *changes, text=SITE + more)))


@pytest.mark.parametrize(
    ("unit", "cubic_metres"),
    [
        ("m3{15Cel}", 0.94795),  # ISO 13443
        ("m3{0Cel}", 1.0),
        ("m3{20Cel}", 0.93178),
        ("m3{25Cel,100kPa}", 0.90417),
        ("m3{293.15K,1.01325bar}", 0.93178),
        ("[ft_i]3{60[degF]}", 0.026791),  # natural gas in the United States
        ("[ft_i]3{60[degF],14.73[psi]}", 0.026853),
        ("[ft_i]3{68[degF]}", 0.026385),  # compressed air there
        ("[ft_i]3{70[degF],14.696[psi]}", 0.026285),
    ],
)
def test_a_standard_volume_is_a_normal_one_by_the_gas_law(unit: str, cubic_metres: float) -> None:
    check_unit(unit)
    assert conversion(unit, "m3{n}").scale == pytest.approx(cubic_metres, rel=3e-5)
    back = conversion(f"kW.h/{unit}", "kW.h/m3{n}").scale
    assert back == pytest.approx(1 / cubic_metres, rel=3e-5)


def test_no_temperature_is_guessed() -> None:
    with pytest.raises(UnitError, match=r"write in \[site\] at which temperature"):
        conversion("m3{std}", "m3{n}")
    with pytest.raises(UnitError, match="differ in what stands in braces"):
        conversion("m3{15Cel}", "m3")


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        ("m3{15Cel}/h", "m³ (15 °C)/h"),
        ("[ft_i]3{60[degF]}/min", "ft³ (60 °F)/min"),
        ("[ft_i]3{60[degF],14.73[psi]}", "ft³ (60 °F, 14.73 psi)"),
        ("[ft_i]3{std}/min", "ft³ std/min"),
    ],
)
def test_people_read_at_which_temperature_gas_is(unit: str, shown: str) -> None:
    assert unit_display(unit) == shown


def test_the_head_of_a_site_says_it_for_all_units(tmp_path: Path) -> None:
    more = """
[[point]]
key = "a-biogas"
role = "gas.gas_flow"
unit = "m3{std}/h"

[[point]]
key = "a-burnt"
role = "gas.gas_volume"
unit = "m3{20Cel}"

[[point]]
key = "a-all"
formula = 'point("main/a-air") + 2 "[ft_i]3{std}/min"'
unit = "m3{n}/h"
name = { fi = "Ilma", sv = "Luft", en = "Air" }

[[mapping]]
key = "gateway"
topic = "gateway/biogas"
value = [{ point = "main/a-biogas", pointer = "/v", unit = "[ft_i]3{68[degF]}/min" }]
"""
    pressure = 'standard_pressure = [14.73, "[psi]"]\n'
    site = _site(tmp_path, f'standard_temperature = [60, "[degF]"]\n{pressure}', more)
    units = {point.key: point.unit for point in site.point}
    assert units["a-air"] == "[ft_i]3{60[degF],14.73[psi]}/min"
    assert units["a-biogas"] == "m3{60[degF],14.73[psi]}/h"
    assert units["a-burnt"] == "m3{20Cel}"
    way = site.topic_mappings()[0].values[0]
    assert way.scale == pytest.approx(1.699011 * (288.7056 / 293.15) * (14.696 / 14.73), rel=1e-4)


def test_an_american_plant_has_its_demand_of_air_as_everybody_has_it(tmp_path: Path) -> None:
    site = _site(tmp_path, 'standard_temperature = [60, "[degF]"]\n')
    figures = {
        found.key: found
        for found in site_figures(site_roles(site))
        if isinstance(found, SiteFigure)
    }
    assert {"specific_air_demand", "membrane_air_demand-membrane_tank"} <= figures.keys()
    roles = {
        "main/a-air": "membrane_tank.scour_air_flow",
        "main/a-permeate": "membrane_tank.permeate_flow",
    }
    figure = next(kpi for kpi in kpis_over(roles) if kpi.key == "specific_air_demand")
    found = [
        MadeSite(
            {"main/a-air": Made([air, air], unit), "main/a-permeate": Made([flow, flow], water)}, 2
        ).value(figure)
        for air, unit, flow, water in (
            (100.0, site.points["main/a-air"].unit, 40.0, "[gal_us]/min"),
            (100 * 1.699011 * 273.15 / 288.7056, "m3{n}/h", 40 * 0.2271247, "m3/h"),
        )
    ]
    assert found[0].value == pytest.approx(17.694, rel=1e-4)
    assert found[0].value == pytest.approx(found[1].value, rel=1e-5)


def test_without_it_the_check_says_what_is_missing_for_which_key_figure(tmp_path: Path) -> None:
    answer = virtaama("site", "check", written(tmp_path, SITE))
    assert answer.code == 0, answer.err
    sentence = (
        "needs scour_air_flow (measurement, m3{n}/h) of membrane_tank; it is there in "
        "[ft_i]3{std}/min, which does not convert, and write in [site] at which temperature a "
        'standard volume of gas is, such as standard_temperature = [15, "Cel"] or [60, "[degF]"]'
    )
    said = next(line for line in answer.out.splitlines() if line.endswith(sentence))
    assert "specific_air_demand" in said
    assert "tank_air_demand" in said


def test_a_formula_of_a_role_does_not_take_standard_volumes_for_normal_ones(tmp_path: Path) -> None:
    more = """
[[point]]
key = "twice"
formula = "2 * membrane_tank.scour_air_flow"
unit = "m3{n}/h"
name = { fi = "Kaksi", sv = "Två", en = "Twice" }
"""
    with pytest.raises(SiteFileError) as caught:
        _site(tmp_path, "", more)
    assert "it is there in [ft_i]3{std}/min, which does not convert" in caught.value.problems[0]
    assert _site(tmp_path, 'standard_temperature = [20, "Cel"]\n', more).points["main/twice"]


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ('standard_temperature = [60, "Cel"]', "60 Cel is 60.0 °C, and standard volumes of gas"),
        ('standard_temperature = [15, "[degF]"]', "15 [degF] is -9.4 °C"),
        ('standard_temperature = [15, "°C"]', '"°C" is no temperature here; use "Cel", "[degF]"'),
        ("standard_temperature = 15", 'must be a number with its unit, such as [15, "Cel"]'),
        ('standard_temperature = ["15", "Cel"]', "must be a number with its unit"),
        ('standard_pressure = [1, "bar"]', "is of a standard temperature, and there is none"),
        (
            'standard_temperature = [15, "Cel"]\nstandard_pressure = [1013, "bar"]',
            "is 101300.0 kPa, and standard volumes of gas are at 90 to 110 kPa",
        ),
        (
            'standard_temperature = [15, "Cel"]\nstandard_pressure = [1, "bar{gauge}"]',
            '"bar{gauge}" is no absolute pressure here',
        ),
    ],
)
def test_what_is_no_standard_condition_is_told(tmp_path: Path, head: str, sentence: str) -> None:
    with pytest.raises(SiteFileError) as caught:
        _site(tmp_path, f"{head}\n")
    assert any(sentence in problem for problem in caught.value.problems), caught.value.problems


def test_a_heating_value_of_standard_volumes_needs_it_too(tmp_path: Path) -> None:
    change = ("kW.h/m3{n}", "kW.h/m3{std}")
    with pytest.raises(SiteFileError, match="at which temperature a standard volume"):
        _site(tmp_path, "", "", change)
    site = _site(tmp_path, 'standard_temperature = [15, "Cel"]\n', "", change)
    assert site.stream[0].properties["heating_value"].unit == "kW.h/m3{15Cel}"


def test_what_was_recorded_before_it_was_stated_meant_the_same() -> None:
    before, after = "[ft_i]3{std}/min", "[ft_i]3{60[degF]}/min"
    assert another_quantity(before, after) is None
    assert [way and way.scale for way in to_newest([before, after])] == [1.0, 1.0]
    assert [way and way.scale for way in to_newest([after, before])] == [1.0, 1.0]
    found = to_newest([before, after, "m3{n}/h"])
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0].scale == pytest.approx(1.60745, rel=1e-4)
    assert another_quantity(before, "m3{n}/h") is not None


def test_a_window_of_gas_in_several_units_is_one_amount() -> None:
    points = {
        "a": Made([60.0] * 6, "m3{15Cel}/h", needed="m3{n}/h"),
        "b": Made([60.0] * 6, "m3{n}/h"),
    }
    found = value("integral($a + $b)", "m3{n}", 6, **points)
    assert found.value == pytest.approx(60 + 60 * 273.15 / 288.15)
