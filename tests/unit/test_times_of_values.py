"""Values of one payload that have a time and a quality each, and stamps that stand elsewhere."""

import json
from pathlib import Path

import pytest

from ingest.decoding.contract import decode
from ingest.decoding.decoded import Decoded
from ingest.decoding.rejection import Reason
from schemas.errors import SiteFileError
from schemas.quality import Check
from schemas.site.mapping import TopicMapping, ValueMapping
from schemas.site.reader import read
from tests.fixtures.plants import KEYS, message, plant, us
from tests.fixtures.site_files import edited, written

FLOW, LEVEL, STATE = "main/jv-ft-205", "main/il1-at-411", "main/il1-at-413"
NINE, TEN, ELEVEN = (f"2026-11-24T{hour:02}:00:00Z" for hour in (9, 10, 11))
BAD = 0x808A_0000
PAYLOAD = "/Messages/*/Payload"
OPC_PUBLISHER = TopicMapping(
    "opc",
    "opc/plc",
    (
        *(
            ValueMapping(
                point,
                f"{PAYLOAD}/{tag}/Value",
                time_pointer=f"{PAYLOAD}/{tag}/SourceTimestamp",
                status_pointer=f"{PAYLOAD}/{tag}/StatusCode/Code",
            )
            for point, tag in ((FLOW, "Flow"), (LEVEL, "Level"))
        ),
        ValueMapping(STATE, f"{PAYLOAD}/Run/Value"),
    ),
    time_pointer="/Messages/*/Timestamp",
    status_pointer="/Messages/*/Status",
)
TIME = 'time = { pointer = "/time", format = "%Y-%m-%d %H:%M:%S", zone = "Europe/Helsinki" }'
VALUE = 'pointer = "/feed/pressure"'


def _decode(mapping: TopicMapping, payload: object) -> Decoded:
    return decode(message(mapping.topic, json.dumps(payload)), plant(mapping).topics)


def _stored(found: Decoded) -> list[tuple[str, float | None, int, bool]]:
    return [
        (KEYS[each.point_id], each.value, each.ts_us, each.status == 0) for each in found.readings
    ]


def test_each_value_has_the_time_and_the_quality_that_stand_beside_it() -> None:
    level = {"Value": 2.5, "SourceTimestamp": NINE, "StatusCode": {"Code": BAD}}
    flow = {"Value": 100.5, "SourceTimestamp": TEN}
    one = {"Timestamp": ELEVEN, "Payload": {"Flow": flow, "Level": level, "Run": {"Value": 1}}}
    found = _decode(OPC_PUBLISHER, {"Messages": [one]})
    assert _stored(found) == [
        ("jv-ft-205", 100.5, us(TEN), True),
        ("il1-at-411", 2.5, us(NINE), False),
        ("il1-at-413", 1.0, us(ELEVEN), True),
    ]
    assert (found.rejections, found.unread) == ([], [])


def test_a_value_without_its_own_time_does_not_get_that_of_another() -> None:
    payload = {"Flow": {"Value": 1}, "Level": {"Value": 2, "SourceTimestamp": NINE}}
    found = _decode(OPC_PUBLISHER, {"Messages": [{"Timestamp": ELEVEN, "Payload": payload}]})
    assert _stored(found) == [("il1-at-411", 2.0, us(NINE), True)]
    assert [each.reason for each in found.rejections] == [Reason.NO_STAMP]


def test_local_stamps_of_several_values_do_not_tell_the_hour_that_comes_twice() -> None:
    values = tuple(
        ValueMapping(point, f"/{key}/v", time_pointer=f"/{key}/t")
        for point, key in ((FLOW, "a"), (LEVEL, "b"))
    )
    mapping = TopicMapping("x", "x", values, time_pointer="/t", time_zone="Europe/Helsinki")
    stamps = {"a": {"v": 1, "t": "2026-10-25T03:50:00"}, "b": {"v": 2, "t": "2026-10-25T03:01:00"}}
    found = _decode(mapping, stamps)
    assert {each.checks for each in found.readings} == {int(Check.AMBIGUOUS_LOCAL_TIME)}
    assert found.orders == []


@pytest.mark.parametrize("stamp", [None, ""])
def test_where_a_stamp_is_missing_that_of_the_message_counts_if_the_mapping_says_so(
    stamp: str | None,
) -> None:
    mapping = TopicMapping(
        "sparkplug",
        "x",
        (ValueMapping(FLOW, "/metrics/[name=Flow]/value"),),
        time_pointer="/metrics/*/t",
        other_time_pointer="/t",
    )
    metrics = [{"name": "Flow", "value": 1, "t": stamp}, {"name": "Flow", "value": 2, "t": TEN}]
    found = _decode(mapping, {"t": NINE, "metrics": metrics})
    assert _stored(found) == [
        ("jv-ft-205", 1.0, us(NINE), True),
        ("jv-ft-205", 2.0, us(TEN), True),
    ]
    assert found.unread == []
    found = _decode(mapping, {"metrics": metrics})
    assert [each.reason for each in found.rejections] == [Reason.NO_STAMP]


@pytest.mark.parametrize(
    ("time", "value", "sentence"),
    [
        ("", f'{VALUE}\ntime = "/t"', "needs a table [mapping.time]"),
        ("", f'{VALUE}\nstatus = "/q"', "needs a table [mapping.status]"),
        ('time = { pointer = "/t" }', f'{VALUE}\ntime = "/x/*/t"', "is in none of that list"),
        ('time = { pointer = "/t", missing = "now" }', VALUE, 'neither "reception" nor a JSON'),
        ('time = { pointer = "/t", missing = "/x/*/t" }', VALUE, "is in none of that list"),
        (
            'time = { pointer = "/d", time_of_day = "/t" }',
            f'{VALUE}\ntime = "/t"',
            "cannot stand beside time_of_day",
        ),
    ],
)
def test_a_time_of_a_value_that_says_nothing_is_told(
    tmp_path: Path, time: str, value: str, sentence: str
) -> None:
    with pytest.raises(SiteFileError) as raised:
        read(written(tmp_path, edited((TIME, time), (VALUE, value))))
    assert sentence in str(raised.value)


def test_the_times_of_values_reach_the_ingest(tmp_path: Path) -> None:
    time = 'time = { pointer = "/t", missing = "/message/t" }\nstatus = "/q"'
    own = f'{VALUE}\ntime = "/feed/t"\nstatus = "/feed/q"'
    (mapping,) = read(written(tmp_path, edited((TIME, time), (VALUE, own)))).topic_mappings()
    assert (mapping.time_pointer, mapping.other_time_pointer) == ("/t", "/message/t")
    assert not mapping.reception_if_missing
    (value,) = mapping.values
    assert (value.time_pointer, value.status_pointer) == ("/feed/t", "/feed/q")
