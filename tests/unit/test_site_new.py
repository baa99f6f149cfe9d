"""`virtaama site new`: lists of tags as plants keep them become site files."""

import csv
import io
import os
import pty
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.onboarding.numbers import has_decimal_comma, number, number_range
from deploy.onboarding.proposal import propose
from deploy.onboarding.site_text import points_text
from deploy.onboarding.table_file import Sheet
from deploy.onboarding.tag_list import Entry, read_tags
from deploy.onboarding.unit_guess import guess_unit, species_of
from schemas.site.reader import read
from schemas.units import check_unit
from tests.fixtures.command_line import ROOT, Answer, virtaama

FINNISH = [
    ["Positio", "Selite", "Yksikkö", "Alaraja", "Yläraja", "Tyyppi"],
    ["100-FT-101", "Tulovirtaama", "m³/h", "0", "2500,5", "AI"],
    ["100-P-1", "Tulopumppu 1 käyntitieto", "", "", "", "DI"],
    ["100-FQ-101", "Tuleva vesimäärä", "m3", "", "", ""],
    ["200-QT-201", "Ammoniumtyppi, lähtevä", "mgN/l", "0", "50", ""],
    ["200-TT-202", "Lämpötila", "°C", "-5", "40", ""],
    ["200-JQ-1", "Sähköenergia", "kWh", "", "", ""],
]
UNITS = {
    "100-ft-101": "m3/h",
    "100-p-1": "1",
    "100-fq-101": "m3",
    "200-qt-201": "mg/l",
    "200-tt-202": "Cel",
    "200-jq-1": "kW.h",
}


def _csv(file: Path, rows: list[list[str]], delimiter: str = ";", encoding: str = "utf-8") -> Path:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    file.write_bytes(out.getvalue().encode(encoding))
    return file


def _new(file: Path, *options: object) -> tuple[Answer, dict[str, Any]]:
    """Return the answer and the points by their keys."""
    folder = file.with_suffix("")
    answer = virtaama("site", "new", file, "--out", folder, *options)
    assert answer.code == 0, answer.err
    text = (folder / "points.toml").read_text(encoding="utf-8")
    return answer, {point["key"]: point for point in tomllib.loads(text)["point"]}


