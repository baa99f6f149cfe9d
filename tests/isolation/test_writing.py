"""What people write is bounded, read page by page, and taken back without being deleted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dashboard.analysis.window import Window
from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals
from dashboard.limits.settings import LimitSettings
from dashboard.limits.writing import write_limits
from dashboard.pages.trials import limit_reached
from dashboard.store.access_log import Action, AuditEvent, record, record_read
from dashboard.store.database import Database
from dashboard.store.errors import (
    EntryUnfit,
    LimitReached,
    NotAllowed,
    StoreError,
    Superseded,
)
from dashboard.store.notes import DRAWN_MAX, NewNote, add_note, chart_notes
from dashboard.store.trial_journal import Kind, NewEntry, add_entry
from dashboard.store.trial_writing import (
    BODY_CHARACTERS,
    PAGE_ROWS,
    UNDO_TIME,
    Place,
    Written,
    correctable,
    one_writing,
    withdraw,
    writing_page,
)
from dashboard.texts import catalogue
from dashboard.web.display import DisplaySettings
from tests.fixtures.cells import cells
from tests.fixtures.refusing import refusing
from tests.fixtures.tenants import Tenants
from tests.fixtures.viewing import bind

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
HOUR = timedelta(hours=1)
DISPLAY = DisplaySettings("en", ZoneInfo("UTC"), "light", 1_600.0)


@contextmanager
def _trying(tenants: Tenants, viewer: str, **limits: int) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of a viewer, with limits as the dashboard names them; it leaves nothing."""
    with tenants.viewing(viewer) as connection:
        for name, most in limits.items():
            connection.execute("SELECT set_config('virtaama.' || %s, %s, true)", (name, str(most)))
        yield connection
        connection.rollback()


def _as(connection: psycopg.Connection[Any], tenants: Tenants, viewer: str) -> None:
    bind(connection, tenants.viewers[viewer])


def _note(connection: psycopg.Connection[Any], body: str = "x", **more: Any) -> UUID:
    return add_note(connection, NewNote(body, NOW, **({"trial_id": 1} | more)))


def _entry(connection: psycopg.Connection[Any], title: str = "x", **more: Any) -> UUID:
    values = {"trial_id": 1, "kind": Kind.LOG, "from_at": NOW, "title": title}
    return add_entry(connection, NewEntry(**(values | more)))


@contextmanager
def refusing_to_write(limit: Limit, allowed: int) -> Iterator[None]:
    """The database refuses what is written in the block; it is counted, logged and said."""
    with pytest.raises(LimitReached) as reached:
        yield
    assert (reached.value.limit, reached.value.allowed) == (limit, allowed)
    house: Any = SimpleNamespace(refusals=Refusals())
    asks: Any = SimpleNamespace(user=SimpleNamespace(viewer="account:1"), display=DISPLAY)
    with pytest.MonkeyPatch.context() as patch, refusing(limit):
        patch.setattr(limit_reached, "services", lambda: house)
        said = limit_reached.refuse(reached.value, asks, 1)
    if "{allowed}" in catalogue()[f"reached.{limit}"]["en"]:
        assert DISPLAY.number(allowed, 0) in said


def test_a_text_that_is_too_long_is_refused_by_its_length(tenants: Tenants) -> None:
    with _trying(tenants, "alpha", note_characters=10, entry_characters=20) as connection:
        _note(connection, "x" * 10)
        _entry(connection, body="x" * 20)
        with refusing_to_write(Limit.NOTE_CHARACTERS, 10):
            _note(connection, "x" * 11)
        with refusing_to_write(Limit.ENTRY_CHARACTERS, 20):
            _entry(connection, body="x" * 21)


def test_an_account_writes_so_much_in_an_hour_and_others_go_on(tenants: Tenants) -> None:
    with _trying(tenants, "alpha", entries_per_hour=6) as connection:  # five stand there
        _note(connection)
        for wanted in (_note, _entry):
            with refusing_to_write(Limit.ENTRIES_PER_HOUR, 6):
                wanted(connection)
        _as(connection, tenants, "engineer")
        _note(connection)


def test_a_company_that_filled_its_trial_leaves_the_plants_staff_its_room(tenants: Tenants) -> None:
    with _trying(tenants, "alpha", entries_per_trial=6) as connection:
        _note(connection)
        with refusing_to_write(Limit.ENTRIES_PER_TRIAL, 6):
            _entry(connection)
        _as(connection, tenants, "operator")
        _entry(connection)
        _as(connection, tenants, "beta")
        _entry(connection, trial_id=2)


