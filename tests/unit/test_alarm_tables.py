"""Definitions that engineers enter: the same shape and the same checks as in the site file."""

import string
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.texts import catalogue
from dashboard.web.form_input import FormInput, FormUnfit
from deploy.demo.demo_plant import DEMO_SITE
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.checks import SENTENCES
from schemas.site.alarms.in_app import beside_the_app
from schemas.site.alarms.rows import alarm_rows, definition_row
from schemas.site.alarms.table import alarm_table
from schemas.site.reader import read

AT = datetime(2026, 11, 26, 18, tzinfo=UTC)
TEXTS = {"fi": "a", "sv": "b", "en": "c"}
TABLES = [
    {"point": "main/x", "above": 4.0, "below": 1.0, "deadband": 0.5, "latching": True},
    {"point": "main/x", "below": 0.0, "delay_on_s": 60.0, "delay_off_s": 5.0},
    {"point": "main/x", "states": [1, 4], "causes": ["b", "c"], "priority": "low"},
    {"point": "main/x", "quality": "fail", "stopped_point": "main/p", "stopped_states": [0, 6]},
    {"silent_s": 900.0, "class": "system", "respond_within_min": 10.0},
    {"point": "main/x", "above": 0.3, "mean_over_s": 86_400.0, "ahead_s": 7_200.0},
    {"point": "main/x", "rises_per_h": 2.0, "falls_per_h": 3.0, "over_s": 600.0},
]


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", SENTENCES)
def test_what_site_check_says_of_an_alarm_is_said_in_three_languages_too(code: str) -> None:
    for sentence in catalogue()[f"alarm_fault.{code}"].values():
        assert _fields(sentence) <= _fields(SENTENCES[code])


@pytest.mark.parametrize("table", TABLES)
def test_a_stored_alarm_becomes_the_table_that_it_came_from(table: dict) -> None:
    whole = {"key": "a", "name": TEXTS, "priority": "medium", "class": "process"} | table
    row = definition_row(Alarm.model_validate(whole))
    assert alarm_table(row) == whole


def test_each_alarm_of_the_demo_plant_can_be_changed_in_the_form_without_losing_anything() -> None:
    for row in alarm_rows(read(DEMO_SITE))["alarm definition"]:
        table = alarm_table(row)
        again = definition_row(Alarm.model_validate(table | {"key": "x"}))
        for name in set(row) - {"key", "first_from", "since"}:
            assert again[name] == row[name], (row["key"], name)


def test_an_alarm_of_the_file_that_changes_one_kept_in_the_app_is_no_second_one() -> None:
    site = read(DEMO_SITE)
    wanted = alarm_rows(site)
    default = next(row for row in wanted["alarm definition"] if ":" in row["key"])
    name, _, point = default["key"].partition(":")
    model = type(site).model_fields["alarm"].annotation.__args__[0]
    own = model.model_validate({"key": "own", "default": name, "point": point})
    changed = site.model_copy(update={"alarm": (own,)})
    kept = [default | {"valid_from": AT, "who": "Elsa"}]
    left, remarks = beside_the_app(alarm_rows(changed), changed, kept)
    assert {"own", default["key"]}.isdisjoint(row["key"] for row in left["alarm definition"])
    assert [row["key"] for row in left["alarm"]] == [row["key"] for row in left["alarm definition"]]
    assert len(remarks) == 1
    assert "own" in remarks[0]
    assert "Elsa" in remarks[0]
    assert beside_the_app(wanted, site, kept)[1] == []  # the file says what the app says


@pytest.mark.parametrize(
    ("written", "sign", "number"),
    [
        *(("1,5", ",", 1.5), ("1 800", ",", 1800.0), ("−0,25", ",", -0.25), ("1.5", ".", 1.5)),
        *(("", ",", None), (".5", ".", 0.5), ("7", ",", 7.0)),
    ],
)
def test_a_number_is_read_as_its_reader_writes_it(
    written: str, sign: str, number: float | None
) -> None:
    form = FormInput({"above": written}, ZoneInfo("UTC"), AT)
    assert form.number("above", sign) == number


@pytest.mark.parametrize(
    ("written", "sign"),
    [
        ("1,800", "."),
        ("1e9", ","),
        ("nan", ","),
        ("-", ","),
        ("1,2,3", ","),
        ("<-1", ","),
        ("<0", "."),
    ],
)
def test_what_could_be_another_number_is_none(written: str, sign: str) -> None:
    form = FormInput({"above": written}, ZoneInfo("UTC"), AT)
    with pytest.raises(FormUnfit):
        form.number("above", sign)


def test_codes_stand_between_commas_or_spaces() -> None:
    form = FormInput({"a": "1, 4 6", "b": " ", "c": "1;x"}, ZoneInfo("UTC"), AT)
    assert form.codes("a") == (1, 4, 6)
    assert form.codes("b") is None
    with pytest.raises(FormUnfit):
        form.codes("c")
