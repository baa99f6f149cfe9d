"""The snapshot of a viewer's site, kept current for all pages that the viewer has open there."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable, Container, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import numpy as np
import psycopg

from dashboard.analysis.definitions import Definitions
from dashboard.live.deviations import Deviations, Since
from dashboard.live.events import (
    CROWDED_FRAME,
    END_FRAME,
    Latest,
    Snapshot,
    alarms_frame,
    beat_frame,
    changes,
    values_frame,
)
from dashboard.live.listener import Listener
from dashboard.store.alarms import NO_ALARMS, Summary, summary
from dashboard.store.plant import Plants
from schemas.queries import queries

BEAT_INTERVAL_S = 2.0
RETRY_INTERVAL_S = 1.0
REACH_DAYS = 30  # so far back the beginning of a deviation is looked for
ALARMS_AGAIN_S = 10.0  # trials begin and end by the clock
WAITING_FRAMES_MAX = 50  # a page that is further behind is cut off; it connects again

Answer = TypeVar("Answer")

_SQL = queries("dashboard")
_log = logging.getLogger(__name__)


class Audience(NamedTuple):
    """Who gets the same values: a viewer, at the site of an address (empty: the first one)."""

    viewer: str
    site: str
    is_guest: bool = False


@dataclass(frozen=True)
class Pace:
    """In which threads the feeds of operators, or those of guests, read, and how long they rest."""

    threads: Executor
    rest_s: Callable[[], float]


@dataclass(eq=False)
class Page:
    """An open page: the hash of the token that let it in, and what waits for it."""

    token_sha256: bytes
    since_s: float = field(default_factory=time.monotonic)
    waiting: asyncio.Queue[bytes | None] = field(
        default_factory=lambda: asyncio.Queue(WAITING_FRAMES_MAX)
    )


class Feed:
    """Reads `latest` once for each commit, whatever the number of pages, and sends what changed."""

    def __init__(self, audience: Audience, plants: Plants, listener: Listener, pace: Pace) -> None:
        self._audience = audience
        self._plants = plants
        self._listener = listener
        self._pace = pace
        self._snapshot: Snapshot = {}
        self._deviations = Deviations()
        self._alarms: Summary | None = None
        self._database_answers = True
        self._sent_s = time.monotonic()
        self._pages: dict[Page, None] = {}  # in the order in which they came

    @property
    def pages(self) -> int:
        """How many pages listen."""
        return len(self._pages)

    @property
    def oldest_s(self) -> float:
        """When the oldest of the pages came, by a clock that never jumps."""
        return next((page.since_s for page in self._pages), math.inf)

    @property
    def tokens(self) -> set[bytes]:
        """The hashes of the tokens that let the pages in."""
        return {page.token_sha256 for page in self._pages}

    async def run(self) -> None:
        """Follow commits and alarms for ever. Alarms wait for nothing that values need."""
        following = [asyncio.ensure_future(self._values()), asyncio.ensure_future(self._counts())]
        try:
            await asyncio.gather(*following)
        finally:
            for each in following:
                each.cancel()

    async def _values(self) -> None:
        count = -1
        while True:
            count = await self._listener.after(count)
            await self._refresh()
            while not self._database_answers:
                await asyncio.sleep(RETRY_INTERVAL_S)
                await self._refresh()
            await asyncio.sleep(self._pace.rest_s())

    async def _counts(self) -> None:
        count = -1
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(ALARMS_AGAIN_S):
                    count = await self._listener.alarms_after(count)
            try:
                alarms = await self._in_thread(self._read_alarms)
            except psycopg.OperationalError:
                await asyncio.sleep(RETRY_INTERVAL_S)  # who follows the commits tells of it
                count = -1
                continue
            if alarms != self._alarms:
                self._alarms = alarms
                self._send(alarms_frame(alarms))
            await asyncio.sleep(self._pace.rest_s())

    async def frames(self, token_sha256: bytes) -> AsyncGenerator[bytes]:
        """Yield everything that is known, then what changes, and a beat in between."""
        page = Page(token_sha256)
        self._pages[page] = None
        try:
            yield values_frame(self._snapshot, _now_ms(), whole=True)
            if self._alarms is not None:
                yield alarms_frame(self._alarms)
            while (frame := await page.waiting.get()) is not None:
                yield frame
        finally:
            self._pages.pop(page, None)

    async def _refresh(self) -> None:
        try:
            snapshot = await self._in_thread(self._read)
        except psycopg.OperationalError as error:
            if self._database_answers:
                _log.warning("push: the database is away: %s", error)
            self._database_answers = False
            self._send(beat_frame(_now_ms(), database=False))
            return
        self._database_answers = True
        gone = self._snapshot.keys() - snapshot.keys()
        new = snapshot if gone else changes(self._snapshot, snapshot)
        self._snapshot = snapshot
        if new or gone:
            self._send(values_frame(new, _now_ms(), whole=bool(gone)))

    async def _in_thread(self, read: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._pace.threads, read)

    def _read_alarms(self) -> Summary:
        """Return what stands of alarms."""
        viewer, site, _ = self._audience
        key = self._plants.key_of(viewer, site, datetime.now(UTC))
        if key is None:
            return NO_ALARMS
        with self._plants.database.open(viewer) as connection:
            return summary(connection, key)

    def _read(self) -> dict[int, Latest]:
        """Return the newest readings."""
        viewer, site, _ = self._audience
        plant = self._plants.of(viewer, site, datetime.now(UTC))
        shown = {"points": [point.point_id for point in plant.all_points.values()]}
        with (
            self._plants.database.open(viewer) as connection,
            connection.cursor(binary=True) as cursor,
        ):
            rows = cursor.execute(_SQL["latest"], shown).fetchall()
            start = datetime.now(UTC) - timedelta(days=REACH_DAYS)

            def since(points: Sequence[int]) -> Since:
                asked = {"points": list(points), "start": start}
                return dict(cursor.execute(_SQL["deviating_since"], asked).fetchall())

            snapshot = self._deviations.told({row[0]: Latest(*row[1:]) for row in rows}, since)
        for point in plant.points.values():
            latest = snapshot.get(point.point_id)
            if latest is not None and not point.definitions.always_the_same:
                snapshot[point.point_id] = _as_shown(latest, point.definitions)
        return snapshot

    def end(self) -> None:
        """End the streams of all pages; they connect again to whoever serves next."""
        for page in list(self._pages):
            self._cut(page)

    def end_oldest(self) -> None:
        """End the stream of the page that is open longest, and tell it why."""
        self._cut(next(iter(self._pages)), CROWDED_FRAME)

    def end_others(self, living: Container[bytes]) -> None:
        """End the pages that none of the living tokens let in, and tell them."""
        for page in list(self._pages):
            if page.token_sha256 not in living:
                self._cut(page, END_FRAME)

    def beat(self) -> None:
        """Send a beat to all pages if nothing was sent for a while."""
        if time.monotonic() - self._sent_s >= BEAT_INTERVAL_S:
            self._send(beat_frame(_now_ms(), database=self._database_answers))

    def _send(self, frame: bytes) -> None:
        self._sent_s = time.monotonic()
        for page in list(self._pages):
            try:
                page.waiting.put_nowait(frame)
            except asyncio.QueueFull:
                self._cut(page)

    def _cut(self, page: Page, *last: bytes) -> None:
        self._pages.pop(page, None)
        while not page.waiting.empty():
            page.waiting.get_nowait()
        for frame in (*last, None):
            page.waiting.put_nowait(frame)


def _as_shown(latest: Latest, definitions: Definitions) -> Latest:
    """Return a reading as the newest definition has it: it may be from before a change."""
    if latest.value is None:
        return latest
    (value,) = definitions.shown(np.array([latest.ts_ms]), np.array([latest.value])).tolist()
    return latest._replace(value=None if math.isnan(value) else value)


def _now_ms() -> float:
    return time.time() * 1000.0
