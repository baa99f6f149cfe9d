"""Stamps of mapped payloads: date and time of day apart, and stamps that are missing."""

import json
from pathlib import Path

import pytest

from ingest.decoding.contract import decode
from ingest.decoding.decoded import Decoded
from ingest.decoding.mapped_timestamps import stamp_reader
from ingest.decoding.rejection import Reason
from schemas.errors import SiteFileError
from schemas.quality import Check
from schemas.site.mapping import TopicMapping, ValueMapping
from schemas.site.reader import read
from tests.fixtures.plants import NOON, message, plant, us
from tests.fixtures.site_files import edited, written

APART = TopicMapping(
    "logger",
    "logger/rows",
    (ValueMapping("main/il1-at-411", "/*/v"),),
    time_pointer="/*/date",
    time_of_day_pointer="/*/time",
    time_format="%d.%m.%Y %H:%M:%S",
    time_zone="Europe/Helsinki",
)
LORA = TopicMapping(
    "lora",
    "lora/up",
    (ValueMapping("main/il1-at-411", "/level"),),
    time_pointer="/time",
    reception_if_missing=True,
)
TIME = 'time = { pointer = "/time", format = "%Y-%m-%d %H:%M:%S", zone = "Europe/Helsinki" }'


def _decode(mapping: TopicMapping, payload: object, *, retained: bool = False) -> Decoded:
    sent = message(mapping.topic, json.dumps(payload))._replace(retained=retained)
    return decode(sent, plant(mapping).topics)


def test_date_and_time_of_day_in_two_fields_are_one_moment() -> None:
    rows = [
        {"date": "24.11.2026", "time": "06:10:00", "v": 5},
        {"date": "24.11.2026", "time": "06:20:00", "v": 6},
        {"date": "24.11.2026", "time": None, "v": 7},
        {"time": "06:40:00", "v": 8},
    ]
    found = _decode(APART, rows)
    assert [(each.ts_us, each.value) for each in found.readings] == [
        (us("2026-11-24T06:10:00+02:00"), 5.0),
        (us("2026-11-24T06:20:00+02:00"), 6.0),
    ]
    assert [each.reason for each in found.rejections] == [Reason.NO_STAMP, Reason.NO_STAMP]
    assert found.unread == []


@pytest.mark.parametrize("clock", [1000, 61000, True])
def test_a_time_of_day_without_its_zeros_is_not_guessed(clock: object) -> None:
    """1000 is ten past midnight of a logger, and was ten o'clock."""
    found = _decode(APART, [{"date": "24.11.2026", "time": clock, "v": 5}])
    assert [each.reason for each in found.rejections] == [Reason.BAD_STAMP]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20261124131000", "2026-11-24T13:10:00+02:00"),
        (20261124131000, "2026-11-24T13:10:00+02:00"),
        (202611241310, None),
        (20261124131000.0, None),
        (True, None),
        ("202611241000", None),
        ("2026112461000", None),
    ],
)
def test_a_stamp_whose_digits_touch_needs_all_of_them(text: object, at: str | None) -> None:
    digits = TopicMapping(
        "logger",
        "logger/rows",
        (ValueMapping("main/il1-at-411", "/v"),),
        time_pointer="/t",
        time_format="%Y%m%d%H%M%S",
        time_zone="Europe/Helsinki",
    )
    found = _decode(digits, {"t": text, "v": 1})
    assert [each.ts_us for each in found.readings] == ([us(at)] if at else [])
    assert len(found.rejections) == (0 if at else 1)


@pytest.mark.parametrize(
    ("time_format", "text"),
    [
        ("%Y-%m-%d %H:%M:%S %Z", "2026-11-24 13:10:00 UTC"),
        ("%Y-%m-%d %H:%M:%S UTC", "2026-11-24 13:10:00 UTC"),
        ("%Y-%m-%dT%H:%M:%SZ", "2026-11-24T13:10:00Z"),
        ("%a %b %d %H:%M:%S %Z %Y", "Tue Nov 24 13:10:00 GMT 2026"),
    ],
)
@pytest.mark.parametrize("zone", [None, "Europe/Helsinki"])
def test_a_stamp_that_says_utc_is_in_utc_whatever_the_zone_of_the_mapping(
    time_format: str, text: str, zone: str | None
) -> None:
    found = stamp_reader(time_format, zone)(text, 0, None)
    assert found.ts_us == us("2026-11-24T13:10:00Z")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-23T24:00:00Z", "2026-11-24T00:00:00Z"),
        ("2026-10-31 24:00+02:00", "2026-11-01T00:00:00+02:00"),
        ("2026-11-23T24:00:01Z", None),
        ("9999-12-31T24:00:00Z", None),
    ],
)
def test_twenty_four_hours_is_the_end_of_the_day(text: str, at: str | None) -> None:
    found = _decode(LORA, {"time": text, "level": 1})
    assert [each.ts_us for each in found.readings] == ([us(at)] if at else [])
    assert [each.reason for each in found.rejections] == ([] if at else [Reason.BAD_STAMP])


@pytest.mark.parametrize("payload", [{"level": 3.2}, {"time": None, "level": 3.2}])
def test_a_gateway_without_gps_gets_the_time_of_reception_where_the_mapping_says_so(
    payload: dict[str, object],
) -> None:
    (reading,) = _decode(LORA, payload).readings
    assert (reading.ts_us, Check(reading.checks)) == (us(NOON), Check.SERVER_TIME)
    found = _decode(LORA, payload, retained=True)
    assert [each.reason for each in found.rejections] == [Reason.RETAINED]
    (stamped,) = _decode(LORA, {"time": "2026-11-24T11:00:00Z", "level": 3}).readings
    assert (stamped.ts_us, stamped.checks) == (us("2026-11-24T11:00:00Z"), 0)


def test_a_stamp_that_cannot_be_read_is_none_that_is_missing() -> None:
    found = _decode(LORA, {"time": "yesterday", "level": 3})
    assert [each.reason for each in found.rejections] == [Reason.BAD_STAMP]


@pytest.mark.parametrize(
    ("time", "sentence"),
    [
        ('format = "epoch_ms", time_of_day = "/clock"', "holds the time of day; leave it out"),
        ('format = "%d.%m.%Y", time_of_day = "/clock", zone = "UTC"', 'has no place in "%d.%m.%Y"'),
    ],
)
def test_a_time_of_day_that_its_format_does_not_hold_is_found_by_the_check(
    tmp_path: Path, time: str, sentence: str
) -> None:
    text = edited((TIME, f'time = {{ pointer = "/time", {time} }}'))
    with pytest.raises(SiteFileError) as caught:
        read(written(tmp_path, text))
    assert sum(sentence in problem for problem in caught.value.problems) == 1, caught.value.problems


def test_what_a_mapping_says_of_texts_and_times_reaches_the_ingest(tmp_path: Path) -> None:
    time = 'pointer = "/d", time_of_day = "/t", format = "%d.%m.%Y %H:%M", zone = "UTC"'
    text = edited(
        (TIME, f'time = {{ {time}, missing = "reception" }}'),
        ('pointer = "/feed/pressure"', 'pointer = "/p"\ndecimal = ","\ncensored = true'),
    )
    (mapping,) = read(written(tmp_path, text)).topic_mappings()
    assert (mapping.time_of_day_pointer, mapping.reception_if_missing) == ("/t", True)
    assert (mapping.values[0].decimal, mapping.values[0].censored) == (",", True)
