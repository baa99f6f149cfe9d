"""A calculated value would tell its inputs: it is seen by who sees all of them, and only then."""

from datetime import UTC, datetime

import psycopg
import pytest

from dashboard.exports.trial_package.metadata import describe
from dashboard.exports.trial_package.request import request_package
from tests.fixtures.tenants import Tenants, seed

OWN, MIXED, UNKNOWN = 5, 6, 7  # of alpha's points, of one of alpha's and one of beta's, of none yet
RELATIONS = ("point", "reading", "latest", "rollup_5m", "rollup_1h", "rollup_1d")
SEED = """
INSERT INTO point (point_id, line_id, key, tag, area, name)
SELECT n, 2, 'calculated-' || n, 'C-' || n, 'A', '{"en": "Calculated"}'
FROM generate_series(5, 7) n;
INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display, verified, formula)
SELECT n, '-infinity', 'calculated', 'm3/h', 'm3/h', false, '1' FROM generate_series(5, 7) n;
INSERT INTO calculated_input VALUES (5, 3), (5, 1), (6, 3), (6, 4);
INSERT INTO trial_point SELECT 1, n FROM generate_series(5, 7) n;
INSERT INTO reading SELECT n, ts, 42, 0, 1, 0, ts
FROM generate_series(5, 6) n, (SELECT ts FROM reading WHERE point_id = 3) r;
INSERT INTO rollup_5m SELECT n, bucket, 1, 1, 1, 42, 42, 42, 42, 42, bucket, 42, bucket
FROM generate_series(5, 6) n, (SELECT bucket FROM rollup_5m WHERE point_id = 3) r;
INSERT INTO rollup_1h SELECT * FROM rollup_5m WHERE point_id IN (5, 6);
INSERT INTO rollup_1d SELECT n, bucket, 1, 1, 1, 42, 42, 42, 42, 42, bucket, 42, bucket
FROM generate_series(5, 6) n, (SELECT bucket FROM rollup_1d WHERE point_id = 3) r;
INSERT INTO latest SELECT DISTINCT ON (point_id) * FROM reading WHERE point_id IN (5, 6)
ORDER BY point_id, ts DESC;
"""


@pytest.fixture
def alone(migrated_url: str) -> Tenants:
    """The two companies and three calculated points, all in alpha's trial."""
    tenants = seed(migrated_url)
    tenants.owner(SEED)
    return tenants


def _seen(tenants: Tenants, viewer: str, relation: str) -> set[int]:
    found = tenants.rows(
        viewer, f"SELECT DISTINCT point_id FROM visible.{relation} WHERE point_id >= 5"
    )
    return {point_id for (point_id,) in found}


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_company_sees_what_is_calculated_from_its_own_points_alone(
    alone: Tenants, relation: str
) -> None:
    seen = _seen(alone, "alpha", relation)
    assert MIXED not in seen
    assert OWN in seen
    assert _seen(alone, "beta", relation) == set()


@pytest.mark.parametrize("relation", RELATIONS)
def test_staff_sees_what_is_calculated_from_anything(alone: Tenants, relation: str) -> None:
    assert {OWN, MIXED} <= _seen(alone, "operator", relation)


def test_it_is_seen_only_in_the_time_in_which_all_inputs_are(alone: Tenants) -> None:
    with psycopg.connect(alone.url) as connection:
        # Beta's point is alpha's, too, in another trial that has begun an hour ago.
        connection.execute(
            "INSERT INTO trial (trial_id, line_id, company_id, key, name, source_stream, starts_at,"
            " ends_at, verified) VALUES (3, 2, 1, 'late', '{}', 'permeate',"
            " now() - INTERVAL '90 minutes', now() + INTERVAL '1 day', false)"
        )
        connection.execute("INSERT INTO trial_point VALUES (3, 4)")
    windows = alone.rows(
        "alpha",
        "SELECT granted_from > now() - INTERVAL '2 hours', granted_to < now() + INTERVAL '2 days'"
        " FROM visible.point_window WHERE point_id = 6",
    )
    assert windows == [(True, True)]
    counts = alone.rows("alpha", "SELECT count(*) FROM visible.reading WHERE point_id = 6")
    assert counts == [(2,)]


def test_an_input_of_long_ago_still_counts(alone: Tenants) -> None:
    alone.owner("INSERT INTO calculated_input VALUES (5, 2)")
    assert OWN not in _seen(alone, "alpha", "reading")


def test_a_company_takes_home_what_is_calculated(alone: Tenants) -> None:
    """Its package failed: there were no words for where such values come from."""
    with alone.viewing("alpha") as connection:
        found = describe(connection, request_package(connection, 1, datetime.now(UTC)))
    assert "calculated from other points" in found.files["methods.csv"].decode()


def test_the_formula_is_told_to_nobody_outside(alone: Tenants) -> None:
    columns = alone.owner(
        "SELECT count(*) FROM information_schema.columns"
        " WHERE table_schema = 'visible' AND column_name = 'formula'"
    )
    assert columns == [(0,)]


def test_nobody_but_the_process_reads_what_is_kept_of_plans(alone: Tenants) -> None:
    for table in ("calculated_plan", "calculated_input", "calculation_due"):
        with (
            alone.viewing("administrator") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"SELECT FROM {table}".encode())
