"""Numbers that come as texts: by the rule of the mapping, or refused with what it had to say."""

import json

import pytest

from ingest.decoding.contract import decode
from ingest.decoding.decoded import Decoded
from ingest.decoding.rejection import Reason
from schemas.quality import Check, Qc, verdict
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import message, plant

LEVEL = "main/il1-at-411"
BELOW, ABOVE = Check.BELOW_LIMIT, Check.ABOVE_LIMIT


def _decode(payload: str, *, pointer: str = "/v", **rule: object) -> Decoded:
    value = ValueMapping(LEVEL, pointer, **rule)  # type: ignore[arg-type]
    time = None if pointer == "" else "/t"
    mapping = TopicMapping("lab", "lims/result", (value,), time_pointer=time)
    return decode(message("lims/result", payload), plant(mapping).topics)


def _of_text(text: str, **rule: object) -> Decoded:
    return _decode(json.dumps({"t": "2026-11-24T11:00:00Z", "v": text}), **rule)


def _values(found: Decoded) -> list[float | None]:
    return [reading.value for reading in found.readings]


@pytest.mark.parametrize(
    ("decimal", "text", "value"),
    [
        (",", "12,5", 12.5),
        (",", "-0,3", -0.3),
        (",", "\u22120,3", -0.3),
        (",", " 1 234,5 ", 1234.5),
        (",", "1\u00a0234,5", 1234.5),
        (",", "12\u202f345\u202f678", 12_345_678.0),
        (",", "1.234,5", 1234.5),
        (",", "1.234.567", 1_234_567.0),
        (",", "1,234", 1.234),
        (",", ",5", 0.5),
        (",", "5,", 5.0),
        (",", "1,5e3", 1500.0),
        (",", "1234", 1234.0),
        (",", "0.05", 0.05),  # no thousands are parted so
        (",", "0.123", 0.123),
        (",", "12.5", 12.5),
        (".", "1,234.5", 1234.5),
        (".", "1,234,567", 1_234_567.0),
        (".", "12.345", 12.345),
        (".", "1 234.5", 1234.5),
    ],
)
def test_a_number_is_read_as_the_mapping_says_it_is_written(decimal, text, value) -> None:
    found = _of_text(text, decimal=decimal)
    assert (_values(found), found.rejections) == ([value], [])


@pytest.mark.parametrize(
    ("decimal", "text", "hint"),
    [
        (None, "12,5", '; if it is 12.5, say `decimal = ","` in the mapping'),
        (None, "1,234", '; if it is 1.234, say `decimal = ","` in the mapping'),
        (None, "1 234", '; if it is 1234, say `decimal = ","` in the mapping'),
        (None, "1,234,567.8", '; if it is 1234567.8, say `decimal = "."` in the mapping'),
        (None, "1 234,5", 'say `decimal = ","` in the mapping'),
        (",", "1.234", "its mark can part thousands or decimals"),
        (".", "1,234", "its mark can part thousands or decimals"),
        (",", "12 5", ""),
        (",", "1 2345,0", ""),
        (",", "1,2,3", ""),
        (",", "1_000", ""),
        (",", "", ""),
        (",", "n.d.", ""),
        (",", "1,234.5", ""),
    ],
)
def test_a_text_that_can_be_two_numbers_is_neither(decimal, text, hint) -> None:
    found = _of_text(text, decimal=decimal)
    assert found.readings == []
    assert [each.reason for each in found.rejections] == [Reason.UNKNOWN_STATE]
    assert hint in found.rejections[0].detail


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("12.3 m3/h", {"suffix": "m3/h"}, 12.3),
        ("12,3m³/h ", {"suffix": "m³/h", "decimal": ","}, 12.3),
        ("<0,05 mg/l", {"suffix": "mg/l", "decimal": ",", "censored": True}, 0.05),
        ("12.3 l/s", {"suffix": "m3/h"}, None),
        ("12.3", {"suffix": "m3/h"}, None),
        ("12.3 m3/h", {}, None),
        ("12.3 km3/h", {"suffix": "m3/h"}, None),
        ("m3/h", {"suffix": "m3/h"}, None),
    ],
)
def test_a_number_with_its_unit_is_read_only_where_the_mapping_says_which(
    text: str, rule: dict[str, object], value: float | None
) -> None:
    found = _of_text(text, **rule)
    assert _values(found) == ([] if value is None else [value])
    if value is None and text == "12.3 m3/h":
        assert 'say `suffix = "m3/h"`' in found.rejections[0].detail.replace("'", '"')


