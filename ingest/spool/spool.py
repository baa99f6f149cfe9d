"""Raw messages on this machine's own disk, for as long as the database is away.

Promises: what `append` took is on the disk when it returns and comes out of `first`, each sender's
in its order, also after kill -9, until `forget` is told that it is safe elsewhere. The plant's own
come out first, then guests' in turn. The file stays below its limit. Durability is SQLite's
(write-ahead log, synchronous=FULL), not ours.
"""

import sqlite3
import threading
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ingest.decoding.message import Message
from ingest.decoding.senders import OWN
from ingest.decoding.sequence_gaps import Seen
from ingest.errors import SpoolUnusable
from ingest.spool.lanes import LANE_BITS, Lanes, lane_of
from ingest.spool.rows import (
    SQL,
    Note,
    Row,
    content_bytes,
    intact,
    lanes_of,
    message_of,
    note_of,
    notes_of,
    plant_in,
    row_of,
    sequences_of,
)
from ingest.turns import take_in_turn

# Large pages keep the tree flat: what a damaged page costs is the messages on it and no others.
PAGE_BYTES = 65_536
CHECKPOINT_INTERVAL_PAGES = 64
WAL_RESERVE_BYTES = 2 * CHECKPOINT_INTERVAL_PAGES * PAGE_BYTES
LIMIT_MIN_BYTES = 2 * WAL_RESERVE_BYTES
VACUUM_FROM_PAGES = 64


class SpoolFull(Exception):  # noqa: N818 - never leaves ingest.pipeline
    """There is no room for a batch, by our limit or on the disk; nothing of it was kept."""


class Spooled(NamedTuple):
    """Messages, each sender's in their order; `upto` is the last number of each lane.

    That includes those that were damaged.
    """

    messages: list[Message]
    upto: Mapping[int, int]
    damaged: int


