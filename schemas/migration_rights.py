"""The rights that missing migrations need, looked up before the first of them is applied.

Without them PostgreSQL would refuse in the middle of a step, with a sentence about that statement
alone. docs/access.md describes the rights.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from schemas.errors import RightsMissing
from schemas.queries import queries

_SQL = queries("migrate")
_CREATED_ROLE = re.compile(r"\bCREATE ROLE (\w+)")
_GRANTED_ROLES = re.compile(r"^GRANT (\w+(?:, \w+)*) TO", re.MULTILINE)


def check_rights(connection: psycopg.Connection[Any], steps: Sequence[str]) -> None:
    """Raise RightsMissing, with all that is missing, if the user may not apply `steps` (SQL).

    A step makes roles if there are none, and grants some of them; roles belong to the whole
    server, so that those of another database may be there already and be another user's.
    """
    created = sorted({role for step in steps for role in _CREATED_ROLE.findall(step)})
    lists = [roles for step in steps for roles in _GRANTED_ROLES.findall(step)]
    granted = sorted({role for roles in lists for role in roles.split(", ")})
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_SQL["rights"], {"created": created, "granted": granted}).fetchone()
    assert found is not None
    problems = list(_problems(found, connection))
    if problems:
        raise RightsMissing(found["user_name"], problems)


def _problems(found: dict[str, Any], connection: psycopg.Connection[Any]) -> Iterator[str]:
    def quoted(text: str, *names: str) -> str:
        return sql.SQL(text).format(*map(sql.Identifier, names)).as_string(connection)

    user, database = found["user_name"], found["database_name"]
    if not found["may_create_schemas"]:
        yield quoted(
            "it may not create schemas in the database {0}: GRANT CREATE ON DATABASE {0} TO {1};",
            database,
            user,
        )
    if not found["may_create_tables"]:
        yield quoted(
            "it may not create tables in the schema public: GRANT CREATE ON SCHEMA public TO {};",
            user,
        )
    if found["extension_is_for_superusers"]:
        yield "it may not create the extension timescaledb: CREATE EXTENSION timescaledb;"
    if found["roles_to_create"]:
        roles = ", ".join(found["roles_to_create"])
        yield quoted(f"it may not create the roles {roles}: ALTER ROLE {{}} CREATEROLE;", user)
    if found["roles_to_grant"]:
        roles = ", ".join(found["roles_to_grant"])
        yield quoted(
            f"the roles {roles} were made by another user, and it may not grant them: "
            f"GRANT {roles} TO {{}} WITH ADMIN OPTION;",
            user,
        )
