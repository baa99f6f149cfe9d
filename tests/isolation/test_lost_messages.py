"""What was lost, refused or left unread concerns who runs the plant; a company learns of none."""

from datetime import UTC, datetime

from dashboard.store.connections import ingest_states, senders
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


def test_a_company_sees_the_gateway_of_its_own_line_and_neither_the_spool_nor_anothers(
    tenants: Tenants,
) -> None:
    tenants.owner(
        "INSERT INTO ingest_state (client_id, told_at, outages, spool_messages, refused, damaged)"
        " VALUES ('virtaama', now(), 0, 5, 0, 0);"
        "INSERT INTO sequence VALUES ('s/hall/gamma', 9, 1, 3, now(), now())"
    )
    for name in ("operator", "engineer", "administrator"):
        with tenants.viewing(name) as connection:
            assert [one.spool_messages for one in ingest_states(connection)] == [5], name
            everything = {one.line: one for one in senders(connection, "s")}
        assert len(everything) > 1
    for name in ("alpha", "beta", "early", "guest", "Lobby", "Lost", "disabled"):
        with tenants.viewing(name) as connection:
            states, sending = ingest_states(connection), senders(connection, "s")
            points = read_plant(connection, NOW, "s").points.values()
        assert states == [], name
        assert {one.line for one in sending} <= {point.line for point in points}, name
        assert sum(one.points for one in sending) <= len(points), name
        total = sum(one.points for one in everything.values())
        assert sum(one.points for one in sending) < total, name
        assert not any(one.missing for one in sending), name
