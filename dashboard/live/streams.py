"""The feeds of all viewers who have a page open."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from dashboard.live.listener import Listener
from dashboard.live.viewer_stream import Feed
from dashboard.store.plant import Plants
from schemas.error_text import cause_of

_log = logging.getLogger(__name__)


class TooManyStreams(Exception):  # noqa: N818 - names the state; never leaves the server
    """As many pages as the server takes get live values already."""


@dataclass(frozen=True)
class StreamLimits:
    """How many pages get live values: of everybody, and of one viewer."""

    all_max: int
    each_max: int


class Feeds:
    """Starts a feed with the viewer's first page and ends it after the last one."""

    def __init__(
        self,
        plants: Plants,
        interval_s: float,
        on_access: Callable[[], None],
        limits: StreamLimits,
        refusals: Refusals,
    ) -> None:
        self._plants = plants
        self._interval_s = interval_s
        self._pulse = Listener(plants.database.url, self._rights_changed)
        self._on_access = on_access
        self._limits = limits
        self._refusals = refusals
        self._rights = 0
        self._feeds: dict[str, tuple[Feed, asyncio.Task[None]]] = {}
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen; call in the event loop."""
        self._listening = asyncio.create_task(self._pulse.run(), name="pulse")

    def end(self) -> None:
        """End all streams, so that a server that stops need not wait for them."""
        for feed, _ in self._feeds.values():
            feed.end()

    async def stop(self) -> None:
        """End all feeds."""
        tasks = [task for _, task in self._feeds.values()]
        if self._listening is not None:
            tasks.append(self._listening)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def rights(self) -> int:
        """Return how often somebody's rights may have changed."""
        return self._rights

    def _rights_changed(self) -> None:
        """Let all pages notice now; a silent one would only with the next beat."""
        self._on_access()
        self._rights += 1
        for feed, _ in self._feeds.values():
            feed.beat()

    def count_pages(self) -> int:
        """Return how many pages get live values."""
        return sum(feed.pages for feed, _ in list(self._feeds.values()))

    def check_room(self, viewer: str) -> None:
        """Raise TooManyStreams if there is no room for another page of `viewer`."""
        if self.count_pages() >= self._limits.all_max:
            hint = "raise VIRTAAMA_DASHBOARD_STREAMS_MAX if they are people"
            self._refusals.count(Limit.STREAMS, viewer, f"too many pages are open; {hint}")
            raise TooManyStreams

    async def stream(self, viewer: str) -> AsyncGenerator[bytes]:
        """Yield the frames of one page of `viewer` until the page goes.

        A page too many of one viewer ends the oldest one, which says so.
        """
        if viewer not in self._feeds:
            feed = Feed(viewer, self._plants, self._pulse, self._interval_s)
            task = asyncio.create_task(feed.run(), name=f"feed {viewer}")
            task.add_done_callback(partial(self._ended, viewer))
            self._feeds[viewer] = feed, task
        feed, task = self._feeds[viewer]
        while feed.pages >= self._limits.each_max:
            sentence = "its oldest page was ended"
            self._refusals.count(Limit.STREAMS_PER_VIEWER, viewer, sentence)
            feed.end_oldest()
        try:
            async with aclosing(feed.frames()) as frames:
                async for frame in frames:
                    yield frame
        finally:
            if feed.pages <= 0 and self._feeds.get(viewer, (None, None))[0] is feed:
                del self._feeds[viewer]
                task.cancel()

    def _ended(self, viewer: str, task: asyncio.Task[None]) -> None:
        """Say why a feed failed, and end its pages: they connect again, to a new one."""
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        _log.error("fail: live values of %s: %s", viewer, cause_of(error))
        feed, present = self._feeds.get(viewer, (None, None))
        if feed is not None and present is task:
            del self._feeds[viewer]
            feed.end()
