"""Each viewer looks through every visible view: its own is there, nobody else's is."""

import pytest

from tests.fixtures.tenants import NOBODY, SEES, VALUES, Tenants


def _views(tenants: Tenants) -> list[str]:
    rows = tenants.owner(
        "SELECT relname FROM pg_class WHERE relnamespace = 'visible'::regnamespace ORDER BY 1"
    )
    return [name for (name,) in rows]


def _everything(tenants: Tenants, viewer: str) -> dict[str, str]:
    """Return all that a viewer sees, as text, by view."""
    with tenants.viewing(viewer) as connection:
        return {
            view: "\n".join(
                row[0] for row in connection.execute(f"SELECT v::text FROM visible.{view} v")
            )
            for view in _views(tenants)
        }


def _found(text: str) -> set[str]:
    return {canary for canary, value in VALUES.items() if canary in text or f"{value:g}" in text}


@pytest.mark.parametrize("viewer", SEES)
def test_every_view_holds_what_is_the_viewers_own_and_nothing_else(
    tenants: Tenants, viewer: str
) -> None:
    seen = _everything(tenants, viewer)
    for view, text in seen.items():
        assert _found(text) <= SEES[viewer], f"visible.{view} shows {viewer}: {text[:300]}"
    assert _found("\n".join(seen.values())) == SEES[viewer]


@pytest.mark.parametrize("viewer", [*NOBODY, "guest"])
def test_who_has_no_access_sees_no_row_of_the_plant(tenants: Tenants, viewer: str) -> None:
    own = {"viewer", "account"}  # the guest's own name and role
    for view, text in _everything(tenants, viewer).items():
        assert not text or (viewer == "guest" and view in own), f"visible.{view}"


@pytest.mark.parametrize(
    "setting",
    [
        None,
        "",
        "account:",
        "account:0",
        "account:999999999",
        "account:99999999999999999999",
        "account:1 OR true",
        "account:1\n",
        "Account:1",
        "device:",
        "device:0",
        "operator ",
        "%",
        "'; RESET ROLE; --",
    ],
)
def test_an_unset_or_invented_viewer_sees_nothing(tenants: Tenants, setting: str | None) -> None:
    tenants.viewers["invented"] = ""
    with tenants.viewing("invented") as connection:
        if setting is None:
            connection.execute("RESET virtaama.viewer")
        else:
            connection.execute("SELECT set_config('virtaama.viewer', %s, true)", (setting,))
        for view in _views(tenants):
            row = connection.execute(f"SELECT count(*) FROM visible.{view}").fetchone()
            assert row == (0,), view


@pytest.mark.parametrize("view", ["reading", "rollup_5m", "rollup_1h", "rollup_1d", "latest"])
def test_each_value_of_an_own_point_is_there_once(tenants: Tenants, view: str) -> None:
    repeated = tenants.rows(
        "alpha", f"SELECT v, count(*) FROM visible.{view} v GROUP BY v HAVING count(*) > 1"
    )
    assert repeated == []
    points = tenants.rows("alpha", f"SELECT DISTINCT point_id FROM visible.{view} ORDER BY 1")
    assert points == [(1,), (3,)]


def test_readings_from_before_the_trial_are_not_the_companys(tenants: Tenants) -> None:
    first, count = tenants.rows("alpha", "SELECT min(ts), count(*) FROM visible.reading")[0]
    (starts,) = tenants.owner("SELECT starts_at FROM trial WHERE key = 'alpha'")[0]
    assert first >= starts
    assert count in (2 * 48, 2 * 49)


def test_a_plan_does_not_tell_what_the_viewer_may_not_see(tenants: Tenants) -> None:
    # A predicate that raises an error for hidden rows would show that they exist.
    with tenants.viewing("alpha") as connection:
        rows = connection.execute(
            "SELECT count(*) FROM visible.reading WHERE 1 / (value - 31337) IS NOT NULL"
        ).fetchall()
        assert rows[0][0] > 0


def test_the_log_of_a_trial_names_who_read_it_but_not_from_where(tenants: Tenants) -> None:
    rows = tenants.rows("beta", "SELECT who, own, client FROM visible.access_log ORDER BY own")
    assert rows == [
        ("PLANT engineer", False, None),
        ("BETA-CANARY member", True, rows[1][2]),
    ]
    assert rows[1][2].startswith("192.0.2.")
