"""What `site check` says of alarms that cannot come, cannot go, or suppress themselves."""

from pathlib import Path

import pytest

from schemas.catalogue import catalogue
from schemas.catalogue.alarms import default_alarms, has_role
from schemas.errors import SiteFileError
from schemas.site.alarms.rows import alarm_rows
from schemas.site.reader import read

PLANT = """
[site]
key = "s"
name = { fi = "L", en = "P", sv = "V" }
time_zone = "Europe/Helsinki"
[[line]]
key = "main"
kind = "main"
name = { fi = "L", en = "L", sv = "L" }
[[instrument]]
key = "i"
provenance = "measured"
description = "x"
[[asset]]
kind = "inlet_pumping"
[[point]]
key = "level"
tag = "KEN-LT-102"
role = "inlet_pumping.level"
unit = "m"
expected_interval_s = 10
range = [0, 6]
typical = [1, 3]
[[point]]
key = "pump"
line = "main"
tag = "P"
area = "A"
name = { fi = "P", en = "P", sv = "P" }
kind = "state"
unit = "1"
states.0 = { fi = "S", en = "S", sv = "S" }
states.1 = { fi = "K", en = "R", sv = "G" }
"""
TEXTS = """
name = { fi = "N", en = "N", sv = "N" }
consequence = { fi = "N", en = "N", sv = "N" }
action = { fi = "N", en = "N", sv = "N" }
"""
MISFITS = [
    (
        'role = "inlet_pumping.levle"\nabove = 4',
        "alarm.a.role",
        'did you mean "inlet_pumping.level"',
    ),
    ('point = "main/levle"\nabove = 4', "alarm.a.point", 'did you mean "main/level"'),
    ('point = "main/level"\nabove = 4\ndeadband = 4.5', "alarm.a.deadband", "never end"),
    ('point = "main/level"\nabove = 4\nbelow = 3\ndeadband = 1', "alarm.a.deadband", "never end"),
    ('point = "main/level"\nabove = 3\nbelow = 4', "alarm.a.below", "never end"),
    ('point = "main/level"\nabove = 4\ndelay_on_s = 31536000', "alarm.a.delay_on_s", "a day"),
    ('point = "main/level"\nabove = 4\ndelay_off_s = -1', "alarm.a.delay_off_s", "a day"),
    ('point = "main/level"\nabove = 9', "alarm.a.above", "never reaches"),
    ('point = "main/level"\nsilent_s = 5', "alarm.a.silent_s", "no silence"),
    ('point = "main/level"\nstates = [1]', "alarm.a.states", 'no point of kind "state"'),
    ('point = "main/pump"\nabove = 0.5', "alarm.a.above", "is a state"),
    ('point = "main/pump"\nstates = [7]', "alarm.a.states", "no code"),
    ('point = "main/level"\nabove = 4\nsilent_s = 60', "alarm.a.silent_s", "two alarms"),
    ('point = "main/level"\nrises_per_h = 1', "alarm.a.rises_per_h", "over_s"),
    ('point = "main/level"', "alarm.a", "nothing is watched"),
    ("above = 4", "alarm.a", "point or role is missing"),
    ('point = "main/level"\nabove = 4\ncauses = ["a"]', "alarm.a.causes", "suppress itself"),
    ('point = "main/level"\nabove = 4\ncauses = ["b"]', "alarm.a.causes", '"b" is no alarm'),
    (
        'point = "main/level"\nabove = 4\nstopped_point = "main/level"',
        "alarm.a.stopped_point",
        "state",
    ),
    (
        'point = "main/level"\nabove = 4\nrespond_within_min = 0',
        "alarm.a.respond_within_min",
        "day",
    ),
    ('default = "wet_well_hihg"\npoint = "main/level"', "alarm.a.default", "wet_well_high"),
    ('default = "wet_well_high"\npoint = "main/level"\ndeadband = 3.5', "alarm.a", "never end"),
    ('default = "failed"\npoint = "main/level"\ndeadband = 1', "alarm.a.deadband", "not go with"),
    (
        'default = "failed"\npoint = "main/level"\nover_s = 9',
        "alarm.a.over_s",
        "not go with",
    ),
    ('default = "combustible_gas_high"\npoint = "main/level"', "alarm.a", "nothing is watched"),
    ('default = "wet_well_high"\npoint = "main/pump"', "alarm.a", "nothing is watched"),
    ('default = "silent"\npoint = "main/pump"', "alarm.a", "nothing is watched"),
    ('point = "main/pump"\nstates = [1]\ndeadband = 1', "alarm.a.deadband", "not go with"),
    ('point = "main/pump"\nrises_per_h = 1\nover_s = 60', "alarm.a.rises_per_h", "is a state"),
    ('point = "main/level"\nabove = 4\ndelay_on_s = 1e300', "alarm.a.delay_on_s", "a day"),
    ('point = "main/level"\nabove = 4\ndeadband = -0.1', "alarm.a.deadband", "0 or more"),
    ('point = "main/level"\nabove = "<-1"', "alarm.a.above", "a number"),
    ('point = "main/level"\nbelow = "<0"', "alarm.a.below", "a number"),
    ('point = "main/level"\nbelow = 5\ndeadband = 1.5', "alarm.a.deadband", "never end"),
    (
        'point = "main/level"\nrises_per_h = 1\nover_s = 600\ndeadband = 2',
        "alarm.a.deadband",
        "never end",
    ),
    ('point = "main/level"\nfalls_per_h = -1\nover_s = 600', "alarm.a.falls_per_h", "no rate"),
    ('role = "levle"\nabove = 4', "alarm.a.role", 'did you mean "level"'),
    ('role = "level"\nkind = "inlet_pumpin"\nabove = 4', "alarm.a.kind", '"inlet_pumping"'),
    ('role = "levle"\nkind = "inlet_pumping"\nabove = 4', "alarm.a.role", 'did you mean "level"'),
    ('role = "temperature"\nkind = "inlet_pumping"\nabove = 4', "alarm.a.role", "no point"),
    ('role = "level"\nabove = 9', "alarm.a.above", "main/level never reaches"),
    ('kind = "inlet_pumping"\npoint = "main/level"\nabove = 4', "alarm.a.kind", "needs `role`"),
    (
        'kind = "inlet_pumping"\nrole = "inlet_pumping.level"\nabove = 4',
        "alarm.a.kind",
        "give only what stands behind its point",
    ),
    ('role = "level"\nabove = 4\ncauses = ["a"]', "alarm.a.causes", '"a:main/level"'),
    ('role = "level"\nabove = 4\ncauses = ["a:main/level"]', "alarm.a.causes", "suppress itself"),
    ('point = "main/level"\nabove = 4\ncauses = ["silent:main/x"]', "alarm.a.causes", "no alarm"),
    (
        'default = "silent"\npoint = "main/level"\ncauses = ["silent:main/level"]',
        "alarm.a.causes",
        "suppress itself",
    ),
]


