"""The catalogue: what is shipped fits together, and what does not is told as a whole."""

from pathlib import Path
from typing import Any, get_args

import pytest

from dashboard.texts import catalogue as texts
from schemas.catalogue import Catalogue, CatalogueError, Role, catalogue
from schemas.catalogue.model import Section
from schemas.catalogue.reader import build
from schemas.units import check_unit, conversion
from tests.fixtures.catalogue_docs import PAGE, page

SYMBOLS = Path(__file__).parents[2] / "dashboard/assets/symbols"
NAME = {"fi": "Nimi", "sv": "Namn", "en": "Name"}
FLOW = NAME | {"unit": "m3/h"}


def _small(**changes: Any) -> Catalogue:
    tables: dict[str, Any] = {
        "roles": {
            "measurement": {"flow": FLOW},
            "laboratory": {"lab_cod": NAME | {"unit": "mg/L"}},
        },
        "ends": {"feed": NAME},
        "properties": {"volume": NAME | {"unit": "m3"}},
        "kinds": {
            "water": {"name": NAME, "source": "s", "stream": True, "roles": ["flow", "lab_cod"]},
            "filter": {
                "name": NAME,
                "source": "s",
                "symbol": "f",
                "section": "other",
                "ends": {"feed": "water"},
            },
            "sand_filter": {"name": NAME, "source": "s", "is": "filter", "properties": ["volume"]},
        },
    }
    for path, value in changes.items():
        *folders, last = path.split("__")
        here = tables
        for folder in folders:
            here = here[folder]
        here[last] = value
    return build(**tables)


def test_docs_are_written_from_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(catalogue())


def test_every_unit_can_be_computed_with_and_accepted_ones_are_the_same_quantity() -> None:
    for role in catalogue().roles.values():
        check_unit(role.unit)
        for other in role.accepts:
            conversion(other, role.unit, ignore_braces=True)
    for property_ in catalogue().properties.values():
        check_unit(property_.unit)


def test_every_kind_of_asset_has_a_drawing() -> None:
    shipped = catalogue()
    drawn = {path.stem for path in SYMBOLS.glob("*.svg")}
    wanted = {shipped.kinds[key].symbol for key in shipped.assets}
    assert wanted - drawn == set()


def test_every_kind_of_asset_is_told_under_a_section_that_has_a_name() -> None:
    kinds = catalogue().kinds
    sections = {kinds[key].section for key in catalogue().assets}
    assert sections == set(get_args(Section))
    assert {f"section.{key}" for key in sections} <= set(texts())


def test_an_asset_is_in_the_process_where_its_broader_kind_is() -> None:
    kinds = catalogue().kinds
    within = {
        "digester",
        "membrane_tank",
        "fine_screen",
        "inlet_pumping",
        "reverse_osmosis",
        "well",
    }
    assert {
        key for key in (*within, "blower", "hall", "main_meter") if kinds[key].is_in_process
    } == (within)


def test_every_role_and_property_belongs_to_a_kind() -> None:
    shipped = catalogue()
    assert {role for kind in shipped.kinds.values() for role in kind.roles} == set(shipped.roles)
    owned = {name for kind in shipped.kinds.values() for name in kind.properties}
    assert owned == set(shipped.properties)


def test_names_of_kinds_are_told_apart_in_every_language() -> None:
    for language in ("fi", "sv", "en"):
        names = [kind.name[language] for kind in catalogue().kinds.values()]
        assert {name for name in names if names.count(name) > 1} == set(), language


def test_a_kind_has_what_its_broader_kinds_have() -> None:
    small = _small()
    filters = small.kinds["sand_filter"]
    assert filters.lineage == ("sand_filter", "filter")
    assert set(filters.roles) == {"feed_flow", "feed_lab_cod"}
    assert set(filters.properties) == {"volume"}
    assert not small.kinds["filter"].properties
    assert filters.symbol == "f"
    assert small.narrower("filter") == {"filter", "sand_filter"}
    assert small.roles["feed_flow"].name == {
        "fi": "Nimi, nimi",
        "sv": "Namn, namn",
        "en": "Name, name",
    }


