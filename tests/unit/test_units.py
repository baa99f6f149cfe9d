"""Units: UCUM and nothing else, with the unit that was meant, and exact straight lines between."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
from pint.errors import DefinitionSyntaxError

from schemas import units
from schemas.errors import UnitsUnavailable
from schemas.site.reader import read
from schemas.units import Conversion, UnitError, check_unit, conversion, suggestion

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "code",
    [
        *("m3/h", "L/(m2.h)", "kW.h", "kW.h/m3", "Cel", "%", "1", "mg/L", "uS/cm", "[pH]", "mbar"),
        *("{NTU}", "{MPN}/(100.mL)", "m3{n}/h", "10*6.[gal_us]/d", "[ft_i]3{std}/min", "[ppm]"),
        *("m3/h/m2", "g/m3", "{rpm}/min", "1/min", "bar{gauge}", "m[H2O]"),
    ],
)
def test_units_of_a_plant_are_units(code: str) -> None:
    check_unit(code)
    assert conversion(code, code) == Conversion(1.0, 0.0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("m³/h", "m3/h"),
        ("m^3/h", "m3/h"),
        ("m3 / h", "m3/h"),
        ("m3/hr", "m3/h"),
        ("Nm3/h", "m3{n}/h"),
        ("Nm³", "m3{n}"),
        ("°C", "Cel"),
        ("degC", "Cel"),
        ("C", "Cel"),
        ("pH", "[pH]"),
        ("NTU", "{NTU}"),
        ("MPN/100ml", "{MPN}/(100.mL)"),
        ("µS/cm", "uS/cm"),
        ("mg/l as N", "mg/l"),
        ("kWh", "kW.h"),
        ("kWh/m3", "kW.h/m3"),
        ("LMH", "L/(m2.h)"),
        ("ppm", "[ppm]"),
        ("psi", "[psi]"),
        ("bar(g)", "bar{gauge}"),
        ("mmH2O", "mm[H2O]"),
        ("rpm", "{rpm}/min"),
        ("MGD", "10*6.[gal_us]/d"),
        ("scfm", "[ft_i]3{std}/min"),
        ("Ohm·m", "Ohm.m"),
        ("ft", "[ft_i]"),
        ("ft3/min", "[ft_i]3/min"),
        ("ft3{std}/min", "[ft_i]3{std}/min"),
        ("gal", "[gal_us]"),
        ("Gal/min", "[gal_us]/min"),
        ("m3/MGal", "m3/(10*6.[gal_us])"),
        ("in", "[in_i]"),
        ("inH2O", "[in_i'H2O]"),
        ("hp", "[HP]"),
        ("cfs", "[ft_i]3/s"),
        ("kw", "kW"),
        ("Ma", "mA"),
        ("mph", "[mi_i]/h"),
        ("m3/S", "m3/s"),
        ("m3/H", "m3/h"),
        ("T/d", "t/d"),
        ("ph", "[pH]"),
        ("us/cm", "uS/cm"),
        ("MG/L", "mg/L"),
        ("nm3/h", "m3{n}/h"),
        ("CFU/100ml", "{CFU}/(100.mL)"),
        ("kph", "km/h"),
        ("st", "1"),
        ("N/A", "1"),
        ("M3/D", "m3/d"),
        ("Bar", "bar"),
        ("mAh", "mA.h"),
        ("kT/a", "kt/a"),
        ("mG/L", "mg/L"),
        ("mb", "mbar"),
        ("kP", "kPa"),
        ("MB", "MBy"),
    ],
)
def test_what_people_write_leads_to_the_unit_that_they_mean(written: str, meant: str) -> None:
    with pytest.raises(UnitError) as caught:
        check_unit(written)
    assert str(caught.value).startswith(f'"{written}" is ')
    assert str(caught.value).endswith(f'did you mean "{meant}"?')
    check_unit(meant)


@pytest.mark.parametrize("text", ["PS", "ps", "B", "b", "Pt", "EC", "PL/d", "EA"])
def test_what_can_mean_several_things_is_asked_for_and_not_guessed(text: str) -> None:
    assert suggestion(text) is None
    with pytest.raises(UnitError, match="is another unit in UCUM") as caught:
        check_unit(text)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("code", ["min", "S/m", "mS/cm", "nm", "t/d", "A.h", "kt/d", "N.m", "dB"])
def test_what_is_meant_as_ucum_reads_it_is_left_alone(code: str) -> None:
    check_unit(code)


@pytest.mark.parametrize("text", ["", "gibberish", "m3/(h", "-", "m3//h", "🌊", "m" * 5_000])
def test_what_nobody_means_has_no_suggestion(text: str) -> None:
    assert suggestion(text) is None
    with pytest.raises(UnitError, match=r"is not a UCUM unit; docs/site-file\.md has examples"):
        check_unit(text)


@pytest.mark.parametrize(
    ("source", "target", "scale", "offset"),
    [
        ("[degF]", "Cel", 5 / 9, -160 / 9),
        ("K", "Cel", 1.0, -273.15),
        ("[psi]", "bar", 0.0689475729318, 0.0),
        ("[gal_us]/min", "m3/h", 0.2271247, 0.0),
        ("10*6.[gal_us]/d", "m3/d", 3_785.411784, 0.0),
        ("L/s", "m3/h", 3.6, 0.0),
        ("[ft_i]3{std}/min", "[ft_i]3{std}/h", 60.0, 0.0),
        ("m3{n}/h", "L{n}/min", 1000 / 60, 0.0),
        ("mg/L", "g/m3", 1.0, 0.0),
        ("[ppm]", "%", 1e-4, 0.0),
        ("mS/cm", "uS/cm", 1_000.0, 0.0),
        ("J", "kW.h", 1 / 3.6e6, 0.0),
    ],
)
def test_conversions_equal_the_tables(
    source: str, target: str, scale: float, offset: float
) -> None:
    found = conversion(source, target)
    assert found.scale == pytest.approx(scale, rel=1e-7)
    assert found.offset == pytest.approx(offset, rel=1e-9)


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("m3/h", "bar", '"m3/h" cannot be converted to "bar"'),
        ("m3{n}/h", "m3/h", '"m3{n}/h" and "m3/h" differ in what stands in braces'),
        ("{NTU}", "{FNU}", "differ in what stands in braces"),
        ("dB", "1", "are not related by a straight line"),
        ("[pH]", "1", "cannot be converted"),
    ],
)
def test_units_that_do_not_fit_are_refused(source: str, target: str, sentence: str) -> None:
    with pytest.raises(UnitError) as caught:
        conversion(source, target)
    assert sentence in str(caught.value)


def test_who_knows_how_braces_relate_may_say_so() -> None:
    found = conversion("[ft_i]3{std}/min", "m3{n}/h", ignore_braces=True)
    assert found.scale == pytest.approx(1.69901, rel=1e-5)


def test_a_registry_that_does_not_load_says_so_instead_of_refusing_every_unit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail() -> None:
        raise DefinitionSyntaxError("the alias i.U. is not a valid unit alias")

    monkeypatch.setattr(units, "UnitRegistry", fail)
    with _nothing_remembered(), pytest.raises(UnitsUnavailable) as found:
        read(ROOT / "deploy/sites/mikkeli")
    said = str(found.value)
    assert f"ucumvert {version('ucumvert')} with pint {version('pint')}" in said
    assert "the alias i.U. is not a valid unit alias" in said
    assert "requirements.lock" in said


def test_a_grammar_that_does_not_load_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise FileNotFoundError(2, "No such file", "ucum_grammar.lark")

    monkeypatch.setattr(units, "get_ucum_parser", fail)
    with _nothing_remembered(), pytest.raises(UnitsUnavailable, match=r"ucum_grammar\.lark"):
        suggestion("m3 / h")


@contextmanager
def _nothing_remembered() -> Iterator[None]:
    def forget() -> None:
        for kept in (units._parser, units._reader, units._quantity, conversion):
            kept.cache_clear()

    forget()
    yield
    forget()
