"""Bad input, one by one: what came, what it is called, and what survives beside it."""

import json

import pytest

from ingest.decoding.acceptance import DEFAULT_LIMITS, Limits
from ingest.decoding.contract import decode
from ingest.decoding.rejection import Reason
from schemas.quality import Check
from tests.fixtures.plants import IDS, NOON, message, plant, us

POINT = "mikkeli/main/jv-ft-205"
LINE = "mikkeli/main"
T = '"t": "2026-11-24T11:59:00Z"'


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (POINT, b"", Reason.NOT_JSON),
        (POINT, b"\xff\xfe\x00", Reason.NOT_JSON),
        (POINT, '{"t": ', Reason.NOT_JSON),
        (POINT, "[" * 100_000, Reason.NOT_JSON),
        (POINT, '"ON"', Reason.WRONG_TYPE),
        (POINT, "[]", Reason.WRONG_TYPE),
        (POINT, "null", Reason.NO_VALUE),
        (POINT, "NaN", Reason.NOT_FINITE),
        (POINT, "-Infinity", Reason.NOT_FINITE),
        (POINT, "1e999", Reason.NOT_FINITE),
        (POINT, "1.7976931348623157e308", Reason.NOT_FINITE),
        (POINT, f'{{{T}, "v": -1.7976931348623157e308}}', Reason.NOT_FINITE),
        (POINT, f"{{'t': 1795521540000, 'v': {1}}}", Reason.NOT_JSON),
        (POINT, "9" * 5000, Reason.NOT_FINITE),
        (POINT, f'{{{T}, "v": NaN}}', Reason.NOT_FINITE),
        (POINT, f'{{{T}, "v": 1e400}}', Reason.NOT_FINITE),
        (POINT, f'{{{T}, "v": "563"}}', Reason.WRONG_TYPE),
        (POINT, f'{{{T}, "v": [1]}}', Reason.WRONG_TYPE),
        (POINT, f"{{{T}}}", Reason.NO_VALUE),
        (POINT, f'{{{T}, "v": null}}', Reason.NO_VALUE),
        (POINT, f'{{{T}, "v": null, "s": 1024}}', Reason.NO_VALUE),
        (POINT, '{"v": 1}', Reason.NO_STAMP),
        (POINT, '{"t": null, "v": 1}', Reason.NO_STAMP),
        (POINT, '{"t": "yesterday", "v": 1}', Reason.BAD_STAMP),
        (POINT, '{"t": true, "v": 1}', Reason.BAD_STAMP),
        (POINT, '{"t": 1795521540000.5, "v": 1}', Reason.BAD_STAMP),
        (POINT, '{"t": "2026-11-24T11:59:00", "v": 1}', Reason.STAMP_WITHOUT_ZONE),
        (POINT, '{"t": "2026-11-24", "v": 1}', Reason.STAMP_WITHOUT_ZONE),
        (POINT, '{"t": 1795521540, "v": 1}', Reason.STAMP_TOO_OLD),
        (POINT, '{"t": "1999-12-31T23:59:59.999Z", "v": 1}', Reason.STAMP_TOO_OLD),
        (POINT, '{"t": "2026-11-24T12:05:01Z", "v": 1}', Reason.STAMP_IN_FUTURE),
        (POINT, '{"t": "2099-01-01T00:00:00Z", "v": 1}', Reason.STAMP_IN_FUTURE),
        (POINT, f'{{"t": {10**29}, "v": 1}}', Reason.STAMP_IN_FUTURE),
        (POINT, f'{{{T}, "v": 1, "s": "good"}}', Reason.BAD_STATUS),
        (POINT, f'{{{T}, "v": 1, "s": -1}}', Reason.BAD_STATUS),
        (POINT, f'{{{T}, "v": 1, "s": 4294967296}}', Reason.BAD_STATUS),
        (POINT, f'{{{T}, "v": 1, "s": false}}', Reason.BAD_STATUS),
        (POINT, f'{{{T}, "v": 1, "s": null}}', Reason.BAD_STATUS),
        (LINE, "563.2", Reason.WRONG_TYPE),
        (LINE, "{}", Reason.WRONG_TYPE),
        (LINE, "[]", Reason.NO_READING),
        (LINE, f'{{{T}, "v": {{}}}}', Reason.NO_READING),
        (LINE, f'{{{T}, "v": 1}}', Reason.WRONG_TYPE),
        (LINE, "[1]", Reason.WRONG_TYPE),
        (LINE, f'[{{{T}, "v": 1}}]', Reason.WRONG_TYPE),
        (LINE, f'[{{"p": "zz", {T}, "v": 1}}]', Reason.UNKNOWN_POINT),
        (LINE, '{"v": {"jv-ft-205": 1}}', Reason.NO_STAMP),
        ("mikkeli/main/zz", "1", Reason.UNKNOWN_POINT),
        ("mikkeli/zz", "1", Reason.UNKNOWN_TOPIC),
        ("mikkeli/main/jv-ft-205/deeper", "1", Reason.UNKNOWN_TOPIC),
        ("$SYS/broker", "1", Reason.UNKNOWN_TOPIC),
        ("", "1", Reason.UNKNOWN_TOPIC),
    ],
)
def test_bad_input_has_a_name(topic: str, payload: str | bytes, reason: Reason) -> None:
    found = decode(message(topic, payload), plant().topics)
    assert found.readings == []
    assert [rejection.reason for rejection in found.rejections] == [reason]
    assert 0 < len(found.rejections[0].detail) < 500