def test_what_is_written_in_a_trial_has_a_size_in_all(tenants: Tenants) -> None:
    with _trying(tenants, "alpha", entry_bytes_per_trial=1_000) as connection:
        _entry(connection, body="ä" * 300)
        with refusing_to_write(Limit.ENTRY_BYTES_PER_TRIAL, 1_000):
            _entry(connection, body="ä" * 300)


def test_an_end_and_a_revocation_are_taken_although_the_trial_is_full(tenants: Tenants) -> None:
    limits = {"entries_per_trial": 1, "entries_per_hour": 1}
    with _trying(tenants, "engineer", **limits) as connection:
        _entry(connection)
        with refusing_to_write(Limit.ENTRIES_PER_HOUR, 1):
            _entry(connection)
        _entry(connection, kind=Kind.END)
        _entry(connection, kind=Kind.REVOKE)


def test_notes_of_the_plant_are_counted_by_line(tenants: Tenants) -> None:
    with _trying(tenants, "operator", entries_per_trial=2) as connection:
        _note(connection, trial_id=None, point_id=2)  # the line has one
        with refusing_to_write(Limit.ENTRIES_PER_TRIAL, 2):
            _note(connection, trial_id=None, point_id=1)
        _note(connection, trial_id=None, point_id=3)


@pytest.mark.parametrize(
    "limit",
    cells(
        ("entries_per_hour", "entries_per_trial", "actions_per_hour"),
        quick={"entries_per_hour", "actions_per_hour"},
    ),
)
def test_a_client_that_names_limits_of_its_own_stays_below_those_of_the_database(
    tenants: Tenants, limit: str
) -> None:
    ceiling = {"entries_per_hour": 1_000, "entries_per_trial": 50_000, "actions_per_hour": 10_000}
    with _trying(tenants, "alpha", **{limit: 2**31 - 1}) as connection:
        statement = (
            "INSERT INTO access_log (account_id, action)"
            " SELECT visible.account_id(), 'read' FROM generate_series(1, %s)"
            if limit == "actions_per_hour"
            else "INSERT INTO note (trial_id, from_at, body, account_id)"
            " SELECT 1, now(), 'x', visible.account_id() FROM generate_series(1, %s)"
        )
        connection.execute("SELECT set_config('virtaama.entries_per_hour', '999999', true)")
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded) as refused:
            connection.execute(statement.encode(), (ceiling[limit] + 1,))
        # Of the two that count notes, the hour is the nearer one.
        expected = "entries_per_hour" if limit == "entries_per_trial" else limit
        assert refused.value.diag.constraint_name == expected


def test_each_setting_is_at_most_what_the_database_allows(tenants: Tenants) -> None:
    settings = LimitSettings()
    for name in write_limits(settings):
        field = LimitSettings.model_fields[f"dashboard_{name}_max"]
        most = next(rule.le for rule in field.metadata if hasattr(rule, "le"))
        assert tenants.owner("SELECT limit_of(%s)", name) == [(most,)], name


