"""Deny by default: what a viewer sees through `visible`, and what nobody sees around it."""

from collections.abc import Iterator

import psycopg
import pytest

SEED = """
INSERT INTO site (key, name, time_zone) VALUES ('s', '{}', 'Europe/Helsinki');
INSERT INTO line (line_id, site_id, key, kind, name) VALUES (1, 1, 'main', 'main', '{}');
INSERT INTO point (point_id, line_id, key, tag, area, name)
VALUES (1, 1, 'mine', 'MINE', 'A', '{}'), (2, 1, 'other', 'OTHER', 'A', '{}');
INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display, verified)
VALUES (1, '-infinity', 'measurement', 'm3/h', 'm³/h', false),
       (1, '2026-03-10Z', 'measurement', 'm3/h', 'm³/h', false),
       (2, '-infinity', 'measurement', 'm3/h', 'm³/h', false);
INSERT INTO viewer VALUES ('guest', 'Guest');
INSERT INTO point_grant VALUES ('guest', 1, '2026-03-01 00:00+02', '2026-04-01 12:00+03');
INSERT INTO reading
SELECT p, t, 1, 0, 1, 0, t
FROM generate_series(1, 2) p,
     generate_series('2026-02-26Z'::timestamptz, '2026-04-03Z', INTERVAL '1 hour') t;
INSERT INTO rollup_1d
SELECT p, t, 1, 1, 1, 1, 1, 1, 1, 1, t, 1, t
FROM generate_series(1, 2) p,
     generate_series('2026-02-26 00:00'::timestamp, '2026-04-03', INTERVAL '1 day') local_day,
     LATERAL (SELECT local_day AT TIME ZONE 'Europe/Helsinki') day (t);
"""


@pytest.fixture
def seeded(migrated_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute(SEED)
        connection.execute("SET ROLE virtaama_viewer")
        yield connection


def _count(connection: psycopg.Connection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert row is not None
    return int(row[0])


def test_an_unset_viewer_sees_nothing(seeded: psycopg.Connection) -> None:
    views = ["point", "point_interval", "reading", "rollup_1d", "latest", "limit_value"]
    for view in (*views, "quarantine_summary"):
        assert _count(seeded, f"visible.{view}") == 0


def test_a_viewer_sees_its_points_within_its_dates(seeded: psycopg.Connection) -> None:
    seeded.execute("SET virtaama.viewer = 'guest'")
    assert _count(seeded, "visible.point") == 1
    assert _count(seeded, "visible.point_interval") == 2
    row = seeded.execute(
        "SELECT min(ts) = '2026-03-01 00:00+02', max(ts) = '2026-04-01 11:00+03',"
        "       count(*), count(DISTINCT point_id) FROM visible.reading"
    ).fetchone()
    hours = 31 * 24 - 1 + 12  # the spring night has one hour less
    assert row == (True, True, hours, 1)


def test_a_day_that_reaches_beyond_the_grant_is_not_shown(seeded: psycopg.Connection) -> None:
    seeded.execute("SET virtaama.viewer = 'guest'")
    assert _count(seeded, "visible.rollup_1d") == 31


@pytest.mark.parametrize(
    "relation",
    [
        "reading",
        "rollup_5m",
        "rollup_1h",
        "rollup_1d",
        "latest",
        "quarantine",
        "point",
        "point_current",
        "point_definition",
        "point_grant",
        "company",
        "trial",
    ],
)
def test_nothing_is_granted_around_the_views(seeded: psycopg.Connection, relation: str) -> None:
    seeded.execute("SET virtaama.viewer = 'guest'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _count(seeded, relation)


def test_chunks_are_as_closed_as_their_hypertable(seeded: psycopg.Connection) -> None:
    seeded.execute("RESET ROLE")
    chunks = [row[0] for row in seeded.execute("SELECT show_chunks('reading')::text")]
    assert chunks
    seeded.execute("SET ROLE virtaama_viewer")
    for chunk in chunks:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _count(seeded, chunk)


def test_a_viewer_cannot_write_through_a_view(seeded: psycopg.Connection) -> None:
    seeded.execute("SET virtaama.viewer = 'guest'")
    for statement in (
        "INSERT INTO visible.reading VALUES (1, now(), 1, 0, 1, 0, now())",
        "UPDATE visible.latest SET value = 1",
        "DELETE FROM visible.point",
    ):
        # A view of several tables cannot be written at all, and says that first.
        with pytest.raises(
            (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)
        ):
            seeded.execute(statement)


# The other rollups have no row here, and a plan of nothing asks for no rights.
@pytest.mark.parametrize("relation", ["reading", "rollup_1d", "latest"])
def test_every_question_planned_the_rights_of_its_viewer_again(
    seeded: psycopg.Connection, relation: str
) -> None:
    """It cost more than the answer: what a viewer may see is planned once for a connection."""
    seeded.execute("SET virtaama.viewer = 'guest'")
    plan = seeded.execute(f"EXPLAIN SELECT * FROM visible.{relation}".encode()).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "point_windows" in text
    assert "trial" not in text
    assert "account" not in text