class Spool:
    """One file of messages, of each sender first in, first out.

    One thread may append while another one takes and forgets.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        """Open or make the file. Raises SpoolUnusable, or sqlite3.DatabaseError for a broken one.

        `limit_bytes` bounds the file and its write-ahead log; a message larger than the latter's
        share (8 MiB) may exceed it by its own size while it is written.
        """
        self.limit_bytes = limit_bytes
        self._path = path
        self._lock = threading.Lock()
        self._connection = connect(path)
        try:
            self._prepare(limit_bytes)
        except BaseException:
            self._connection.close()
            raise

    @property
    def count(self) -> int:
        """The number of messages that wait."""
        return self._lanes.count

    @property
    def size_bytes(self) -> int:
        """What the waiting messages take of the limit."""
        return self._used_pages * PAGE_BYTES

    def append(
        self,
        messages: Sequence[Message],
        guests: Sequence[str] = (),
        seen: Sequence[Seen] = (),
        bytes_by_sender: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Write messages, how far their topics were seen and whose they are; wait for the disk.

        `guests` has the sender of each, OWN for one of the plant's own; none: all are that. Raises
        SpoolFull or SpoolUnusable.
        """
        numbers, last = self._lanes.numbered(guests or [OWN] * len(messages))
        numbered = list(zip(numbers, messages, strict=True))
        rows = [row_of(*each) for each in numbered]
        notes = [note for each in numbered if (note := note_of(*each)) is not None]
        self._transact(lambda: self._append(rows, notes, last, seen, bytes_by_sender))
        self._lanes.given(last)

    def first(self, limit_messages: int, limit_bytes: int) -> Spooled:
        """Return what is to go next up to the limits, and at least one if there is any.

        That is of the plant's own as long as there are some, then of guests in turn. What the disk
        gives back changed is put aside in the file and left out.
        """
        with self._lock:
            try:
                by_lane = self._read(limit_messages, limit_bytes)
                notes = [notes_of(self._connection, rows) for rows in by_lane.values()]
            except sqlite3.DatabaseError as error:
                raise SpoolUnusable(self._path, error) from error
        rows = [row for of_lane in by_lane.values() for row in of_lane]
        good = [row for row in rows if intact(row)]
        bad = [row for row in rows if not intact(row)]
        if bad:
            numbers = [(row[0],) for row in bad]
            self._transact(lambda: self._connection.executemany(SQL["set_aside"], numbers))
        noted = ChainMap(*notes)
        messages = [message_of(row, noted.get(row[0])) for row in good]
        upto = {lane: of_lane[-1][0] for lane, of_lane in by_lane.items()}
        return Spooled(messages, upto, len(bad))

    def sequences(self) -> list[Seen]:
        """Return how far topics were seen when messages were last appended."""
        with self._lock:
            return sequences_of(self._connection)

    def shares(self) -> dict[str, int]:
        """Return how many bytes each sender has in the spool."""
        with self._lock:
            return dict(self._connection.execute(SQL["shares"]))

    def keep_plant(self, raw: bytes) -> None:
        """Remember the plant, for a start without the database. Raises as `append` does."""
        self._transact(lambda: self._replace_plant(raw))

    def plant(self) -> bytes | None:
        """Return what `keep_plant` took last; None if it never did."""
        with self._lock:
            return plant_in(self._connection)

    def forget(
        self, upto: Mapping[int, int], freed: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """Remove the messages of each lane up to a number; their senders have bytes `freed`.

        They do not come again from `first` in any case; a full disk delays only the removal. Raises
        SpoolFull or SpoolUnusable.
        """
        self._lanes.settle(upto)
        self._transact(lambda: self._forget(upto, freed))
        if not self.count and self._used_pages < self._pages > VACUUM_FROM_PAGES:
            # An empty file gives its space back to the disk; if it cannot, the pages are reused.
            with self._lock, suppress(sqlite3.OperationalError):
                self._connection.execute("VACUUM")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._measure()

    def close(self) -> None:
        """Close the file, when nobody writes to it."""
        with self._lock:
            self._connection.close()

    def _prepare(self, limit_bytes: int) -> None:
        pages = (limit_bytes - WAL_RESERVE_BYTES) // PAGE_BYTES
        self._connection.execute(f"PRAGMA max_page_count={pages}")
        self._connection.executescript(SQL["create"])
        self._lanes = Lanes(lanes_of(self._connection))
        self._measure()

    def _append(
        self,
        rows: list[Row],
        notes: list[Note],
        last: Mapping[str, int],
        seen: Sequence[Seen],
        bytes_by_sender: Mapping[str, int],
    ) -> None:
        self._connection.executemany(SQL["append"], rows)
        self._connection.executemany(SQL["annotate"], notes)
        self._connection.executemany(SQL["keep_sequence"], seen)
        self._connection.executemany(SQL["add_share"], bytes_by_sender.items())
        advanced = [(lane_of(n), sender, n, lane_of(n) << LANE_BITS) for sender, n in last.items()]
        self._connection.executemany(SQL["advance"], advanced)

    def _replace_plant(self, raw: bytes) -> None:
        self._connection.execute(SQL["forget_plant"])
        self._connection.execute(SQL["keep_plant"], (raw,))

    def _forget(self, upto: Mapping[int, int], freed: Mapping[str, int]) -> None:
        taken = [(sender, -size_bytes) for sender, size_bytes in freed.items()]
        self._connection.executemany(SQL["add_share"], taken)
        self._connection.execute(SQL["drop_shares"], (int(not self.count),))
        for lane, number in upto.items():
            done_with = (lane << LANE_BITS, number)
            self._connection.execute(SQL["forget"], done_with)
            self._connection.execute(SQL["forget_notes"], done_with)
            self._connection.execute(SQL["settle"], (number, lane))

    def _transact(self, work: Callable[[], object]) -> None:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                work()
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise SpoolFull(str(error)) from error
                raise SpoolUnusable(self._path, error) from error
            self._measure()

    def _read(self, limit_messages: int, limit_bytes: int) -> dict[int, list[Row]]:
        waiting: dict[int, Iterable[Row]] = {
            each.lane: self._connection.execute(
                SQL["first"], (each.done, each.last, limit_messages)
            )
            for each in self._lanes.waiting()
        }
        taken = take_in_turn(waiting, content_bytes, limit_messages, limit_bytes)
        self._lanes.turn(taken.turns)
        by_lane: dict[int, list[Row]] = {}
        for lane, row in taken.items:
            by_lane.setdefault(lane, []).append(row)
        return by_lane

    def _measure(self) -> None:
        self._pages: int = self._connection.execute("PRAGMA page_count").fetchone()[0]
        (free,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        self._used_pages: int = self._pages - free


def connect(path: Path, *, damaged: bool = False) -> sqlite3.Connection:
    """Open a spool's file for us alone; `damaged` reads on where pages are missing.

    Raises SpoolUnusable if it is another's, or cannot be opened at all.
    """
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            if damaged:
                connection.execute("PRAGMA writable_schema=ON")
            connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_INTERVAL_PAGES}")
        except BaseException:
            connection.close()
            raise
    except sqlite3.OperationalError as error:
        raise SpoolUnusable(path, error) from error
    return connection
