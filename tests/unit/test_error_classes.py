"""Which database errors are waited out, which are a row's fault, which are ours."""

import asyncpg
import pytest

from ingest.database.error_classes import Kind, kind_of
from ingest.retry import FIRST_BOUND_S, Backoff


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.AdminShutdownError(), Kind.TRANSIENT),
        (asyncpg.CannotConnectNowError(), Kind.TRANSIENT),
        (asyncpg.TooManyConnectionsError(), Kind.TRANSIENT),
        (asyncpg.DiskFullError(), Kind.TRANSIENT),
        (asyncpg.DeadlockDetectedError(), Kind.TRANSIENT),
        (asyncpg.ReadOnlySQLTransactionError(), Kind.TRANSIENT),
        (asyncpg.UnknownPostgresError(), Kind.TRANSIENT),
        (asyncpg.InterfaceError("connection is closed"), Kind.TRANSIENT),
        (ConnectionResetError(), Kind.TRANSIENT),
        (TimeoutError(), Kind.TRANSIENT),
        (asyncpg.NumericValueOutOfRangeError(), Kind.POISON),
        (asyncpg.CheckViolationError(), Kind.POISON),
        (asyncpg.DataError("cannot encode"), Kind.POISON),
        (asyncpg.UndefinedTableError(), Kind.BUG),
        (asyncpg.InsufficientPrivilegeError(), Kind.BUG),
        (TypeError(), Kind.BUG),
    ],
)
def test_kinds(error: BaseException, kind: Kind) -> None:
    assert kind_of(error) is kind


def test_waits_grow_to_their_limit_and_start_anew_after_a_success() -> None:
    backoff = Backoff(limit_s=2.0)
    waits = [backoff.next_s() for _ in range(200)]
    assert waits[0] <= FIRST_BOUND_S
    assert 1.0 < max(waits) <= 2.0
    backoff.reset()
    assert backoff.next_s() <= FIRST_BOUND_S