def _file(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(PLANT + text, encoding="utf-8")
    return path


def _problems(path: Path) -> list[str]:
    with pytest.raises(SiteFileError) as caught:
        read(path)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("content", "key", "says"), MISFITS)
def test_a_misfit_is_told_with_file_line_and_key(
    tmp_path: Path, content: str, key: str, says: str
) -> None:
    text = f'[[alarm]]\nkey = "a"\n{content}\n{TEXTS}'
    problems = [line for line in _problems(_file(tmp_path, text)) if key in line]
    assert len(problems) == 1, problems
    assert says in problems[0]
    line = int(problems[0].split(":")[1])
    begins = PLANT.count("\n") + 1
    assert begins <= line <= begins + text.count("\n")


def test_causes_in_a_circle_are_told_for_each_of_them(tmp_path: Path) -> None:
    alarms = "".join(
        f'[[alarm]]\nkey = "{key}"\npoint = "main/level"\nabove = 4\ncauses = ["{cause}"]\n{TEXTS}'
        for key, cause in ("ab", "bc", "ca")
    )
    problems = [line for line in _problems(_file(tmp_path, alarms)) if "circle" in line]
    assert len(problems) == 3
    assert "a → b → c → a" in problems[0]


def test_an_alarm_without_an_action_is_none_unless_it_is_diagnostic(tmp_path: Path) -> None:
    text = '[[alarm]]\nkey = "a"\npoint = "main/level"\nabove = 4\n' + TEXTS.splitlines()[1] + "\n"
    assert any("action is missing" in line for line in _problems(_file(tmp_path, text)))
    read(_file(tmp_path, text + 'priority = "diagnostic"\n'))


