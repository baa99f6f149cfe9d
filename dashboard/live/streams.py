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
from dashboard.live.viewer_stream import Audience, Feed
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
        self._listener = Listener(plants.database.url, self._rights_changed)
        self._on_access = on_access
        self._limits = limits
        self._refusals = refusals
        self._rights = 0
        self._feeds: dict[Audience, tuple[Feed, asyncio.Task[None]]] = {}
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen; call in the event loop."""
        self._listening = asyncio.create_task(self._listener.run(), name="listener")

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

    async def stream(self, audience: Audience) -> AsyncGenerator[bytes]:
        """Yield the frames of one page of an audience until the page goes.

        A page too many of one viewer, of whatever site, ends the oldest one, which says so.
        """
        if audience not in self._feeds:
            feed = Feed(audience, self._plants, self._listener, self._interval_s)
            task = asyncio.create_task(feed.run(), name=f"feed {audience.viewer}")
            task.add_done_callback(partial(self._ended, audience))
            self._feeds[audience] = feed, task
        feed, task = self._feeds[audience]
        self._make_room(audience.viewer)
        try:
            async with aclosing(feed.frames()) as frames:
                async for frame in frames:
                    yield frame
        finally:
            if feed.pages <= 0 and self._feeds.get(audience, (None, None))[0] is feed:
                del self._feeds[audience]
                task.cancel()

    def _make_room(self, viewer: str) -> None:
        """End the oldest pages of a viewer until there is room for another one."""
        own = [feed for key, (feed, _) in self._feeds.items() if key.viewer == viewer]
        while sum(feed.pages for feed in own) >= self._limits.each_max:
            sentence = "its oldest page was ended"
            self._refusals.count(Limit.STREAMS_PER_VIEWER, viewer, sentence)
            min(own, key=lambda feed: feed.oldest).end_oldest()

    def _ended(self, audience: Audience, task: asyncio.Task[None]) -> None:
        """Say why a feed failed, and end its pages: they connect again, to a new one."""
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        _log.error("fail: live values of %s: %s", audience.viewer, cause_of(error))
        feed, present = self._feeds.get(audience, (None, None))
        if feed is not None and present is task:
            del self._feeds[audience]
            feed.end()
