"""The intake: bounded, in order, and awake exactly when there is something to do."""

import asyncio
import threading
import time

from ingest.limits.limit import IngestLimit
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import Delivery
from tests.fixtures.plants import message
from tests.fixtures.refusing import refusing

NO_LIMIT = 10**9


def _delivery(number: int, size_bytes: int = 10) -> Delivery:
    topic = "a/b"
    return Delivery(message(topic, str(number).rjust(size_bytes - len(topic))), 1, number, 1)


def _take(offered: list[Delivery], limit_messages: int, limit_bytes: int) -> list[list[int]]:
    """Offer all, then take until nothing is left; return the numbers of each batch."""

    async def run() -> list[list[int]]:
        intake = Intake(NO_LIMIT, NO_LIMIT, asyncio.get_running_loop())
        for each in offered:
            intake.offer(each)
        batches: list[list[int]] = []
        while sum(map(len, batches)) < len(offered):
            taken = await intake.own.take(limit_messages, limit_bytes, 0.01)
            batches.append([each.mid for each in taken])
        return batches

    return asyncio.run(run())


def test_batches_keep_the_order_and_the_limits() -> None:
    assert _take([_delivery(n) for n in range(7)], 3, NO_LIMIT) == [[0, 1, 2], [3, 4, 5], [6]]
    assert _take([_delivery(n) for n in range(5)], 9, 25) == [[0, 1], [2, 3], [4]]


def test_a_message_larger_than_a_batch_comes_alone() -> None:
    offered = [_delivery(0), _delivery(1, 500), _delivery(2)]
    assert _take(offered, 9, 100) == [[0], [1], [2]]


def test_it_has_no_room_at_either_limit_and_calls_when_it_has_again() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        for intake, last in (
            (Intake(2, NO_LIMIT, loop), _delivery(1)),
            (Intake(NO_LIMIT, 500, loop), _delivery(1, 490)),
        ):
            calls: list[bool] = []
            intake.on_room.append(lambda calls=calls: calls.append(True))
            intake.offer(_delivery(0))
            assert intake.has_room
            with refusing(IngestLimit.INTAKE):
                intake.offer(last)
            assert not intake.has_room
            assert len(await intake.own.take(9, NO_LIMIT, 0.01)) == 2
            assert intake.has_room
            assert calls == [True]

    asyncio.run(run())


def test_long_topics_of_messages_without_content_fill_it_too() -> None:
    async def run() -> None:
        intake = Intake(NO_LIMIT, 1_000, asyncio.get_running_loop())
        intake.offer(Delivery(message("a" * 2_000, ""), 1, 1, 1))
        assert not intake.has_room

    asyncio.run(run())


def test_a_full_batch_does_not_wait_for_the_interval_and_a_lone_message_does() -> None:
    async def run() -> tuple[float, float]:
        intake = Intake(NO_LIMIT, NO_LIMIT, asyncio.get_running_loop())

        def feed() -> None:
            for number in range(5):
                time.sleep(0.002)
                intake.offer(_delivery(number))

        thread = threading.Thread(target=feed)
        thread.start()
        began_s = time.monotonic()
        taken = await intake.own.take(5, NO_LIMIT, 30)
        full_s = time.monotonic() - began_s
        assert [each.mid for each in taken] == [0, 1, 2, 3, 4]
        thread.join()
        intake.offer(_delivery(9))
        began_s = time.monotonic()
        assert len(await intake.own.take(5, NO_LIMIT, 0.1)) == 1
        return full_s, time.monotonic() - began_s

    full_s, alone_s = asyncio.run(run())
    assert full_s < 10
    assert 0.09 < alone_s < 5


def test_many_threads_hand_over_everything_once() -> None:
    async def run() -> list[int]:
        intake = Intake(NO_LIMIT, NO_LIMIT, asyncio.get_running_loop())
        threads = [
            threading.Thread(
                target=lambda start=start: [intake.offer(_delivery(start + n)) for n in range(1000)]
            )
            for start in (0, 1000, 2000)
        ]
        for thread in threads:
            thread.start()
        found: list[int] = []
        while len(found) < 3000:
            found += [each.mid for each in await intake.own.take(100, NO_LIMIT, 0.001)]
        for thread in threads:
            thread.join()
        return found

    assert sorted(asyncio.run(run())) == list(range(3000))


def _guest(topic: str, number: int, size_bytes: int = 10) -> Delivery:
    return Delivery(message(topic, str(number).rjust(size_bytes)), 1, number, 1)


def _with_guests(offered: list[Delivery], **limits: int) -> Intake:
    intake = Intake(
        limits.get("messages", NO_LIMIT),
        limits.get("size_bytes", NO_LIMIT),
        asyncio.get_running_loop(),
        guest_percent=50,
    )
    intake.guest_of = lambda message: message.topic if message.topic != "a/b" else None
    intake.offer(*offered)
    return intake


def test_the_plants_own_messages_and_those_of_guests_wait_apart() -> None:
    async def run() -> tuple[list[int], list[int]]:
        intake = _with_guests([_guest("flood", n) for n in range(50)] + [_delivery(99)])
        own = await intake.own.take(9, NO_LIMIT, 0.01)
        guests = await intake.guests.take(3, NO_LIMIT, 0.01)
        return [each.mid for each in own], [each.mid for each in guests]

    assert asyncio.run(run()) == ([99], [0, 1, 2])


def test_a_guest_that_floods_does_not_delay_another() -> None:
    async def run() -> list[int]:
        intake = _with_guests([_guest("flood", n) for n in range(50)] + [_guest("calm", 99)])
        return [each.mid for each in await intake.guests.take(4, NO_LIMIT, 0.01)]

    assert asyncio.run(run()) == [0, 99, 1, 2]


def test_a_guests_large_message_waits_for_one_batch_at_most_whatever_others_send() -> None:
    async def run() -> list[list[int]]:
        large = [_guest("large", n, 500) for n in (100, 101)]
        intake = _with_guests([_guest("small", n) for n in range(40)] + large)
        return [[each.mid for each in await intake.guests.take(3, 100, 0.01)] for _ in range(4)]

    assert asyncio.run(run()) == [[0, 1, 2], [100], [3, 4, 5], [101]]


def test_what_guests_have_beyond_their_part_is_taken_from_the_one_that_floods() -> None:
    async def run() -> tuple[list[int], list[int], bool]:
        offered = [_guest("calm", n) for n in range(3)] + [_guest("flood", n) for n in range(3, 10)]
        intake = _with_guests(offered, messages=16)
        await asyncio.wait_for(intake.is_crowded.wait(), 5)
        first = intake.take_excess(2, NO_LIMIT)
        second = intake.take_excess(2, NO_LIMIT)
        return [each.mid for each in first], [e.mid for e in second], intake.is_crowded.is_set()

    assert asyncio.run(run()) == ([3, 4], [], False)


def test_large_messages_of_guests_are_beyond_their_part_too() -> None:
    async def run() -> list[int]:
        offered = [_guest("calm", n) for n in range(3)] + [_guest("large", 9, 500)]
        return [e.mid for e in _with_guests(offered, size_bytes=800).take_excess(2, NO_LIMIT)]

    assert asyncio.run(run()) == [9]
