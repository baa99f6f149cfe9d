"""Answers go to the broker in the order in which the messages came, whatever became safe first."""

from ingest.mqtt.answers import Answers, Run


def test_what_became_safe_first_waits_for_what_came_first() -> None:
    answers = Answers()
    answers.arrived([1, 2, 3, 4])
    answers.settle([2, 4], is_accepted=True)
    assert answers.ready() == []
    answers.settle([1], is_accepted=True)
    assert answers.ready() == [Run([1, 2], True)]
    answers.settle([3], is_accepted=False)
    assert answers.ready() == [Run([3], False), Run([4], True)]
    assert answers.ready() == []
