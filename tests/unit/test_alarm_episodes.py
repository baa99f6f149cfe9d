"""A window of readings says the same as all of them, from where it is settled how it begins."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.alarms.detector import Sample
from ingest.alarms.episodes import Review, Start, is_settled, look_back_us, review
from schemas.alarm.condition import Condition, Watch

SECOND_US = 1_000_000
T = 1_764_000_000 * SECOND_US
LEVELS = (1.0, 2.7, 3.5, 5.0)  # the second one is in the deadband


def _high(delay_on_s: float = 0, delay_off_s: float = 0) -> Condition:
    return Condition(
        Watch.VALUE,
        above=3.0,
        deadband=0.5,
        delay_on_s=delay_on_s,
        delay_off_s=delay_off_s,
    )


def _samples(*levels: float) -> list[Sample]:
    return [Sample(T + 10 * n * SECOND_US, level, 1) for n, level in enumerate(levels)]


def _from(samples: list[Sample], from_us: int) -> list[Sample]:
    """Return the window that begins at a moment, with what held before it."""
    held = [each for each in samples if each.at_us < from_us][-1:]
    return [each._replace(at_us=from_us - 1) for each in held] + [
        each for each in samples if each.at_us >= from_us
    ]


def _before(window: list[Sample], until_us: int) -> list[Sample]:
    return [each for each in window if each.at_us < until_us]


def _beyond(found: Review, late_us: int) -> list[tuple[int, int | None]]:
    """Return the episodes that were not over at a moment; what began before is recorded."""
    return [(max(each.begin_us, late_us), each.end_us) for each in found.since(late_us)]


@given(
    st.lists(st.sampled_from(LEVELS), min_size=4, max_size=30),
    st.sampled_from((0, 5, 15, 40)),
    st.sampled_from((0, 5, 15, 40)),
    st.data(),
)
def test_what_is_settled_is_as_all_readings_say(
    levels: list[float], delay_on_s: float, delay_off_s: float, data: st.DataObject
) -> None:
    condition, samples = _high(delay_on_s, delay_off_s), _samples(*levels)
    end_us = samples[-1].at_us + 100 * SECOND_US
    whole = review(Start(condition, is_on=False), samples, until_us=end_us)
    late_us = samples[data.draw(st.integers(1, len(samples) - 1))].at_us
    back = data.draw(st.integers(0, 40))
    from_us = late_us - look_back_us(condition) - back * 7 * SECOND_US
    window = _from(samples, from_us)
    was_on = any(
        each.begin_us < from_us and (each.end_us or end_us) >= from_us for each in whole.episodes
    )
    start = Start(condition, is_on=was_on)
    if is_settled(start, _before(window, late_us), late_us):
        found = review(start, window, until_us=end_us)
        assert _beyond(found, late_us) == _beyond(whole, late_us)
        assert found.detector.is_on == whole.detector.is_on
        assert found.detector.pending_us == whole.detector.pending_us


def test_a_late_reading_in_the_deadband_hid_a_short_occurrence() -> None:
    """The window began after the value had come above the limit, within the delay."""
    condition = _high(delay_on_s=15, delay_off_s=5)
    samples = _samples(2.7, 3.5, 3.5, 2.7, 1.0, 3.5)
    late_us = samples[4].at_us
    start = Start(condition, is_on=False)
    window = _from(samples, late_us - look_back_us(condition))
    assert not review(start, window, until_us=samples[-1].at_us).episodes
    assert not is_settled(start, _before(window, late_us), late_us)
    # A condition that was on before all that is known is settled only where it is recorded.
    high = _samples(5.0, 5.0, 2.7)
    assert not is_settled(start, high, high[-1].at_us)
    assert is_settled(start._replace(is_on=True), high, high[-1].at_us)