@pytest.mark.parametrize(
    "delimiter", [";", ",", "\t", "|"], ids=["semicolon", "comma", "tab", "bar"]
)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850"]
)
def test_any_delimiter_and_encoding_gives_the_same_plant(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    answer, points = _new(_csv(tmp_path / "tags.csv", FINNISH, delimiter, encoding))
    assert {key: point["unit"] for key, point in points.items()} == UNITS
    assert points["100-ft-101"]["range"] == [0, 2500.5]
    assert points["100-ft-101"]["name"]["fi"] == "Tulovirtaama"
    assert points["100-p-1"]["name"]["fi"] == "Tulopumppu 1 käyntitieto"
    assert points["100-ft-101"]["unit_display"] == "m³/h"
    assert "no errors" in answer.out
    assert virtaama("site", "check", tmp_path / "tags").code == 0


def test_kinds_and_species_are_proposed_and_each_guess_is_marked_with_its_reason(
    tmp_path: Path,
) -> None:
    _, points = _new(_csv(tmp_path / "tags.csv", FINNISH))
    assert {key: point["kind"] for key, point in points.items()} == {
        "100-ft-101": "measurement",
        "100-p-1": "state",
        "100-fq-101": "counter",
        "200-qt-201": "measurement",
        "200-tt-202": "measurement",
        "200-jq-1": "counter",
    }
    assert points["200-qt-201"]["species"] == "N"
    text = (tmp_path / "tags/points.toml").read_text(encoding="utf-8")
    assert 'unit = "Cel"  # guess: the list says "°C"' in text
    assert 'kind = "counter"  # guess: the name has "vesimäärä"' in text
    assert 'kind = "measurement"\nunit = "m3/h"' in text, "what the list says is no guess"


@pytest.mark.parametrize(
    "headings",
    [
        ["Tag", "Description", "Unit", "Low", "High"],
        ["TAG NAME", "Description (en)", "Eng. units [EU]", "Range low", "Range high"],
        ["Positionsnummer", "Benämning", "Enhet", "Min", "Max"],
        ["Kennzeichen", "Bezeichnung", "Einheit", "Messbereich Anfang", "Messbereich Ende"],
        ["Tunnus", "Nimi", "Yks.", "Alaraja", "Yläraja"],
        ["Name", "Description", "UoM", "EU Low", "EU High"],
    ],
    ids=lambda headings: headings[0],
)
def test_headings_in_four_languages_are_recognised(tmp_path: Path, headings: list[str]) -> None:
    row = ["FIT-1", "Flow", "l/s", "0", "100"]
    _, points = _new(_csv(tmp_path / "tags.csv", [headings, row]))
    assert points["fit-1"]["tag"] == "FIT-1"
    assert points["fit-1"]["unit"] == "l/s"
    assert points["fit-1"]["range"] == [0, 100]
    assert set(points["fit-1"]["name"].values()) == {"Flow"}


def test_names_in_several_languages_go_where_they_belong(tmp_path: Path) -> None:
    rows = [["Tag", "Nimi", "Namn", "Name"], ["FT-1", "Virtaama", "Flöde", "Flow"]]
    _, points = _new(_csv(tmp_path / "tags.csv", rows))
    assert points["ft-1"]["name"] == {"fi": "Virtaama", "en": "Flow", "sv": "Flöde"}


def test_a_workbook_with_a_title_merged_cells_and_two_sheets_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Water"
    for row in (
        ["Waterworks of Somewhere, I/O list"],
        [],
        ["Area", "Tag", "Description", "Unit", "Min", "Max"],
        ["Intake", "W1-FT-1", "Well 1 flow", "m³/h", 0, 120.5],
        [None, "W1-LT-1", "Well 1 level", "m", 0, 30],
        ["Filters", "F1-PD-1", "Filter 1 head loss", "kPa", 0, 50],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A4:A5")
    other = book.create_sheet("Power")
    other.append(["Tag", "Description", "Unit"])
    other.append(["E-JQ-1", "Main meter energy", "MWh"])
    book.create_sheet("Empty")
    hidden = book.create_sheet("Old")
    hidden.append(["Tag", "Unit"])
    hidden.append(["OLD-1", "m"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "tags.xlsx")
    answer, points = _new(tmp_path / "tags.xlsx")
    assert list(points) == ["w1-ft-1", "w1-lt-1", "f1-pd-1", "e-jq-1"]
    assert [point["area"] for point in points.values()] == ["Intake", "Intake", "Filters", "Power"]
    assert points["w1-ft-1"]["range"] == [0, 120.5]
    assert points["e-jq-1"]["unit"] == "MW.h"
    assert "no errors" in answer.out


def test_titles_between_the_rows_are_areas_and_empty_rows_are_nothing(tmp_path: Path) -> None:
    rows = [
        ["Tag", "Name", "Unit"],
        ["Inlet", "", ""],
        ["FT-1", "Flow", "m3/h"],
        ["", "", ""],
        ["Aeration", "", ""],
        ["QT-2", "Oxygen", "mg/l"],
        ["Tag", "Name", "Unit"],
        ["QT-3", "Ammonium", "mg/l"],
    ]
    answer, points = _new(_csv(tmp_path / "tags.csv", rows))
    assert [point["area"] for point in points.values()] == ["Inlet", "Aeration", "Aeration"]
    assert "left out" not in answer.out


def test_what_is_left_out_and_what_is_left_to_fill_in_is_listed(tmp_path: Path) -> None:
    rows = [
        ["Tag", "Name", "Unit", "Range"],
        ["A-1", "One", "Skt", "0-10"],
        ["A-1", "The same again", "m", ""],
        ["", "Without a tag", "m", ""],
        ["a 1", "Nearly the same", "m", "10-0"],
    ]
    answer, points = _new(_csv(tmp_path / "tags.csv", rows))
    assert list(points) == ["a-1", "a-1-2"]
    assert 'row 3: the tag "A-1" stands in row 2 already' in answer.out
    assert 'row 4: has no tag ("Without a tag · m")' in answer.out
    assert 'row 5: "10-0" is no range' in answer.out
    found = re.search(r"points\.toml:(\d+): point\.a-1\.unit", answer.out)
    assert found, answer.out
    line = (tmp_path / "tags/points.toml").read_text(encoding="utf-8").splitlines()
    assert line[int(found[1]) - 1] == 'unit = "?"  # TO FILL IN: the list says "Skt"'
    checked = virtaama("site", "check", tmp_path / "tags")
    assert (checked.code, checked.err.count("points.toml:")) == (1, 1)


def test_no_unit_column_leaves_units_open_but_not_those_of_states(tmp_path: Path) -> None:
    rows = [["Tag", "Name"], ["FT-1", "Flow"], ["P-1", "Pump running"], ["QT-1", "pH effluent"]]
    answer, points = _new(_csv(tmp_path / "tags.csv", rows))
    assert [point["unit"] for point in points.values()] == ["?", "1", "[pH]"]
    assert answer.out.count("points.toml:") == 1


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    name = "a \"quoted\"\nname\twith \\ and \x1b[31m\x7f # guess ''' [[point]]"
    rows = [["Tag", "Name", "Unit"], ["=cmd|' /C calc'!A0", name, "m"], ["Ω-1", "<b>x</b>", "m"]]
    _, points = _new(_csv(tmp_path / "tags.csv", rows))
    assert list(points) == ["cmd-c-calc-a0", "1"]
    first, second = points.values()
    assert first["name"]["en"].startswith('a "quoted" name with \\ and [31m # guess')
    assert second["name"]["en"] == "<b>x</b>"
    assert virtaama("site", "check", tmp_path / "tags").code == 0


def test_five_thousand_rows_are_read_in_seconds(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Points")
    sheet.append(["Tag", "Description", "Unit", "Min", "Max"])
    for number_ in range(5_000):
        unit = ["m³/h", "°C", "kWh", "%", "mg/l"][number_ % 5]
        sheet.append([f"A{number_ // 100}-FT-{number_}", f"Point {number_}", unit, 0, 100])
    book.save(tmp_path / "tags.xlsx")
    began_s = time.monotonic()
    answer, points = _new(tmp_path / "tags.xlsx")
    assert len(points) == 5_000
    assert "no errors" in answer.out
    assert time.monotonic() - began_s < 60


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("tags.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx or as CSV"),
        ("tags.xlsx", b"PK\x03\x04 broken", "is no workbook that can be read"),
        ("tags.csv", b"", "is empty"),
        ("tags.csv", b"\n\n;;\n", "is empty"),
        ("tags.csv", b"a;b\n1;2\n", 'The first row has "a", "b". Give the table a row of headings'),
        ("tags.csv", b"Tag;Unit\n", "No column of tags was recognised"),
        ("tags.csv", bytes(range(256)) * 10, "is no text"),
    ],
)
def test_what_is_no_list_is_told_so(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    answer = virtaama("site", "new", tmp_path / name, "--out", tmp_path / "plant")
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err
    assert not (tmp_path / "plant").exists()


def test_a_column_that_is_not_recognised_is_named_by_hand(tmp_path: Path) -> None:
    file = _csv(tmp_path / "tags.csv", [["Kram", "Zeug", "Dings"], ["FT-1", "Zulauf", "m3/h"]])
    options = ["--column", "tag=Kram", "--column", "name.de=Zeug", "--column", "unit=Dings"]
    _, points = _new(file, *options, "--key", "kw", "--zone", "Europe/Berlin", "--interval-s", "60")
    assert points["ft-1"]["unit"] == "m3/h"
    assert points["ft-1"]["name"]["sv"] == "Zulauf"
    assert points["ft-1"]["expected_interval_s"] == 60
    site = read(tmp_path / "tags")
    assert (site.key, site.site.time_zone) == ("kw", "Europe/Berlin")
    answer = virtaama("site", "new", file, "--out", tmp_path / "x", "--column", "tog=Kram")
    assert (answer.code, "tog" in answer.err) == (2, True)


def test_a_site_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = _csv(tmp_path / "tags.csv", FINNISH)
    _new(file)
    before = (tmp_path / "tags/points.toml").read_text(encoding="utf-8")
    answer = virtaama("site", "new", file, "--out", tmp_path / "tags")
    assert (answer.code, "is not overwritten" in answer.err) == (1, True)
    assert (tmp_path / "tags/points.toml").read_text(encoding="utf-8") == before


def test_a_terminal_is_asked_for_units_that_are_not_known(tmp_path: Path) -> None:
    file = _csv(tmp_path / "tags.csv", [["Tag", "Unit"], ["A", "Skt"], ["B", "Skt"], ["C", "Xyz"]])
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "deploy.cli", "site", "new", file, "--out", tmp_path / "p"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT
    ) as process:
        os.write(ours, b"skt\nm3/h\n\n")
        said, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    text = said.decode()
    assert '"Skt" stands there 2 times' in text
    assert '"skt" is not a UCUM unit' in text
    points = tomllib.loads((tmp_path / "p/points.toml").read_text(encoding="utf-8"))["point"]
    assert [point["unit"] for point in points] == ["m3/h", "m3/h", "?"]


@pytest.mark.parametrize(
    ("text", "unit", "species"),
    [
        ("Nm3/h", "m3{n}/h", None),
        ("m3/vrk", "m3/d", None),
        ("m³/tim", "m3/h", None),
        ("m3/Std", "m3/h", None),
        ("kpl", "1", None),
        ("st", "1", None),
        ("mg/l NO3-N", "mg/l", "N"),
        ("mgP/l", "mg/l", "P"),
        ("mg O2/l", "mg/l", "O2"),
        ("NTU", "{NTU}", None),
        ("M3/H", "m3/h", None),
        ("mvp", "m[H2O]", None),
        ("U/min", "{rpm}/min", None),
        ("pmy/100ml", "{CFU}/(100.mL)", None),
    ],
)
def test_units_as_plants_write_them_are_understood(
    text: str, unit: str, species: str | None
) -> None:
    found = guess_unit(text)
    assert found is not None
    assert (found.value, species_of(text)) == (unit, species)
    check_unit(unit)


@pytest.mark.parametrize("text", ["Skt", "t/v", "?", "", "mg/banana"])
def test_units_that_nobody_knows_are_not_guessed(text: str) -> None:
    assert guess_unit(text) is None


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("0-100", (0, 100)),
        ("0...2500 m3/h", (0, 2500)),
        ("-10 – +50 °C", (-10, 50)),
        ("0,5…1 000,5", (0.5, 1000.5)),
        ("0 to 14", (0, 14)),
        ("0/10", (0, 10)),
        ("nothing", None),
        ("5", None),
    ],
)
def test_ranges_as_people_write_them(text: str, ends: tuple[float, float] | None) -> None:
    assert number_range(text, decimal_comma=True) == ends