def test_the_catalogue_gives_alarms_by_role_and_the_site_file_changes_them(tmp_path: Path) -> None:
    def rows(text: str) -> dict[str, dict]:
        site = read(_file(tmp_path, text))
        return {row["key"]: row for row in alarm_rows(site)["alarm definition"]}

    plain = rows("")
    watched = ("wet_well_high", "silent", "failed")
    assert set(plain) == {"nothing_arrives", *(f"{key}:main/level" for key in watched)}
    assert plain["wet_well_high:main/level"]["condition"]["above"] == 3
    assert plain["wet_well_high:main/level"]["action"]["sv"]
    changed = rows(
        '[[alarm]]\nkey = "a"\ndefault = "wet_well_high"\npoint = "main/level"\nabove = 4\n'
        '[[alarm]]\nkey = "b"\ndefault = "silent"\nrole = "inlet_pumping.level"\nenabled = false\n'
    )
    assert set(changed) == {"nothing_arrives", "a", "failed:main/level"}
    assert changed["a"]["condition"]["above"] == 4
    assert changed["a"]["action"] == plain["wet_well_high:main/level"]["action"]
    assert changed["a"]["delay_on_s"] == plain["wet_well_high:main/level"]["delay_on_s"]


def test_a_deadband_of_the_catalogue_was_lost_or_could_not_be_changed(tmp_path: Path) -> None:
    """It is a part of the limit: of that of the site file, where it says another."""

    def condition(text: str) -> dict:
        table = f'[[alarm]]\nkey = "a"\ndefault = "wet_well_high"\npoint = "main/level"\n{text}'
        rows = alarm_rows(read(_file(tmp_path, table)))["alarm definition"]
        return next(row["condition"] for row in rows if row["key"] == "a")

    assert condition("delay_on_s = 0")["deadband"] == pytest.approx(0.05 * 3)
    assert condition("above = 4")["deadband"] == pytest.approx(0.05 * 4)
    both = condition("deadband = 0.4")
    assert (both["above"], both["deadband"]) == (3, 0.4)
    assert "deadband" not in condition("above = 4\ndeadband = 0")


def test_a_broken_gas_detector_that_went_on_sending_was_missed(tmp_path: Path) -> None:
    detector = """
[[point]]
key = "gas"
tag = "KEN-QT-1"
role = "inlet_pumping.hydrogen_sulphide"
unit = "[ppm]"
expected_interval_s = 10
"""
    rows = alarm_rows(read(_file(tmp_path, detector)))["alarm definition"]
    found = {row["key"]: row for row in rows}
    assert found["failed:main/gas"]["condition"] == {
        "watch": "quality",
        "point": "main/gas",
        "qc_from": 4,
    }
    assert found["failed:main/gas"]["delay_on_s"] == 300


def test_biogas_and_sewers_called_people_out_of_a_room_day_and_night() -> None:
    high, kinds = default_alarms()["hydrogen_sulphide_high"], catalogue().kinds
    watched = {
        key
        for key, kind in kinds.items()
        if has_role(high.roles, kind.lineage, "hydrogen_sulphide")
    }
    assert {"hall", "inlet_pumping", "pumping_station"} <= watched
    assert watched.isdisjoint({"biogas", "digester", "odour_treatment", "measuring_station"})


STATIONS = """
[[asset]]
key = "ps_1"
kind = "pumping_station"
[[asset]]
key = "ps_2"
kind = "pumping_station"
"""


def _station(number: int, unit: str = "m") -> str:
    return (
        f'[[point]]\nkey = "lt-{number}"\ntag = "LT-{number}"\nrole = "ps_{number}.level"\n'
        f'unit = "{unit}"\nexpected_interval_s = 10\nrange = [0, 6]\n'
    )


def _keys(path: Path, begin: str = "a") -> dict[str, dict]:
    found = alarm_rows(read(path))["alarm definition"]
    return {row["key"]: row for row in found if row["key"].startswith(begin)}


