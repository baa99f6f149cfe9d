"""Notes, journal, new trials and guests: written by whom they are for, refused to all others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dashboard.trial_book.errors import EntryUnfit, NotAllowed
from dashboard.trial_book.journal import Kind, NewEntry, add_entry, entries
from dashboard.trial_book.new_trial import (
    Invitation,
    NewTrial,
    add_trial,
    companies,
    guests,
    invite,
    lines,
)
from dashboard.trial_book.notes import NewNote, add_note, notes
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
        add_note(connection, NewNote("Cleaned", NOW, trial_id=1, point_id=3))
        (first,) = [note for note in notes(connection, LONG_AGO, SOON) if note.body == "Cleaned"]
        assert (first.author, first.own) == ("ALPHA-CANARY member", True)
        add_note(connection, NewNote("Cleaned twice", NOW, trial_id=1, replaces=first.note_id))
        bodies = [note.body for note in notes(connection, LONG_AGO, SOON, trial_id=1)]
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
        ("alpha", NewNote("x", NOW, trial_id=1, replaces=2)),
        ("engineer", NewNote("x", NOW, trial_id=1, replaces=1)),
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
        titles = [entry.title for entry in entries(connection, 1)]
        assert titles.count("High flux") == 1
        assert entries(connection, 2) == []
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
        assert entries(connection, 1) == []


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
