"""Notes, journal, new trials and guests: written by whom they are for, refused to all others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from dashboard.store.errors import AlreadyThere, EntryUnfit, NotAllowed
from dashboard.store.notes import NewNote, add_note
from dashboard.store.trial_change import (
    Change,
    change_trial,
    invited,
    may_change,
    uninvite,
    withdraw_trial,
)
from dashboard.store.trial_journal import Kind, NewEntry, add_entry
from dashboard.store.trial_setup import (
    Invitation,
    NewTrial,
    add_trial,
    companies,
    guests,
    invite,
    lines,
)
from dashboard.store.trial_writing import Written, one_writing, writing_page
from tests.fixtures.tenants import Tenants

NOW = datetime.now(UTC)
LONG_AGO, SOON = NOW - timedelta(days=30), NOW + timedelta(days=30)
NAME = {"fi": "F", "sv": "S", "en": "E"}


@contextmanager
def _trying(tenants: Tenants, viewer: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of a viewer that leaves nothing behind."""
    with tenants.viewing(viewer) as connection:
        yield connection
        connection.rollback()


def _trial(**changes: Any) -> NewTrial:
    values: dict[str, Any] = {
        "line_id": 2,
        "company_id": 1,
        "key": "second",
        "name": NAME,
        "source_stream": "reject",
        "first_day": date(2026, 10, 1),
        "last_day": date(2026, 10, 25),
        "points": [2, 3],
        "handover": date(2199, 1, 1),
    }
    return NewTrial(**(values | changes))


def test_a_note_is_corrected_by_its_author_and_the_first_one_stays(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        first = add_note(connection, NewNote("Cleaned", NOW, trial_id=1, point_id=3))
        written = one_writing(connection, 1, Written.NOTE, first)
        assert written is not None
        assert (written.author, written.may_withdraw) == ("ALPHA-CANARY member", True)
        add_note(connection, NewNote("Cleaned twice", NOW, trial_id=1, replaces=first))
        bodies = [note.body for note in writing_page(connection, 1, Written.NOTE).rows]
        assert "Cleaned twice" in bodies
        assert "Cleaned" not in bodies
        row = connection.execute("SELECT replaced FROM visible.note WHERE body = 'Cleaned'")
        assert row.fetchone() == (True,)


@pytest.mark.parametrize(
    ("viewer", "note"),
    [
        ("alpha", NewNote("x", NOW, trial_id=2)),
        ("alpha", NewNote("x", NOW, trial_id=999)),
        ("alpha", NewNote("x", NOW, trial_id=1, point_id=4)),
        ("alpha", NewNote("x", NOW, point_id=3)),
        ("alpha", NewNote("x", NOW, trial_id=1, replaces=uuid4())),
        ("early", NewNote("x", NOW, trial_id=1)),
        ("Control room", NewNote("x", NOW, point_id=1)),
    ],
)
def test_a_note_where_it_does_not_belong_is_refused(
    tenants: Tenants, viewer: str, note: NewNote
) -> None:
    with _trying(tenants, viewer) as connection:
        with pytest.raises(NotAllowed):
            add_note(connection, note)
        assert connection.execute("SELECT 1").fetchone() == (1,)  # the transaction goes on


@pytest.mark.parametrize(("viewer", "theirs"), [("alpha", 2), ("engineer", 1)])
def test_anothers_note_is_not_corrected(tenants: Tenants, viewer: str, theirs: int) -> None:
    number = tenants.owner("SELECT public_id FROM note WHERE note_id = %s", theirs)[0][0]
    with _trying(tenants, viewer) as connection, pytest.raises(NotAllowed):
        add_note(connection, NewNote("x", NOW, trial_id=1, replaces=number))


def test_a_note_that_is_too_long_or_ends_before_it_begins_is_told(tenants: Tenants) -> None:
    with _trying(tenants, "operator") as connection:
        for note in (
            NewNote("x" * 4001, NOW, point_id=1),
            NewNote("", NOW, point_id=1),
            NewNote("x", NOW, LONG_AGO, point_id=1),
            NewNote("x\0", NOW, point_id=1),
            NewNote("x", NOW),
        ):
            with pytest.raises(EntryUnfit, match="1 to 4000 characters"):
                add_note(connection, note)


def test_the_journal_has_phases_and_an_end(tenants: Tenants) -> None:
    with _trying(tenants, "alpha") as connection:
        add_entry(connection, NewEntry(1, Kind.PHASE, "High flux", NOW, SOON))
        titles = [entry.title for entry in writing_page(connection, 1, Written.ENTRY).rows]
        assert titles.count("High flux") == 1
        assert not writing_page(connection, 2, Written.ENTRY).rows
        for refused in (
            NewEntry(2, Kind.LOG, "x", NOW),
            NewEntry(1, Kind.END, "x", NOW),
            NewEntry(1, Kind.REVOKE, "x", NOW),
        ):
            with pytest.raises(NotAllowed):
                add_entry(connection, refused)
        with pytest.raises(EntryUnfit):
            add_entry(connection, NewEntry(1, Kind.LOG, "x", NOW, LONG_AGO))
    with _trying(tenants, "engineer") as connection:
        add_entry(connection, NewEntry(1, Kind.END, "Device taken out", NOW - timedelta(hours=3)))
        connection.execute(
            "SELECT set_config('virtaama.viewer', %s, true)", (tenants.viewers["alpha"],)
        )
        assert not writing_page(connection, 1, Written.ENTRY).rows


def test_a_new_trial_opens_by_its_days_at_the_site(tenants: Tenants) -> None:
    with _trying(tenants, "engineer") as connection:
        assert [line.key for line in lines(connection)] == ["main", "hall"]
        assert [company.key for company in companies(connection)] == ["alpha", "beta"]
        trial = add_trial(connection, _trial())
        row = connection.execute(
            "SELECT starts_at, ends_at FROM visible.trial WHERE trial_id = %s", (trial,)
        ).fetchone()
        assert row == (
            datetime(2026, 9, 30, 21, tzinfo=UTC),
            datetime(2026, 10, 25, 22, tzinfo=UTC),  # 25 hours after its midnight
        )
        connection.execute(
            "SELECT set_config('virtaama.viewer', %s, true)", (tenants.viewers["alpha"],)
        )
        windows = connection.execute(
            "SELECT point_id, granted_from, granted_to FROM visible.point_window WHERE point_id = 2"
        ).fetchall()
        assert windows == [(2, *row)]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "No"},
        {"key": "alpha"},
        {"key": "../x"},
        {"name": {"fi": "only"}},
        {"last_day": date(2026, 9, 1)},
        {"handover": date(2026, 10, 2)},
        {"source_stream": "beer"},
        {"points": [999]},
        {"company_id": 999},
    ],
)
def test_a_trial_that_does_not_fit_is_told_and_leaves_nothing(
    tenants: Tenants, changes: dict[str, Any]
) -> None:
    with _trying(tenants, "engineer") as connection:
        with pytest.raises(EntryUnfit):
            add_trial(connection, _trial(**changes))
        assert connection.execute("SELECT count(*) FROM visible.trial").fetchone() == (2,)


