"""Whether our roles hold what the migrations gave them: nothing less, and nothing more.

A `REVOKE` takes nothing from whom somebody else gave it, and says so only in passing; so what is
held is read back, and compared with `schemas/sql/schema.txt`.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg

from schemas.queries import queries

_SQL = queries("rights")
_HEADING = re.compile(
    r"(?:schema|table|view|materialized view|sequence) \S+"
    r"|CREATE OR REPLACE (?:FUNCTION|PROCEDURE) .*"
)
_GRANT = re.compile(r"\s*(grant .+ to \S+)")


@dataclass(frozen=True)
class Rights:
    """Sentences about what is held and was not given, and what was given and is not held."""

    more: tuple[str, ...]
    missing: tuple[str, ...]


AS_GIVEN = Rights((), ())


def compare(connection: psycopg.Connection[Any]) -> Rights:
    """Return how the rights in a database differ from what the migrations gave."""
    held = {(heading, grant) for heading, grant in connection.execute(_SQL["held"])}
    beyond = connection.execute(_SQL["beyond"]).fetchall()
    more = [f"{_short(heading)}: {grant}" for heading, grant in sorted(held - given())]
    missing = [f"{_short(heading)}: {grant}" for heading, grant in sorted(given() - held)]
    return Rights((*(f"{role} may {what}" for role, what in beyond), *more), tuple(missing))


@cache
def given() -> frozenset[tuple[str, str]]:
    """Return what the migrations gave, as (what it is of, grant)."""
    text = (files("schemas") / "sql" / "schema.txt").read_text(encoding="utf-8")
    found, heading = set(), ""
    for line in text.splitlines():
        if _HEADING.fullmatch(line):
            heading = line
        elif (grant := _GRANT.fullmatch(line)) is not None:
            found.add((heading, grant[1]))
    return frozenset(found)


def _short(heading: str) -> str:
    """Return a heading without the words by which PostgreSQL begins a definition."""
    return heading.removeprefix("CREATE OR REPLACE ").replace("FUNCTION", "function")
