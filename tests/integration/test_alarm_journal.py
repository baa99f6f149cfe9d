"""The journal is whole, page by page, however far its events lie apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from dashboard.analysis.window import Window
from dashboard.store.alarm_journal import Event, Search, journal, whole_journal
from dashboard.store.alarms import reported
from tests.fixtures.alarm_plant import AlarmPlant
from tests.fixtures.alarms import flood
from tests.fixtures.viewing import viewing

FLOODED = 10_000
AGES_DAYS = (0.1, 0.2, 3, 4, 40, 400, 401, 2_000, 3_000)
EVENT = """
INSERT INTO alarm_event (alarm_id, kind, at, recorded_at, priority, is_late, state)
SELECT alarm_id, 'raised', %s, %s, 'high', false, 'unacknowledged' FROM alarm
"""


def _events_of_years(url: str, now: datetime) -> list[datetime]:
    """Let an alarm have been raised at moments of years, the newest first, and return them."""
    plant = AlarmPlant(url)
    plant.define("high", {"watch": "value", "point": "main/level", "above": 3.0})
    plant.ask("UPDATE account SET all_sites = true")
    times = [now - timedelta(days=age) for age in AGES_DAYS]
    for at in times:
        plant.ask(EVENT, (at, at))
    return times


def test_pages_of_a_journal_with_years_between_its_events_leave_none_out(migrated_url: str) -> None:
    now = datetime.now(UTC)
    times = _events_of_years(migrated_url, now)
    with viewing(migrated_url, "account:1") as connection:
        pages: list[list[Event]] = []
        page = journal(connection, Search("s"), 2)
        pages.append(list(page.rows))
        while page.has_older:
            page = journal(connection, Search("s", beside=page.rows[-1].event_id), 2)
            pages.append(list(page.rows))
        assert [event.at for rows in pages for event in rows] == times
        for newer, older in pairwise(pages[1:]):
            search = Search("s", beside=older[0].event_id, is_newer=True)
            assert list(journal(connection, search, 2).rows) == newer
        assert [
            each.at for rows in whole_journal(connection, Search("s")) for each in rows
        ] == times
        ended = journal(connection, Search("s", end=now - timedelta(days=300)), 2)
        assert [event.at for event in ended.rows] == times[5:7]


def test_a_search_for_a_rare_word_read_all_years_and_now_says_where_it_ended(
    migrated_url: str,
) -> None:
    now = datetime.now(UTC)
    times = _events_of_years(migrated_url, now)
    with viewing(migrated_url, "account:1") as connection:
        found, search = [], Search("s", words="HIGH")
        page = journal(connection, search)
        assert [event.at for event in page.rows] == times[:5]
        while page.unsearched is not None:
            found += page.rows
            page = journal(connection, replace(search, end=page.unsearched))
        assert [event.at for event in (*found, *page.rows)] == times
        everything = Search("s", words="high", start=now - timedelta(days=9_999))
        assert len(journal(connection, everything).rows) == len(times)
        assert sum(map(len, whole_journal(connection, Search("s", words="high")))) == len(times)


def test_the_page_of_the_load_was_not_to_be_had_after_a_flood(migrated_url: str) -> None:
    """For each occurrence by itself all definitions were gone through; it took minutes."""
    plant = AlarmPlant(migrated_url)
    plant.ask("UPDATE account SET all_sites = true")
    flood(migrated_url, FLOODED)
    now = datetime.now(UTC)
    window = Window(now - timedelta(days=7), now + timedelta(minutes=1))
    with viewing(migrated_url, "account:1") as connection:
        connection.execute("SET LOCAL statement_timeout = '10s'")
        assert len(reported(connection, "s", window).occurrences) == FLOODED
