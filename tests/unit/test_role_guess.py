"""What a point means is proposed from its name; what is proposed fits the catalogue."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.demo_plant import DEMO_SITE
from deploy.onboarding.proposal import propose
from deploy.onboarding.role_guess import with_roles
from deploy.onboarding.tag_list import Entry
from deploy.onboarding.way_guess import with_ways
from schemas.catalogue import catalogue
from schemas.site.reader import read
from tests.fixtures.command_line import virtaama


@pytest.mark.parametrize("language", ["fi", "en"])
def test_three_of_four_proposals_are_what_the_plants_own_engineer_wrote(language: str) -> None:
    site = read(DEMO_SITE)
    elements = {each.key: each.kind for each in (*site.asset, *site.stream)}
    entries = [
        Entry(
            place="",
            tag=point.tag,
            names={language: getattr(point.name, language)},
            unit=point.unit,
            kind={"measurement": "AI", "state": "DI"}.get(point.kind, point.kind),
            area=point.area,
        )
        for point in site.point
    ]
    found = with_roles(propose(entries, {}, None))
    pairs = [
        (proposed.role.value.split("."), point.role.split("."))
        for proposed, point in zip(found.plant.points, site.point, strict=True)
        if proposed.role is not None and point.role is not None
    ]
    right = [
        pair
        for pair in pairs
        if (found.elements[pair[0][0]].kind, pair[0][1]) == (elements[pair[1][0]], pair[1][1])
    ]
    assert len(pairs) > 60
    assert len(right) / len(pairs) > 0.7, (len(right), len(pairs))


_KINDS = sorted(catalogue().kinds.values(), key=lambda kind: kind.key)
_LANGUAGES = st.sampled_from(["fi", "sv", "en"])


@st.composite
def _rows(draw: st.DrawFn) -> list[list[str]]:
    rows = [["Tag", "Name", "Unit", "Type", "Area"]]
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(_KINDS))
        if not kind.roles:
            continue
        role = draw(st.sampled_from(sorted(kind.roles.values(), key=lambda each: each.key)))
        language = draw(_LANGUAGES)
        name = f"{kind.name[language]} {draw(st.integers(1, 3))} {role.name[language]}"
        rows.append([f"T-{number}", name, role.unit, role.kind, draw(st.sampled_from(["", "A 2"]))])
    return rows


@settings(max_examples=60)
@given(_rows())
def test_whatever_the_catalogue_names_the_proposed_site_has_no_errors(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("named")
    with (folder / "tags.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([*rows, ["LAST", "Last", "m", "", ""]])
    answer = virtaama("site", "new", folder / "tags.csv", "--out", folder / "plant")
    assert answer.code == 0, answer.err
    assert "no errors" in answer.out, answer.out


def test_a_role_is_given_once_and_numbers_tell_assets_apart() -> None:
    entries = [
        Entry("", f"QT-{number}", {"en": name}, unit="mg/l")
        for number, name in enumerate(
            ["Aeration tank 1 oxygen", "Aeration tank 2 oxygen", "Oxygen, aeration tank 2", "x"]
        )
    ]
    found = with_roles(propose(entries, {}, None))
    roles = [point.role and point.role.value for point in found.plant.points]
    assert roles == ["aeration_tank_1.oxygen", "aeration_tank_2.oxygen", None, None]


@pytest.mark.parametrize(
    ("name", "unit", "role", "proposed"),
    [
        ("Aeration tank 1 dissolved oxygen", "ppm", "aeration_tank_1.oxygen", "mg/L"),
        ("Effluent ammonium", "ppm", "effluent.ammonium", "mg/L"),
        ("Pumping station hydrogen sulphide", "ppm", "pumping_station.hydrogen_sulphide", "[ppm]"),
        ("Aeration tank 1 dissolved oxygen", "%", "aeration_tank_1.oxygen_saturation", "%"),
    ],
)
def test_parts_per_million_in_water_are_milligrams_per_litre(
    name: str, unit: str, role: str, proposed: str
) -> None:
    """Dissolved oxygen in ppm was proposed as a saturation, which 8 ppm is not."""
    (point,) = with_roles(propose([Entry("", "T-1", {"en": name}, unit)], {}, None)).plant.points
    assert point.role is not None
    assert (point.role.value, point.unit.value) == (role, proposed)


def test_parts_per_million_of_nobody_knows_what_are_asked_for() -> None:
    (point,) = with_roles(
        propose([Entry("", "T-1", {"en": "Nobody knows"}, "ppm")], {}, None)
    ).plant.points
    assert "mg/L" in (point.unit.reason or "")


GERMAN = (
    ("Zulaufpumpe 1 Betrieb", "", "DI", "zulaufpumpe_1.running"),
    ("Rechen 1 Wasserstandsdifferenz", "mm", "AI", "screen_1.level_difference"),
    ("Belebungsbecken 1 Nitrat", "mg/l NO3-N", "AI", "aeration_tank_1.nitrate"),
    ("Belebungsbecken 1 Luftmenge", "Nm³/h", "AI", "aeration_tank_1.air_flow"),
    ("Nachklärbecken 1 Schlammspiegel", "m", "AI", "secondary_settling_tank_1.sludge_blanket"),
    ("Ablauf CSB Mischprobe", "mg/l", "Labor", "effluent.lab_cod"),
    ("Faulturm pH-Wert", "", "AI", "digester.ph"),
    ("Faulgas Methan", "%", "AI", "biogas.methane"),
    ("Zentrifuge Durchfluss", "m³/h", "AI", "centrifuge.feed_flow"),
    ("Zentrat Durchfluss", "m³/h", "AI", "reject.flow"),
    ("BHKW Stromerzeugung", "kWh", "Zähler", "chp.energy"),
)


def test_a_german_list_is_read_as_its_engineer_means_it() -> None:
    """A digester (Faulturm) had a fault, a centrifuge was its reject, half had no role."""
    entries = [
        Entry("", f"10GN{n}", {"de": name}, unit, kind=kind)
        for n, (name, unit, kind, _) in enumerate(GERMAN)
    ]
    found = with_roles(propose(entries, {}, None)).plant.points
    roles = [point.role and point.role.value for point in found]
    assert roles == [role for *_, role in GERMAN]


SWEDISH = (
    ("Inkommande flöde summa", "m³", "Räknare", "influent.volume"),
    ("Inloppspump 1 drift", "", "DI", "inloppspump_1.running"),
    ("Returslampump 1 drift", "", "DI", "returslampump_1.running"),
    ("Oxidationsdike 2 syrehalt", "mg/l", "AI", "oxidation_ditch_2.oxygen"),
    ("SBR 1 nitrat", "mg/l", "AI", "sequencing_batch_reactor_1.nitrate"),
    ("Nivå lagun", "m", "AI", "lagoon.level"),
    ("Utgående fosfat", "mg/l", "AI", "effluent.phosphate"),
    ("Lab inkommande BOD7", "mg/l", "LAB", "influent.lab_bod7"),
    ("Lab utgående BOD₅", "mg/l", "LAB", "effluent.lab_bod5"),
    ("Bräddflöde", "l/s", "AI", "overflow.flow"),
    ("PIX dosering", "l/h", "AI", "iron_coagulant.flow"),
    ("Vågstation avvattnat slam", "ton", "Räknare", "sludge_cake.mass"),
)
AMERICAN = (
    ("Well 1 pump running", "", "DI", "well_1.running"),
    ("Well 1 pump runtime", "hr", "CTR", "well_1.running_hours"),
    ("Finished water flow", "MGD", "AI", "drinking_water.flow"),
    ("Finished water total", "kgal", "CTR", "drinking_water.volume"),
    ("Booster pump 1 VFD fault", "", "DI", "booster_pump_1.fault"),
    ("Booster pump 1 starts", "", "CTR", "booster_pump_1.starts"),
    ("District 2 flow", "gpm", "AI", "district_meter_2.flow"),
    ("Utility meter demand", "kW", "AI", "main_meter.power"),
)


@pytest.mark.parametrize(
    ("rows", "language", "area"),
    [(SWEDISH, "sv", "Biologi"), (AMERICAN, "en", "Booster pump station")],
    ids=["swedish", "american"],
)
def test_a_plant_that_nobody_shipped_is_read_as_its_engineer_means_it(
    rows: tuple[tuple[str, str, str, str], ...], language: str, area: str
) -> None:
    """A pump's fault was that of a digester (Faulturm), all pumps with a number 1 were one pump."""
    entries = [
        Entry("", f"X{n}", {language: name}, unit, kind=kind, area=area)
        for n, (name, unit, kind, _) in enumerate(rows)
    ]
    found = with_roles(propose(entries, {}, None))
    roles = [point.role and point.role.value for point in found.plant.points]
    assert roles == [role for *_, role in rows]
    machines = {key: each.names for key, each in found.elements.items() if each.kind == "pump"}
    assert all(names is not None for names in machines.values())


