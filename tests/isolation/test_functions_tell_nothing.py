"""What viewers may call in the database answers alike for what is not theirs and what is not there.

The functions come from the catalogue, so that a new one is called too.
"""

from collections.abc import Iterator
from itertools import product
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.fixtures.tenants import Tenants

FUNCTIONS = """
SELECT proname, coalesce(proargnames[:pronargs], '{}'), ARRAY(
    SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY a (t, n) ORDER BY n
)
FROM pg_proc WHERE pronamespace = 'visible'::regnamespace AND pronargs > 0 ORDER BY 1
"""
DRAWS = "drawn_id"  # takes a column, and answers with a number that nobody has
TABLES_NAMED = """
SELECT DISTINCT proname FROM pg_proc
WHERE pronamespace IN ('visible'::regnamespace, 'gate'::regnamespace)
  AND proargtypes::oid[] && '{regclass,name,regproc,regtype,oid}'::regtype[]::oid[]
"""
COLUMNS = """
SELECT c.oid::regclass::text, a.attname,
       coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'visible.drawn_id(%%'
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
"""
UUIDS = """
SELECT c.table_name, c.column_name FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.data_type = 'uuid' AND EXISTS (
    SELECT FROM information_schema.tables t
    WHERE t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
) ORDER BY 1, 2
"""
NOBODYS = 999_001
# By the names of arguments: alpha's own, and what is another's.
NUMBERS = {
    "trial": (1, 2),
    "point": (3, 4),
    "line": (2, 1),
    "site": (1, 1),
    "company": (1, 2),
    "account": (4, 5),
    "subscription": (NOBODYS, 1),
}
ELSE = {
    "text": "x",
    "integer": 1,
    "bigint": 1,
    "smallint": 1,
    "boolean": True,
    "date": "2026-11-30",
    "timestamp with time zone": "2026-11-20T00:00Z",
    "jsonb": Jsonb({"en": "x"}),
    "bytea": bytes(32),
}
Choices = tuple[list[object], list[object], object]  # own, others', and nobody's


@pytest.fixture(scope="module")
def others_uuids(tenants: Tenants) -> list[UUID]:
    found = [
        value
        for table, column in tenants.owner(UUIDS)
        for (value,) in tenants.owner(
            f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'
        )
    ]
    assert len(set(found)) > 5
    return list(set(found))


def _choices(name: str, kind: str, uuids: list[UUID]) -> Choices | None:
    """Return what an argument that names something may be; None of one that names nothing."""
    key = name.removeprefix("p_")
    if kind == "uuid":
        return [], list(uuids), uuid4()
    if kind == "uuid[]":
        return [], [[one] for one in uuids], [uuid4()]
    if kind == "integer[]":
        return [[3]], [[4], [2]], [NOBODYS]
    if kind == "integer" and key in NUMBERS:
        own, theirs = NUMBERS[key]
        return [own], [theirs], NOBODYS
    if kind == "text" and key == "site":
        return [], ["s"], "nowhere"
    return None


def _pairs(
    names: list[str], kinds: list[str], uuids: list[UUID]
) -> Iterator[tuple[list[object], list[object]]]:
    """Yield arguments that differ in one: another's, and nobody's."""
    choices = [_choices(*each, uuids) for each in zip(names, kinds, strict=True)]
    around = [
        [ELSE[kind]] if of is None else [*of[0], of[2]]
        for of, kind in zip(choices, kinds, strict=True)
    ]
    for number, of in enumerate(choices):
        for base in product(*around) if of is not None else ():
            for theirs in of[1] if of is not None else ():
                one, other = list(base), list(base)
                one[number], other[number] = theirs, of[2] if of is not None else None
                yield one, other


def _answer(connection: psycopg.Connection, name: str, kinds: list[str], sent: list[object]) -> str:
    arguments = ", ".join(f"%s::{kind}" for kind in kinds)
    try:
        with connection.transaction(force_rollback=True):
            rows = connection.execute(f"SELECT * FROM visible.{name}({arguments})".encode(), sent)
            return repr(rows.fetchall())
    except psycopg.Error as error:
        told = error.diag
        return f"{error.sqlstate} {told.message_primary} {told.message_detail} {told.message_hint}"


@pytest.mark.parametrize("viewer", ["alpha", "guest", "Lobby"])
def test_no_function_tells_what_is_not_the_viewers_from_what_is_not_there(
    tenants: Tenants, others_uuids: list[UUID], viewer: str
) -> None:
    called = 0
    with tenants.viewing(viewer) as connection:
        functions = connection.execute(FUNCTIONS.encode()).fetchall()
        for name, names, kinds in functions:
            for theirs, nobodys in _pairs(names, kinds, others_uuids) if name != DRAWS else ():
                one, other = (_answer(connection, name, kinds, sent) for sent in (theirs, nobodys))
                assert one == other, (name, theirs, nobodys)
                called += 1
    assert len(functions) > 20
    assert called > 100


def test_numbers_are_drawn_for_columns_that_draw_them_and_for_no_other(tenants: Tenants) -> None:
    """Any column of any table could be looked through, those of passwords included."""
    assert tenants.owner(TABLES_NAMED) == [(DRAWS,)]
    columns = [*tenants.owner(COLUMNS), ("pg_catalog.pg_authid", "oid", False)]
    assert sum(draws for _, _, draws in columns) > 8
    with tenants.viewing("guest") as connection:
        for table, column, draws in columns:
            told = _answer(connection, DRAWS, ["regclass", "name"], [table, column])
            refused = told.startswith(psycopg.errors.InsufficientPrivilege.sqlstate or "?")
            assert refused != draws, (table, column, told)
