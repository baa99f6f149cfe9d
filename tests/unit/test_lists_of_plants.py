"""Lists of tags of plants in several countries are read as their engineers mean them."""

import csv
import io
import tomllib
from pathlib import Path

import pytest

from deploy.onboarding.proposal import propose
from deploy.onboarding.role_guess import Roles, with_roles
from deploy.onboarding.table_file import Sheet
from deploy.onboarding.tag_list import Entry, read_tags
from deploy.onboarding.unit_in_name import without_unit
from deploy.onboarding.way_guess import with_ways
from tests.fixtures.command_line import virtaama

Row = tuple[str, str, str, str]  # name, unit, type, role

SWEDISH: tuple[Row, ...] = (
    ("Inloppspump 1 drift", "", "DI", "inloppspump_1.running"),
    ("Utjämningsmagasin nivå", "%", "AI", "equalisation_tank.fill"),
    ("Utjämningsmagasin pump 1 drift", "", "DI", "utjamningsmagasin_pump_1.running"),
    ("SBR 1 susphalt", "g/l", "AI", "sequencing_batch_reactor_1.mlss"),
    ("SBR 1 fas", "", "DI", "sequencing_batch_reactor_1.mode"),
    ("PIX-tank nivå", "%", "AI", "iron_coagulant_tank.fill"),
    ("Bräddning pågår", "", "DI", "overflow_structure.overflowing"),
    ("Elenergi hela verket", "kWh", "Puls", "main_meter.energy"),
)
FINNISH: tuple[Row, ...] = (
    ("Tulopumppaamo pinta", "%", "AI", "inlet_pumping.fill"),
    ("Tulopumppu 1 käyntitunnit", "t", "Laskuri", "tulopumppu_1.running_hours"),
    ("Hiekanerotuksen kompressori käy", "", "DI", "hiekanerotuksen_kompressori.running"),
    ("Tasausaltaan pumppu 1 käy", "", "DI", "tasausaltaan_pumppu_1.running"),
    ("Ilmastusallas 1 happi", "mg/l", "AI", "aeration_tank_1.oxygen"),
    ("Ilmastusallas 1 sekoitin 2 käy", "", "DI", "ilmastusallas_sekoitin_1_2.running"),
    ("Ferrisulfaattisäiliö pinta", "%", "AI", "iron_coagulant_tank.fill"),
)
ENGLISH: tuple[Row, ...] = (
    ("Works Inlet Flow", "l/s", "AI", "influent.flow"),
    ("Inlet PS Wet Well Level", "mAOD", "AI", "inlet_pumping.level"),
    ("Inlet Screen No.1 Differential Level", "mm", "AI", "screen_1.level_difference"),
    ("Storm Tank 2 Level", "%", "AI", "stormwater_tank_2.fill"),
    ("Balance Tank Pump 2 Running", "", "DI", "balance_tank_pump_2.running"),
    ("ASP Lane 1 Ammonia", "mgN/l", "AI", "aeration_tank_1.ammonium"),
    ("FST 1 Blanket Level", "m", "AI", "secondary_settling_tank_1.sludge_blanket"),
    ("Final Effluent Iron", "mg/l", "AI", "effluent.iron"),
    ("Biogas CH4", "%", "AI", "biogas.methane"),
    ("CHP Generated kWh", "kWh", "PULSE", "chp.energy"),
)
AMERICAN: tuple[Row, ...] = (
    ("Influent Total Flow", "MG", "Total", "influent.volume"),
    ("Influent Pump 1 Discharge Pressure", "psi", "Real", "influent_pump_1.pressure"),
    ("EQ Basin Pump 1 Fault", "", "Bool", "eq_basin_pump_1.fault"),
    (
        "Chlorine Contact Tank Total Chlorine Residual",
        "mg/L",
        "Real",
        "chlorination.total_chlorine",
    ),
    ("Hypochlorite Tank Level", "ft", "Real", "hypochlorite_tank.level"),
    ("Generator Fuel Level", "%", "Real", "emergency_generator.fill"),
    ("Influent CBOD5", "mg/L", "Lab", "influent.lab_bod5"),
)
FRENCH: tuple[Row, ...] = (
    ("Débit entrée station", "m³/h", "ANA", "influent.flow"),
    ("Pompe de relevage 1 marche", "", "TOR", "pompe_de_relevage_1.running"),
    ("Pompe de relevage 1 heures de marche", "h", "CPT", "pompe_de_relevage_1.running_hours"),
    ("Bassin tampon pompe 1 marche", "", "TOR", "bassin_tampon_pompe_1.running"),
    ("Bassin d'aération 1 ammonium", "mg/l N-NH4", "ANA", "aeration_tank_1.ammonium"),
    ("Débit recirculation boues", "m³/h", "ANA", "return_sludge.flow"),
    ("Siccité boues déshydratées", "%", "ANA", "sludge_cake.dry_solids"),
    ("Azote global sortie (NGL)", "mg/l", "LABO", "effluent.lab_total_nitrogen"),
)
NORWEGIAN: tuple[Row, ...] = (
    ("Råvann farge", "mg Pt/l", "AI", "raw_water.colour"),
    ("Råvann mangan", "mg/l", "AI", "raw_water.manganese"),
    ("Råvannspumpe 1 driftstid", "t", "Teller", "ravannspumpe_1.running_hours"),
    ("Fritt klor utgående vann", "mg/l", "AI", "drinking_water.free_chlorine"),
    ("Rentvannsbasseng 2 nivå", "%", "AI", "reservoir_2.fill"),
    ("Lutt tank nivå", "%", "AI", "alkali_tank.fill"),
    ("Trykk ut på nett", "bar", "AI", "drinking_water.pressure"),
)
GERMAN: tuple[Row, ...] = (
    ("Reinwasser freies Chlor", "mg/l", "AI", "drinking_water.free_chlorine"),
    ("Rohwasser Eisen", "mg/l", "AI", "raw_water.iron"),
    ("Reinwasserbehälter 1 Füllstand", "%", "AI", "reservoir_1.fill"),
    ("Natriumhypochlorit Behälter Füllstand", "%", "AI", "hypochlorite_tank.fill"),
)
POLISH: tuple[Row, ...] = (
    ("Przepływ ścieków dopływ", "m3/h", "AI", "influent.flow"),
    ("Komora napowietrzania 1 tlen", "mg/l", "AI", "aeration_tank_1.oxygen"),
    ("Temperatura WKF 1", "°C", "AI", "digester_1.temperature"),
)
DANISH: tuple[Row, ...] = (
    ("Indløb flow", "m3/t", "AI", "influent.flow"),
    ("Indløbspumpe 1 timetæller", "t", "Tæller", "indlobspumpe_1.running_hours"),
    ("Luftningstank 1 ammonium", "mg/l", "AI", "aeration_tank_1.ammonium"),
    ("Luftningstank 1 omrører drift", "", "DI", "luftningstank_omrorer_1.running"),
    ("Efterklaringstank 1 slamspejl", "m", "AI", "secondary_settling_tank_1.sludge_blanket"),
    ("Jernklorid tank niveau", "%", "AI", "iron_coagulant_tank.fill"),
)
FINNISH_WATER: tuple[Row, ...] = (
    ("Kaivo 1 pumppu käy", "", "DI", "well_1.running"),
    ("Hiekkasuodatin 1 paine-ero", "kPa", "AI", "sand_filter_1.pressure_drop"),
    ("Lipeäsäiliön pinta", "%", "AI", "alkali_tank.fill"),
    ("Lähtevä vesi vapaa kloori", "mg/l", "AI", "drinking_water.free_chlorine"),
)
SPANISH: tuple[Row, ...] = (
    ("Caudal de entrada", "m3/h", "", "influent.flow"),
    ("Oxigeno disuelto reactor biologico 2", "mg/l", "", "aeration_tank_2.oxygen"),
    ("Caudal purga de fangos en exceso", "m3/h", "", "excess_sludge.flow"),
    ("Bomba de elevación 1 marcha", "", "", "bomba_de_elevacion_1.running"),
    ("Turbidez salida filtro de arena 1", "NTU", "", "sand_filter_1.product_turbidity"),
    ("Dosificación cloruro férrico", "l/h", "", "iron_coagulant.flow"),
    ("Nivel depósito cloruro férrico", "%", "", "iron_coagulant_tank.fill"),
)
DUTCH: tuple[Row, ...] = (
    ("Influentdebiet", "m3/u", "", "influent.flow"),
    ("Beluchtingstank 1 zuurstof", "mg/l", "", "aeration_tank_1.oxygen"),
    ("Retourslibdebiet", "m3/u", "", "return_sludge.flow"),
    ("Nabezinktank 1 slibspiegel", "m", "", "secondary_settling_tank_1.sludge_blanket"),
    ("WKK opgewekte energie", "kWh", "", "chp.energy"),
)
ITALIAN: tuple[Row, ...] = (
    ("Portata ingresso impianto", "mc/h", "", "influent.flow"),
    ("Ossigeno disciolto vasca di ossidazione 1", "mg/l", "", "aeration_tank_1.oxygen"),
    ("Portata fanghi di supero", "mc/h", "", "excess_sludge.flow"),
    ("Livello serbatoio cloruro ferrico", "%", "", "iron_coagulant_tank.fill"),
)
AMERICAN_WATER: tuple[Row, ...] = (
    ("Raw Water Wet Well Level", "ft", "", "raw_water_intake.level"),
    ("Sed Basin 1 Turbidity", "NTU", "", "settling_tank_1.turbidity"),
    ("Filter 1 Effluent Turbidity", "NTU", "", "filter_1.product_turbidity"),
    ("Filter Influent pH", "SU", "", "filter_1.feed_ph"),
    ("Backwash Flow", "gpm", "", "backwash_water.flow"),
    ("Finished Water Flow", "MGD", "", "drinking_water.flow"),
    ("Slamafvanding polymer", "l/h", "", "polymer.flow"),
)