def test_an_alarm_of_a_role_watched_its_first_point_alone(tmp_path: Path) -> None:
    two = STATIONS + _station(1) + _station(2)
    of_kind = f'[[alarm]]\nkey = "a"\nkind = "pumping_station"\nrole = "level"\nabove = 4\n{TEXTS}'
    rows = _keys(_file(tmp_path, two + of_kind))
    assert list(rows) == ["a:main/level", "a:main/lt-1", "a:main/lt-2"]
    second = rows["a:main/lt-2"]
    assert second["condition"] == {"watch": "value", "point": "main/lt-2", "above": 4}
    assert second["name"]["en"] != rows["a:main/lt-1"]["name"]["en"]
    assert second["name"]["en"].startswith("N: ")
    # Of a narrower kind; of the whole plant, whatever has the role; and of one asset, as ever.
    narrower = of_kind.replace("pumping_station", "inlet_pumping")
    assert [*_keys(_file(tmp_path, two + narrower))] == ["a:main/level"]
    everywhere = of_kind.replace('kind = "pumping_station"\n', "")
    assert _keys(_file(tmp_path, two + everywhere)) == rows
    of_one = everywhere.replace('"level"', '"ps_2.level"')
    assert [*_keys(_file(tmp_path, two + of_one))] == ["a"]
    # Without the second station its alarm is gone.
    one = _keys(_file(tmp_path, STATIONS + _station(1) + of_kind))
    assert list(one) == ["a:main/level", "a:main/lt-1"]


def test_a_catalogue_alarm_is_changed_for_a_whole_role_and_otherwise_at_one_point(
    tmp_path: Path,
) -> None:
    whole = '[[alarm]]\nkey = "a"\ndefault = "silent"\nrole = "level"\nsilent_s = 7200\n'
    one = '[[alarm]]\nkey = "own"\ndefault = "silent"\npoint = "main/lt-2"\nsilent_s = 9000\n'
    path = _file(tmp_path, STATIONS + _station(1) + _station(2) + whole + one)
    assert set(_keys(path)) == {"a:main/level", "a:main/lt-1"}
    assert _keys(path, "own")["own"]["condition"]["after_s"] == 9_000
    assert not _keys(path, "silent")
    off = _file(tmp_path, STATIONS + _station(1) + whole + "enabled = false\n")
    assert not _keys(off)
    assert not _keys(off, "silent")


def test_points_of_a_role_in_several_units_have_no_common_limit(tmp_path: Path) -> None:
    two = STATIONS + _station(1) + _station(2, "cm")
    limit = f'[[alarm]]\nkey = "a"\nkind = "pumping_station"\nrole = "level"\nabove = 4\n{TEXTS}'
    problem = _problems(_file(tmp_path, two + limit))[-1]
    assert "main/level is in m and main/lt-2 in cm" in problem
    silent = limit.replace("above = 4", "silent_s = 900")
    assert len(_keys(_file(tmp_path, two + silent))) == 3


def test_a_ring_of_causes_through_one_point_of_a_role_is_told(tmp_path: Path) -> None:
    ring = (
        f'[[alarm]]\nkey = "a"\nrole = "level"\nabove = 4\ncauses = ["b"]\n{TEXTS}'
        f'[[alarm]]\nkey = "b"\npoint = "main/pump"\nstates = [0]\n'
        f'causes = ["a:main/level"]\n{TEXTS}'
    )
    problems = [line for line in _problems(_file(tmp_path, ring)) if "circle" in line]
    assert len(problems) == 2
    assert "b → a:main/level → b" in problems[1]


def test_a_limit_of_zero_has_a_deadband_too(tmp_path: Path) -> None:
    """It was refused: wider than its limit, 0."""
    thermometer = '[[point]]\nkey = "t"\nline = "main"\ntag = "T"\narea = "A"\nunit = "Cel"\n'
    thermometer += 'name = { fi = "T", en = "T", sv = "T" }\nkind = "measurement"\n'
    frost = f'[[alarm]]\nkey = "a"\npoint = "main/t"\nbelow = 0\ndeadband = 1\n{TEXTS}'
    assert [*_keys(_file(tmp_path, thermometer + frost))] == ["a"]
