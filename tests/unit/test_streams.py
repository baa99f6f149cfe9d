"""Streams of live values are bounded in number, and in what waits for a slow page."""

import asyncio
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY

from dashboard.limits.refusals import Refusals
from dashboard.live.streams import Feeds, StreamLimits, TooManyStreams
from dashboard.live.viewer_stream import WAITING_FRAMES_MAX, Audience, Feed


def _refused() -> float:
    value = REGISTRY.get_sample_value("virtaama_dashboard_refused_total", {"limit": "streams"})
    assert value is not None
    return value


class _NoPlants:
    """Plants whose database is away."""

    database = SimpleNamespace(url="")

    def of(self, *_: object) -> Any:
        raise psycopg.OperationalError("away")


def test_a_page_too_many_of_everybody_is_refused_and_counted() -> None:
    async def open_pages() -> None:
        feeds = Feeds(_NoPlants(), 0.2, lambda: None, StreamLimits(2, 20), Refusals())  # type: ignore[arg-type]
        pages = [feeds.stream(Audience(f"account:{number}", "")) for number in range(2)]
        for page in pages:
            feeds.check_room("account:9")
            assert (await anext(page)).startswith(b"event: values")
        before = _refused()
        with pytest.raises(TooManyStreams):
            feeds.check_room("account:9")
        assert _refused() == before + 1
        await pages[0].aclose()
        feeds.check_room("account:9")
        await pages[1].aclose()
        await feeds.stop()

    asyncio.run(open_pages())


def test_a_page_that_takes_nothing_is_cut_off() -> None:
    async def be_slow() -> list[bytes]:
        feed = Feed(Audience("account:1", ""), _NoPlants(), None, 0.2)  # type: ignore[arg-type]
        slow, quick = feed.frames(), feed.frames()
        for page in (slow, quick):
            for begin in (b"event: values", b"event: alarms"):
                assert (await anext(page)).startswith(begin)
        for _ in range(WAITING_FRAMES_MAX + 1):
            feed.beat()
            assert (await anext(quick)).startswith(b"event: beat")
        assert feed.pages == 1
        return [frame async for frame in slow]

    assert asyncio.run(be_slow()) == []