def test_the_decimal_sign_is_that_of_the_whole_list() -> None:
    assert has_decimal_comma(["1,000", "2,5"]) is True
    assert has_decimal_comma(["1,000", "2.5"]) is False
    assert number("1,000", decimal_comma=True) == 1
    assert number("1,000", decimal_comma=False) == 1000


_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
_UNITS = st.sampled_from(["m", "°C", "?", "", "{", "m³"])


@given(st.lists(st.tuples(_TEXTS, _TEXTS, _UNITS), max_size=20))
def test_whatever_stands_in_a_list_the_file_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    cells = [["Tag", "Name", "Unit"], ["FIRST", "First", "m"], *map(list, rows)]
    file = _csv(tmp_path_factory.mktemp("any") / "tags.csv", cells)
    answer, points = _new(file)
    assert points["first"]["unit"] == "m"
    left = [line for line in answer.out.splitlines() if "points.toml:" in line]
    assert all(".unit: " in line for line in left), answer.out


def test_two_rows_of_headings_do_not_hide_each_other() -> None:
    sheet = Sheet("x", [["Unit", "", ""], ["Tag", "Name", "Unit"], ["A", "B", "m"]])
    tags = read_tags([sheet], {})
    assert [entry.tag for entry in tags.entries] == ["A"]
    entry = Entry("row 3", "A", {}, unit="m")
    assert 'unit = "m"' in points_text(propose([entry], {}, None))


