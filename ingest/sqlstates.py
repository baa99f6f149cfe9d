"""Which errors of the database heal by themselves, which are the row's fault, and which are ours.

SQLSTATEs: https://www.postgresql.org/docs/17/errcodes-appendix.html
"""

from enum import Enum

import asyncpg


class Kind(Enum):
    """What to do after an error."""

    TRANSIENT = "keep the batch and try again"
    POISON = "find the row and put its message into quarantine"
    BUG = "stop loudly; the broker still has the messages"


_CLASSES = {
    "22": Kind.POISON,  # data exception
    "23": Kind.POISON,  # integrity constraint violation
    "42": Kind.BUG,  # syntax error or access rule violation
}


def kind_of(error: BaseException) -> Kind:
    """Classify an error that came out of a database call; an unknown state counts as transient.

    asyncpg gives its own encoding errors a SQLSTATE of class 22 too.
    """
    if isinstance(error, asyncpg.PostgresError):
        return _CLASSES.get((error.sqlstate or "")[:2], Kind.TRANSIENT)
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return Kind.TRANSIENT
    return Kind.BUG
