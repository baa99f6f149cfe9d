"""Assets, streams and roles in a site file: the shortest form, and every misfit in a sentence."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.errors import SiteFileError
from schemas.site.model import Site
from schemas.site.reader import read, survey
from tests.fixtures.site_files import ELEMENTS_TOML, SITE_TOML, edited, line_number, written

SITES = Path(__file__).parents[2] / "deploy/sites"
TEXT = SITE_TOML + ELEMENTS_TOML
TANK, STREAM, FEED = 'kind = "membrane_tank"', 'kind = "primary_effluent"', 'key = "feed"'
TO, WITHIN, AREA, FLOW = 'to = "mbr1"', 'within = "mbr1"', '[13750, "m2"]', '"influent.flow"'


def site(tmp_path: Path, *changes: tuple[str, str]) -> Site:
    return read(written(tmp_path, edited(*changes, text=TEXT)))


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SiteFileError) as caught:
        read(written(tmp_path, text))
    return caught.value.problems


def test_a_point_with_a_role_leaves_out_what_the_role_says(tmp_path: Path) -> None:
    point = site(tmp_path).points["main/in-qt-2"]
    assert (point.kind, point.species, point.tag, point.area) == (
        "measurement",
        "N",
        "IN-QT-2",
        "IN",
    )
    assert point.name.model_dump() == {
        "fi": "Tuleva jätevesi, ammoniumtyppi",
        "sv": "Inkommande avloppsvatten, ammoniumkväve",
        "en": "Influent, ammonium nitrogen",
    }


def test_what_the_file_says_itself_counts(tmp_path: Path) -> None:
    plant = site(tmp_path)
    tank_pressure, pump = plant.points["main/mbr1-pdt-4"], plant.points["ro/pump-ji"]
    assert (tank_pressure.tag, tank_pressure.area) == ("KALVO 1", "MBR")
    assert pump.name.en == "Suction pump, electric power"
    assert plant.points["main/in-fq-3"].kind == "counter"


def test_an_asset_has_the_name_of_its_kind_with_its_number(tmp_path: Path) -> None:
    assets = {asset.key: asset for asset in site(tmp_path).asset}
    assert assets["mbr1"].name.sv == "Membranbassäng 1"
    assert assets["inlet_pumping"].name.fi == "Tulopumppaamo"


def test_lines_follow_from_what_contains_an_asset_and_where_a_stream_leads(tmp_path: Path) -> None:
    change = ('key = "mbr1"\n', 'key = "mbr1"\nline = "ro"\n')
    inner = ('within = "mbr1"\nline = "ro"\n', 'within = "mbr1"\n')
    plant = site(tmp_path, change, inner)
    assert {asset.key: asset.line for asset in plant.asset} == {
        "inlet_pumping": "main",
        "mbr1": "ro",
        "permeate_pump": "ro",
    }
    assert {stream.key: stream.line for stream in plant.stream} == {
        "influent": "main",
        "feed": "main",
    }
    assert "ro/pump-ji" in plant.points


def test_a_property_has_a_short_form_and_may_be_dated(tmp_path: Path) -> None:
    dated = ('[13750, "m2"]', '[13750, "m2", 2026-05-01]')
    properties = site(tmp_path, dated).asset[1].properties
    assert properties["volume"].value == 200
    assert str(properties["membrane_area"].since) == "2026-05-01"


def test_the_summary_counts_assets_and_streams(tmp_path: Path) -> None:
    assert site(tmp_path).summary().endswith("1 topic mapping, 3 assets, 2 streams")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        # kinds and keys
        (TANK, 'kind = "membrane_tnak"', 'is no kind of asset; did you mean "membrane_tank"?'),
        (TANK, 'kind = "xyz"', '"xyz" is no kind of asset; docs/catalogue.md has them all'),
        (TANK, 'kind = "permeate"', "is a kind of stream; write it as [[stream]]"),
        (STREAM, 'kind = "pump"', "is a kind of asset; write it as [[asset]]"),
        (TANK, "kind = 3", "asset.mbr1.kind: must be a text in quotes, not a number"),
        (TANK + "\n", "", 'asset.mbr1.kind: is missing; for example kind = "membrane_tank"'),
        ('key = "permeate_pump"', 'key = "mbr1"', 'asset.mbr1.key: "mbr1" stands in site.toml'),
        (FEED, 'key = "mbr1"', 'stream.mbr1.key: "mbr1" stands in site.toml'),
        (FEED, 'key = "Feed-1"', '"Feed-1" is not a key of an asset or stream; use a-z, 0-9'),
        (FEED, 'key = "x; DROP TABLE point"', "is not a key of an asset or stream"),
        (FEED, 'key = "<script>"', "is not a key of an asset or stream"),
        (FEED, f'key = "{"f" * 65}"', "a letter first, at most 64 characters"),
        (FEED, 'key = ""', '"" is not a key of an asset or stream'),
        (TO, 'too = "mbr1"', 'stream.feed.too: is not a key here; did you mean "to"?'),
        (TO, 'form = "mbr1"', 'stream.feed.form: is not a key here; did you mean "from"?'),
        # where things are and where they lead
        (WITHIN, 'within = "mbr2"', '"mbr2" is no asset of this site; did you mean "mbr1"?'),
        (WITHIN, 'within = "feed"', 'asset.permeate_pump.within: "feed" is a stream; only'),
        (WITHIN, 'within = "permeate_pump"', "itself: permeate_pump within permeate_pump"),
        (
            'key = "mbr1"\n',
            'key = "mbr1"\nwithin = "permeate_pump"\n',
            "asset.mbr1.within: leads back to itself: mbr1 within permeate_pump within mbr1",
        ),
        (TO, 'to = "mbr9"', 'did you mean "mbr1"?; leave it out for outside of the plant'),
        (TO, 'to = "lake"', '"lake" is no asset of this site; leave it out for outside'),
        (f'from = "inlet_pumping"\n{TO}\n', "", "stream.feed: leads from nowhere to nowhere"),
        (TO, 'to = "inlet_pumping"', '"inlet_pumping" is where it comes from, too'),
        (f'{WITHIN}\nline = "ro"', 'line = "or"', '"or" is no line of this site'),
        # properties
        ("membrane_area =", "membrane_aera =", 'of membrane_tank; did you mean "membrane_area"?'),
        ("membrane_area =", "gap_width =", "membrane_tank; it has rated_power, volume, surface_"),
        (AREA, '[13750, "m3"]', 'in m2 or what converts to it: "m3" cannot be converted to "m2"'),
        (AREA, '[13750, "sqm"]', '"sqm" is not a UCUM unit'),
        (AREA, "13750", 'must be a number with its unit, such as [1200, "m3"], not 13750'),
        (AREA, "[13750]", "must be a number with its unit"),
        (AREA, '["13750", "m2"]', "must be a number, not a text"),
        (AREA, '[nan, "m2"]', "must be a finite number"),
        (AREA, '[1, "m2", 2026-03-29T03:30:00]', "the clock went forward over it"),
        # roles
        (FLOW, '"influent.flwo"', '"flwo" is no role of influent; did you mean "flow"?'),
        (FLOW, '"influent.spin"', "a point in m3/h can be flow"),
        (FLOW, '"inflent.flow"', 'is no asset or stream of this site; did you mean "influent"?'),
        (FLOW, '"membrane_tank.level"', "of that kind there is mbr1 at this site"),
        (FLOW, '"influent"', '"influent" is not a role; write "<asset or stream>.<role>"'),
        (FLOW, '"a.b.c"', '"a.b.c" is not a role; write'),
        (FLOW, "7", "point.in-ft-1.role: must be a text in quotes, not a number"),
        (FLOW, '"influent.volume"', 'in-fq-3.role: "influent.volume" is the role of main/in-ft-1'),
        (FLOW, f'{FLOW}\nkind = "counter"', '"flow" is for a measurement, and this is a counter'),
        (
            'unit = "m3"\n\n',
            'unit = "m3/h"\nkind = "measurement"\n\n',
            "is for a counter, and this is a measurement; a measurement in m3/h can be flow",
        ),
        ('unit = "mg/L"', 'unit = "mmol/L"', "a point in mmol/L can be alkalinity, hardness"),
        (
            'unit = "mg/L"',
            'unit = "mg/L"\nspecies = "NH4"',
            '"NH4" is not "N", as which "ammonium"',
        ),
        ('unit = "kPa"', 'unit = "kPa{gauge}"', "differ in what stands in braces"),
    ],
)
def test_one_misfit_is_one_sentence_that_says_what_would_be_right(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    found = problems(tmp_path, edited((old, new), text=TEXT))
    assert sum(sentence in problem for problem in found) == 1, found


def test_a_wrong_kind_is_told_once_and_what_hangs_on_it_is_left_alone(tmp_path: Path) -> None:
    text = edited(('kind = "influent"', 'key = "influent"\nkind = "infuent"'), text=TEXT)
    (found,) = problems(tmp_path, text)
    assert 'stream.influent.kind: "infuent" is no kind of stream; did you mean "influent"?' in found


def test_a_misfit_is_told_with_the_line_of_its_key(tmp_path: Path) -> None:
    text = edited(("influent.flow", "influent.flwo"), ('to = "mbr1"', 'to = "mbr9"'), text=TEXT)
    lines = [int(problem.split(":")[1]) for problem in problems(tmp_path, text)]
    assert lines == [line_number(text, 'to = "mbr9"'), line_number(text, "influent.flwo")]


def test_two_circles_are_two_errors_however_long_they_are(tmp_path: Path) -> None:
    ring = "".join(
        f'[[asset]]\nkind = "tank"\nkey = "{ring}{i}"\nwithin = "{ring}{(i + 1) % 40}"\n'
        for ring in ("a", "b")
        for i in range(40)
    )
    found = problems(tmp_path, TEXT + ring)
    assert ["leads back to itself" in problem for problem in found] == [True, True]


def test_a_recirculation_may_lead_back_to_where_it_comes_from(tmp_path: Path) -> None:
    loop = '[[stream]]\nkind = "internal_recirculation"\nfrom = "mbr1"\nto = "mbr1"\n'
    assert len(read(written(tmp_path, TEXT + loop)).stream) == 3


def test_an_asset_that_nothing_flows_through_is_a_remark_with_its_line(tmp_path: Path) -> None:
    alone = '\n[[asset]]\nkind = "grit_chamber"\n\n[[asset]]\nkind = "hall"\n'
    text = TEXT + alone
    found = survey(written(tmp_path, text))
    line = line_number(text, 'kind = "grit_chamber"') - 1
    assert found.remarks == [
        f"site.toml:{line}: asset.grit_chamber: no stream leads to it or away from it, so drawings "
        "leave it out"
    ]
    assert len(found.site.asset) == 5


def test_what_contains_a_joined_asset_or_is_within_one_is_joined(tmp_path: Path) -> None:
    family = """