def test_abbreviations_keep_their_letters_within_a_name() -> None:
    names = {key: catalogue().roles[f"feed_{key}"].name["fi"] for key in ("flow", "ph", "lab_cod")}
    assert names == {"flow": "Syöttö, virtaama", "ph": "Syöttö, pH", "lab_cod": "Syöttö, COD(Cr)"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kinds__filter__roles": ["flw"]}, 'kinds.filter.roles: "flw" is no role'),
        ({"kinds__filter__properties": ["mass"]}, '.properties: "mass" is no property'),
        ({"kinds__filter__is": "filtre"}, 'kinds.filter.is: "filtre" is no kind'),
        ({"kinds__filter__is": "sand_filter"}, "kinds.sand_filter.is: leads back to filter"),
        ({"kinds__filter__symbol": None}, "kinds.filter.symbol: is missing"),
        ({"kinds__filter__section": None}, "kinds.filter.section: assets have one"),
        ({"kinds__water__section": "sludge"}, "kinds.water.section: assets have one, and streams"),
        ({"kinds__filter__loop": True}, "kinds.filter.loop: is for streams"),
        ({"kinds__filter__ends": {"fed": "water"}}, "kinds.filter.ends.fed: is no end"),
        ({"kinds__filter__ends": {"feed": "wter"}}, 'ends.feed: "wter" is no kind'),
        ({"kinds__filter__ends": {"feed": "filter"}}, '"filter" is no broadest kind of streams'),
        ({"kinds__water__ends": {"feed": "water"}}, "kinds.water.ends: are for assets"),
        ({"kinds__sand_filter__roles": ["feed_flow"]}, '"feed_flow" is no role'),
        ({"kinds__filter__source": ""}, "kinds.filter.source: String should have at least 1"),
        ({"kinds__filter__nme": 1}, "kinds.filter.nme: Extra inputs are not permitted"),
        ({"kinds__Filter 2": {}}, "kinds.Filter 2: is not a key of small letters"),
        ({"roles__measurement__lab_x": FLOW}, "roles.lab_x: lab_ is for laboratory results"),
        ({"roles__counter": {"flow": FLOW}}, "roles.flow: stands there twice"),
        ({"roles__meter": {"flow": FLOW}}, "roles.meter: is not a kind of points"),
        ({"roles__measurement__feed_flow": FLOW}, "roles.feed_flow: is a role at an end, too"),
        ({"roles__measurement__flow": {"unit": "m3/h"}}, "roles.flow.fi: Field required"),
        ({"ends__feed": {"fi": "Syöttö"}}, "ends.feed.sv: Field required"),
        (
            {"properties__flow": FLOW, "kinds__water__properties": ["flow"]},
            'kinds.water: "flow" is a role and a property, and a formula could not tell them',
        ),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        _small(**changes)
    assert any(sentence in problem for problem in caught.value.problems), caught.value.problems


def test_a_role_that_the_broader_kind_has_is_told() -> None:
    with pytest.raises(CatalogueError) as caught:
        _small(kinds__filter__roles=["flow"], kinds__sand_filter__roles=["flow"])
    assert caught.value.problems == ['kinds.sand_filter.roles: "flow" is a role of filter already']


@pytest.mark.parametrize(
    ("role", "kind", "unit", "fits"),
    [
        ("flow", "measurement", "[gal_us]/min", True),
        ("flow", "derived", "L/s", True),
        ("flow", "counter", "m3/h", False),
        ("flow", "measurement", "m3", False),
        ("volume", "counter", "10*6.[gal_us]", True),
        ("air_flow", "measurement", "[ft_i]3{std}/min", True),
        ("air_flow", "measurement", "[ft_i]3{60[degF]}/min", True),
        ("bed_volumes", "derived", "1", True),
        ("air_flow", "measurement", "m3/h", False),
        ("turbidity", "measurement", "{FNU}", True),
        ("turbidity", "measurement", "1", False),
        ("pressure", "measurement", "[psi]{gauge}", True),
        ("lab_cod", "laboratory", "mg/L", True),
        ("lab_cod", "measurement", "mg/L", False),
    ],
)
def test_a_point_fits_a_role_by_its_kind_and_quantity(
    role: str, kind: str, unit: str, fits: bool
) -> None:
    found: Role = catalogue().roles[role]
    assert (found.fits_kind(kind) and found.misfit(unit) is None) is fits
