"""Which errors of the database heal by themselves, which are the row's fault, and which are ours.

SQLSTATEs: https://www.postgresql.org/docs/17/errcodes-appendix.html
"""

from enum import Enum

import asyncpg


class Kind(Enum):
    """What to do after an error."""

    TRANSIENT = "keep the batch and try again"
    POISON = "find the row and put its message into quarantine"
    TOO_SLOW = "make the batch smaller; a row alone that is too slow goes into quarantine"
    TOO_LARGE = "make the batch smaller; a row alone is kept and tried again"
    BUG = "stop loudly; the broker still has the messages"


_CLASSES = {
    "22": Kind.POISON,  # data exception
    "23": Kind.POISON,  # integrity constraint violation
    "42": Kind.BUG,  # syntax error or access rule violation
    "54": Kind.TOO_LARGE,  # program limit exceeded
}
_STATES = {
    "53200": Kind.TOO_LARGE,  # out of memory, also of room for locks
    "53400": Kind.TOO_LARGE,  # more than the columnstore unpacks for one statement
    "57014": Kind.TOO_SLOW,  # cancelled, also by a limit of the server's own
}


def kind_of(error: BaseException) -> Kind:
    """Classify an error that came out of a database call; an unknown state counts as transient.

    A TimeoutError is transient here; whether the server is away or only too slow is found out by
    asking it (`ingest/database/bisect.py`).
    asyncpg gives its own encoding errors a SQLSTATE of class 22 too.
    """
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return _STATES.get(state) or _CLASSES.get(state[:2], Kind.TRANSIENT)
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return Kind.TRANSIENT
    return Kind.BUG
