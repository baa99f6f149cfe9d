"""How far the points that are calculated have come, read from the database alone."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from schemas.queries import queries

_SQL = queries("status")


@dataclass(frozen=True)
class Calculation:
    """How many points are calculated, by how many processes, and what waits for that."""

    points: int = 0
    connected: int = 0
    waiting_commits: int = 0
    due_points: int = 0

    def text(self) -> str:
        """Return what an operator wants to read."""
        if not self.connected:
            return "IS NOT CONNECTED to this database: start `virtaama calculate`"
        behind = f"{self.waiting_commits} commits wait" if self.waiting_commits else "up to date"
        due = f"; {self.due_points} are calculated anew" if self.due_points else ""
        return f"of {self.points} points is connected and {behind}{due}"


NOTHING_CALCULATED = Calculation()


def read_calculation(connection: psycopg.Connection) -> Calculation:
    """Return it of a database with the current schema. Raises psycopg.Error."""
    with connection.cursor(row_factory=class_row(Calculation)) as cursor:
        found = cursor.execute(_SQL["calculation"]).fetchone()
    assert found is not None
    return found
