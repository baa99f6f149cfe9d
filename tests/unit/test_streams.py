"""Streams of live values are bounded in number, in cost, and in what waits for a slow page."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from dashboard.live import viewer_stream
from dashboard.live.listener import Listener
from dashboard.live.streams import (
    GUEST_FRAMES_PER_S,
    Access,
    Feeds,
    StreamLimits,
    TooManyStreams,
)
from dashboard.live.viewer_stream import WAITING_FRAMES_MAX, Audience, Feed, Pace
from dashboard.store.alarms import Summary
from tests.fixtures.refusing import refusing
from tests.fixtures.service_process import DEADLINE_S

INTERVAL_S = 0.2


class _NoPlants:
    """Plants whose database is away."""

    database = SimpleNamespace(url="postgresql://127.0.0.1:1/away")

    def of(self, *_: object) -> Any:
        raise psycopg.OperationalError("away")

    key_of = of


def _feeds(limits: StreamLimits, living: Collection[bytes] = ()) -> Feeds:
    access = Access(lambda _asked: set(living), lambda _dead: None, lambda: None, lambda: None)
    return Feeds(_NoPlants(), INTERVAL_S, access, limits, Refusals())  # type: ignore[arg-type]


async def _opened(feeds: Feeds, audience: Audience, token: bytes = b"t") -> AsyncGenerator[bytes]:
    feeds.check_room(audience)
    page = feeds.stream(audience, token)
    assert (await anext(page)).startswith(b"event: values")
    return page


@pytest.mark.parametrize(
    ("limits", "limit", "is_guest"),
    [
        (StreamLimits(2, 2, 20), Limit.STREAMS, False),
        (StreamLimits(9, 2, 20), Limit.STREAMS_OF_GUESTS, True),
    ],
    ids=["of everybody", "of guests"],
)
def test_a_page_too_many_is_refused_and_counted(
    limits: StreamLimits, limit: Limit, is_guest: bool
) -> None:
    async def open_pages() -> None:
        feeds = _feeds(limits)
        further = Audience("account:9", "", is_guest)
        pages = [
            await _opened(feeds, Audience(f"account:{number}", "", is_guest)) for number in range(2)
        ]
        with refusing(limit), pytest.raises(TooManyStreams):
            feeds.check_room(further)
        await pages[0].aclose()
        feeds.check_room(further)
        await pages[1].aclose()
        await feeds.stop()

    asyncio.run(open_pages())


def test_a_further_page_of_a_viewer_ends_the_oldest_and_is_counted() -> None:
    async def open_pages() -> None:
        feeds = _feeds(StreamLimits(9, 9, 2))
        with refusing(Limit.STREAMS_PER_VIEWER):
            pages = [await _opened(feeds, Audience("account:7", "")) for _ in range(3)]
        for page in pages:
            await page.aclose()
        await feeds.stop()

    asyncio.run(open_pages())


def test_guests_together_leave_room_for_the_pages_of_operators() -> None:
    async def open_pages() -> None:
        feeds = _feeds(StreamLimits(4, 2, 20))
        pages = [await _opened(feeds, Audience(f"account:{n}", "", n < 2)) for n in range(4)]
        for page in pages:
            await page.aclose()
        await feeds.stop()

    asyncio.run(open_pages())


def test_what_all_guests_get_in_a_second_does_not_grow_with_their_pages() -> None:
    async def rests_s() -> Iterator[tuple[float, float]]:
        feeds = _feeds(StreamLimits(5_000, 5_000, 5_000))
        pages = [await _opened(feeds, Audience("account:1", "", is_guest=True))]
        few = feeds._guest_pace.rest_s(), feeds._pace.rest_s()
        for number in range(4 * GUEST_FRAMES_PER_S):
            pages.append(await _opened(feeds, Audience(f"account:{number % 50}", "", True)))
        many = feeds._guest_pace.rest_s(), feeds._pace.rest_s()
        for page in pages:
            await page.aclose()
        await feeds.stop()
        return iter((few, many))

    few, many = asyncio.run(rests_s())
    assert few == (INTERVAL_S, INTERVAL_S)
    assert many == (pytest.approx(4.0, abs=0.1), INTERVAL_S)


@contextmanager
def _feed() -> Iterator[Feed]:
    with ThreadPoolExecutor(1) as threads:
        pace = Pace(threads, lambda: INTERVAL_S)
        yield Feed(Audience("account:1", ""), _NoPlants(), None, pace)  # type: ignore[arg-type]


def test_a_page_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.live.viewer_stream.BEAT_INTERVAL_S", 0.0)

    async def be_slow() -> list[bytes]:
        with _feed() as feed:
            slow, quick = feed.frames(b"1"), feed.frames(b"2")
            for page in (slow, quick):
                assert (await anext(page)).startswith(b"event: values")
            for _ in range(WAITING_FRAMES_MAX + 1):
                feed.beat()
                assert (await anext(quick)).startswith(b"event: beat")
            assert feed.pages == 1
            return [frame async for frame in slow]

    assert asyncio.run(be_slow()) == []


def test_alarms_wait_for_nothing_that_values_need_and_none_are_told_before_they_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_read = threading.Event()
    plants = SimpleNamespace(
        of=lambda *_: is_read.wait(),
        key_of=lambda *_: "s",
        database=SimpleNamespace(open=lambda _viewer: nullcontext()),
    )
    monkeypatch.setattr(viewer_stream, "summary", lambda *_: Summary({"high": (1, 1)}))

    async def first_frames() -> list[bytes]:
        listener = Listener("postgresql://127.0.0.1:1/away", lambda: None)
        with ThreadPoolExecutor(2) as threads:
            pace = Pace(threads, lambda: INTERVAL_S)
            feed = Feed(Audience("account:1", ""), plants, listener, pace)  # type: ignore[arg-type]
            frames = feed.frames(b"1")
            found = [await anext(frames)]
            following = asyncio.create_task(feed.run())
            found.append(await asyncio.wait_for(anext(frames), DEADLINE_S))
            following.cancel()
            is_read.set()
            return found

    values, alarms = asyncio.run(first_frames())
    assert values.startswith(b"event: values")
    assert b'"high":[1,1]' in alarms


def test_the_page_of_a_token_that_died_ends_and_those_of_others_go_on() -> None:
    async def read() -> tuple[bytes, int]:
        feeds = _feeds(StreamLimits(9, 9, 9), living={b"living"})
        feeds.start()
        pages = [await _opened(feeds, Audience("account:1", ""), t) for t in (b"dead", b"living")]
        *_, last = [frame async for frame in pages[0]]
        count = feeds.count_pages()
        await pages[1].aclose()
        await feeds.stop()
        return last, count

    assert asyncio.run(read()) == (b"event: end\ndata: {}\n\n", 1)