def test_a_number_beside_the_texts_is_that_number() -> None:
    found = _decode('{"t": "2026-11-24T11:00:00Z", "v": 1.234}', decimal=",")
    assert _values(found) == [1.234]


@pytest.mark.parametrize(("payload", "value"), [("12,5", 12.5), ('"12,5"', 12.5), ("7", 7.0)])
def test_a_payload_that_is_nothing_but_a_decimal_comma(payload: str, value: float) -> None:
    assert _values(_decode(payload, pointer="", decimal=",")) == [value]


def test_a_bare_payload_is_no_other_number_for_looking_like_json() -> None:
    found = _decode("1.234", pointer="", decimal=",")
    assert [each.reason for each in found.rejections] == [Reason.UNKNOWN_STATE]


@pytest.mark.parametrize(
    ("text", "value", "check"),
    [
        ("<0,05", 0.05, BELOW),
        ("< 0.05", 0.05, BELOW),
        ("\u2264 0,05", 0.05, BELOW),
        ("<=0,05", 0.05, BELOW),
        (">2400", 2400.0, ABOVE),
        ("> 1 000", 1000.0, ABOVE),
        ("0,05", 0.05, Check(0)),
    ],
)
def test_a_result_below_the_limit_of_quantification_is_the_limit_and_says_so(
    text, value, check
) -> None:
    (reading,) = _of_text(text, decimal=",", censored=True).readings
    assert (reading.value, Check(reading.checks)) == (value, check)
    assert verdict(check) == (Qc.SUSPECT if check else Qc.GOOD)


def test_a_limit_is_converted_and_turned_with_its_value() -> None:
    (reading,) = _of_text("<5", censored=True, scale=0.001).readings
    assert (reading.value, reading.checks) == (0.005, BELOW)
    (reading,) = _of_text("<5", censored=True, scale=-1.0).readings
    assert (reading.value, reading.checks) == (-5.0, ABOVE)


@pytest.mark.parametrize(
    ("text", "rule", "hint"),
    [
        ("<0.05", {}, "say `censored = true` in the mapping"),
        ("<0,05", {"censored": True}, 'say `decimal = ","` in the mapping'),
        ("<", {"censored": True}, ""),
        ("<n.d.", {"censored": True}, ""),
        ("<<1", {"censored": True}, ""),
        ("<-1", {"censored": True}, "what is counted ends at 0"),
        ("<0", {"censored": True}, "what is counted ends at 0"),
        ("\u2264 0,0", {"censored": True, "decimal": ","}, "what is counted ends at 0"),
        (">-5", {"censored": True}, "what is counted ends at 0"),
    ],
)
def test_a_result_beyond_a_limit_is_never_taken_for_a_number_by_itself(text, rule, hint) -> None:
    found = _of_text(text, **rule)
    assert found.readings == []
    assert hint in found.rejections[0].detail


def test_a_state_goes_before_what_a_text_may_look_like() -> None:
    found = _of_text("<0,05", censored=True, decimal=",", states={"<0,05": 1.0})
    assert [(each.value, each.checks) for each in found.readings] == [(1.0, 0)]


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("apostrophe", ["'", "\u2019"])
def test_thousands_may_be_parted_as_in_switzerland(decimal: str, apostrophe: str) -> None:
    found = _of_text(f"1{apostrophe}234{decimal}5", decimal=decimal)
    assert _values(found) == [1234.5]


@pytest.mark.parametrize(
    "text", ["0x1F", "0A1B", "1Fh", "1'23", "00:15:30", "1_000", "5\u00b10.2", "5 (\u00b10.2)"]
)
def test_what_is_no_unit_is_not_proposed_as_one(text: str) -> None:
    (rejection,) = _of_text(text).rejections
    assert "suffix" not in rejection.detail


@pytest.mark.parametrize(
    ("text", "value"), [("12.5\0\0", 12.5), ("ON \0", 1.0), (" ON", 1.0), ("ON", 1.0)]
)
def test_what_fills_up_a_field_of_a_fixed_length_is_no_part_of_it(text: str, value: float) -> None:
    assert _values(_of_text(text, states={"ON": 1.0})) == [value]
