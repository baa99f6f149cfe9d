"""Numbered messages: what is missing is counted once, whatever comes again."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.numbered import NEARLY_JSON_LIMIT_BYTES, numbers_of
from ingest.decoding.sequence_gaps import Seen, Sequences
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import message, plant

TOPICS = plant(
    TopicMapping(key="f", topic="foreign/x", values=(ValueMapping("main/jv-ft-205", "/v"),))
).topics
TOPIC = "mikkeli/main/jv-ft-205"


def _look(sequences: Sequences, numbers: list[int], topic: str = TOPIC) -> None:
    sent = [message(topic, json.dumps({"t": 1, "v": 2, "n": number})) for number in numbers]
    sequences.look(sent, TOPICS)


def _state(sequences: Sequences) -> Seen:
    (state,) = sequences.changed()
    return state


@pytest.mark.parametrize(
    ("topic", "payload", "numbers"),
    [
        (TOPIC, '{"t": 1, "v": 2, "n": 7}', [7]),
        ("mikkeli/main", '{"n": 0, "t": 1, "v": {"jv-ft-205": 2}}', [0]),
        ("mikkeli/main", '[{"p": "a", "n": 3}, {"p": "b"}, {"p": "c", "n": 4}]', [3, 4]),
        (TOPIC, '{"t": 1, "v": 2}', []),
        (TOPIC, '{"n": "7"}', []),
        (TOPIC, '{"n": -1}', []),
        (TOPIC, '{"n": 1.5}', []),
        (TOPIC, '{"n": null}', []),
        (TOPIC, '{"n": 99999999999999999999}', []),
        (TOPIC, '"n" is no JSON', []),
        (TOPIC, '["n"]', []),
        ("mikkeli/main/unknown", '{"n": 7}', []),
        ("foreign/x", '{"n": 7, "v": 1}', []),
    ],
)
def test_what_a_number_is(topic: str, payload: str, numbers: list[int]) -> None:
    assert numbers_of(message(topic, payload), TOPICS) == numbers


def test_a_gap_is_counted_with_its_size_and_its_line() -> None:
    sequences = Sequences()
    _look(sequences, [5, 6, 9, 10, 20])
    assert _state(sequences)[1:4] == (20, 2, 11)
    assert dict(sequences.missing) == {"mikkeli/main": 11}
    assert dict(sequences.gaps) == {"mikkeli/main": 2}


def test_a_late_message_is_missing_no_more() -> None:
    sequences = Sequences()
    _look(sequences, [1, 2, 10, 5, 5, 3, 9, 11])
    assert _state(sequences)[1:4] == (11, 1, 4)
    _look(sequences, [8, 7, 6, 4, 4])
    assert _state(sequences)[1:4] == (11, 1, 0)
    assert sequences.missing["mikkeli/main"] == 0


def test_a_restart_of_the_sender_is_no_gap_and_a_redelivery_neither() -> None:
    sequences = Sequences()
    _look(sequences, [5, 6, 0, 1, 2, 1, 2, 3])
    assert _state(sequences)[1:4] == (3, 0, 0)


def test_an_earlier_process_is_continued_from_the_later_of_two_states() -> None:
    sequences = Sequences()
    sequences.restore([Seen(TOPIC, 8, 1, 4, 3, 50)])
    sequences.restore([Seen(TOPIC, 6, 0, 0, None, 40)])
    _look(sequences, [7, 8, 9, 11])
    assert _state(sequences)[1:4] == (11, 2, 5)


def test_what_was_missing_before_the_states_were_known_is_not_counted() -> None:
    sequences = Sequences()
    sequences.restore([Seen(TOPIC, 3, 1, 2, 3, 10)])  # of an earlier outage
    sequences.look_away()
    _look(sequences, [20, 22])
    assert sequences.changed() == []
    assert [state[1:3] for state in sequences.noted()] == [(22, 0)]
    sequences.restore([Seen(TOPIC, 8, 2, 4, 30, 50)])
    _look(sequences, [7, 23])
    assert _state(sequences)[1:5] == (23, 2, 4, 30)
    _look(sequences, [25])
    assert _state(sequences)[1:4] == (25, 3, 5)


@pytest.mark.parametrize(
    ("blindly", "then", "expected"),
    [
        ([15], [21], (21, 1, 4)),  # sent again
        ([21, 0, 1], [2], (2, 1, 4)),  # the sender began anew
        ([21], [24], (24, 2, 6)),
    ],
)
def test_what_is_seen_before_the_states_are_known_invents_no_gap(
    blindly: list[int], then: list[int], expected: tuple[int, int, int]
) -> None:
    sequences = Sequences()
    sequences.look_away()
    _look(sequences, blindly)
    sequences.restore([Seen(TOPIC, 20, 1, 4, 3, 50)])
    _look(sequences, then)
    assert _state(sequences)[1:4] == expected


def test_a_process_that_dies_before_the_next_number_leaves_no_gap_to_the_next_one() -> None:
    """It started without the database, and noted where the numbers had come to."""
    dying, following = Sequences(), Sequences()
    dying.look_away()
    _look(dying, [20, 21])
    following.restore(dying.noted())
    following.restore([Seen(TOPIC, 8, 1, 4, 3, 50)])
    _look(following, [22])
    assert _state(following)[1:4] == (22, 1, 4)


def test_what_changed_is_told_until_it_is_stored() -> None:
    sequences = Sequences()
    _look(sequences, [1])
    first = sequences.changed()
    _look(sequences, [2])
    sequences.stored(first)
    assert [state.last_n for state in sequences.changed()] == [2]
    sequences.stored(sequences.changed())
    assert sequences.changed() == []
    _look(sequences, [1, 2])
    assert sequences.changed() == []


@given(st.sets(st.integers(2, 60)), st.randoms())
def test_missing_is_what_never_came_whatever_comes_late_or_again(
    lost: set[int], dice: random.Random
) -> None:
    arrived = [number for number in range(1, 62) if number == 61 or number not in lost]
    stream = sorted(
        [*arrived, *dice.choices(arrived, k=20)], key=lambda number: number + dice.uniform(0, 9)
    )
    sequences = Sequences()
    _look(sequences, [1, *stream])
    assert _state(sequences).missing == len(lost - {61})


def test_numbers_are_not_looked_for_in_what_is_too_large_to_be_read() -> None:
    sequences = Sequences()
    padding = "x" * TOPICS.limits.payload_limit_bytes
    sent = message(TOPIC, json.dumps({"t": 1, "v": 2, "n": 7, "padding": padding}))
    sequences.look([sent], TOPICS)
    assert sequences.changed() == []


def test_a_large_text_that_is_no_json_is_not_rewritten_for_its_number() -> None:
    nearly = '{"t": 1, "v": nan, "n": 7, "padding": "%s"}'
    assert numbers_of(message(TOPIC, nearly % "x"), TOPICS) == [7]
    assert numbers_of(message(TOPIC, nearly % ("x" * NEARLY_JSON_LIMIT_BYTES)), TOPICS) == []