AMERICAN = [
    ["Cedar Fork WRF - SCADA signal export", "", "", "", "", "", "", ""],
    ["Loop ID", "Service", "EU", "Zero", "Span", "Signal", "Bldg", "Scan (sec)"],
    ["Headworks", "", "", "", "", "", "", ""],
    *(
        [f"FIT-10{n:02}", f"Pump {n} flow", "gpm", "0", "300", "AI", "Headworks", "10"]
        for n in range(1, 7)
    ),
    *([f"P-10{n:02}", f"Pump {n} running", "", "", "", "DI", "Headworks", ""] for n in range(1, 7)),
    ["AIT-4003", "Effluent pH", "su", "0", "14", "AI", "Effluent", "60"],
    ["AIT-4004", "Effluent ammonia", "mg/L as N", "0", "20", "AI", "Effluent", "60"],
]


def test_a_column_of_signal_types_is_not_taken_for_tags(tmp_path: Path) -> None:
    answer, points = _new(_csv(tmp_path / "tags.csv", AMERICAN))
    assert len(points) == 14
    assert points["p-1001"]["kind"] == "state"
    assert points["fit-1001"]["name"]["en"] == "Pump 1 flow"
    assert points["fit-1001"]["area"] == "Headworks"
    assert points["fit-1001"]["expected_interval_s"] == 10
    assert points["ait-4003"]["unit"] == "[pH]"
    assert points["ait-4004"]["species"] == "N"
    assert 'tag = "Loop ID"' in answer.out
    assert 'kind = "Signal"' in answer.out


