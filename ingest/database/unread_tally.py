"""Counts what mappings do not read, and stores the counts now and then."""

from collections import Counter

import asyncpg

from ingest.batch import Batch
from ingest.database.quarantine import storable
from ingest.limits.limit import IngestLimit
from ingest.limits.refusals import refuse
from schemas.queries import queries

STORE_INTERVAL_S = 30.0
POINTER_LIMIT_CHARS = 400
THE_REST = "…"

_SQL = queries("arriving")
_Place = tuple[str, str, str]  # site, mapping, pointer


class UnreadTally:
    """What this process has met; `values` counts it by site and mapping.

    `uncounted` counts pointers beyond the limit of their mapping, as often as batches had them.
    """

    def __init__(self, limit: int) -> None:
        """List at most `limit` places of each mapping."""
        self._limit = limit
        self._known: dict[tuple[str, str], set[str]] = {}
        self._waiting: Counter[_Place] = Counter()
        self._topics: dict[_Place, str] = {}
        self._stored_s = float("-inf")
        self._is_new = False
        self.values: Counter[str] = Counter()
        self.uncounted: Counter[str] = Counter()

    async def restore(self, connection: asyncpg.Connection) -> None:
        """Learn which places are stored already: they count towards the limit of their mapping.

        Raises asyncpg's errors.
        """
        for record in await connection.fetch(_SQL["known_unread"]):
            of_mapping = self._known.setdefault((record["site"], record["mapping"]), set())
            of_mapping.add(record["pointer"])

    def add(self, batch: Batch) -> None:
        """Count what a batch has."""
        for unread, times in batch.unread.items():
            for pointer in unread.pointers:
                place = self._bounded(unread.site, unread.mapping, pointer)
                self._waiting[place] += times
                self._topics[place] = batch.unread_topics[unread]
            self.values[f"{unread.site}/{unread.mapping}"] += times * len(unread.pointers)

    async def store(self, connection: asyncpg.Connection, *, now_s: float) -> None:
        """Store the counts: those of a new place at once, the others now and then.

        Raises asyncpg's errors; then nothing is forgotten.
        """
        if not self._waiting or not (self._is_new or now_s - self._stored_s >= STORE_INTERVAL_S):
            return
        rows = [
            (*map(storable, place), storable(self._topics[place]), times)
            for place, times in sorted(self._waiting.items())
        ]
        await connection.execute(_SQL["keep_unread"], *zip(*rows, strict=True))
        self._waiting.clear()
        self._topics.clear()
        self._stored_s, self._is_new = now_s, False

    def _bounded(self, site: str, mapping: str, pointer: str) -> _Place:
        known = self._known.setdefault((site, mapping), set())
        pointer = pointer[:POINTER_LIMIT_CHARS]
        if pointer not in known and len(known) >= self._limit:
            refuse(IngestLimit.UNREAD_PLACES, f"{site}/{mapping}")
            self.uncounted[f"{site}/{mapping}"] += 1
            pointer = THE_REST
        if pointer not in known:
            known.add(pointer)
            self._is_new = True
        return site, mapping, pointer
