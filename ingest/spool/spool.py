"""Raw messages on this machine's own disk, for as long as the database is away.

Promises: what `append` took is on the disk when it returns and comes out of `first` in the same
order, also after kill -9, until `forget` is told that it is safe elsewhere. The file stays below
its limit. Durability is SQLite's (write-ahead log, synchronous=FULL), not ours.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

from ingest.database.stream_store import as_text, from_text
from ingest.decoding.message import Message
from ingest.decoding.sequence_gaps import Seen
from ingest.errors import SpoolUnusable
from schemas.queries import queries

# Large pages keep the tree flat: what a damaged page costs is the messages on it and no others.
PAGE_BYTES = 65_536
CHECKPOINT_INTERVAL_PAGES = 64
WAL_RESERVE_BYTES = 2 * CHECKPOINT_INTERVAL_PAGES * PAGE_BYTES
LIMIT_MIN_BYTES = 2 * WAL_RESERVE_BYTES
VACUUM_FROM_PAGES = 64

SQL = queries("spool")

Row = tuple[int, int, int, bytes, bytes]  # number, received_us, crc32, topic, payload
Note = tuple[int, int, str | None]  # number, retained, how far the stream had come


class SpoolFull(Exception):  # noqa: N818 - never leaves ingest.keeping
    """There is no room for a batch, by our limit or on the disk; nothing of it was kept."""


class Spooled(NamedTuple):
    """Messages in their order; `number` is the last one's, those that were damaged included."""

    messages: list[Message]
    number: int
    damaged: int


class Spool:
    """One file of messages, first in, first out. May be used by several threads."""

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
        # Only `append` moves the one and only `forget` the other: threads need no lock for this.
        return self._last - self._done

    @property
    def size_bytes(self) -> int:
        """What the waiting messages take of the limit."""
        return self._used_pages * PAGE_BYTES

    def append(
        self,
        messages: Sequence[Message],
        seen: Sequence[Seen] = (),
        bytes_by_sender: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Write messages, how far their topics were seen and whose they are; wait for the disk.

        Raises SpoolFull or SpoolUnusable.
        """
        first = self._last + 1
        rows = [
            (
                number,
                each.received_us,
                _crc(_bytes(each.topic), each),
                _bytes(each.topic),
                each.payload,
            )
            for number, each in enumerate(messages, first)
        ]
        notes = [
            (number, int(each.retained), as_text(each.order))
            for number, each in enumerate(messages, first)
            if each.retained or each.order is not None
        ]
        self._transact(lambda: self._append(rows, notes, seen, bytes_by_sender))
        self._last += len(rows)

    def first(self, limit_messages: int, limit_bytes: int) -> Spooled:
        """Return the oldest messages up to the limits, and at least one if there is any.

        What the disk gives back changed is put aside in the file and left out.
        """
        with self._lock:
            try:
                rows = self._read(limit_messages, limit_bytes)
                notes = notes_of(self._connection, rows)
            except sqlite3.DatabaseError as error:
                raise SpoolUnusable(self._path, error) from error
        good = [row for row in rows if intact(row)]
        bad = [row for row in rows if not intact(row)]
        if bad:
            numbers = [(row[0],) for row in bad]
            self._transact(lambda: self._connection.executemany(SQL["set_aside"], numbers))
        messages = [message_of(row, notes.get(row[0])) for row in good]
        return Spooled(messages, rows[-1][0] if rows else self._done, len(bad))

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

    def forget(self, number: int, freed: Mapping[str, int] = MappingProxyType({})) -> None:
        """Remove the messages up to `number`; their senders have so many bytes `freed`.

        Raises SpoolFull or SpoolUnusable.

        They do not come again from `first` in any case; a full disk delays only the removal.
        """
        self._done = number
        self._transact(lambda: self._forget(freed))
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
        mark: tuple[int, int] = self._connection.execute(SQL["mark"]).fetchone()
        self._last, self._done = mark
        self._measure()

    def _append(
        self,
        rows: list[Row],
        notes: list[Note],
        seen: Sequence[Seen],
        bytes_by_sender: Mapping[str, int],
    ) -> None:
        self._connection.executemany(SQL["append"], rows)
        self._connection.executemany(SQL["annotate"], notes)
        self._connection.executemany(SQL["keep_sequence"], seen)
        self._connection.executemany(SQL["add_share"], bytes_by_sender.items())
        self._run(SQL["advance"], self._last + len(rows))

    def _replace_plant(self, raw: bytes) -> None:
        self._connection.execute(SQL["forget_plant"])
        self._connection.execute(SQL["keep_plant"], (raw,))

    def _forget(self, freed: Mapping[str, int]) -> None:
        taken = [(sender, -size_bytes) for sender, size_bytes in freed.items()]
        self._connection.executemany(SQL["add_share"], taken)
        self._run(SQL["drop_shares"], int(not self.count))
        self._run(SQL["forget"], self._done)
        self._run(SQL["forget_notes"], self._done)
        self._run(SQL["settle"], self._done)

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

    def _read(self, limit_messages: int, limit_bytes: int) -> list[Row]:
        rows: list[Row] = []
        size_bytes = 0
        for row in self._connection.execute(SQL["first"], (self._done, limit_messages)):
            size_bytes += len(row[4])
            if rows and size_bytes > limit_bytes:
                break
            rows.append(row)
        return rows

    def _run(self, statement: str, *values: int) -> None:
        self._connection.execute(statement, values)

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


def sequences_of(connection: sqlite3.Connection) -> list[Seen]:
    """Return the states in a spool's file."""
    return [Seen(*row) for row in connection.execute(SQL["sequences"])]


def plant_in(connection: sqlite3.Connection) -> bytes | None:
    """Return the plant that a spool's file remembers."""
    row: tuple[bytes] | None = connection.execute(SQL["plant"]).fetchone()
    return row[0] if row else None


def intact(row: Row) -> bool:
    """Tell whether a row is what was written."""
    try:
        return row[2] == _crc(row[3], message_of(row))
    except (TypeError, AttributeError, UnicodeDecodeError):  # no such row was ever written
        return False


def notes_of(connection: sqlite3.Connection, rows: Sequence[Row]) -> dict[int, Note]:
    """Return what is noted of messages, by their numbers. Raises sqlite3.DatabaseError."""
    if not rows:
        return {}
    between = (rows[0][0], rows[-1][0])
    return {note[0]: note for note in connection.execute(SQL["notes"], between)}


def message_of(row: Row, note: Note | None = None) -> Message:
    """Return the message of a row, with what is noted of it."""
    _, retained, order = note or (0, 0, None)
    topic = row[3].decode(errors="surrogatepass")
    return Message(topic, row[4], row[1], bool(retained), from_text(order))


def _bytes(topic: str) -> bytes:
    return topic.encode(errors="surrogatepass")


def _crc(topic: bytes, message: Message) -> int:
    return crc32(message.payload, crc32(topic, message.received_us & 0xFFFF_FFFF))
