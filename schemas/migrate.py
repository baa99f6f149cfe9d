"""Brings a database to the current schema: numbered files, one transaction each."""

import hashlib
import logging
import re
from dataclasses import dataclass
from importlib.resources import files

import psycopg

from schemas.columnstore import follow_settings, has_columnstore
from schemas.connection import connect
from schemas.errors import DatabaseUnsuitable, MigrationError
from schemas.migration_rights import check_rights
from schemas.queries import queries

POSTGRES_MIN = 17
TIMESCALEDB_MIN = (2, 18, 1)
FIRST_RELEASE = "0.1.0"

# A GRANT or REVOKE by who may not: PostgreSQL warns and goes on.
NO_EFFECT = ("01006", "01007")

_log = logging.getLogger(__name__)
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_SQL = queries("migrate")


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema."""

    number: int
    title: str
    sql: str

    @property
    def sha256(self) -> str:
        """Fingerprint of the text, to notice an edit after the fact."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return all steps in order; numbers run from 1 without a gap."""
    steps = []
    for entry in (files("schemas") / "sql" / "migrations").iterdir():
        match = _FILE_NAME.fullmatch(entry.name)
        if match is None:
            raise MigrationError(f"{entry.name} is not named NNNN_title.sql; rename or remove it.")
        text = entry.read_text(encoding="utf-8")
        steps.append(Migration(int(match[1]), match[2].replace("_", " "), text))
    steps.sort(key=lambda step: step.number)
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise MigrationError("Migration numbers must run from 0001 without gap or repetition.")
    return steps


def migrate(dsn: str) -> list[str]:
    """Apply what is missing and return the titles of the steps that were applied.

    Several runners may start at once: an advisory lock lets one work and the others wait.
    Raises DatabaseUnsuitable, RightsMissing, MigrationError, or psycopg.OperationalError if there
    is no server.
    """
    with connect(dsn, autocommit=True) as connection:
        _check_server(connection)
        connection.add_notice_handler(say_what_had_no_effect)
        connection.execute(_SQL["lock"])
        try:
            done = _apply_missing(connection)
            connection.execute(_SQL["narrow"])
            if has_columnstore(connection):
                follow_settings(connection)
        finally:
            connection.execute(_SQL["unlock"])
    return done


def pending(dsn: str) -> list[str]:
    """Return the titles of the steps that `migrate` would apply; changes nothing.

    Raises MigrationError for a database that `migrate` would refuse.
    """
    with connect(dsn, autocommit=True) as connection:
        return [step.title for step in _missing(connection)]


def _missing(connection: psycopg.Connection) -> list[Migration]:
    """Return the steps that were not applied; raise MigrationError if others than ours were."""
    steps = migrations()
    applied = {}
    if _one(connection, "has_ledger"):
        rows = connection.execute(_SQL["applied"]).fetchall()
        applied = {number: (title, digest) for number, title, digest in rows}
    if applied:
        _check_applied(connection, steps, applied)
    return [step for step in steps if step.number not in applied]


def _check_applied(
    connection: psycopg.Connection, steps: list[Migration], applied: dict[int, tuple[str, str]]
) -> None:
    if applied.get(1, ("", ""))[0] != steps[0].title:
        raise MigrationError(
            f"The database {_one(connection, 'database_name')} was made by a version of Virtaama "
            f"before {FIRST_RELEASE}, the first release; its tables cannot be brought to today's. "
            "Nothing was changed. Use a new, empty database and load the site file into it (for "
            "`virtaama up` and `virtaama demo`: move the data folder away). The old database stays "
            "readable with the program that made it."
        )
    if unknown := applied.keys() - {step.number for step in steps}:
        raise MigrationError(
            f"The database has migration {max(unknown):04}, this program does not: "
            "it is older than the database. Install the newer program."
        )
    for step in steps:
        if step.number in applied and applied[step.number][1] != step.sha256:
            raise MigrationError(
                f"Migration {step.number:04} ({step.title}) was changed after it was applied. "
                "Restore the file and put the change into a new migration."
            )


def _apply_missing(connection: psycopg.Connection) -> list[str]:
    missing = _missing(connection)
    if missing:
        check_rights(connection, [step.sql for step in missing])
        connection.execute(_SQL["create_ledger"])
    for step in missing:
        _apply(connection, step)
    return [step.title for step in missing]


def _apply(connection: psycopg.Connection, step: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(step.sql)
            connection.execute(_SQL["record"], (step.number, step.title, step.sha256))
    except psycopg.Error as error:
        raise MigrationError(
            f"Migration {step.number:04} ({step.title}) failed and was rolled back: {error}"
        ) from error


def say_what_had_no_effect(notice: psycopg.errors.Diagnostic) -> None:
    """Log that a GRANT or REVOKE did nothing; of a table once, not for each of its columns."""
    said = notice.message_primary or ""
    if notice.sqlstate in NO_EFFECT and " column " not in said:
        _log.warning("migrate: it had no effect: %s", said)


def _check_server(connection: psycopg.Connection) -> None:
    version = _one(connection, "server_version")
    if not isinstance(version, int) or version // 10_000 < POSTGRES_MIN:
        raise DatabaseUnsuitable(
            f"PostgreSQL {POSTGRES_MIN} or newer is needed; the server reports {version}."
        )
    # An extension that is already created counts; otherwise the one that would be.
    found = _one(connection, "installed_extension") or _one(connection, "available_extension")
    wanted = ".".join(map(str, TIMESCALEDB_MIN))
    if found is None:
        raise DatabaseUnsuitable(
            f"TimescaleDB {wanted} or newer is needed and the server offers none. Install it, or "
            "start Virtaama's own server with `virtaama demo`."
        )
    if _version_tuple(str(found)) < TIMESCALEDB_MIN:
        raise DatabaseUnsuitable(
            f"TimescaleDB {wanted} or newer is needed; the server has {found}."
        )


def _version_tuple(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _one(connection: psycopg.Connection, name: str) -> object:
    row = connection.execute(_SQL[name]).fetchone()
    return None if row is None else row[0]