def _found(rows: tuple[Row, ...], language: str) -> Roles:
    entries = [
        Entry("", f"X{n}", {language: name}, unit, kind=kind)
        for n, (name, unit, kind, _) in enumerate(rows)
    ]
    return with_roles(propose(entries, {}, None))


@pytest.mark.parametrize(
    ("rows", "language"),
    [
        (SWEDISH, "sv"),
        (FINNISH, "fi"),
        (ENGLISH, "en"),
        (AMERICAN, "en"),
        (FRENCH, "fr"),
        (NORWEGIAN, "nb"),
        (GERMAN, "de"),
        (POLISH, "pl"),
        (DANISH, "da"),
        (FINNISH_WATER, "fi"),
        (SPANISH, "es"),
        (DUTCH, "nl"),
        (ITALIAN, "it"),
        (AMERICAN_WATER, "en"),
    ],
    ids=[
        "sv",
        "fi",
        "uk",
        "us",
        "fr",
        "nb",
        "de",
        "pl",
        "da",
        "fi-water",
        "es",
        "nl",
        "it",
        "us-water",
    ],
)
def test_a_list_of_another_country_is_read_as_its_engineer_means_it(
    rows: tuple[Row, ...], language: str
) -> None:
    """Levels in %, iron, manganese, chemical tanks, pumps of tanks, French: no or a wrong role."""
    roles = [point.role and point.role.value for point in _found(rows, language).plant.points]
    assert roles == [role for *_, role in rows]


