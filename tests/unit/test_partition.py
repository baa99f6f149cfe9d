"""Partitions: every topic of the site in exactly one of them."""

import pytest

from ingest.partitions import coverage, filter_problem, guests_beside_own
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import plant

VALUE = (ValueMapping("main/jv-ft-205", "/v", tag="a"),)
TOPICS = plant(
    TopicMapping(key="plain", topic="foreign/x", values=VALUE),
    TopicMapping(key="tagged", topic="gateway/{tag}/value", values=VALUE),
).topics


def test_shares_that_cover_the_site_have_no_problem() -> None:
    shares = [("mikkeli/main/#", "gateway/+/value"), ("mikkeli/ro/#", "foreign/#")]
    assert coverage(shares, TOPICS).problems() == []


def test_a_topic_that_nobody_has_or_several_have_is_named() -> None:
    found = coverage([("mikkeli/main/#", "gateway/#"), ("mikkeli/#",)], TOPICS)
    assert found.missed == ["foreign/x"]
    assert "mikkeli/main/jv-ft-205" in found.doubled
    assert "mikkeli/ro" not in found.doubled
    missed, doubled = found.problems()
    assert missed.startswith("foreign/x: no partition subscribes to it")
    assert "several partitions" in doubled


def test_guests_that_share_a_session_with_the_plant_are_named() -> None:
    guests = {"mikkeli/ro", "tagged"}
    assert guests_beside_own([], TOPICS, guests.__contains__) == ["mikkeli/ro", "tagged"]
    apart = [("mikkeli/main/#", "foreign/#"), ("mikkeli/ro/#", "gateway/+/value")]
    assert guests_beside_own(apart, TOPICS, guests.__contains__) == []
    mixed = [("mikkeli/main/#", "gateway/+/value"), ("mikkeli/ro/#",)]
    assert guests_beside_own(mixed, TOPICS, guests.__contains__) == ["tagged"]


@pytest.mark.parametrize("text", ["a/#", "#", "+/b", "a/+/c", "a"])
def test_a_filter(text: str) -> None:
    assert filter_problem(text) == ""


@pytest.mark.parametrize("text", ["", "a/#/b", "a#", "a+/b", "$share/g/a", "a\0"])
def test_no_filter(text: str) -> None:
    assert filter_problem(text)
