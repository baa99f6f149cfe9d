"""The snapshot of a viewer's site, kept current for all pages that the viewer has open there."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import psycopg

from dashboard.analysis.definitions import Definitions
from dashboard.live.deviations import Deviations, Since
from dashboard.live.events import (
    CROWDED_FRAME,
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
WAITING_FRAMES_MAX = 50  # a page that is further behind is cut off; it connects again

_SQL = queries("dashboard")
_log = logging.getLogger(__name__)


class Audience(NamedTuple):
    """Who gets the same values: a viewer, at the site of an address (empty: the first one)."""

    viewer: str
    site: str


class Feed:
    """Reads `latest` once for each commit, whatever the number of pages, and sends what changed."""

    def __init__(
        self, audience: Audience, plants: Plants, listener: Listener, interval_s: float
    ) -> None:
        self._audience = audience
        self._plants = plants
        self._listener = listener
        self._interval_s = interval_s
        self._snapshot: Snapshot = {}
        self._deviations = Deviations()
        self._alarms = NO_ALARMS
        self._alarm_count = -1
        self._database_answers = True
        # Each with when it came, in that order.
        self._pages: dict[asyncio.Queue[bytes | None], float] = {}

    @property
    def pages(self) -> int:
        """How many pages listen."""
        return len(self._pages)

    @property
    def oldest(self) -> float:
        """When the oldest of the pages came, by a clock that never jumps."""
        return min(self._pages.values(), default=math.inf)

    async def run(self) -> None:
        """Follow the commits for ever."""
        count = -1
        while True:
            count = await self._listener.after(count)
            await self._refresh()
            while not self._database_answers:
                await asyncio.sleep(RETRY_INTERVAL_S)
                await self._refresh()
            await asyncio.sleep(self._interval_s)

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield everything that is known, then what changes, and a beat in between."""
        with self._page() as waiting:
            yield values_frame(self._snapshot, _now_ms(), whole=True)
            yield alarms_frame(self._alarms)
            while True:
                try:
                    frame = await asyncio.wait_for(waiting.get(), BEAT_INTERVAL_S)
                except TimeoutError:
                    frame = beat_frame(_now_ms(), database=self._database_answers)
                if frame is None:
                    return
                yield frame

    @contextmanager
    def _page(self) -> Iterator[asyncio.Queue[bytes | None]]:
        waiting: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_FRAMES_MAX)
        self._pages[waiting] = time.monotonic()
        try:
            yield waiting
        finally:
            self._pages.pop(waiting, None)

    async def _refresh(self) -> None:
        try:
            alarm_count = self._listener.alarm_count
            snapshot, alarms = await asyncio.to_thread(self._read, alarm_count)
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
        self._alarm_count = alarm_count
        if alarms != self._alarms:
            self._alarms = alarms
            self._send(alarms_frame(alarms))

    def _read(self, alarm_count: int) -> tuple[dict[int, Latest], Summary]:
        """Return the newest readings, and what stands of alarms, asked anew if that may differ."""
        viewer, site = self._audience
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
            is_moved = alarm_count != self._alarm_count
            alarms = summary(connection, plant.key) if is_moved else self._alarms
        for point in plant.points.values():
            latest = snapshot.get(point.point_id)
            if latest is not None and not point.definitions.always_the_same:
                snapshot[point.point_id] = _as_shown(latest, point.definitions)
        return snapshot, alarms

    def end(self) -> None:
        """End the streams of all pages; they connect again to whoever serves next."""
        for waiting in list(self._pages):
            self._cut(waiting)

    def end_oldest(self) -> None:
        """End the stream of the page that is open longest, and tell it why."""
        self._cut(next(iter(self._pages)), CROWDED_FRAME)

    def beat(self) -> None:
        """Send a beat to all pages now."""
        self._send(beat_frame(_now_ms(), database=self._database_answers))

    def _send(self, frame: bytes) -> None:
        for waiting in list(self._pages):
            try:
                waiting.put_nowait(frame)
            except asyncio.QueueFull:
                self._cut(waiting)

    def _cut(self, waiting: asyncio.Queue[bytes | None], *last: bytes) -> None:
        self._pages.pop(waiting, None)
        while not waiting.empty():
            waiting.get_nowait()
        for frame in (*last, None):
            waiting.put_nowait(frame)


def _as_shown(latest: Latest, definitions: Definitions) -> Latest:
    """Return a reading as the newest definition has it: it may be from before a change."""
    if latest.value is None:
        return latest
    (value,) = definitions.shown(np.array([latest.ts_ms]), np.array([latest.value])).tolist()
    return latest._replace(value=None if math.isnan(value) else value)


def _now_ms() -> float:
    return time.time() * 1000.0