def test_a_balance_tanks_pump_is_a_pump_that_stands_in_the_tank() -> None:
    """ "Balance tank pump 1 running" was the running of the first of two balance tanks."""
    elements = _found(ENGLISH, "en").elements
    assert elements["balance_tank_pump_2"].kind == "pump"
    assert elements["balance_tank_pump_2"].within == "equalisation_tank"
    assert elements["balance_tank_pump_2"].names == dict.fromkeys(
        ("fi", "en", "sv"), "Balance tank pump 2"
    )


def test_tanks_of_chemicals_are_told_apart_by_name() -> None:
    names = _found(SWEDISH, "sv").elements["iron_coagulant_tank"].names
    assert names == {
        "fi": "Rautasuola, kemikaalisäiliö",
        "sv": "Järnsalt, kemikalietank",
        "en": "Iron salt, chemical tank",
    }


def test_what_comes_and_leaves_is_sewage_where_a_list_has_sludge() -> None:
    rows = (
        ("Råvann mengde", "m3/h", "", "raw_water.flow"),
        ("Returslam mengde", "m3/h", "", "return_sludge.flow"),
        ("Utgående vann mengde", "m3/h", "", "effluent.flow"),
    )
    roles = [point.role and point.role.value for point in _found(rows, "nb").plant.points]
    assert roles == [role for *_, role in rows]


