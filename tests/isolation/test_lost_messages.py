"""What was lost, refused or left unread concerns who runs the plant; a company learns of none."""

from datetime import UTC, datetime

from dashboard.store.data_health import data_health, sources
from dashboard.store.plant import read_plant
from tests.fixtures.tenants import Tenants

NOW = datetime.now(UTC)


def test_who_sees_the_plant_sees_what_was_lost_and_a_company_learns_nothing_of_it(
    tenants: Tenants,
) -> None:
    tenants.owner(
        "INSERT INTO sequence VALUES ('s/hall/beta', 9, 1, 3, now(), now());"
        "INSERT INTO unread_value VALUES ('s', 'beta', '/x', 's/hall/beta', 2, now(), now())"
    )
    for name in ("operator", "engineer", "administrator"):
        with tenants.viewing(name) as connection:
            found = sources(connection)
        assert [gap.missing for gap in found.gaps] == [3], name
        assert [one.pointer for one in found.unread] == ["/x"]
        assert [one.messages for one in found.quarantined] == [1]
    for name in ("alpha", "beta", "early", "guest", "Lobby", "Lost", "disabled"):
        with tenants.viewing(name) as connection:
            found = sources(connection)
            health = data_health(connection, read_plant(connection, NOW, "s"), NOW)
        assert (found.gaps, found.quarantined, found.unread) == ([], [], []), name
        assert "PLANT" not in repr(health) or name == "Lobby"
        assert "beta" not in repr(health) or name == "beta", name
