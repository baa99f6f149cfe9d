"""The rows of a spool's file, and what they mean."""

import sqlite3
from collections.abc import Sequence
from zlib import crc32

from ingest.database.stream_store import as_text, from_text
from ingest.decoding.message import Message
from ingest.decoding.sequence_gaps import Seen
from ingest.spool.lanes import Lane
from schemas.queries import queries

SQL = queries("spool")

Row = tuple[int, int, int, bytes, bytes]  # number, received_us, crc32, topic, payload
Note = tuple[int, int, str | None]  # number, retained, how far the stream had come


def row_of(number: int, message: Message) -> Row:
    """Return a message as it is written."""
    topic = _bytes(message.topic)
    return number, message.received_us, _crc(topic, message), topic, message.payload


def note_of(number: int, message: Message) -> Note | None:
    """Return what few messages have beside their bytes."""
    if message.retained or message.order is not None:
        return number, int(message.retained), as_text(message.order)
    return None


def lanes_of(connection: sqlite3.Connection) -> list[Lane]:
    """Return the lanes of a spool's file."""
    return [Lane(*row) for row in connection.execute(SQL["lanes"])]


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


def content_bytes(row: Row) -> int:
    """Return the size of a message's topic and payload."""
    return len(row[3]) + len(row[4])


def _bytes(topic: str) -> bytes:
    return topic.encode(errors="surrogatepass")


def _crc(topic: bytes, message: Message) -> int:
    return crc32(message.payload, crc32(topic, message.received_us & 0xFFFF_FFFF))
