"""The feeds of all viewers who have a page open.

Guests come after the plant's own: their feeds read one after the other, in a thread of their own,
and rest the longer the more pages they have open. So what they cost is bounded at any number.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from dashboard.limits.throttle import Throttle
from dashboard.live.listener import Listener
from dashboard.live.revocation import Revocation
from dashboard.live.viewer_stream import Audience, Feed, Pace
from dashboard.store.plant import Plants
from schemas.error_text import cause_of

GUEST_FRAMES_PER_S = 250  # to the pages of all guests together; each costs some 0.2 ms
THREADS, GUEST_THREADS = 3, 1
BEAT_CHECK_S = 0.5
FORGETS_PER_S_MAX = 3  # each lets every viewer's plant be read anew

_log = logging.getLogger(__name__)


class TooManyStreams(Exception):  # noqa: N818 - names the state; never leaves the server
    """As many pages as the server takes get live values already."""


@dataclass(frozen=True)
class StreamLimits:
    """How many pages get live values: of everybody, of all guests together, and of one viewer."""

    all_max: int
    guests_max: int
    each_max: int


@dataclass(frozen=True)
class Access:
    """Asks which tokens live, by their hashes; hears of dead ones, and when rights may change.

    Of every change `changed` hears at once, and `forget_plants` a few times a second at most.
    """

    living: Callable[[Collection[bytes]], set[bytes]]
    died: Callable[[Collection[bytes]], None]
    changed: Callable[[], None]
    forget_plants: Callable[[], None]


class Feeds:
    """Starts a feed with the viewer's first page and ends it after the last one."""

    def __init__(
        self,
        plants: Plants,
        interval_s: float,
        access: Access,
        limits: StreamLimits,
        refusals: Refusals,
    ) -> None:
        self._plants = plants
        self._interval_s = interval_s
        self._listener = Listener(plants.database.url, self._rights_changed)
        self._access = access
        # Of a guest's sign-out or journal entry we hear as of an engineer's act.
        self._plants_changed = Throttle(
            self._forget_plants, limit_calls=FORGETS_PER_S_MAX, window_s=1.0
        )
        self._limits = limits
        self._refusals = refusals
        self._feeds: dict[Audience, tuple[Feed, asyncio.Task[None]]] = {}
        self._revocation = Revocation(self._tokens, access.living, self._end_others)
        self._pace = Pace(ThreadPoolExecutor(THREADS, "values"), lambda: interval_s)
        self._guest_pace = Pace(
            ThreadPoolExecutor(GUEST_THREADS, "values of guests"), self._guests_rest_s
        )
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen; call in the event loop."""
        for work in (self._listener.run(), self._revocation.run(), self._beat()):
            self._tasks.append(asyncio.create_task(work))

    def end(self) -> None:
        """End all streams, so that a server that stops need not wait for them."""
        for feed, _ in self._feeds.values():
            feed.end()

    async def stop(self) -> None:
        """End all feeds."""
        tasks = [*self._tasks, *(task for _, task in self._feeds.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _rights_changed(self) -> None:
        self._access.changed()
        self._revocation.rights_changed()
        self._plants_changed()

    def _forget_plants(self) -> None:
        self._access.forget_plants()
        self._listener.move()  # who waits may have looked before this was due

    def _tokens(self) -> set[bytes]:
        return set[bytes]().union(*(feed.tokens for feed, _ in self._feeds.values()))

    def _end_others(self, living: set[bytes]) -> None:
        self._access.died(self._tokens() - living)  # before the pages ask why they ended
        for feed, _ in self._feeds.values():
            feed.end_others(living)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_CHECK_S)
            for feed, _ in self._feeds.values():
                feed.beat()

    def _guests_rest_s(self) -> float:
        return max(self._interval_s, self._count_guests() / GUEST_FRAMES_PER_S)

    def _count_guests(self) -> int:
        return sum(feed.pages for key, (feed, _) in self._feeds.items() if key.is_guest)

    def count_pages(self) -> int:
        """Return how many pages get live values."""
        return sum(feed.pages for feed, _ in list(self._feeds.values()))

    def check_room(self, audience: Audience) -> None:
        """Raise TooManyStreams if there is no room for another page of an audience."""
        if self.count_pages() >= self._limits.all_max:
            limit, whose = Limit.STREAMS, "too many pages"
        elif audience.is_guest and self._count_guests() >= self._limits.guests_max:
            limit, whose = Limit.STREAMS_OF_GUESTS, "too many pages of guests"
        else:
            return
        hint = f"raise VIRTAAMA_DASHBOARD_{limit.upper()}_MAX if they are people"
        self._refusals.count(limit, audience.viewer, f"{whose} are open; {hint}")
        raise TooManyStreams

    async def stream(self, audience: Audience, token_sha256: bytes) -> AsyncGenerator[bytes]:
        """Yield the frames of one page of an audience until the page goes, or its token dies.

        A page too many of one viewer, of whatever site, ends the oldest one, which says so.
        """
        if audience not in self._feeds:
            pace = self._guest_pace if audience.is_guest else self._pace
            feed = Feed(audience, self._plants, self._listener, pace)
            task = asyncio.create_task(feed.run(), name=f"feed {audience.viewer}")
            task.add_done_callback(partial(self._ended, audience))
            self._feeds[audience] = feed, task
        feed, task = self._feeds[audience]
        self._make_room(audience.viewer)
        try:
            async with aclosing(feed.frames(token_sha256)) as frames:
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
            min(own, key=lambda feed: feed.oldest_s).end_oldest()

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
