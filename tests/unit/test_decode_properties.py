"""Whatever comes, it becomes readings or named rejections, and good payloads survive unchanged."""

import json
import string
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.batch import prepare
from ingest.database.quarantine import storable
from ingest.decoding.contract import decode
from ingest.decoding.message import Message
from ingest.decoding.rejection import Reason
from ingest.decoding.timestamps import microseconds
from schemas.quality import stored_status
from schemas.reading import VALUE_MAX
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import KEYS, NOON, POINTS, plant, us

MAPPINGS = (
    TopicMapping(
        key="row",
        topic="recordings/row",
        values=(
            ValueMapping("main/jv-ft-205", "/a", scale=1e300, states={"ON": 1.0}),
            ValueMapping("main/gone", "/b/0"),
        ),
        time_pointer="/t",
        time_format="%Y-%m-%d %H:%M:%S",
        time_zone="Europe/Helsinki",
        status_pointer="/s",
    ),
    TopicMapping(
        key="tag",
        topic="gateway/{tag}/value",
        values=(ValueMapping("main/jv-ft-205", "", tag="A"),),
    ),
)
PLANT = plant(*MAPPINGS)
TOPICS = [
    "mikkeli/main",
    "mikkeli/main/jv-ft-205",
    "recordings/row",
    "gateway/A/value",
    "gateway/B/value",
]

numbers = st.floats() | st.integers() | st.sampled_from([10**25, 10**400])
leaves = st.none() | st.booleans() | numbers | st.text() | st.sampled_from(["ON", NOON])
keys = st.sampled_from(["t", "v", "s", "p", "a", "b", "jv-ft-205"]) | st.text(max_size=3)
documents = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12
)
payloads = st.binary() | documents.map(lambda document: json.dumps(document).encode())
topics = st.sampled_from(TOPICS) | st.text()


@given(topic=topics, payload=payloads)
@example(topic="mikkeli/main", payload=b'{"t": "2026-11-24T11:00:00Z", "v": {"\\u0000": 1}}')
@example(topic="mikkeli/main", payload=b'{"t": "0001-01-01T00:00:00+14:00", "v": {"a": 1}}')
@example(
    topic="mikkeli/main/jv-ft-205", payload=b'{"t": 1795521540000, "v": 1, "s": {"\\ud800": 1}}'
)
@example(topic="recordings/row", payload=b'{"t": "0001-01-01 00:00:00", "a": 1}')
@example(topic="recordings/row", payload=b'{"t": "9999-12-31 23:59:59", "a": 1e300}')
@example(topic="recordings/row", payload=b'{"t": "2026-11-24 12:00:00", "a": "1_0", "b": [1]}')
@example(topic="recordings/row", payload=b'{"t": "2026-11-24 12:00:00", "a": "nan"}')
def test_any_bytes_give_readings_or_named_rejections(topic: str, payload: bytes) -> None:
    found = decode(Message(topic, payload, us(NOON)), PLANT.topics)
    for reading in found.readings:
        assert reading.point_id in KEYS
        assert reading.value is None or abs(reading.value) < float("inf")
        assert PLANT.topics.limits.earliest_us <= reading.ts_us
        assert reading.ts_us <= us(NOON) + PLANT.topics.limits.future_tolerance_us
    for rejection in found.rejections:
        assert isinstance(rejection.reason, Reason)
        storable(rejection.detail).encode()
        assert "\0" not in storable(rejection.detail)
    only_null = topic == "recordings/row" or topic.startswith("gateway/A")
    assert found.readings or found.rejections or only_null
    prepare([Message(topic, payload, us(NOON))], PLANT)


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
OLDEST, NEWEST = datetime(2000, 1, 2), datetime(2026, 11, 23)  # noqa: DTZ001 - the strategy adds it
moments = st.datetimes(OLDEST, NEWEST, timezones=offsets)
points = st.sampled_from(POINTS)
finite = st.floats(-VALUE_MAX, VALUE_MAX)
severities = st.integers(0, 0xFFFF).map(lambda upper: (upper & 0xCFFF) << 16)
codes = severities | severities.map(lambda code: code | 0x0483)


@given(point=points, t=moments, v=finite, s=codes, zulu=st.booleans())
def test_a_valid_single_reading_survives_exactly(point, t, v, s, zulu) -> None:
    text = t.astimezone(UTC).isoformat().replace("+00:00", "Z") if zulu else t.isoformat()
    payload = json.dumps({"t": text, "v": v, "s": s}).encode()
    topic = f"{point.site}/{point.line}/{point.key}"
    found = decode(Message(topic, payload, us(NOON)), PLANT.topics)
    assert found.rejections == []
    (reading,) = found.readings
    assert (reading.point_id, reading.ts_us, reading.value, reading.status) == (
        point.point_id,
        microseconds(t),
        v,
        stored_status(s),
    )


@given(
    ms=st.integers(us("2000-01-02T00:00:00Z") // 1000, us(NOON) // 1000),
    values=st.dictionaries(
        st.sampled_from(["jv-ft-205", "il1-at-411", "il1-at-413"]), finite, min_size=1
    ),
)
def test_a_valid_snapshot_survives_exactly(ms: int, values: dict[str, float]) -> None:
    payload = json.dumps({"t": ms, "v": values}).encode()
    found = decode(Message("mikkeli/main", payload, us(NOON)), PLANT.topics)
    assert found.rejections == []
    assert {KEYS[reading.point_id]: reading.value for reading in found.readings} == values
    assert {reading.ts_us for reading in found.readings} == {ms * 1000}


@given(key=st.text(alphabet=string.printable, min_size=1))
def test_an_unknown_key_is_named_by_its_json_pointer(key: str) -> None:
    payload = json.dumps({"t": NOON, "v": {f"?{key}": 1}}).encode()
    (rejection,) = decode(Message("mikkeli/main", payload, us(NOON)), PLANT.topics).rejections
    assert rejection.reason is Reason.UNKNOWN_POINT
    assert rejection.detail.startswith("/v/?" + key.replace("~", "~0").replace("/", "~1"))
