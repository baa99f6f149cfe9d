"""Counts what mappings do not read, and stores the counts now and then."""

from collections import Counter

import asyncpg

from ingest.batch import Batch
from ingest.database.quarantine import storable
from schemas.queries import queries

STORE_INTERVAL_S = 30.0
POINTERS_LIMIT = 200  # of a mapping; a payload may have keys without end
POINTER_LIMIT_CHARS = 400
THE_REST = "…"

_SQL = queries("arriving")
_Place = tuple[str, str, str]  # site, mapping, pointer


class UnreadTally:
    """What this process has met; `values` counts it by site and mapping."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], set[str]] = {}
        self._waiting: Counter[_Place] = Counter()
        self._topics: dict[_Place, str] = {}
        self._stored_s = float("-inf")
        self._is_new = False
        self.values: Counter[str] = Counter()

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
        if pointer not in known and len(known) >= POINTERS_LIMIT:
            pointer = THE_REST
        if pointer not in known:
            known.add(pointer)
            self._is_new = True
        return site, mapping, pointer
