"""The hour that clocks show twice: history comes out right, and a guess is never called good."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.batch import prepare
from ingest.decoding.message import Message
from ingest.decoding.streams import Streams
from ingest.decoding.timestamps import aware, microseconds
from schemas.quality import Check
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import plant

ZONE = ZoneInfo("Europe/Helsinki")
REPEATED_LIMIT = timedelta(minutes=40)
FALL = datetime(2025, 10, 26, 1, tzinfo=UTC)  # 04:00 summer time, and 03:00 winter time
ONE = TopicMapping(
    "old",
    "old/logger",
    (ValueMapping("main/il1-at-413", "/v"),),
    time_pointer="/t",
    time_format="%Y-%m-%d %H:%M:%S",
    time_zone="Europe/Helsinki",
)
MANY = TopicMapping(
    "old",
    "old/logger",
    (ValueMapping("main/il1-at-413", "/*/v"),),
    time_pointer="/*/t",
    time_format="%Y-%m-%d %H:%M:%S",
    time_zone="Europe/Helsinki",
)
Stored = dict[datetime, tuple[float, bool]]


def _night(step_s: int, *, before_s: int, after_s: int = 3600) -> list[datetime]:
    """Return the moments of a stream from before the first of the two hours to after the second."""
    first = FALL - timedelta(hours=1) - timedelta(seconds=before_s)
    count = (before_s + 7200 + after_s) // step_s
    return [first + timedelta(seconds=step_s * n) for n in range(count)]


def _row(at: datetime) -> dict[str, object]:
    return {"t": f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", "v": round(at.timestamp()) % 100_000}


def _messages(moments: Sequence[datetime], received: datetime) -> list[Message]:
    """Return a message for each moment; they come one after another within a moment."""
    received_us = microseconds(received)
    return [
        Message("old/logger", json.dumps(_row(at)).encode(), received_us + n)
        for n, at in enumerate(moments)
    ]


def _stored(batches: Iterator[Sequence[Message]], mapping: TopicMapping = ONE) -> Stored:
    """Return what is stored of each moment: the value, and whether it is called ambiguous.

    What is stored first stays, as in the database.
    """
    streams, here, found = Streams(), plant(mapping), dict[datetime, tuple[float, bool]]()
    for messages in batches:
        rows = prepare(messages, here, streams).rows
        columns = zip(rows.ts_us.tolist(), rows.value.tolist(), rows.checks.tolist(), strict=True)
        for ts_us, value, checks in columns:
            found.setdefault(aware(ts_us), (value, bool(checks & Check.AMBIGUOUS_LOCAL_TIME)))
    return found


def _cut(messages: Sequence[Message], size: int) -> Iterator[Sequence[Message]]:
    return (messages[at : at + size] for at in range(0, len(messages), size))


def _assert_true(found: Stored, moments: Sequence[datetime]) -> None:
    """Every moment has its own value."""
    assert {at: value for at, (value, _) in found.items()} == {at: _row(at)["v"] for at in moments}


def _assert_nothing_wrong_is_good(found: Stored) -> None:
    wrong = [at for at, (value, guessed) in found.items() if value != _row(at)["v"] and not guessed]
    assert wrong == []


later = pytest.mark.parametrize(
    "later",
    [timedelta(minutes=10), timedelta(hours=3), timedelta(days=40), timedelta(days=400)],
    ids=["ten minutes", "three hours", "forty days", "a year"],
)
steps = pytest.mark.parametrize("step_s", [10, 60, 300, 600, 900, 1200, 1800])
hourly_too = pytest.mark.parametrize("step_s", [10, 60, 300, 600, 900, 1200, 1800, 3600])


@later
@hourly_too
@pytest.mark.parametrize("size", [7, 500])
def test_history_of_the_autumn_night_is_stored_to_the_hour(step_s, later, size) -> None:
    moments = _night(step_s, before_s=7200)
    received = moments[-1] + later
    found = _stored(_cut(_messages(moments, received), size))
    _assert_true(found, moments)
    second = [found[at] for at in moments if FALL <= at < FALL + timedelta(hours=1)]
    if step_s <= 1200:
        assert not any(guessed for _, guessed in second[1:])


def test_history_of_every_second_and_a_message_at_a_time() -> None:
    moments = _night(1, before_s=600, after_s=60)
    _assert_true(_stored(_cut(_messages(moments, moments[-1] + timedelta(days=9)), 2000)), moments)
    moments = _night(60, before_s=600)
    _assert_true(_stored(_cut(_messages(moments, moments[-1] + timedelta(days=9)), 1)), moments)


@later
@steps
def test_history_that_is_nothing_but_the_two_hours_is_stored_to_the_hour(step_s, later) -> None:
    moments = _night(step_s, before_s=0, after_s=0)
    found = _stored(_cut(_messages(moments, moments[-1] + later), 50))
    _assert_true(found, moments)
    first = [found[at] for at in moments if at < FALL]
    assert all(guessed for _, guessed in first)  # it might as well have been the second


@steps
def test_one_message_with_the_whole_night_is_stored_to_the_hour(step_s) -> None:
    moments = _night(step_s, before_s=3600)
    for size in (10**6, 13):
        messages = [
            Message(
                "old/logger",
                json.dumps([_row(at) for at in moments[at_n : at_n + size]]).encode(),
                microseconds(moments[-1] + timedelta(days=30)) + at_n,
            )
            for at_n in range(0, len(moments), size)
        ]
        _assert_true(_stored(iter([messages]), MANY), moments)


@hourly_too
@pytest.mark.parametrize("delay_s", [0, 2, 60, 240])
def test_live_readings_of_the_autumn_night_are_good_in_both_hours(step_s, delay_s) -> None:
    moments = _night(step_s, before_s=7200)
    messages = [
        Message(
            "old/logger",
            json.dumps(_row(at)).encode(),
            microseconds(at + timedelta(seconds=delay_s)),
        )
        for at in moments
    ]
    found = _stored(_cut(messages, 5))
    _assert_true(found, moments)
    assert not any(guessed for _, guessed in found.values())


def test_a_live_stream_after_a_break_of_a_gateway_is_not_an_hour_off_and_good() -> None:
    moments = _night(60, before_s=3600)
    for pause in (timedelta(minutes=m) for m in (20, 58, 60, 62, 100)):
        for pause_from in (FALL - timedelta(minutes=m) for m in (30, 1)):
            kept = [at for at in moments if not pause_from <= at < pause_from + pause]
            live = [_messages([at], at + timedelta(seconds=1)) for at in kept]
            late = [
                *(_messages([at], at + timedelta(seconds=1)) for at in kept if at < pause_from),
                _messages(
                    [at for at in moments if pause_from <= at < pause_from + pause],
                    pause_from + pause,
                ),
                *(_messages([at], at + timedelta(seconds=1)) for at in kept if at >= pause_from),
            ]
            _assert_nothing_wrong_is_good(_stored(iter(live)))
            _assert_nothing_wrong_is_good(_stored(iter(late)))


@pytest.mark.parametrize("step_s", [10, 60, 600])
def test_only_one_of_the_two_hours_is_not_called_good_where_it_may_be_the_other(step_s) -> None:
    moments = _night(step_s, before_s=3600)
    end = moments[-1] + timedelta(days=3)
    for gone in ((FALL - timedelta(hours=1), FALL), (FALL, FALL + timedelta(hours=1))):
        kept = [at for at in moments if not gone[0] <= at < gone[1]]
        _assert_nothing_wrong_is_good(_stored(_cut(_messages(kept, end), 40)))


@pytest.mark.parametrize("step_s", [10, 60, 600, 1800])
def test_the_same_history_once_more_changes_nothing(step_s) -> None:
    moments = _night(step_s, before_s=3600)
    messages = _messages(moments, moments[-1] + timedelta(days=3))
    _assert_true(_stored(_cut([*messages, *messages, *messages], 500)), moments)
    two_hours = _messages(_night(step_s, before_s=0, after_s=0), moments[-1] + timedelta(days=3))
    _assert_true(
        _stored(_cut([*two_hours, *two_hours], 500)), _night(step_s, before_s=0, after_s=0)
    )


@pytest.mark.parametrize(("step_s", "size"), [(60, 20), (60, 250), (600, 7), (20, 100)])
def test_a_batch_that_the_broker_delivers_again_is_understood_as_before(step_s, size) -> None:
    moments = _night(step_s, before_s=3600)
    messages = _messages(moments, moments[-1] + timedelta(days=3))
    batches = list(_cut(messages, size))
    for again in range(len(batches)):
        delivered = [*batches[: again + 1], batches[again], *batches[again + 1 :]]
        found = _stored(iter(delivered))
        _assert_nothing_wrong_is_good(found)
        _assert_true(found, moments)


def test_topics_do_not_confuse_each_other() -> None:
    tagged = TopicMapping(
        "tagged",
        "old/{tag}",
        tuple(ValueMapping(f"main/{key}", "/v", tag=key) for key in ("il1-at-411", "il1-at-413")),
        time_pointer="/t",
        time_format=ONE.time_format,
        time_zone=ONE.time_zone,
    )
    moments = _night(60, before_s=3600)
    received_us = microseconds(moments[-1] + timedelta(days=3))
    messages = [  # one is half an hour behind the other
        Message(
            f"old/{key}", json.dumps(_row(moments[n])).encode(), received_us + 2 * place + which
        )
        for place in range(len(moments) + 30)
        for which, key, n in ((0, "il1-at-411", place), (1, "il1-at-413", place - 30))
        if 0 <= n < len(moments)
    ]
    rows = prepare(messages, plant(tagged), Streams()).rows
    for point_id in (2, 3):
        ours = rows.point_id == point_id
        assert [aware(us) for us in rows.ts_us[ours].tolist()] == moments
        assert rows.value[ours].tolist() == [_row(at)["v"] for at in moments]


def test_a_constant_signal_has_both_hours_too() -> None:
    moments = _night(60, before_s=600)
    rows = [{"t": _row(at)["t"], "v": 1} for at in moments]
    received_us = microseconds(moments[-1] + timedelta(days=3))
    messages = [
        Message("old/logger", json.dumps(row).encode(), received_us + n)
        for n, row in enumerate(rows)
    ]
    assert sorted(_stored(_cut(messages, 30))) == moments


@later
def test_hourly_history_of_a_message_a_batch_has_both_hours_one_a_guess(later) -> None:
    moments = _night(3600, before_s=3 * 3600)
    messages = _messages(moments, moments[-1] + later)
    found = _stored(_cut(messages, 1))
    _assert_true(found, moments)
    assert found[FALL][1]
    for again in range(len(messages)):  # whatever the broker delivers again says nothing new
        delivered = [*messages[: again + 1], messages[again], *messages[again + 1 :]]
        _assert_true(_stored(_cut(delivered, 1)), moments)


@settings(deadline=None, max_examples=30)
@given(
    step_s=st.sampled_from([10, 60, 300, 900, 1800]),
    before_s=st.integers(0, 7200),
    later_s=st.integers(0, 10**7),
    drops=st.sets(st.integers(0, 400), max_size=60),
    repeats=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 30)), max_size=2),
    size=st.integers(1, 60),
)
def test_whatever_is_lost_or_comes_again_nothing_an_hour_off_is_called_good(
    step_s, before_s, later_s, drops, repeats, size
) -> None:
    moments = [at for n, at in enumerate(_night(step_s, before_s=before_s)) if n not in drops]
    for start, count in repeats:
        block = moments[start : start + count]
        # Whoever goes back by about an hour says what the second hour says.
        assume(not block or block[-1] - block[0] < REPEATED_LIMIT)
        moments[start + count : start + count] = block
    received = FALL + timedelta(hours=2, seconds=later_s)
    _assert_nothing_wrong_is_good(_stored(_cut(_messages(moments, received), size)))
