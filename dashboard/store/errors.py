"""What can go wrong with writing.

VirtaamaError              (schemas.errors)
└── StoreError             base of everything raised here
    ├── NotAllowed         not this viewer's, not for this role, or not there: the same answer
    ├── LimitReached       more than one may write
    ├── Superseded         it was changed meanwhile, perhaps by somebody
    └── EntryUnfit         something is missing, too long, or does not fit together
        └── AlreadyThere   there is one of that name
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from schemas.errors import VirtaamaError


class StoreError(VirtaamaError):
    """Base of every error that `dashboard.store` raises on purpose."""


class NotAllowed(StoreError):  # noqa: N818 - names the state, as the sentence does
    """The database refused the row for this viewer."""

    def __init__(self) -> None:
        super().__init__("This cannot be written here with this account.")


class LimitReached(StoreError):  # noqa: N818
    """A limit of what may be written; `allowed` is how much that is."""

    def __init__(self, limit: str, allowed: int) -> None:
        super().__init__(f"{limit} allows {allowed}.")
        self.limit = limit
        self.allowed = allowed


class Superseded(StoreError):  # noqa: N818
    """What was to be changed is not so any more; `by` is who was faster, where that is known."""

    def __init__(self, by: str | None = None) -> None:
        super().__init__("It was changed meanwhile.")
        self.by = by


class EntryUnfit(StoreError):  # noqa: N818
    """The message says what does not fit."""


class AlreadyThere(EntryUnfit):
    """The key is taken, or the guest is invited already."""


def limit_reached(error: psycopg.errors.ConfigurationLimitExceeded) -> LimitReached:
    """Return what the database says with this error: which limit, and how much it allows."""
    return LimitReached(error.diag.constraint_name or "", int(error.diag.message_detail or 0))


@contextmanager
def sentences(connection: psycopg.Connection[Any], unfit: str) -> Iterator[None]:
    """Turn what the database refuses into an error of ours; `unfit` is the sentence of EntryUnfit.

    Only the statements inside are undone; the transaction goes on.
    """
    try:
        with connection.transaction():
            yield
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed from None
    except psycopg.errors.ConfigurationLimitExceeded as error:
        raise limit_reached(error) from None
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        raise Superseded(error.diag.message_detail) from None
    except psycopg.errors.UniqueViolation:
        raise AlreadyThere(unfit) from None
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError):
        raise EntryUnfit(unfit) from None
