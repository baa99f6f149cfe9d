"""Lists in foreign payloads: nothing under another's name, nothing gone without a trace."""

import json
from pathlib import Path

import pytest

from ingest.batch import prepare
from ingest.decoding.contract import decode
from ingest.decoding.decoded import Decoded
from ingest.decoding.rejection import Reason
from schemas.errors import SiteFileError
from schemas.site.mapping import TopicMapping, ValueMapping
from schemas.site.reader import read
from tests.fixtures.plants import KEYS, message, plant, us
from tests.fixtures.site_files import edited, written

FLOW, LEVEL, STATE = "main/jv-ft-205", "main/il1-at-411", "main/il1-at-413"
TIME = 'time = { pointer = "/time", format = "%Y-%m-%d %H:%M:%S", zone = "Europe/Helsinki" }'
VALUE = 'pointer = "/feed/pressure"'
AT = [f"2026-11-24T11:{minute}:00Z" for minute in range(10, 60)]


def _decode(mapping: TopicMapping, payload: object) -> Decoded:
    return decode(message(mapping.topic, json.dumps(payload)), plant(mapping).topics)


def _stored(found: Decoded) -> list[tuple[str, float | None, str]]:
    by_us = {us(at): at for at in AT}
    return [(KEYS[each.point_id], each.value, by_us[each.ts_us]) for each in found.readings]


def _reasons(found: Decoded) -> list[Reason]:
    return [each.reason for each in found.rejections]


def _mapping(
    *values: tuple[str, str], time: str, status: str | None = None, **more
) -> TopicMapping:
    return TopicMapping(
        "list",
        "gw/list",
        tuple(ValueMapping(point, pointer) for point, pointer in values),
        time_pointer=time,
        status_pointer=status,
        **more,
    )


KEPWARE_BY_NAME = _mapping(
    (FLOW, "/values/[id=Plc.Flow]/v"),
    (LEVEL, "/values/[id=Plc.Level]/v"),
    time="/values/*/t",
    status="/values/*/q",
    status_codes=((True, 0), (False, 0x8000_0000)),
)
KEPWARE_BY_PLACE = _mapping((FLOW, "/values/0/v"), (LEVEL, "/values/1/v"), time="/timestamp")
BATCH_BY_PLACE = _mapping((FLOW, "/Messages/0/Flow/Value"), time="/Messages/0/Flow/T")
BATCH = _mapping((FLOW, "/Messages/*/Flow/Value"), time="/Messages/*/Flow/T")


def test_a_value_is_found_by_its_name_wherever_it_stands_in_the_list() -> None:
    flow = {"id": "Plc.Flow", "v": 100.5, "q": True, "t": AT[0]}
    level = {"id": "Plc.Level", "v": 2.5, "q": False, "t": AT[1]}
    for values in ([flow, level], [level, flow], [level], [flow], [{"id": "Plc.X", "v": 9}, level]):
        found = _decode(KEPWARE_BY_NAME, {"timestamp": AT[9], "values": values})
        wanted = {("jv-ft-205", 100.5, AT[0]) for each in values if each is flow}
        wanted |= {("il1-at-411", 2.5, AT[1]) for each in values if each is level}
        assert set(_stored(found)) == wanted
        bad = {each.status != 0 for each in found.readings if KEYS[each.point_id] == "il1-at-411"}
        assert bad <= {True}
        assert found.rejections == []


def test_a_name_that_comes_twice_in_a_list_gives_two_readings() -> None:
    values = [{"id": "Plc.Flow", "v": n, "q": True, "t": AT[n]} for n in range(3)]
    found = _decode(KEPWARE_BY_NAME, {"values": values})
    assert _stored(found) == [("jv-ft-205", float(n), AT[n]) for n in range(3)]


def test_an_element_without_a_time_costs_only_itself() -> None:
    values = [{"id": "Plc.Flow", "v": 1}, {"id": "Plc.Level", "v": 2, "t": AT[2]}]
    found = _decode(KEPWARE_BY_NAME, {"values": values})
    assert _stored(found) == [("il1-at-411", 2.0, AT[2])]
    assert [(each.reason, each.detail.split(":")[0]) for each in found.rejections] == [
        (Reason.NO_STAMP, "/values/0")
    ]