@pytest.mark.parametrize("stamp", [1795521540, 1795521540000000, 1795521540000000000])
def test_a_stamp_in_another_unit_of_time_says_what_it_would_be(stamp: int) -> None:
    found = decode(message(POINT, f'{{"t": {stamp}, "v": 1}}'), plant().topics)
    assert "in another unit it is 2026-11-24T11:59:00Z" in found.rejections[0].detail


def test_a_payload_of_1_mb_is_not_read_and_its_size_is_told() -> None:
    found = decode(message(POINT, " " * 999_999 + "1"), plant().topics)
    assert found.readings == []
    assert found.rejections[0].reason is Reason.TOO_LARGE
    assert "1000000 bytes" in found.rejections[0].detail
    larger = Limits(1_000_000, DEFAULT_LIMITS.earliest_us, DEFAULT_LIMITS.future_tolerance_us)
    assert len(decode(message(POINT, " " * 999_999 + "1"), plant(limits=larger).topics)[0]) == 1


def test_good_parts_of_a_list_survive_the_bad_ones() -> None:
    parts = [
        f'{{"p": "jv-ft-205", {T}, "v": 1}}',
        f'{{"p": "jv-ft-205", {T}, "v": 1e999}}',
        '{"p": "il1-at-411", "v": 2}',
        f'{{"p": "il1-at-413", {T}, "v": 3}}',
    ]
    found = decode(message(LINE, f"[{','.join(parts)}]"), plant().topics)
    assert [(r.point_id, r.value) for r in found.readings] == [(1, 1.0), (3, 3.0)]
    assert [(r.reason, r.detail.split(":")[0]) for r in found.rejections] == [
        (Reason.NOT_FINITE, "/1"),
        (Reason.NO_STAMP, "/2"),
    ]


def test_stamps_are_exact_to_the_microsecond_and_cut_below() -> None:
    for text in ("2026-11-24T13:59:00.123456999+02:00", "2026-11-24t11:59:00.123456z"):
        found = decode(message(POINT, json.dumps({"t": text, "v": 1})), plant().topics)
        assert found.readings[0].ts_us == us("2026-11-24T11:59:00.123456Z")


def test_a_bare_number_takes_our_time_and_says_so() -> None:
    (reading,) = decode(message(POINT, "563.2"), plant().topics).readings
    assert (reading.ts_us, reading.value) == (us(NOON), 563.2)
    assert reading.checks == Check.SERVER_TIME


def test_booleans_are_one_and_zero() -> None:
    payload = json.dumps(
        {"t": "2026-11-24T11:59:00Z", "v": {"jv-ft-205": True, "il1-at-411": False}}
    )
    found = decode(message(LINE, payload), plant().topics)
    values = {reading.point_id: reading.value for reading in found.readings}
    assert values == {IDS["jv-ft-205"]: 1.0, IDS["il1-at-411"]: 0.0}
