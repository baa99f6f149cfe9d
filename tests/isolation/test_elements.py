"""Assets, streams and roles: a company sees what carries its own points, while they are its own."""

import psycopg
import pytest

from dashboard.store.plant_model import PlantModel, plant_model
from tests.fixtures.tenants import Tenants, seed


@pytest.fixture
def alone(migrated_url: str) -> Tenants:
    """The two companies in a database of the test's own, to change."""
    return seed(migrated_url)


def model(tenants: Tenants, viewer: str, at: str = "now()") -> PlantModel:
    with tenants.viewing(viewer) as connection:
        row = connection.execute(f"SELECT {at}").fetchone()
        assert row is not None
        return plant_model(connection, "s", row[0])


def test_a_company_sees_the_assets_and_streams_of_its_points_and_no_other(tenants: Tenants) -> None:
    seen = model(tenants, "alpha")
    assert set(seen.elements) == {"alpha-ALPHA-CANARY", "given"}
    assert set(seen.roles) == {("alpha-ALPHA-CANARY", "feed_flow"), ("given", "flow")}
    assert set(model(tenants, "beta").elements) == {"beta-BETA-CANARY"}


def test_what_contains_an_asset_and_where_a_stream_comes_from_is_hidden_with_it(
    tenants: Tenants,
) -> None:
    seen = model(tenants, "alpha").elements
    assert seen["alpha-ALPHA-CANARY"].within is None
    assert (seen["given"].source, seen["given"].target) == (None, "alpha-ALPHA-CANARY")
    staff = model(tenants, "operator").elements
    assert staff["given"].source == "plant-PLANT-CANARY"
    assert staff["plant-PLANT-CANARY"].within == "unmeasured-PLANT-CANARY"


def test_the_public_screen_sees_the_main_line(tenants: Tenants) -> None:
    assert set(model(tenants, "Lobby").elements) == {"plant-PLANT-CANARY", "given"}


def test_what_became_of_an_asset_after_a_trial_is_not_told(alone: Tenants) -> None:
    with psycopg.connect(alone.url) as connection:
        connection.execute(
            "UPDATE trial SET ends_at = now() - INTERVAL '1 day', access_until = 'infinity'"
            " WHERE key = 'alpha'"
        )
        connection.execute(
            "INSERT INTO element_definition (element_id, valid_from, kind, name, line_id)"
            " VALUES (2, now() - INTERVAL '1 hour', 'ozonation', '{\"en\": \"Secret\"}', 2)"
        )
        connection.execute(
            "INSERT INTO element_property"
            " VALUES (2, 'volume', now() - INTERVAL '1 hour', 4711, 'm3')"
        )
        connection.execute(
            "INSERT INTO point_role VALUES (3, now() - INTERVAL '1 hour', 3, 'Secret role')"
        )
    seen = model(alone, "alpha")
    asset = seen.elements["alpha-ALPHA-CANARY"]
    assert (asset.kind, asset.name["en"]) == ("filter", "ALPHA-CANARY filter")
    assert asset.properties["volume"].value == 16180
    assert "beta-BETA-CANARY" not in seen.elements
    assert set(seen.roles) == {("alpha-ALPHA-CANARY", "feed_flow"), ("given", "flow")}
    staff = model(alone, "operator")
    assert staff.elements["alpha-ALPHA-CANARY"].kind == "ozonation"
    assert ("beta-BETA-CANARY", "Secret role") in staff.roles


def test_a_point_that_moves_shows_its_new_asset_from_then_on(alone: Tenants) -> None:
    with psycopg.connect(alone.url) as connection:
        connection.execute(
            "INSERT INTO point_role VALUES (3, now() - INTERVAL '1 hour', 5, 'hydrogen_sulphide')"
        )
    before, after = model(alone, "alpha", "now() - INTERVAL '2 hours'"), model(alone, "alpha")
    assert set(before.roles) == {("alpha-ALPHA-CANARY", "feed_flow"), ("given", "flow")}
    assert set(after.roles) == {("unmeasured-PLANT-CANARY", "hydrogen_sulphide"), ("given", "flow")}


def test_nobody_reads_the_tables_behind_the_views(tenants: Tenants) -> None:
    for table in ("element", "element_definition", "element_property", "point_role"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            tenants.viewing("administrator") as connection,
        ):
            connection.execute(f"SELECT FROM {table}".encode())
