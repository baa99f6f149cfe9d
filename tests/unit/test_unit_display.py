"""Units stand on the screen as people write them, without anybody writing it twice."""

from pathlib import Path

import pytest

from schemas.catalogue import catalogue
from schemas.site.reader import read
from schemas.site.rows import wanted_rows
from schemas.unit_display import unit_display
from tests.fixtures.site_files import SITE_TOML, written


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("m3/h", "m³/h"),
        ("uS/cm", "µS/cm"),
        ("mS/cm", "mS/cm"),
        ("Cel", "°C"),
        ("[degF]", "°F"),
        ("[pH]", "pH"),
        ("kW.h", "kWh"),
        ("kW.h/m3", "kWh/m³"),
        ("kV.A", "kVA"),
        ("kV.A{reactive}.h", "kvarh"),
        ("N.m", "N·m"),
        ("m3{n}/h", "Nm³/h"),
        ("kPa{gauge}", "kPa(g)"),
        ("L/(m2.h)", "L/(m²·h)"),
        ("{MPN}/(100.mL)", "MPN/100 mL"),
        ("{NTU}", "NTU"),
        ("mg{N}/L", "mg N/L"),
        ("10*6.[gal_us]/d", "Mgal/d"),
        ("10*3/uL", "10³/µL"),
        ("[ft_i]3/s", "ft³/s"),
        ("/m", "1/m"),
        ("s-1", "s⁻¹"),
        ("%", "%"),
        ("1", ""),
    ],
)
def test_a_unit_is_shown_as_people_write_it(code: str, text: str) -> None:
    assert unit_display(code) == text


def test_no_unit_of_the_catalogue_is_shown_in_the_letters_of_ucum() -> None:
    shown = {unit_display(role.unit) for role in catalogue().roles.values()}
    assert len(shown) > 20
    assert not [text for text in shown if set("[]{}*") & set(text) or text.startswith("u")]


def test_what_a_site_file_says_of_a_unit_is_kept_and_what_it_leaves_out_is_given(
    tmp_path: Path,
) -> None:
    said = SITE_TOML.replace('unit = "bar"\n', 'unit = "bar"\nunit_display = "bar abs"\n')
    rows = wanted_rows(read(written(tmp_path, said)))["definition"]
    units = {row["unit"]: row["unit_display"] for row in rows}
    assert units["m3/h"] == "m³/h"
    assert units["bar"] == "bar abs"
    assert units["1"] == ""
