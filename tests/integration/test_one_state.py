"""What a page shows belongs together, also when something happens while it is being read."""

from collections.abc import Iterator

import pytest

from dashboard.store.alarms import STANDING, alarms_in, summary
from dashboard.store.database import Database
from tests.fixtures.alarm_plant import PERSON, SECOND_US, AlarmPlant, Hand

T = 1_764_000_000 * SECOND_US
SITE, VIEWER = "s", f"account:{PERSON}"


@pytest.fixture
def plant(migrated_url: str) -> AlarmPlant:
    plant = AlarmPlant(migrated_url)
    plant.ask(
        "INSERT INTO account_site (account_id, site_id) SELECT %s, site_id FROM site", (PERSON,)
    )
    plant.define("high", {"watch": "value", "point": "main/level", "above": 3.0})
    return plant


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    database = Database(migrated_url, max_connections=2, query_timeout_s=20)
    database.start()
    yield database
    database.stop()


def test_a_list_that_was_read_before_an_alarm_does_not_say_that_it_shows_it(
    plant: AlarmPlant, database: Database
) -> None:
    hand = Hand(plant)
    with database.open(VIEWER) as connection:
        rows = alarms_in(connection, SITE, STANDING).rows
        plant.read(("level", T, 4.0))
        hand.now_us = T + SECOND_US
        hand.steps()
        assert plant.state("high") == "unacknowledged"
        known = summary(connection, SITE)
    assert (list(rows), known.counts) == ([], {})
    with database.open(VIEWER) as connection:
        now = summary(connection, SITE)
    assert list(now.counts.values()) == [(1, 1)]
    assert now.digest != known.digest