@pytest.mark.parametrize(
    "values",
    [
        [{"id": "Plc.Flow", "v": 100.5}, {"id": "Plc.Level", "v": 2.5}],
        [{"id": "Plc.Level", "v": 2.6}],
        [{"n": "voltage", "v": 230.1}],
        [{"tagName": "Flow", "v": 1}],
        [{"id": 101, "v": 11.5}],
        [{"v": 1, "DisplayName": "Flow"}],
        [{"sensor_id": "a1", "v": 1}],
        [{"type": "flow", "v": 1}],
        [{"symbol": "Flow", "v": 1, "unit": "l/s"}],
        [{"NodeId": "ns=2;s=Flow", "v": 1}],
    ],
)
def test_a_place_in_a_list_of_names_is_refused_whatever_stands_there(values: list[dict]) -> None:
    found = _decode(KEPWARE_BY_PLACE, {"timestamp": AT[0], "values": values})
    assert found.readings == []
    assert set(_reasons(found)) == {Reason.NAMED_LIST}


def test_every_element_of_a_list_of_names_is_refused_too() -> None:
    mapping = _mapping((FLOW, "/values/*/v"), time="/timestamp")
    values = [{"id": "Plc.Flow", "v": 100.5}, {"id": "Plc.Level", "v": 2.5}]
    found = _decode(mapping, {"timestamp": AT[0], "values": values})
    assert found.readings == []
    assert _reasons(found) == [Reason.NAMED_LIST]


@pytest.mark.parametrize(
    "element",
    [
        {"v": 1, "unit": "m3/h"},
        {"v": 1, "humid": 60, "setpoint": 5, "solid": 12},
        {"v": 1, "t": AT[0], "quality": "good"},
        {"v": 1, "valid": True},
    ],
)
def test_what_is_no_name_does_not_make_a_list_one_of_names(element: dict) -> None:
    found = _decode(KEPWARE_BY_PLACE, {"timestamp": AT[0], "values": [element, {"v": 2}]})
    assert [each.value for each in found.readings] == [1.0, 2.0]
    assert found.rejections == []


MESSAGES = [{"Flow": {"Value": 60 + n, "T": AT[n]}} for n in range(3)]


def test_all_messages_of_a_batch_are_read() -> None:
    found = _decode(BATCH, {"MessageType": "ua-data", "Messages": MESSAGES})
    assert _stored(found) == [("jv-ft-205", 60.0 + n, AT[n]) for n in range(3)]
    assert found.rejections == []
    assert [pointer for each in found.unread for pointer in each.pointers] == ["/MessageType"]


def test_of_a_batch_of_which_one_message_is_read_the_others_are_not_gone() -> None:
    payload = {"MessageType": "ua-data", "Messages": MESSAGES}
    found = _decode(BATCH_BY_PLACE, payload)
    assert _stored(found) == [("jv-ft-205", 60.0, AT[0])]
    assert [(each.reason, each.detail) for each in found.rejections] == [
        (Reason.NOT_READ, "/Messages/1/Flow/Value: 61 is not read"),
        (Reason.NOT_READ, "/Messages/2/Flow/Value: 62 is not read"),
    ]
    text = json.dumps(payload)
    batch = prepare([message("gw/list", text)], plant(BATCH))  # and the mended mapping reads them
    assert sorted(batch.rows.value.tolist()) == [60.0, 61.0, 62.0]


def test_what_is_left_out_on_purpose_is_not_told() -> None:
    mapping = _mapping((FLOW, "/power/0"), time="/t", ignore=("/power/1", "/diagnosis", "/x/*/b"))
    payload = {"t": AT[0], "power": [1, 2, 3], "diagnosis": {"a": 1}, "x": [{"b": 1, "c": 2}]}
    found = _decode(mapping, payload)
    assert [each.detail for each in found.rejections] == ["/power/2: 3 is not read"]
    assert {pointer for each in found.unread for pointer in each.pointers} == {"/x/*/c"}


def test_a_payload_that_is_left_out_as_a_whole_tells_nothing() -> None:
    mapping = _mapping((FLOW, "/v"), time="/t", ignore=("",))
    assert _decode(mapping, {"t": AT[0], "v": 1, "x": [1, {"y": 2}]}).unread == []