[[asset]]
kind = "membrane_stage"

[[asset]]
kind = "membrane_tank"
key = "mbr2"
within = "membrane_stage"

[[asset]]
kind = "tank"
key = "inner"
within = "mbr2"

[[asset]]
kind = "tank"
key = "beside"
within = "membrane_stage"
"""
    to_inner = family + '\n[[stream]]\nkind = "permeate"\nfrom = "mbr2"\n'
    (remark,) = survey(written(tmp_path, TEXT + to_inner)).remarks
    assert "asset.beside: " in remark
    to_outer = family + '\n[[stream]]\nkind = "permeate"\nfrom = "membrane_stage"\n'
    assert survey(written(tmp_path, TEXT + to_outer)).remarks == []


def test_a_site_that_says_no_streams_yet_gets_one_remark(tmp_path: Path) -> None:
    assets = '\n[[asset]]\nkind = "screen"\n\n[[asset]]\nkind = "grit_chamber"\n'
    assert len(survey(written(tmp_path, SITE_TOML + assets)).remarks) == 1
    assert survey(written(tmp_path, SITE_TOML)).remarks == []


def test_a_register_that_turns_unseen_between_two_readings_is_a_remark(tmp_path: Path) -> None:
    counter = """
[[point]]
key = "pulses"
line = "main"
tag = "P-1"
area = "P"
name = { fi = "a", en = "b", sv = "c" }
kind = "counter"
unit = "1"
range = [0, 65535]
max_rate_per_h = 30_000
expected_interval_s = 3600
"""
    assert survey(written(tmp_path, SITE_TOML + counter)).remarks == []
    rare = counter.replace("= 3600", "= 7200")
    (remark,) = survey(written(tmp_path, SITE_TOML + rare)).remarks
    assert "point.pulses.expected_interval_s: in 7200 s it may count 60000 of the 65535" in remark


@pytest.mark.parametrize("shipped", sorted(SITES.iterdir()), ids=lambda path: path.name)
def test_each_shipped_site_says_what_every_point_means(shipped: Path) -> None:
    site, remarks = survey(shipped)
    assert remarks == []
    # What a formula means is what it says.
    unsaid = [point.ref for point in site.point if point.role is None and point.formula is None]
    assert unsaid == []


def test_a_point_in_the_shortest_form_is_a_line() -> None:
    lines = (SITES / "koskenranta/points.toml").read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line and not line.strip().startswith("#")]
    assert len(said) == len(read(SITES / "koskenranta").point) + 2


def test_five_thousand_points_with_roles_are_checked_in_seconds(tmp_path: Path) -> None:
    assets = "".join(f'[[asset]]\nkind = "pump"\nkey = "p{i}"\n' for i in range(1_000))
    points = "".join(
        f'[[point]]\nkey = "p{i}-{role}"\nrole = "p{i}.{role}"\nunit = "{unit}"\n'
        for i in range(1_000)
        for role, unit in (
            ("power", "kW"), ("flow", "L/s"), ("speed", "%"), ("running", "1"), ("starts", "1"),
        )
    )  # fmt: skip
    began = time.monotonic()
    assert len(read(written(tmp_path, TEXT + assets + points)).point) == 5_008
    assert time.monotonic() - began < 30


def test_five_thousand_wrong_roles_are_told_in_seconds(tmp_path: Path) -> None:
    assets = '[[asset]]\nkind = "reverse_osmosis"\nkey = "ro1"\n'
    points = "".join(
        f'[[point]]\nkey = "x{i}"\nrole = "ro1.x{i}"\nkind = "measurement"\nunit = "m3/h"\n'
        'name = { fi = "x", sv = "x", en = "x" }\narea = "X"\n'
        for i in range(5_000)
    )
    began = time.monotonic()
    assert len(problems(tmp_path, TEXT + assets + points)) == 5_000
    assert time.monotonic() - began < 60


_lines = ELEMENTS_TOML.splitlines()
_values = [
    '""',
    "3",
    "[]",
    "{}",
    '["a"]',
    "{ a = 1 }",
    "true",
    '"mbr1"',
    '"feed"',
    '"a.b"',
    "2026-01-01",
]
_keys = [
    "key",
    "kind",
    "name",
    "line",
    "within",
    "from",
    "to",
    "properties",
    "role",
    "since",
    "unit",
]
_said = st.tuples(st.sampled_from(_keys), st.sampled_from(_values)).map(" = ".join)
_edit = st.tuples(st.integers(0, len(_lines)), st.integers(0, 2), _said | st.sampled_from(_lines))


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_edit, min_size=1, max_size=4))
@example([(0, 1, 'kind = "inlet_pumping"'), (49, 2, "key = []")])
@example([(0, 1, 'kind = "inlet_pumping"'), (49, 2, "line = []")])
def test_whatever_is_said_of_assets_and_roles_it_is_a_site_or_a_list_of_errors(
    tmp_path: Path, edits: list[tuple[int, int, str]]
) -> None:
    lines = list(_lines)
    for at, count, line in edits:
        lines[at : at + count] = [line]
    found: list[str] = []
    try:
        survey(written(tmp_path, SITE_TOML + "\n".join(lines)))
    except SiteFileError as error:
        found = error.problems or ["an error without a problem"]
    assert all(problem.startswith("site.toml:") for problem in found)


def test_a_name_may_be_one_text_for_all_languages(tmp_path: Path) -> None:
    """A plant in a country of another language had to write each name three times."""
    text = SITE_TOML + ELEMENTS_TOML
    asset = '[[asset]]\nkind = "reservoir"\nname = "Clearwell"\n'
    point = '[[point]]\nkey = "lt-9"\nrole = "reservoir.level"\nunit = "m"\n'
    site = read(written(tmp_path, f"{text}\n{asset}\n{point}"))
    names = site.points["main/lt-9"].name.model_dump()
    assert names == {"fi": "Clearwell, pinta", "sv": "Clearwell, nivå", "en": "Clearwell, level"}


def test_a_site_named_by_one_text_must_say_its_language(tmp_path: Path) -> None:
    text = re.sub(r"(?ms)^name = \{.*?\}", 'name = "Pine Creek"', SITE_TOML, count=1)
    assert text != SITE_TOML
    with pytest.raises(SiteFileError, match=r"site\.language"):
        read(written(tmp_path, re.sub(r"(?m)^language = .*\n", "", text, count=1)))


def test_points_of_one_name_are_a_remark_that_names_their_asset(tmp_path: Path) -> None:
    """The tanks of lye and acid were both "Chemical tank, filling" on every page."""
    tanks = "".join(
        f'''
[[asset]]
kind = "chemical_tank"
key = "{key}_tank"

[[stream]]
kind = "{key}"
from = "{key}_tank"

[[point]]
key = "{key}"
role = "{key}_tank.fill"
unit = "%"
'''
        for key in ("alkali", "acid")
    )
    (remark,) = survey(written(tmp_path, TEXT + tanks)).remarks
    assert remark.endswith(
        'point.acid.role: is called "Chemical tank, filling", as alkali is; give acid_tank a '
        "`name` of its own"
    )
    named = tanks.replace('key = "acid_tank"', 'key = "acid_tank"\nname = "Acid tank"')
    assert survey(written(tmp_path, TEXT + named)).remarks == []