@pytest.mark.parametrize(
    ("encoding", "headings", "row"),
    [
        (
            "cp1250",
            ["Oznaczenie", "Opis", "Jednostka", "Zakres od", "Zakres do", "Typ sygnału"],
            ["FT-101", "Przepływ ścieków dopływ", "m3/h", "0", "800", "AI"],
        ),
        (
            "cp1252",
            ["Repère", "Désignation", "Unité", "Échelle mini", "Échelle maxi", "Type"],
            ["FT-101", "Débit entrée station", "m3/h", "0", "800", "ANA"],
        ),
        (
            "utf-8",
            ["TFM-kode", "Beskrivelse", "Benevning", "Skala fra", "Skala til", "Signaltype"],
            ["FT-101", "Innløp mengde", "m³/t", "0", "800", "AI"],
        ),
    ],
    ids=["pl", "fr", "nb"],
)
def test_headings_and_letters_of_polish_french_and_norwegian_lists_are_read(
    tmp_path: Path, encoding: str, headings: list[str], row: list[str]
) -> None:
    """A Polish list was refused: its letters were those of a Western code page."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([headings, row])
    (tmp_path / "tags.csv").write_bytes(out.getvalue().encode(encoding))
    answer = virtaama("site", "new", tmp_path / "tags.csv", "--out", tmp_path / "plant")
    assert answer.code == 0, answer.err
    points = tomllib.loads((tmp_path / "plant/points.toml").read_text(encoding="utf-8"))["point"]
    assert [(point["role"], point["range"], point["unit"]) for point in points] == [
        ("influent.flow", [0, 800], "m3/h")
    ]
    assert row[1] in points[0]["name"].values()


def test_filters_and_tanks_of_chemicals_stand_in_the_first_drawing() -> None:
    """Filters that a list calls no more than filters, and tanks of chemicals, had no stream."""
    rows = (
        ("Råvann mengde", "m3/h", "", ""),
        ("Filter 1 differansetrykk", "mbar", "", ""),
        ("Filter 2 differansetrykk", "mbar", "", ""),
        ("Rentvannsbasseng nivå", "m", "", ""),
        ("Rentvann mengde", "m3/h", "", ""),
        ("Aluminiumsulfat dosering", "l/h", "", ""),
        ("Aluminiumsulfat tank nivå", "%", "", ""),
        ("Overskuddsslam tank nivå", "%", "", ""),
        ("Overskuddsslam mengde", "m3/h", "", ""),
    )
    elements = with_ways(_found(rows, "nb").elements)
    leads = {key: (each.source, each.target) for key, each in elements.items() if each.is_stream}
    assert leads["raw_water"] == (None, "filters")
    assert ("filters", "reservoir") in leads.values()
    assert leads["drinking_water"] == ("reservoir", None)
    assert leads["aluminium_coagulant"][0] == "aluminium_coagulant_tank"
    assert leads["excess_sludge"][0] != "excess_sludge_tank"


def test_a_controllers_export_has_tags_for_names_and_units_behind_its_comments() -> None:
    """Its addresses were tags, its symbols names, and no row had a unit or a role."""
    rows = [
        ["Name", "Path", "Data Type", "Logical Address", "Comment"],
        ["FT101_Q.PV", "DB1", "Real", "%DB10.DBD0", "Inlet flow m3/h"],
        ["LT102.PV", "DB1", "Real", "%DB10.DBD8", "Ferric chloride tank level [%]"],
        ["P101.Run", "DB1", "Bool", "%DB10.DBX16.0", "Inlet pump 1 running"],
    ]
    entries = read_tags([Sheet("symbols", rows)], {}).entries
    assert [(each.tag, each.names["en"], each.unit) for each in entries] == [
        ("FT101_Q.PV", "Inlet flow", "m3/h"),
        ("LT102.PV", "Ferric chloride tank level", "%"),
        ("P101.Run", "Inlet pump 1 running", ""),
    ]


@pytest.mark.parametrize("name", ["Wash water tank in", "Filter A to B (spare)", "Inlet pump 1"])
def test_a_word_that_may_be_another_thing_is_no_unit_behind_a_name(name: str) -> None:
    assert without_unit(name) == (name, "")


def test_tanks_boosters_and_storm_tanks_stand_in_the_first_drawing() -> None:
    """A chemical's tank without dosing, a booster station and storm tanks had no stream."""
    supply = (
        ("Raw water flow", "m3/h", "", ""),
        ("Clearwell level", "m", "", ""),
        ("Treated water flow", "m3/h", "", ""),
        ("Booster station 1 pressure", "bar", "", ""),
        ("Booster station 2 pressure", "bar", "", ""),
        ("Sodium hypochlorite tank level", "%", "", ""),
    )
    sewage = (
        ("Inflow", "l/s", "", ""),
        ("Inlet wet well level", "m", "", ""),
        ("Storm tank 1 level", "m", "", ""),
        ("Aeration tank 1 oxygen", "mg/l", "", ""),
        ("Chemical tank 2 level", "%", "", ""),
        ("Final effluent flow", "l/s", "", ""),
    )
    leads = [
        (each.kind, each.source, each.target)
        for rows in (supply, sewage)
        for each in with_ways(_found(rows, "en").elements).values()
        if each.is_stream
    ]
    assert ("hypochlorite", "hypochlorite_tank", "reservoir") in leads
    assert ("water", "reservoir", "booster_station_1") in leads
    assert ("water", "reservoir", "booster_station_2") in leads
    assert ("water", "inlet_pumping", "stormwater_tank_1") in leads
    assert ("chemical", "chemical_tank_2", "aeration_tank_1") in leads


def test_comments_are_names_also_where_a_controller_says_symbol() -> None:
    rows = [
        ["Symbol", "Address", "Type", "Comment"],
        ["Q_INF", "DB100.0", "REAL", "Influent flow [m3/h]"],
        ["UF_QP", "DB100.4", "REAL", "Ultrafiltration permeate flow [m3/h]"],
        ["UF_TMP", "DB100.8", "REAL", "Ultrafiltration transmembrane pressure [bar]"],
    ]
    plant = with_roles(propose(read_tags([Sheet("symbols", rows)], {}).entries, {}, None)).plant
    assert [(each.tag, each.role and each.role.value) for each in plant.points] == [
        ("Q_INF", "influent.flow"),
        ("UF_QP", "ultrafiltration.permeate_flow"),
        ("UF_TMP", "ultrafiltration.transmembrane_pressure"),
    ]
