"""Payloads that are no JSON document: every value exact, and nothing gone without a trace."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.contract import decode
from ingest.decoding.decoded import Decoded
from ingest.decoding.message import Message
from ingest.decoding.payload_forms import formed
from ingest.decoding.rejection import Reason, Unreadable
from schemas.quality import Check
from schemas.site.mapping import Form, TopicMapping, ValueMapping
from schemas.site.reader import read
from tests.fixtures.plants import KEYS, NOON, message, plant, us
from tests.fixtures.site_files import edited, written

FLOW, LEVEL, STATE = "main/jv-ft-205", "main/il1-at-411", "main/il1-at-413"
AT = "2026-11-24T11:59:00Z"
AT_S = us(AT) // 1_000_000
FORMS: list[Form] = ["json_lines", "senml", "influx", "csv", "csv_semicolon", "csv_tab"]


def _decode(
    form: Form,
    values: dict[str, str],
    payload: str,
    time: tuple[str, str] | None,
    *,
    retained: bool = False,
    **rule: object,
) -> Decoded:
    mapping = TopicMapping(
        "m",
        "gw/m",
        tuple(ValueMapping(point, pointer, **rule) for point, pointer in values.items()),  # type: ignore[arg-type]
        time_pointer=None if time is None else time[0],
        time_format="rfc3339" if time is None else time[1],
        time_zone="Europe/Helsinki",
        reception_if_missing=True,
        form=form,
    )
    return decode(message("gw/m", payload)._replace(retained=retained), plant(mapping).topics)


def _stored(found: Decoded) -> list[tuple[str, float | None, int]]:
    return [(KEYS[each.point_id], each.value, each.ts_us) for each in found.readings]


def test_each_line_of_json_lines_is_a_document_of_its_own() -> None:
    lines = [f'{{"t": "{AT}", "v": 1}}', "", '{"t": "2026-11-24T11', f'{{"t": "{AT}", "w": nan}}']
    values = {FLOW: "/*/v", LEVEL: "/*/w"}
    found = _decode("json_lines", values, "\r\n".join(lines), ("/*/t", "rfc3339"))
    assert _stored(found) == [("jv-ft-205", 1.0, us(AT))]
    assert [(each.reason, each.detail.split(":")[0]) for each in found.rejections] == [
        (Reason.NOT_JSON, "/1"),
        (Reason.NOT_FINITE, "/2/w"),
    ]


@pytest.mark.timeout(60)
def test_a_long_text_behind_a_field_of_influx_does_not_take_hours() -> None:
    long = "c" * 400_000
    read = formed("influx", message("gw/m", f'm a=1={long}\nm,t="x"{long} a="{long}"'))
    assert read.document == [
        {"name": "m", "tags": {}, "fields": {"a": f"1={long}"}, "timestamp": None},
        {"name": "m", "tags": {"t": f'"x"{long}'}, "fields": {"a": long}, "timestamp": None},
    ]


def test_senml_records_have_the_names_times_and_values_of_rfc_8428() -> None:
    records = [
        {"bn": "urn:dev:ow:1:", "bt": AT_S, "bu": "V", "n": "voltage", "v": 230.1},
        {"n": "current", "t": -5, "u": "A", "v": 1.2},
        {"n": "running", "vb": True},
        {"bn": "urn:dev:ow:2:", "bv": 20, "n": "voltage", "v": 0.5},
    ]
    values = {
        FLOW: "/[n=urn:dev:ow:1:voltage]/v",
        LEVEL: "/[n=urn:dev:ow:1:current]/v",
        STATE: "/[n=urn:dev:ow:1:running]/vb",
        "ro/p02-ft-01": "/[n=urn:dev:ow:2:voltage]/v",
    }
    found = _decode("senml", values, json.dumps(records), ("/*/t", "epoch_s"))
    assert _stored(found) == [
        ("jv-ft-205", 230.1, us(AT)),
        ("il1-at-411", 1.2, us(AT) - 5_000_000),
        ("il1-at-413", 1.0, us(AT)),
        ("p02-ft-01", 20.5, us(AT)),
    ]
    assert found.rejections == []


def test_a_senml_time_from_now_on_is_counted_from_the_reception() -> None:
    records = [{"bn": "a", "t": -60, "v": 1}, {"v": 2}]
    found = _decode("senml", {FLOW: "/[n=a]/v"}, json.dumps(records), ("/*/t", "epoch_s"))
    assert _stored(found) == [
        ("jv-ft-205", 1.0, us(NOON) - 60_000_000),
        ("jv-ft-205", 2.0, us(NOON)),
    ]
    assert [each.checks for each in found.readings] == [0, int(Check.SERVER_TIME)]
    kept = _decode(
        "senml", {FLOW: "/[n=a]/v"}, json.dumps(records), ("/*/t", "epoch_s"), retained=True
    )
    assert {each.reason for each in kept.rejections} == {Reason.RETAINED}
    assert kept.readings == []


def test_a_long_base_name_before_many_senml_records_does_not_fill_the_memory() -> None:
    records = [{"bn": "x" * 1_001, "v": 1}, *([{}] * 100_000)]
    with pytest.raises(Unreadable, match="at most 1000 characters"):
        formed("senml", message("gw/m", json.dumps(records)))
    with pytest.raises(Unreadable, match="no text"):
        formed("senml", message("gw/m", json.dumps([{"bn": ["x"], "v": 1}])))


@pytest.mark.parametrize("payload", ["{}", "[1]", "5", '[{"n": "a", "v": 1}, null]'])
def test_what_is_no_list_of_senml_records_is_refused(payload: str) -> None:
    found = _decode("senml", {FLOW: "/[n=a]/v"}, payload, ("/*/t", "epoch_s"))
    assert [each.reason for each in found.rejections] == [Reason.WRONG_TYPE]


def test_lines_of_influxdb_are_read_by_name_and_tag() -> None:
    ns = AT_S * 1_000_000_000
    lines = [
        f'plc,host=a,id=ns\\=2;s\\=Flow value=12.5,quality="Good, \\"ok\\"" {ns}',
        f"plc,id=level value=2i {ns}",
        "# a remark",
        f'pump\\ 1 running=t,name="a=b c,d" {ns}',
        f"plc,id=level value= {ns}",
        f"plc,id=level value=1.5e1 {ns + 1_000_000_000}",
        f"plc,id=level value=1F {ns}",
    ]
    values = {
        FLOW: "/[tags/id=ns=2;s=Flow]/fields/value",
        LEVEL: "/[tags/id=level]/fields/value",
        STATE: "/[name=pump 1]/fields/running",
    }
    found = _decode("influx", values, "\n".join(lines), ("/*/timestamp", "epoch_ns"))
    assert _stored(found) == [
        ("jv-ft-205", 12.5, us(AT)),
        ("il1-at-411", 2.0, us(AT)),
        ("il1-at-413", 1.0, us(AT)),
        ("il1-at-411", 15.0, us(AT) + 1_000_000),
    ]
    assert [(each.reason, each.detail.split(":")[0]) for each in found.rejections] == [
        (Reason.WRONG_TYPE, "/4"),
        (Reason.UNKNOWN_STATE, "/6/fields/value"),
    ]
    (unread,) = found.unread
    assert "/[tags/id=ns=2;s=Flow]/fields/quality" in unread.pointers


@pytest.mark.parametrize(
    ("form", "row", "decimal"),
    [
        ("csv_semicolon", "24.11.2026 13:59;12,5;;x", ","),
        ("csv", '24.11.2026 13:59,"12,5",,x', ","),
        ("csv_tab", "24.11.2026 13:59\t 12.5\t\tx", "."),
    ],
)
def test_cells_of_a_row_are_found_by_their_number(form: Form, row: str, decimal: str) -> None:
    values = {FLOW: "/*/c2", LEVEL: "/*/c3", STATE: "/*/c5"}
    time = "/*/c1", "%d.%m.%Y %H:%M"
    found = _decode(form, values, f"{row}\n{row.replace('59', '58')}\n", time, decimal=decimal)
    assert _stored(found) == [
        ("jv-ft-205", 12.5, us(AT)),
        ("jv-ft-205", 12.5, us(AT) - 60_000_000),
    ]
    assert found.rejections == []


@pytest.mark.parametrize("form", FORMS)
@given(payload=st.binary() | st.text(alphabet='[]{}:"\\,;=\n\t ntvb-1.e').map(str.encode))
def test_any_bytes_of_any_form_are_read_or_refused(form: Form, payload: bytes) -> None:
    try:
        formed(form, Message("gw/m", payload, us(NOON)))
    except Unreadable:
        return


def test_the_form_of_a_payload_reaches_the_ingest(tmp_path: Path) -> None:
    topic = 'topic = "gateway/{tag}/values"'
    text = edited((topic, f'{topic}\npayload = "influx"'))
    (mapping,) = read(written(tmp_path, text)).topic_mappings()
    assert mapping.form == "influx"
