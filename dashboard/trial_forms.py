"""From a form that was sent to rows of the trial book and an entry of the access log.

Both are written in one transaction of the viewer; the database refuses what is not the viewer's.
"""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from dashboard.access import log
from dashboard.sent_form import Sent
from dashboard.trial_book.journal import Kind, NewEntry, add_entry
from dashboard.trial_book.new_trial import Invitation, NewTrial, add_trial, invite
from dashboard.trial_book.notes import NewNote, add_note

STREAMS = ("raw", "primary_effluent", "permeate", "reject", "sludge")
ENTRY_KINDS = (Kind.PROTOCOL, Kind.PHASE, Kind.BATCH, Kind.LOG)
YES, NO = "yes", "no"

Connection = psycopg.Connection[Any]


def send(connection: Connection, form: str, trial: int, sent: Sent, client: str) -> int:
    """Write what a form says and log it; return the number of the trial that it concerns.

    Raises FormUnfit, TrialBookError, and KeyError for a form that does not exist.
    """
    action, write = _FORMS[form]
    number = write(connection, trial, sent)
    deed = log.Deed(action, form, trial_id=number, client=client)
    log.record(connection, deed)
    return number


def _note(connection: Connection, trial: int, sent: Sent) -> int:
    note = NewNote(
        body=sent.needed("body"),
        from_at=sent.needed_moment("from_at"),
        to_at=sent.moment("to_at"),
        trial_id=trial,
        point_id=sent.id("point"),
        replaces=sent.id("replaces"),
    )
    add_note(connection, note)
    return trial


def _entry(connection: Connection, trial: int, sent: Sent) -> int:
    entry = NewEntry(
        trial_id=trial,
        kind=Kind(sent.choice("kind", ENTRY_KINDS)),
        title=sent.needed("title"),
        from_at=sent.needed_moment("from_at"),
        to_at=sent.moment("to_at"),
        body=sent.text("body"),
        replaces=sent.id("replaces"),
    )
    add_entry(connection, entry)
    return trial


def _closing(kind: Kind) -> Callable[[Connection, int, Sent], int]:
    def write(connection: Connection, trial: int, sent: Sent) -> int:
        reason, at = sent.needed("reason"), sent.needed_moment("effective_at")
        add_entry(connection, NewEntry(trial, kind, reason, at, replaces=sent.id("moves")))
        return trial

    return write


def _guest(connection: Connection, trial: int, sent: Sent) -> int:
    invitation = Invitation(
        trial_id=trial,
        account_id=sent.needed_id("guest"),
        until_at=sent.needed_moment("until_at"),
        under_embargo=sent.choice("under_embargo", (YES, NO)) == YES,
    )
    invite(connection, invitation)
    return trial


def _trial(connection: Connection, _trial: int, sent: Sent) -> int:
    new = NewTrial(
        line_id=sent.needed_id("line"),
        company_id=sent.needed_id("company"),
        key=sent.needed("key"),
        name={language: sent.needed(f"name_{language}") for language in ("fi", "sv", "en")},
        source_stream=sent.choice("stream", STREAMS),
        first_day=sent.needed_day("first_day"),
        last_day=sent.needed_day("last_day"),
        points=sent.ids("points"),
        embargo=sent.day("embargo"),
        handover=sent.day("handover"),
    )
    return add_trial(connection, new)


_FORMS: Mapping[str, tuple[log.Action, Callable[[Connection, int, Sent], int]]] = {
    "note": (log.Action.NOTE, _note),
    "entry": (log.Action.CHANGE, _entry),
    "end": (log.Action.CHANGE, _closing(Kind.END)),
    "revoke": (log.Action.CHANGE, _closing(Kind.REVOKE)),
    "guest": (log.Action.CHANGE, _guest),
    "trial": (log.Action.CHANGE, _trial),
}
FORMS = frozenset(_FORMS)