def test_a_list_that_says_no_areas_numbers_no_assets() -> None:
    """All of a plant's points were in area "1", and its only digester was `digester_1`."""
    entries = [Entry("", "TIT-501", {"en": "Digester temperature"}, "degF")]
    found = with_roles(propose(entries, {}, None))
    (point,) = found.plant.points
    assert point.role is not None
    assert point.role.value == "digester.temperature"


NAMES = (
    ("Influent flow", "m3/h"),
    ("Effluent flow", "m3/h"),
    ("UV dose", "mJ/cm2"),
    ("Aeration tank 1 oxygen", "mg/l"),
    ("Aeration tank 2 oxygen", "mg/l"),
    ("Screen level difference", "mm"),
    ("Secondary clarifier sludge blanket", "m"),
    ("Return sludge flow", "m3/h"),
    ("Centrifuge feed flow", "m3/h"),
    ("Excess sludge flow", "m3/h"),
)


def test_the_first_drawing_of_a_plant_is_connected_in_the_usual_order() -> None:
    """Each stream of a new plant led from or to the plant as a whole: nothing led to anything."""
    entries = [Entry("", f"T-{n}", {"en": name}, unit) for n, (name, unit) in enumerate(NAMES)]
    elements = with_ways(with_roles(propose(entries, {}, None)).elements)
    leads = {(each.kind, each.source, each.target) for each in elements.values() if each.is_stream}
    assert leads == {
        ("influent", None, "screen"),
        ("water", "screen", "activated_sludge"),
        ("mixed_liquor", "activated_sludge", "secondary_settling_tank"),
        ("secondary_effluent", "secondary_settling_tank", "uv_disinfection"),
        ("effluent", "uv_disinfection", None),
        ("return_sludge", "secondary_settling_tank", "activated_sludge"),
        ("excess_sludge", "secondary_settling_tank", "centrifuge"),
    }
    tanks = [elements[f"aeration_tank_{number}"].within for number in (1, 2)]
    assert tanks == ["activated_sludge"] * 2


