"""Alarm definitions: what there is, what it was before, and what engineers define anew.

Each that writes raises NotAllowed (no engineer of the site), Superseded (somebody has defined it
meanwhile) or EntryUnfit (no reason of 1 to 1000 characters, another point).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from dashboard.store.alarms import PRIORITIES
from dashboard.store.errors import sentences
from schemas.catalogue import Names
from schemas.queries import queries

ROWS_MAX = 100

_SQL = queries("alarm_definitions")
_UNFIT = "A reason has 1 to 1000 characters, and what an alarm watches stays."


@dataclass(frozen=True)
class Definition:
    """An alarm as it was defined from `valid_from` (None: always) to `valid_to` (None: it is).

    What only staff sees is None for others: `suppression`, `kept_in`, who, why, and `versions`, how
    often it was defined.
    """

    alarm_id: UUID
    key: str
    valid_from: datetime | None
    valid_to: datetime | None
    name: Names
    priority: str
    # As the column is called.
    class_: str | None
    consequence: Names | None
    action: Names | None
    respond_within_s: float | None
    condition: Mapping[str, Any]
    suppression: Mapping[str, Any] | None
    delay_on_s: float
    delay_off_s: float
    is_latching: bool
    point_id: int | None
    kept_in: str | None
    entered_by: str | None
    reason: str | None
    ended_by: str | None
    ended_reason: str | None
    versions: int | None

    @property
    def row(self) -> dict[str, Any]:
        """Its columns."""
        return {name.rstrip("_"): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Wanted:
    """What is looked for among the definitions of a site; None and an empty text: everything."""

    site: str
    words: str = ""
    priority: str | None = None
    watch: str | None = None
    kept_in: str | None = None
    in_use: bool = True


@dataclass(frozen=True)
class DefinitionList:
    """Some definitions, the most urgent first, and how many there are in all."""

    rows: Sequence[Definition]
    total: int


@dataclass(frozen=True)
class Known:
    """An alarm in use: its name, the keys of those that suppress it; whether it is of a role."""

    name: Names
    causes: Sequence[str]
    is_of_role: bool = False


def newest(connection: psycopg.Connection[Any], wanted: Wanted) -> DefinitionList:
    """Return at most ROWS_MAX alarms of a site with their newest definition."""
    asked = {**asdict(wanted), "priorities": list(PRIORITIES), "limit": ROWS_MAX}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["newest"], asked).fetchall()
    total = rows[0]["total"] if rows else 0
    return DefinitionList([_definition(row) for row in rows], total)


def of_alarm(connection: psycopg.Connection[Any], alarm: UUID) -> list[Definition]:
    """Return all definitions of an alarm that the viewer sees, the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["of_alarm"], {"alarm": alarm}).fetchall()
    return [_definition(row) for row in rows]


def site_of(connection: psycopg.Connection[Any], alarm: UUID) -> str | None:
    """Return the site of an alarm; None if the viewer sees no definition of it."""
    row = connection.execute(_SQL["site_of"], {"alarm": alarm}).fetchone()
    return None if row is None else str(row[0])


def alarms_in_use(connection: psycopg.Connection[Any], site: str) -> dict[str, Known]:
    """Return the alarms of a site that are in use, by key."""
    rows = connection.execute(_SQL["causes"], {"site": site}).fetchall()
    return {key: Known(name, causes or (), is_of_role) for key, name, causes, is_of_role in rows}


def define(
    connection: psycopg.Connection[Any],
    site: str,
    versions: int,
    row: Mapping[str, Any],
    reason: str,
) -> UUID:
    """Define an alarm by a row of `alarm_definition`, of which so many definitions were seen."""
    content = {name: value for name, value in row.items() if name != "key"}
    asked = {
        "site": site,
        "key": row["key"],
        "versions": versions,
        "definition": Jsonb(content),
        "reason": reason,
    }
    with sentences(connection, _UNFIT):
        found = connection.execute(_SQL["define"], asked).fetchone()
    assert found is not None
    return UUID(str(found[0]))


def place(
    connection: psycopg.Connection[Any],
    alarm: UUID,
    versions: int,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Let an alarm of a role, defined so often, have its alarms: a row at each of its points."""
    with sentences(connection, _UNFIT):
        asked = {"alarm": alarm, "versions": versions, "rows": Jsonb(list(rows))}
        connection.execute(_SQL["place"], asked)


def retire(connection: psycopg.Connection[Any], alarm: UUID, versions: int, reason: str) -> None:
    """Take an alarm out of use."""
    asked = {"alarm": alarm, "versions": versions, "reason": reason}
    with sentences(connection, _UNFIT):
        connection.execute(_SQL["retire"], asked)


def return_to_file(connection: psycopg.Connection[Any], alarm: UUID, versions: int) -> None:
    """Let the site file say again what an alarm is, from its next load on."""
    with sentences(connection, _UNFIT):
        asked = {"alarm": alarm, "versions": versions}
        connection.execute(_SQL["return_to_file"], asked)


def _definition(row: dict[str, Any]) -> Definition:
    of_row = {name: value for name, value in row.items() if name not in ("class", "total")}
    return Definition(class_=row["class"], **of_row)