@pytest.mark.parametrize("viewer", ["operator", "alpha", "guest", "Lobby", "disabled", "process"])
def test_only_engineers_and_administrators_make_trials_and_let_guests_in(
    tenants: Tenants, viewer: str
) -> None:
    guest = int(tenants.viewers["guest"].removeprefix("account:"))
    with _trying(tenants, viewer) as connection:
        with pytest.raises(NotAllowed):
            add_trial(connection, _trial())
        with pytest.raises(NotAllowed):
            invite(connection, Invitation(2, guest, SOON))


def test_a_guest_is_found_and_let_in_by_an_engineer(tenants: Tenants) -> None:
    with _trying(tenants, "engineer") as connection:
        found = {guest.login: guest.account_id for guest in guests(connection)}
        assert set(found) == {"guest", "early"}
        invite(connection, Invitation(2, found["guest"], SOON))
        with pytest.raises(EntryUnfit, match="invited already"):
            invite(connection, Invitation(1, found["guest"], SOON))
        connection.execute(
            "SELECT set_config('virtaama.viewer', %s, true)", (tenants.viewers["guest"],)
        )
        assert connection.execute("SELECT key FROM visible.trial").fetchall() == [("beta",)]


COMING = {"first_day": date(2190, 1, 1), "last_day": date(2190, 1, 25)}


def _change(trial: int, **changes: Any) -> Change:
    values: dict[str, Any] = {
        "trial_id": trial,
        "company_id": 2,
        "name": {"fi": "Uusi", "sv": "Ny", "en": "New"},
        "source_stream": "sludge",
        "first_day": date(2191, 2, 1),
        "last_day": date(2191, 2, 2),
        "points": [1, 4],
        "embargo": date(2192, 1, 1),
    }
    return Change(**(values | changes))


def _as(connection: psycopg.Connection[Any], tenants: Tenants, viewer: str) -> None:
    name = tenants.viewers[viewer]
    connection.execute("SELECT set_config('virtaama.viewer', %s, true)", (name,))


def test_a_mistake_in_a_coming_trial_is_undone_until_it_begins(tenants: Tenants) -> None:
    with _trying(tenants, "engineer") as connection:
        trial = add_trial(connection, _trial(**COMING))
        assert may_change(connection, trial)
        change_trial(connection, _change(trial))
        row = connection.execute(
            "SELECT name ->> 'en', company, source_stream, starts_at, ends_at, embargo_until,"
            " access_until = ends_at FROM visible.trial WHERE trial_id = %s",
            (trial,),
        ).fetchone()
        assert row == (
            *("New", "beta", "sludge"),
            datetime(2191, 1, 31, 22, tzinfo=UTC),
            datetime(2191, 2, 2, 22, tzinfo=UTC),
            datetime(2192, 1, 1, 22, tzinfo=UTC),
            True,
        )
        points = connection.execute(
            "SELECT point_id FROM visible.trial_point WHERE trial_id = %s ORDER BY 1", (trial,)
        ).fetchall()
        assert points == [(1,), (4,)]
        # Moved to its past, it has begun: from now on it stays as it is.
        change_trial(connection, _change(trial, first_day=date(2026, 1, 1)))
        for late in (
            lambda: change_trial(connection, _change(trial)),
            lambda: withdraw_trial(connection, trial),
        ):
            with pytest.raises(NotAllowed):
                late()