def test_two_tabs_that_write_at_once_do_not_pass_the_limit_together(tenants: Tenants) -> None:
    limits = {"entries_per_hour": 8, "entries_per_trial": 1_000}
    database = Database(tenants.url, max_connections=8, query_timeout_s=20, write_limits=limits)
    database.start()
    written: list[UUID] = []

    def write() -> None:
        try:
            with database.open_to_write(tenants.viewers["alpha"]) as connection:
                written.append(_note(connection))
        except LimitReached:
            pass

    threads = [threading.Thread(target=write) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.stop()
    tenants.owner("DELETE FROM note WHERE body = 'x'")
    assert len(written) == 3  # five stood there


def test_what_somebody_does_in_an_hour_is_bounded_and_what_strangers_try_does_not_count(
    tenants: Tenants,
) -> None:
    with _trying(tenants, "alpha", actions_per_hour=5) as connection:
        connection.execute("RESET ROLE")
        connection.execute(
            "INSERT INTO access_log (account_id, action) SELECT %s, 'sign_in_failed'"
            " FROM generate_series(1, 50)",
            (int(tenants.viewers["alpha"].partition(":")[2]),),
        )
        _as(connection, tenants, "alpha")
        for _ in range(4):  # one line stands there
            record(connection, AuditEvent(Action.READ, "page", trial_id=1))
        with refusing_to_write(Limit.ACTIONS_PER_HOUR, 5):
            record(connection, AuditEvent(Action.READ, "page", trial_id=1))


def test_a_clock_that_was_set_back_hides_no_reader(tenants: Tenants) -> None:
    read = "SELECT count(*) FROM visible.access_log WHERE own AND action = 'read'"
    with _trying(tenants, "alpha") as connection:
        connection.execute("RESET ROLE")
        connection.execute("UPDATE access_log SET at = at + INTERVAL '1 hour'")
        _as(connection, tenants, "alpha")
        before = connection.execute(read.encode()).fetchall()[0][0]
        record_read(connection, "page", 1, None)
        record_read(connection, "page", 1, None)
        connection.execute("RESET ROLE")
        connection.execute(
            "UPDATE access_log SET at = now() + INTERVAL '1 hour' WHERE at > now() - INTERVAL '9 s'"
        )
        _as(connection, tenants, "alpha")
        record_read(connection, "page", 1, None)
        record_read(connection, "page", 1, None)
        assert connection.execute(read.encode()).fetchall()[0][0] == before + 2


def _filled(connection: psycopg.Connection[Any], count: int, body: str = "x") -> None:
    """Write as the owner, who is not bound by the limits: `count` entries, some at one moment."""
    connection.execute("RESET ROLE")
    connection.execute(
        "INSERT INTO trial_entry (trial_id, kind, title, body, from_at, account_id)"
        " SELECT 1, 'log', n::text, %s, now() - n / 3 * INTERVAL '1 minute', 4"
        " FROM generate_series(1, %s) n",
        (body, count),
    )


def test_pages_hold_twenty_each_and_together_everything_once(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        _filled(connection, 110, "y" * 20_000)
        _as(connection, tenants, "alpha")
        page = writing_page(connection, 1, Written.ENTRY)
        assert (page.has_newer, page.total) == (False, 114)
        found = [*page.rows]
        while page.has_older:
            assert len(page.rows) == PAGE_ROWS
            assert all(len(row.body) <= BODY_CHARACTERS for row in page.rows)
            older = writing_page(connection, 1, Written.ENTRY, Place(page.rows[-1].public_id))
            assert older.has_newer
            back = Place(older.rows[0].public_id, is_newer=True)
            assert writing_page(connection, 1, Written.ENTRY, back).rows == page.rows
            page = older
            found += page.rows
        assert len(found) == len({row.public_id for row in found}) == 114
        moments = [row.from_at for row in found]
        assert moments == sorted(moments, reverse=True)
        whole = one_writing(connection, 1, Written.ENTRY, found[0].public_id)
        assert whole is not None
        assert (len(whole.body), found[0].is_cut, whole.is_cut) == (20_000, True, False)


def test_a_page_beside_something_that_is_not_there_is_the_newest_one(tenants: Tenants) -> None:
    theirs = tenants.owner("SELECT public_id FROM trial_entry WHERE trial_id = 2 LIMIT 1")[0][0]
    with _trying(tenants, "alpha") as connection:
        newest = writing_page(connection, 1, Written.ENTRY)
        for beside in (uuid4(), theirs):
            for is_newer in (True, False):
                place = Place(beside, is_newer)
                assert writing_page(connection, 1, Written.ENTRY, place) == newest
        assert not writing_page(connection, 2, Written.ENTRY, Place(theirs)).rows
        assert one_writing(connection, 2, Written.ENTRY, theirs) is None
        assert one_writing(connection, 1, Written.ENTRY, theirs) is None


def test_so_many_notes_are_drawn_and_the_others_are_counted(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        connection.execute("RESET ROLE")
        connection.execute(
            "INSERT INTO note (trial_id, point_id, from_at, body, account_id)"
            " SELECT 1, CASE WHEN n %% 2 = 0 THEN 3 END, %s - n * INTERVAL '1 min',"
            " repeat('x', 4000), 4 FROM generate_series(1, 120) n",
            (NOW,),
        )
        _as(connection, tenants, "alpha")
        window = Window(NOW - 3 * HOUR, NOW)
        found = chart_notes(connection, 1, {3}, window)
        assert (len(found.notes), found.total) == (DRAWN_MAX, 120)
        assert found.notes[-1].from_at == NOW - timedelta(minutes=1)
        assert max(len(note.body) for note in found.notes) <= 300
        assert chart_notes(connection, 1, {1}, window).total == 60
        assert chart_notes(connection, 2, {4}, window).total == 0


def test_a_note_is_undone_right_after_and_stays_withdrawn(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        first = _note(connection, "A slip")
        withdraw(connection, 1, Written.NOTE, first, "")
        found = one_writing(connection, 1, Written.NOTE, first)
        assert found is not None
        assert (found.body, found.withdrawn_by) == ("A slip", "ALPHA-CANARY member")
        assert found.withdrawn_at is not None
        assert (found.withdrawal_reason, found.may_withdraw) == ("", False)
        drawn = chart_notes(connection, 1, {3}, Window(NOW - HOUR, NOW + HOUR)).notes
        assert "A slip" not in {note.body for note in drawn}
        with pytest.raises(NotAllowed):
            withdraw(connection, 1, Written.NOTE, first, "again")


def test_later_it_takes_a_reason(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        first = _note(connection)
        _age(connection, first, UNDO_TIME + timedelta(seconds=1))
        _as(connection, tenants, "alpha")
        with pytest.raises(NotAllowed):
            withdraw(connection, 1, Written.NOTE, first, "")
        withdraw(connection, 1, Written.NOTE, first, "Wrong pump")
        found = one_writing(connection, 1, Written.NOTE, first)
        assert found is not None
        assert found.withdrawal_reason == "Wrong pump"
        second = _note(connection)
        _age(connection, second, UNDO_TIME - timedelta(seconds=1))
        _as(connection, tenants, "alpha")
        withdraw(connection, 1, Written.NOTE, second, "")


def _age(connection: psycopg.Connection[Any], public_id: UUID, by: timedelta) -> None:
    connection.execute("RESET ROLE")
    connection.execute(
        "UPDATE note SET written_at = now() - %s WHERE public_id = %s", (by, public_id)
    )


@pytest.mark.parametrize("viewer", ["beta", "operator", "engineer", "guest", "early", "Lobby"])
def test_nobody_but_the_author_and_an_administrator_withdraws(
    tenants: Tenants, viewer: str
) -> None:
    with _trying(tenants, "alpha") as connection:
        written = {Written.NOTE: _note(connection), Written.ENTRY: _entry(connection)}
        _as(connection, tenants, viewer)
        for of, public_id in written.items():
            with pytest.raises(NotAllowed):
                withdraw(connection, 1, of, public_id, "Not mine")
        _as(connection, tenants, "administrator")
        for of, public_id in written.items():
            with pytest.raises(NotAllowed):
                withdraw(connection, 1, of, public_id, "")
            withdraw(connection, 1, of, public_id, "Names a person")


@pytest.mark.parametrize("viewer", ["alpha", "operator", "administrator", "Control room"])
def test_a_withdrawal_in_anothers_name_or_of_what_is_over_is_refused(
    tenants: Tenants, viewer: str
) -> None:
    with _trying(tenants, "operator") as connection:
        number = connection.execute(
            "SELECT note_id FROM visible.note WHERE author LIKE 'BETA%'"
        ).fetchone()
        _as(connection, tenants, viewer)
        statement = "INSERT INTO withdrawal (note_id, reason, account_id) VALUES (%s, 'x', %s)"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement, (*(number or ()), 5))


def test_what_a_withdrawn_correction_had_replaced_counts_again(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        first = _entry(connection, "Right after all")
        second = _entry(connection, "Wrong correction", replaces=first)
        assert one_writing(connection, 1, Written.ENTRY, first) is None
        with pytest.raises(StoreError):
            withdraw(connection, 1, Written.ENTRY, first, "")
        withdraw(connection, 1, Written.ENTRY, second, "")
        found = one_writing(connection, 1, Written.ENTRY, first)
        assert found is not None
        assert found.may_withdraw
        own = [one.public_id for one in correctable(connection, 1, Written.ENTRY)]
        assert first in own
        assert second not in own
        with pytest.raises(Superseded):
            _entry(connection, "x", replaces=second)


def test_one_entry_is_corrected_once(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        for write in (_note, _entry):
            first = write(connection)
            write(connection, "one", replaces=first)
            with pytest.raises(Superseded):
                write(connection, "other", replaces=first)


def test_an_end_that_was_withdrawn_is_none_and_gives_back_what_it_took(tenants: Tenants) -> None:
    with _trying(tenants, "engineer") as connection:
        before = connection.execute("SELECT ends_at FROM visible.trial WHERE trial_id = 1")
        ends_at = before.fetchone()
        end = _entry(connection, kind=Kind.REVOKE, from_at=NOW - HOUR)
        closings = correctable(connection, 1, Written.ENTRY, Kind.REVOKE)
        assert [one.public_id for one in closings] == [end]
        _as(connection, tenants, "alpha")
        assert connection.execute("SELECT FROM visible.trial WHERE trial_id = 1").rowcount == 0
        _as(connection, tenants, "operator")
        with pytest.raises(NotAllowed):
            withdraw(connection, 1, Written.ENTRY, end, "Not mine to say")
        _as(connection, tenants, "engineer")
        withdraw(connection, 1, Written.ENTRY, end, "")
        _as(connection, tenants, "alpha")
        after = connection.execute("SELECT ends_at FROM visible.trial WHERE trial_id = 1")
        assert after.fetchone() == ends_at


def test_a_reason_that_is_too_long_is_told(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        first = _note(connection)
        with pytest.raises(EntryUnfit):
            withdraw(connection, 1, Written.NOTE, first, "x" * 201)
