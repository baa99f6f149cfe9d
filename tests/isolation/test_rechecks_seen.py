"""Who had readings judged anew, whose clock is wrong, and what is held beside what."""

from datetime import UTC, datetime

from dashboard.store.clock_offsets import clock_offsets
from dashboard.store.rechecks import rechecks
from tests.fixtures.tenants import Tenants

NOW = datetime.now(UTC)
STAFF = ("operator", "engineer", "administrator")
OTHERS = ("alpha", "beta", "early", "guest", "Lobby", "Lost", "disabled")


def test_who_runs_the_plant_sees_who_had_readings_judged_anew_and_nobody_else_does(
    tenants: Tenants,
) -> None:
    tenants.owner(
        "SELECT ask_recheck(array_agg(point_id), now(), NULL, 'Maija', 'a new rule') FROM point"
    )
    for name in STAFF:
        with tenants.viewing(name) as connection:
            found = {one.asked_by: (one.reason, one.share) for one in rechecks(connection, "s")}
        assert found["Maija"] == ("a new rule", 0.0), name
    for name in OTHERS:
        with tenants.viewing(name) as connection:
            assert rechecks(connection, "s") == [], name


def test_what_a_state_asked_for_has_the_place_of_its_windows(tenants: Tenants) -> None:
    tenants.owner(
        "WITH rule AS ("
        " INSERT INTO window_rule (site_id, key, kind, state_point_id, codes, point_id, since)"
        " VALUES (1, 'cip-rule', 'cleaning_in_place', 1, '{5}', 2, '2026-02-01Z')"
        " RETURNING window_rule_id)"
        " INSERT INTO quality_window (site_id, kind, point_id, window_rule_id, starts_at, reason)"
        " SELECT 1, 'cleaning_in_place', 2, window_rule_id, now() - INTERVAL '1 hour', ''"
        " FROM rule"
    )
    tenants.owner("SELECT ask_recheck('{2}', now(), NULL, 'cip-rule', 'cleaning_in_place')")
    tenants.owner("SELECT ask_recheck('{2}', now(), NULL, 'cip-rule', 'of a person')")
    with tenants.viewing("operator") as connection:
        found = {one.reason: (one.is_of_state, one.point_id) for one in rechecks(connection, "s")}
    assert found["cleaning_in_place"] == (True, 2)
    assert found["of a person"] == (False, None)


def test_a_company_learns_of_the_clocks_of_its_own_devices_only(tenants: Tenants) -> None:
    tenants.owner("UPDATE latest SET ts = now(), received_at = now() + INTERVAL '1 minute'")
    with tenants.viewing("operator") as connection:
        everything = {one.device: one.points for one in clock_offsets(connection, "s", NOW)}
    with tenants.viewing("alpha") as connection:
        own = {one.device: one.points for one in clock_offsets(connection, "s", NOW)}
    assert sum(everything.values()) > sum(own.values())


def test_a_pair_is_seen_by_who_sees_both_points(tenants: Tenants) -> None:
    tenants.owner(
        "UPDATE point_definition d SET checks ="
        " jsonb_build_object('beside', o.other, 'contradicted_by', o.other)"
        " FROM (SELECT jsonb_build_object('point', l.key || '/' || p.key) AS other FROM point p"
        " JOIN line l USING (line_id) WHERE l.kind = 'main' ORDER BY 1 LIMIT 1) o"
    )
    pairs = "SELECT count(*) FROM visible.plausible_pair WHERE point_id <> other_id"
    with tenants.viewing("operator") as connection:
        assert connection.execute(pairs).fetchone()[0] > 0
        found = connection.execute("SELECT DISTINCT is_condition FROM visible.plausible_pair")
        assert {row[0] for row in found} == {False, True}
    for name in ("alpha", "beta", "guest"):
        with tenants.viewing(name) as connection:
            assert connection.execute(pairs).fetchone()[0] == 0, name