def test_a_withdrawn_trial_is_gone_and_its_key_is_free(tenants: Tenants) -> None:
    with _trying(tenants, "administrator") as connection:
        trial = add_trial(connection, _trial(**COMING))
        with pytest.raises(AlreadyThere):
            add_trial(connection, _trial(**COMING))
        withdraw_trial(connection, trial)
        gone = connection.execute("SELECT FROM visible.trial WHERE trial_id = %s", (trial,))
        assert gone.fetchall() == []
        assert add_trial(connection, _trial(**COMING)) != trial
        with pytest.raises(NotAllowed):
            withdraw_trial(connection, trial)


def test_an_invitation_is_taken_back_before_the_trial_begins(tenants: Tenants) -> None:
    with _trying(tenants, "engineer") as connection:
        trial = add_trial(connection, _trial(**COMING))
        guest = next(one for one in guests(connection) if one.login == "guest")
        invite(connection, Invitation(trial, guest.account_id, SOON))
        assert [one.login for one in invited(connection, trial)] == ["guest"]
        with pytest.raises(AlreadyThere):
            invite(connection, Invitation(trial, guest.account_id, SOON))
        uninvite(connection, trial, guest.account_id)
        assert invited(connection, trial) == []
        for nobody in (guest.account_id, 999):
            with pytest.raises(NotAllowed):
                uninvite(connection, trial, nobody)
        # The trial of the site file runs: its guests stay.
        early = next(one for one in invited(connection, 1) if one.login == "early")
        with pytest.raises(NotAllowed):
            uninvite(connection, 1, early.account_id)


@pytest.mark.parametrize("viewer", ["operator", "alpha", "beta", "guest", "early", "Lobby"])
def test_nobody_but_an_engineer_changes_a_coming_trial(tenants: Tenants, viewer: str) -> None:
    with _trying(tenants, "engineer") as connection:
        trial = add_trial(connection, _trial(**COMING))
        guest = next(one for one in guests(connection) if one.login == "guest")
        invite(connection, Invitation(trial, guest.account_id, SOON))
        before = connection.execute("SELECT * FROM visible.trial ORDER BY trial_id").fetchall()
        _as(connection, tenants, viewer)
        assert not may_change(connection, trial)
        for forbidden in (
            lambda: change_trial(connection, _change(trial)),
            lambda: withdraw_trial(connection, trial),
            lambda: uninvite(connection, trial, guest.account_id),
            lambda: connection.execute(
                "SELECT visible.change_trial(%s, 1, '{}', 'raw', now(), now() + INTERVAL '1 d',"
                " NULL, NULL, '{}')",
                (trial,),
            ),
        ):
            connection.execute("SAVEPOINT before")
            with pytest.raises((NotAllowed, psycopg.errors.InsufficientPrivilege)):
                forbidden()
            connection.execute("ROLLBACK TO before")
        assert connection.execute("SELECT * FROM visible.trial_guest").fetchall() == []
        _as(connection, tenants, "engineer")
        after = connection.execute("SELECT * FROM visible.trial ORDER BY trial_id").fetchall()
        assert after == before


@pytest.mark.parametrize("trial", [1, 2, 999])
def test_a_trial_of_the_site_file_or_none_is_not_changed_here(tenants: Tenants, trial: int) -> None:
    with _trying(tenants, "engineer") as connection:
        assert not may_change(connection, trial)
        for refused in (
            lambda: change_trial(connection, _change(trial)),
            lambda: withdraw_trial(connection, trial),
        ):
            with pytest.raises(NotAllowed):
                refused()
    tenants.owner("UPDATE trial SET starts_at = now() + INTERVAL '1 d' WHERE trial_id = %s", trial)
    try:
        with _trying(tenants, "engineer") as connection:
            assert not may_change(connection, trial)
    finally:
        tenants.owner(
            "UPDATE trial SET starts_at = now() - INTERVAL '2 d' WHERE trial_id = %s", trial
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"last_day": date(2191, 1, 1)},
        {"handover": date(2191, 1, 1)},
        {"points": [1, 999]},
        {"company_id": 999},
        {"source_stream": "beer"},
    ],
)
def test_a_change_that_does_not_fit_together_changes_nothing(
    tenants: Tenants, changes: dict[str, Any]
) -> None:
    with _trying(tenants, "engineer") as connection:
        trial = add_trial(connection, _trial(**COMING))
        with pytest.raises(EntryUnfit):
            change_trial(connection, _change(trial, **changes))
        row = connection.execute(
            "SELECT name ->> 'en', company FROM visible.trial WHERE trial_id = %s", (trial,)
        ).fetchone()
        assert row == ("E", "alpha")
