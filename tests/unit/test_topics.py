"""Topics: ours, mapped ones, tags, and what we subscribe to."""

from schemas.pointer import Every, steps_of
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import plant


def _mapping(topic: str, *tags: str | None, zone: str | None = None) -> TopicMapping:
    values = tuple(ValueMapping("main/jv-ft-205", "/v", tag=tag) for tag in tags)
    return TopicMapping(key=topic, topic=topic, values=values, time_zone=zone)


def test_a_tag_fills_exactly_one_segment() -> None:
    topics = plant(_mapping("gw/{tag}/value", "A")).topics
    (route,) = topics.foreign_routes("gw/A/value") or ()
    assert len(route.values) == 1
    (route,) = topics.foreign_routes("gw/B/value") or ()
    assert route.values == ()
    for topic in ("gw//value", "gw/A/B/value", "gw/value", "gw/A/value/x", "x/gw/A/value"):
        assert topics.foreign_routes(topic) is None


def test_two_mappings_may_share_a_topic() -> None:
    topics = plant(_mapping("row", None), _mapping("row", None)).topics
    assert len(topics.foreign_routes("row") or ()) == 2


def test_filters_cover_everything_once() -> None:
    topics = plant(
        _mapping("mikkeli/old/thing", None),
        _mapping("gw/{tag}/value", "A"),
        _mapping("gw/A/value", None),
        _mapping("recordings/ro", None),
    ).topics
    assert topics.filters() == ["mikkeli/#", "gw/+/value", "recordings/ro"]


def test_a_mapping_that_cannot_work_is_left_out_and_told() -> None:
    topics = plant(
        _mapping("a/#", None), _mapping("b", None, zone="Mars/Olympus"), _mapping("c", None)
    ).topics
    assert topics.filters() == ["mikkeli/#", "c"]
    assert len(topics.problems) == 2
    assert "Mars/Olympus" in topics.problems[1]


def test_json_pointers() -> None:
    assert steps_of("") == ()
    assert steps_of("/") == ("",)
    assert steps_of("/a~1b/~01/0") == ("a/b", "~1", "0")
    assert steps_of("/values/*/v") == ("values", Every(), "v")
    assert steps_of("/[id=ns=2;s=A/B]/v") == (Every("id", "ns=2;s=A/B"), "v")