def test_fifty_columns_that_nobody_mapped_are_told_as_places_and_reject_nothing() -> None:
    mapping = _mapping((FLOW, "/v"), time="/t")
    found = _decode(mapping, {"t": AT[0], "v": 1, **{f"extra-{n}": n for n in range(50)}})
    assert found.rejections == []
    assert {pointer for each in found.unread for pointer in each.pointers} == {
        f"/extra-{n}" for n in range(50)
    }
    assert {(each.site, each.mapping) for each in found.unread} == {("mikkeli", "list")}


def test_names_that_nobody_mapped_are_told_by_their_names() -> None:
    values = [{"id": name, "v": 1, "t": AT[0]} for name in ("Plc.Flow", "Plc.A", "Plc.B")]
    found = _decode(KEPWARE_BY_NAME, {"values": values})
    told = {pointer for each in found.unread for pointer in each.pointers}
    pointers = {pointer for pointer in told if pointer.endswith("/v")}
    assert pointers == {"/values/[id=Plc.A]/v", "/values/[id=Plc.B]/v"}
    assert found.rejections == []


def test_lists_in_lists() -> None:
    mapping = _mapping((FLOW, "/records/*/vals/[id=101]/val"), time="/records/*/ts")
    records = [
        {"ts": AT[n], "vals": [{"id": "102", "val": 9}, {"id": "101", "val": n}]} for n in range(3)
    ]
    found = _decode(mapping, {"seq": 1, "records": records})
    assert _stored(found) == [("jv-ft-205", float(n), AT[n]) for n in range(3)]


def test_a_payload_that_is_a_list_of_messages() -> None:
    found = _decode(_mapping((FLOW, "/*/v"), time="/*/t"), [{"t": AT[n], "v": n} for n in (0, 1)])
    assert _stored(found) == [("jv-ft-205", 0.0, AT[0]), ("jv-ft-205", 1.0, AT[1])]


def test_a_payload_deeper_than_our_own_stack_is_still_only_a_payload() -> None:
    deep: object = 1
    for _ in range(400):
        deep = [deep]
    found = _decode(_mapping((FLOW, "/v"), time="/t"), {"t": AT[0], "v": 1, "deep": deep})
    assert [each.value for each in found.readings] == [1.0]


@pytest.mark.parametrize(
    ("value", "time", "sentence"),
    [
        ("/values/0/v", "/time", 'its name, "/values/[id=…]/v", or read every one, "/values/*/v"'),
        ("/feed/v", "/vals/0/ts", '"/vals/0/ts" asks for place 0 of a list'),
        ("/feed/v", "/values/*/t", "is in the element of a list that the value is in, and"),
        ("/values/*/v", "/others/*/t", '"/values/*/v" of ro/pressure is in none of that list'),
        ("/values/[id/v", "/time", 'is found by its name as in "/list/[id=Flow]/v"'),
    ],
)
def test_a_place_in_a_list_is_refused_by_the_check(
    tmp_path: Path, value: str, time: str, sentence: str
) -> None:
    text = edited((VALUE, f'pointer = "{value}"'), ('"/time"', f'"{time}"'))
    with pytest.raises(SiteFileError) as caught:
        read(written(tmp_path, text))
    assert sum(sentence in problem for problem in caught.value.problems) == 1, caught.value.problems


def test_a_list_without_names_that_never_changes_may_be_read_by_place(tmp_path: Path) -> None:
    more = f'{TIME}\npositional = true\nignore = ["/power/1"]'
    text = edited((VALUE, 'pointer = "/power/0"'), (TIME, more))
    (mapping,) = read(written(tmp_path, text)).topic_mappings()
    assert (mapping.values[0].pointer, mapping.ignore) == ("/power/0", ("/power/1",))


def test_elements_found_by_name_pass_the_check(tmp_path: Path) -> None:
    text = edited(
        (VALUE, 'pointer = "/values/[id=ns=2;s=A/B]/v"'),
        ('"/time"', '"/values/*/t"'),
    )
    (mapping,) = read(written(tmp_path, text)).topic_mappings()
    assert mapping.time_pointer == "/values/*/t"
