"""A company sees the windows that mark its own readings, and nothing of who works there and why."""

from datetime import timedelta

import psycopg
import pytest

from tests.fixtures.tenants import Tenants

SEEN = (
    "SELECT right(window_id::text, 1)::int, kind, point_id FROM visible.quality_window ORDER BY 1"
)
WINDOW = "00000000-0000-0000-0001-000000000003"


def test_a_company_sees_the_windows_of_points_that_its_trial_gives_it(tenants: Tenants) -> None:
    assert tenants.rows("alpha", SEEN) == [
        (1, "calibration", 1),
        (3, "service", 3),
        (6, "cleaning_in_place", 3),
    ]
    assert tenants.rows("beta", SEEN) == [(4, "suspect", 4), (5, "cleaning", 4)]


@pytest.mark.parametrize("viewer", ["alpha", "beta", "early", "Lobby"])
def test_a_company_is_not_told_who_works_there_why_and_until_when(
    tenants: Tenants, viewer: str
) -> None:
    rows = tenants.rows(
        viewer,
        "SELECT reason, who, written_at, instrument, element, rule, ends_at > now()"
        " FROM visible.quality_window",
    )
    assert rows
    assert {row[:6] for row in rows} == {(None,) * 6}
    assert not any(row[6] for row in rows)
    for view in ("quality_window_version", "instrument"):
        assert tenants.rows(viewer, f"SELECT FROM visible.{view}") == []


@pytest.mark.parametrize("viewer", ["guest", "disabled", "first", "Lost", "Old"])
def test_whoever_sees_no_point_sees_no_window(tenants: Tenants, viewer: str) -> None:
    for view in ("quality_window", "quality_window_version", "instrument"):
        assert tenants.rows(viewer, f"SELECT FROM visible.{view}") == []


def test_a_window_is_cut_to_the_days_of_the_trial(tenants: Tenants) -> None:
    trial = "SELECT starts_at FROM visible.trial"
    starts = tenants.rows("alpha", "SELECT DISTINCT starts_at FROM visible.quality_window")
    assert starts == tenants.rows("alpha", trial)
    (began,) = tenants.rows("operator", "SELECT min(starts_at) FROM visible.quality_window")
    assert timedelta(days=2, hours=23) < starts[0][0] - began[0] < timedelta(days=3, hours=1)


def test_staff_sees_every_window_once_for_each_point_and_what_is_planned(tenants: Tenants) -> None:
    for viewer in ("operator", "engineer", "Control room"):
        rows = tenants.rows(viewer, SEEN)
        assert [row[0] for row in rows] == [1, 2, 3, 4, 5, 6, 6, 7]
    assert tenants.rows("engineer", "SELECT count(*) FROM visible.quality_window_version") == [(8,)]
    assert tenants.rows("engineer", "SELECT count(*) FROM visible.instrument") == [(4,)]


@pytest.mark.parametrize(
    "viewer", ["alpha", "beta", "guest", "Lobby", "Control room", "process", "disabled", "Lost"]
)
@pytest.mark.parametrize("kind", ["service", "bad"])
def test_nobody_but_staff_writes_a_window(tenants: Tenants, viewer: str, kind: str) -> None:
    enter = "SELECT visible.enter_window('s', %s, 3, NULL, NULL, now(), NULL, 'why')"
    change = f"SELECT visible.change_window('{WINDOW}', 3, now(), NULL, %s, true)"
    for statement in (enter, change):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tenants.rows(viewer, statement, kind)


def test_a_company_cannot_try_out_which_windows_there_are(tenants: Tenants) -> None:
    """Of a window that is there and of one that is not it gets the same answer."""
    said = []
    for window in (WINDOW, "00000000-0000-0000-0009-000000000009"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
            tenants.rows(
                "beta", f"SELECT visible.change_window('{window}', 1, now(), NULL, 'why', true)"
            )
        said.append(str(refused.value))
    assert said[0] == said[1]
