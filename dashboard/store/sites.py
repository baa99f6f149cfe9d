"""The sites of a database, as far as a viewer sees anything of them."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from schemas.catalogue import Names
from schemas.queries import queries

_SQL = queries("dashboard")


@dataclass(frozen=True)
class SiteName:
    """A site: its key, its names by language, the zone of its clocks, the language it speaks."""

    key: str
    name: Names
    time_zone: str
    language: str


def read_sites(connection: psycopg.Connection[Any]) -> list[SiteName]:
    """Return the sites of which the transaction's viewer sees anything, by key."""
    with connection.cursor(row_factory=class_row(SiteName)) as cursor:
        return cursor.execute(_SQL["sites"]).fetchall()
