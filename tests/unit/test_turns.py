"""Whose question is answered when: many of one viewer do not hold up another's."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from dashboard.limits.turns import TooBusy, TurnLimits, Turns
from tests.fixtures.refusing import refusing

WORK_S = 0.05


LIMITS = TurnLimits(
    all_max=4, each_max=3, guests_max=2, waiting_max=50, guests_waiting_max=500, wait_max_s=5.0
)


def _turns(**limits: float) -> Turns:
    return Turns(replace(LIMITS, **limits), Refusals())


class _Work:
    """Takes a while, and knows how many of it were done at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.at_once_max = 0
        self.order: list[str] = []

    def of(self, viewer: str) -> Callable[[], str]:
        def work() -> str:
            with self._lock:
                self._now += 1
                self.at_once_max = max(self.at_once_max, self._now)
            time.sleep(WORK_S)
            with self._lock:
                self._now -= 1
                self.order.append(viewer)
            return viewer

        return work


def test_a_crowd_of_one_viewer_leaves_a_place_for_another() -> None:
    async def ask() -> float:
        turns, work = _turns(), _Work()
        crowd = [
            asyncio.create_task(turns.run("account:1", work.of("crowd"), is_guest=False))
            for _ in range(40)
        ]
        await asyncio.sleep(WORK_S / 2)
        began_s = time.monotonic()
        assert await turns.run("account:2", work.of("person"), is_guest=False) == "person"
        waited_s = time.monotonic() - began_s
        assert await asyncio.gather(*crowd) == ["crowd"] * 40
        assert work.at_once_max == 4
        return waited_s

    assert asyncio.run(ask()) < 4 * WORK_S


def test_all_guests_together_leave_places_for_operators() -> None:
    async def ask() -> int:
        turns, work = _turns(), _Work()
        guests = [
            turns.run(f"account:{number}", work.of("guest"), is_guest=True) for number in range(20)
        ]
        await asyncio.gather(*guests)
        return work.at_once_max

    assert asyncio.run(ask()) == 2


def test_guests_who_wait_take_turns() -> None:
    async def ask() -> list[str]:
        turns, work = _turns(guests_max=1, each_max=1), _Work()
        crowd = [turns.run("many", work.of("many"), is_guest=True) for _ in range(10)]
        one = turns.run("one", work.of("one"), is_guest=True)
        await asyncio.gather(*crowd, one)
        return work.order

    assert "one" in asyncio.run(ask())[:3]


def test_more_than_may_wait_are_refused_and_counted_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def ask() -> list[object]:
        turns, work = _turns(waiting_max=5), _Work()
        asked = [turns.run("account:1", work.of("crowd"), is_guest=False) for _ in range(30)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    with refusing(Limit.QUESTIONS_WAITING):
        answers = asyncio.run(ask())
    assert sum(isinstance(answer, TooBusy) for answer in answers) == 25
    assert caplog.text.count("questions_waiting, account:1") == 1


def test_guests_who_wait_are_bounded_together_and_a_quiet_one_among_them_is_served() -> None:
    async def ask() -> tuple[int, object]:
        turns, work = _turns(waiting_max=10, guests_waiting_max=40), _Work()
        asked = [
            asyncio.create_task(turns.run(f"loud {number}", work.of("loud"), is_guest=True))
            for _ in range(10)
            for number in range(20)
        ]
        await asyncio.sleep(WORK_S / 2)
        quiet = await turns.run("quiet", work.of("quiet"), is_guest=True)
        loud = await asyncio.gather(*asked, return_exceptions=True)
        assert not any(one.own for one in loud if isinstance(one, TooBusy))
        return loud.count("loud"), quiet

    with refusing(Limit.QUESTIONS_OF_GUESTS_WAITING):
        served, quiet = asyncio.run(ask())
    assert 40 <= served < 80
    assert quiet == "quiet"


def test_a_question_without_a_turn_is_refused_in_time() -> None:
    async def ask() -> list[object]:
        turns, work = _turns(each_max=1, wait_max_s=WORK_S * 1.5), _Work()
        asked = [turns.run("account:1", work.of("slow"), is_guest=False) for _ in range(5)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    with refusing(Limit.QUESTIONS_WAIT):
        answers = asyncio.run(ask())
    assert answers.count("slow") in {1, 2}
    assert sum(isinstance(answer, TooBusy) for answer in answers) == 5 - answers.count("slow")


def test_a_refusal_does_not_tell_that_others_were_in_the_way() -> None:
    async def ask() -> list[object]:
        turns, work = _turns(each_max=1, all_max=1, wait_max_s=WORK_S / 4), _Work()
        others = asyncio.create_task(turns.run("account:1", work.of("slow"), is_guest=False))
        await asyncio.sleep(0)
        two = (turns.run("account:2", work.of("x"), is_guest=True) for _ in range(2))
        refused = list(await asyncio.gather(*two, return_exceptions=True))
        await others
        return refused

    first, second = asyncio.run(ask())
    assert isinstance(first, TooBusy)
    assert not first.own  # another's question; the page says what it says of a slow answer
    assert isinstance(second, TooBusy)
    assert second.own  # behind the first one, which is its own


def test_what_a_question_fails_by_gives_its_place_back() -> None:
    def fail() -> None:
        raise TimeoutError("of the database")

    async def ask() -> str:
        turns, work = _turns(each_max=1, all_max=1), _Work()
        for _ in range(3):
            with pytest.raises(TimeoutError, match="of the database"):
                await turns.run("account:1", fail, is_guest=False)
        return await turns.run("account:1", work.of("served"), is_guest=False)

    assert asyncio.run(ask()) == "served"
