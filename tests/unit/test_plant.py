"""A plant as bytes, for a start without the database."""

import pytest

from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.decoding.site_snapshot import decode, encode
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import POINTS, plant

MAPPING = TopicMapping(
    key="pump",
    topic="gw/{tag}/value",
    values=(ValueMapping("main/jv-ft-205", "/v", tag="A", states={"on": 1.0}, offset=0.1),),
    time_pointer="/t",
    time_zone="Europe/Helsinki",
)


def test_a_plant_comes_back_as_it_was() -> None:
    there = plant(MAPPING)
    back = decode(encode(there), DEFAULT_LIMITS)
    assert back.description == there.description
    assert back.topics.filters() == there.topics.filters()
    assert len(back.points) == len(POINTS)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b'{"points": [], "mappings": [1]}'])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the library says
        decode(raw, DEFAULT_LIMITS)
