"""Who is a guest: a line or mapping of a trial that runs, and what the site does not describe."""

import pytest

from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.message import Message
from ingest.decoding.point import Point, TrialTime
from ingest.decoding.site_snapshot import Description, Plant, built
from ingest.spool.shares import divide, size_of
from schemas.site.mapping import TopicMapping, ValueMapping

ZONE = "Europe/Helsinki"
TRIAL = TrialTime(1_000, 2_000)


@pytest.fixture
def plant() -> Plant:
    points = (
        Point(1, "plant", "main", "flow", ZONE),
        Point(2, "plant", "pilot", "level", ZONE, trials=(TRIAL,)),
    )
    mappings = tuple(
        ("plant", TopicMapping(key, topic, (ValueMapping(point, "/v"),)))
        for key, topic, point in (
            ("own", "gw/own", "main/flow"),
            ("theirs", "gw/theirs/{tag}", "pilot/level"),
        )
    )
    return built(Description(points, mappings), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("topic", "received_us", "expected"),
    [
        ("plant/main/flow", 1_500, False),
        ("plant/main/unknown", 1_500, False),
        ("gw/own", 1_500, False),
        ("plant/pilot/level", 999, False),
        ("plant/pilot/level", 1_000, True),
        ("plant/pilot/invented", 1_999, True),
        ("plant/pilot/level", 2_000, False),
        ("gw/theirs/a", 1_500, True),
        ("plant/nowhere/x", 5_000, True),
        ("anything", 5_000, True),
    ],
)
def test_whose_a_message_is(plant: Plant, topic: str, received_us: int, expected: bool) -> None:
    assert (plant.guest_of(Message(topic, b"1", received_us)) is not None) is expected


def test_a_guest_is_refused_beyond_its_share_and_nobody_else(plant: Plant) -> None:
    topics = ("plant/pilot/level", "plant/main/flow", "other/x") * 3
    messages = [Message(topic, b"12345", 1_500) for topic in topics]
    limit_bytes = 2 * size_of(messages[0])
    divided = divide(messages, plant, {"other": limit_bytes}, limit_bytes)
    assert divided.refused == [2, 5, 6, 8]
    assert divided.refused_senders == {"plant/pilot": 1, "other": 3}
    assert [each.topic for each in divided.kept].count("plant/main/flow") == 3
    assert divided.bytes_by_sender["plant/pilot"] == limit_bytes
