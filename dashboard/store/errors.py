"""What can go wrong with writing.

VirtaamaError              (schemas.errors)
└── TrialBookError         base of everything raised here
    ├── NotAllowed         not this viewer's, not for this role, or not there: the same answer
    └── EntryUnfit         something is missing, too long, or does not fit together
        └── AlreadyThere   there is one of that name
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from schemas.errors import VirtaamaError


class TrialBookError(VirtaamaError):
    """Base of every error that `dashboard.trial_book` raises on purpose."""


class NotAllowed(TrialBookError):  # noqa: N818 - names the state, as the sentence does
    """The database refused the row for this viewer."""

    def __init__(self) -> None:
        super().__init__("This cannot be written here with this account.")


class EntryUnfit(TrialBookError):  # noqa: N818
    """The message says what does not fit."""


class AlreadyThere(EntryUnfit):
    """The key is taken, or the guest is invited already."""


@contextmanager
def sentences(connection: psycopg.Connection[Any], unfit: str) -> Iterator[None]:
    """Turn what the database refuses into NotAllowed, AlreadyThere, or EntryUnfit (`unfit`).

    Only the statements inside are undone; the transaction goes on.
    """
    try:
        with connection.transaction():
            yield
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed from None
    except psycopg.errors.UniqueViolation:
        raise AlreadyThere(unfit) from None
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError):
        raise EntryUnfit(unfit) from None