@pytest.mark.parametrize(
    ("name", "unit", "role"),
    [
        ("Rohwassertemperatur", "°C", "raw_water.temperature"),  # no Wasserturm
        ("Filter 1 Ablauf Trübung", "FNU", "filter_1.product_turbidity"),  # no effluent
        ("Differenzdruck Filter 2", "mbar", "filter_2.pressure_drop"),
        ("Reinwasserbehälter 1 Füllstand", "m", "reservoir_1.level"),
        ("Netzeinspeisung Durchfluss", "m³/h", "drinking_water.flow"),
        ("Wasserstand Brunnen 1", "m u. GOK", "well_1.level"),
        ("Boring 1 flow", "m3/t", "well_1.flow"),  # in Danish an hour, and no tonne
        ("Råvand ledningsevne", "mS/m", "raw_water.conductivity"),
        ("Afgangstryk", "bar", "drinking_water.pressure"),
        ("Raw effluent COD", "mg/L", "influent.cod"),
        ("Treated effluent flow to sewer", "m3/hr", "effluent.flow"),
        ("DAF feed flow", "m3/hr", "flotation.feed_flow"),
        ("Plant power", "kW", "main_meter.power"),
    ],
)
def test_names_of_german_danish_and_industrial_lists_are_understood(
    name: str, unit: str, role: str
) -> None:
    entry = Entry(place="", tag="X-1", names={"de": name}, unit=unit)
    (point,) = with_roles(propose([entry], {}, None)).plant.points
    assert point.role is not None
    assert point.role.value == role
