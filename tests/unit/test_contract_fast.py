"""The fast way of decoding against the slow one: the same readings from any bytes."""

import json
from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.batch import prepare
from ingest.decoding.columns import Rows, joined, rows_of
from ingest.decoding.contract import decode
from ingest.decoding.contract_fast import decode_plain
from ingest.decoding.message import Message
from tests.fixtures.plants import NOON, plant, us
from tests.unit.test_decode_properties import MAPPINGS, PLANT, payloads, topics

POINT = "mikkeli/main/jv-ft-205"
LINE = "mikkeli/main"

OLDEST, NEWEST = datetime(1999, 12, 31), datetime(2026, 11, 25)  # noqa: DTZ001 - the strategy adds it
stamps = (
    st.datetimes(OLDEST, NEWEST, timezones=st.just(UTC)).map(
        lambda at: at.isoformat().replace("+00:00", "Z")
    )
    | st.integers(940_000_000_000, 1_800_000_000_000)
    | st.sampled_from([NOON, NOON.lower(), "2026-11-24T11:00", "2026-W48-2T11:00:00Z", "", None])
    | st.text(alphabet="0123456789-:.TZ+ ", max_size=30)
)
numbers = (
    st.floats()
    | st.integers()
    | st.integers(-(10**25), 10**25)
    | st.sampled_from([2**53 + 1, 2**63, 2**64 + 1, 10**22 + 1, 10**400, -0.0, True, None, "1"])
)
statuses = st.sampled_from([0, 0, 0, 1, 0x4090_0000, 0x808A_0000, 2**32, -1, 0.0, False, None])
singles = st.fixed_dictionaries(
    {}, optional={"t": stamps, "v": numbers, "s": statuses, "q": numbers}
)
keys = st.sampled_from(["jv-ft-205", "il1-at-411", "il1-at-413"]) | st.text(max_size=2)
snapshots = st.fixed_dictionaries(
    {"t": stamps, "v": st.dictionaries(keys, numbers)}, optional={"s": statuses}
)
nearly_plain = (singles | snapshots).map(lambda document: json.dumps(document).encode())
any_payload = nearly_plain | payloads
messages = st.builds(
    Message,
    st.sampled_from([POINT, POINT, LINE]) | topics,
    any_payload,
    st.integers(us(NOON), us(NOON) + 2),
)


def _slow(messages: list[Message]) -> Rows:
    found = [decode(message, PLANT.topics).readings for message in messages]
    sources = [index for index, readings in enumerate(found) for _ in readings]
    return rows_of([reading for readings in found for reading in readings], sources)


def _assert_same(one: Rows, other: Rows) -> None:
    for column in fields(Rows):
        np.testing.assert_array_equal(getattr(one, column.name), getattr(other, column.name))


@given(batch=st.lists(messages, max_size=6))
@example(batch=[Message(POINT, b'{"t": 1795521540000, "v": 1, "x": "\xff"}', us(NOON))])
@example(batch=[Message(POINT, b'{"t": 1795521540000, "v": 1, "\\u0073": 5}', us(NOON))])
@example(batch=[Message(POINT, b'{"t": 1795521540000, "v": 1, "v": 2}', us(NOON))])
@example(batch=[Message(POINT, b'{"t": 1795521540000, "v": 1e400}', us(NOON))])
@example(batch=[Message(POINT, b'{"t": 1795521540000, "v": 1} 2', us(NOON))])
@example(batch=[Message(LINE, b'{"t": 1795521540000, "v": {"jv-ft-205": NaN}}', us(NOON))])
@example(batch=[Message(LINE, b'{"t": 1795521540000, "v": {"jv-ft-205": 1, "x": 2}}', us(NOON))])
def test_any_bytes_give_the_readings_of_the_slow_way(batch: list[Message]) -> None:
    plain, others = decode_plain(batch, PLANT.topics)
    left = [message if i in others else Message("", b"", 0) for i, message in enumerate(batch)]
    rows = joined(plain, _slow(left))
    _assert_same(rows.take(np.argsort(rows.source, kind="stable")), _slow(batch))
    for index, message in enumerate(batch):
        if index not in others:
            assert decode(message, PLANT.topics).rejections == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (POINT, b'{"t": "2026-11-24T11:59:00Z", "v": 563.2, "s": 0}'),
        (POINT, b'{"t": "2026-11-24T13:59:00.123+02:00", "v": 563}'),
        (POINT, b'{"v": 1.5, "s": 1073741824, "t": 1795521540000}'),
        (LINE, b'{"t": "2026-11-24T11:59:00Z", "v": {"jv-ft-205": 1, "il1-at-411": 2.5}}'),
    ],
)
def test_the_plain_forms_take_the_fast_way(topic: str, payload: bytes) -> None:
    rows, others = decode_plain([Message(topic, payload, us(NOON))], PLANT.topics)
    assert len(rows) > 0
    assert others == []


def test_a_topic_that_a_mapping_claims_is_not_read_as_the_contract_says() -> None:
    mapping = MAPPINGS[1].__class__(key="own", topic=POINT, values=MAPPINGS[1].values[:0])
    table = plant(mapping).topics
    payload = b'{"t": "2026-11-24T11:59:00Z", "v": 563.2}'
    rows, others = decode_plain([Message(POINT, payload, us(NOON))], table)
    assert (len(rows), others) == (0, [0])


def test_of_two_readings_with_one_key_the_first_is_kept_whichever_way_each_took() -> None:
    plain = Message(POINT, b'{"t": 1795521540000, "v": 1}', us(NOON))
    other = Message(POINT, b'{"t": 1795521540000, "v": 2, "unknown": 0}', us(NOON))
    for batch, kept in (([plain, other], 1.0), ([other, plain], 2.0)):
        found = prepare(batch, PLANT)
        assert found.rows.value.tolist() == [kept]
        assert [index for index, _ in found.rejected] == [1]