def test_what_no_heading_says_the_cells_below_say(tmp_path: Path) -> None:
    unknown = ["Xa", "Xb", "Xc", "Xd", "Xe", "Xf", "Xg", "Xh"]
    answer, points = _new(_csv(tmp_path / "tags.csv", [unknown, *AMERICAN[3:]]))
    assert points["fit-1001"]["tag"] == "FIT-1001"
    assert points["fit-1001"]["name"]["en"] == "Pump 1 flow"
    assert points["fit-1001"]["unit"] == "[gal_us]/min"
    assert points["p-1001"]["kind"] == "state"
    assert 'not read: "Xd", "Xe", "Xg", "Xh"' in answer.out


def test_a_list_with_an_asset_without_its_number_has_that_asset_once(tmp_path: Path) -> None:
    rows = [
        ["Tag", "Name", "Unit"],
        ["TT-1", "Digester 1 temperature", "degC"],
        ["FT-2", "Digester gas flow", "m3/h"],
        ["JT-3", "Blower 1 power", "kW"],
        ["JT-4", "Blower 2 power", "kW"],
        ["PT-5", "Blower air pressure", "kPa"],
    ]
    _new(_csv(tmp_path / "tags.csv", rows))
    site = read(tmp_path / "tags")
    keys = {asset.key for asset in site.asset}
    assert "digester" not in keys
    assert {"digester_1", "blower", "blower_1", "blower_2"} <= keys
