"""From a form that was sent to rows of the trial book and an entry of the access log.

Both are written in one transaction of the viewer; the database refuses what is not the viewer's.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from dashboard.store import access_log
from dashboard.store.errors import AlreadyThere
from dashboard.store.notes import NewNote, add_note
from dashboard.store.trial_change import Change, change_trial, uninvite, withdraw_trial
from dashboard.store.trial_journal import Kind, NewEntry, add_entry
from dashboard.store.trial_setup import KEY, Invitation, NewTrial, add_trial, invite
from dashboard.web.form_input import FieldsUnfit, FormInput, FormUnfit, gathered
from schemas.languages import LANGUAGES

STREAMS = ("raw", "primary_effluent", "permeate", "reject", "sludge")
ENTRY_KINDS = (Kind.PROTOCOL, Kind.PHASE, Kind.BATCH, Kind.LOG)
YES, NO = "yes", "no"
TITLE_MAX_CHARACTERS = 200
# What ends the viewer's sight of the trial is logged while it is there.
LOGGED_FIRST = frozenset({"withdraw"})

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Done:
    """The trial that a form concerned; and the note or entry that it wrote, as pages call it."""

    trial: int
    written: UUID | None = None


def send(connection: Connection, form: str, trial: int, sent: FormInput, client: str) -> Done:
    """Write what a form says and log it.

    Raises FieldsUnfit, StoreError, and KeyError for a form that does not exist.
    """
    action, write = _FORMS[form]
    if form in LOGGED_FIRST:
        access_log.record(
            connection, access_log.AuditEvent(action, form, trial_id=trial, client=client)
        )
        return write(connection, trial, sent)
    done = write(connection, trial, sent)
    access_log.record(
        connection, access_log.AuditEvent(action, form, trial_id=done.trial, client=client)
    )
    return done


def _note(connection: Connection, trial: int, sent: FormInput) -> Done:
    values = gathered(
        body=lambda: sent.needed("body"),
        from_at=lambda: sent.needed_moment("from_at"),
        to_at=lambda: sent.after("to_at", "from_at"),
        point_id=lambda: sent.id("point"),
        replaces=lambda: sent.public_id("replaces"),
    )
    return Done(trial, add_note(connection, NewNote(trial_id=trial, **values)))


def _entry(connection: Connection, trial: int, sent: FormInput) -> Done:
    values = gathered(
        kind=lambda: Kind(sent.choice("kind", ENTRY_KINDS)),
        title=lambda: sent.needed("title", TITLE_MAX_CHARACTERS),
        from_at=lambda: sent.needed_moment("from_at"),
        to_at=lambda: sent.after("to_at", "from_at"),
        body=lambda: sent.text("body"),
        replaces=lambda: sent.public_id("replaces"),
    )
    return Done(trial, add_entry(connection, NewEntry(trial_id=trial, **values)))


def _closing(kind: Kind) -> Callable[[Connection, int, FormInput], Done]:
    def write(connection: Connection, trial: int, sent: FormInput) -> Done:
        values = gathered(
            title=lambda: sent.needed("reason", TITLE_MAX_CHARACTERS),
            from_at=lambda: sent.needed_moment("effective_at"),
            replaces=lambda: sent.public_id("moves"),
        )
        return Done(trial, add_entry(connection, NewEntry(trial_id=trial, kind=kind, **values)))

    return write


def _guest(connection: Connection, trial: int, sent: FormInput) -> Done:
    values = gathered(
        account_id=lambda: sent.needed_id("guest"),
        until_at=lambda: _coming(sent, "until_at"),
        under_embargo=lambda: sent.choice("under_embargo", (YES, NO)) == YES,
    )
    with _said_at("guest", "form.unfit.invited"):
        invite(connection, Invitation(trial_id=trial, **values))
    return Done(trial)


def _uninvite(connection: Connection, trial: int, sent: FormInput) -> Done:
    values = gathered(account_id=lambda: sent.needed_id("invited"))
    uninvite(connection, trial, **values)
    return Done(trial)


def _trial(connection: Connection, _trial: int, sent: FormInput) -> Done:
    values = gathered(
        line_id=lambda: sent.needed_id("line"),
        key=lambda: _key(sent),
        **_facts(sent),
    )
    with _said_at("key", "form.unfit.taken"):
        return Done(add_trial(connection, NewTrial(name=_names(values), **values)))


def _change(connection: Connection, trial: int, sent: FormInput) -> Done:
    values = gathered(**_facts(sent))
    change_trial(connection, Change(trial_id=trial, name=_names(values), **values))
    return Done(trial)


def _withdraw(connection: Connection, trial: int, _sent: FormInput) -> Done:
    withdraw_trial(connection, trial)
    return Done(trial)


def _facts(sent: FormInput) -> dict[str, Callable[[], Any]]:
    """Return the questions about a trial that has not begun, in the order of the form."""
    return {
        "company_id": lambda: sent.needed_id("company"),
        "source_stream": lambda: sent.choice("stream", STREAMS),
        "fi": lambda: sent.needed("name_fi", TITLE_MAX_CHARACTERS),
        "sv": lambda: sent.needed("name_sv", TITLE_MAX_CHARACTERS),
        "en": lambda: sent.needed("name_en", TITLE_MAX_CHARACTERS),
        "first_day": lambda: sent.needed_day("first_day"),
        "last_day": lambda: sent.day_from("last_day", "first_day") or sent.needed_day("last_day"),
        "embargo": lambda: sent.day("embargo"),
        "handover": lambda: sent.day_from("handover", "last_day"),
        "points": lambda: sent.ids("points"),
    }


def _names(values: dict[str, Any]) -> dict[str, str]:
    """Take the names in the three languages out of what was gathered."""
    return {language: values.pop(language) for language in LANGUAGES}


def _key(sent: FormInput) -> str:
    found = sent.needed("key")
    if not KEY.fullmatch(found):
        raise FormUnfit("form.unfit.key", "key")
    return found


def _coming(sent: FormInput, name: str) -> Any:
    found = sent.needed_moment(name)
    if found <= sent.now:
        raise FormUnfit("form.unfit.past", name)
    return found


@contextmanager
def _said_at(field: str, key: str) -> Iterator[None]:
    """Say at a field that there is one of that name already. Raises FieldsUnfit."""
    try:
        yield
    except AlreadyThere:
        raise FieldsUnfit({field: key}) from None


_FORMS: Mapping[str, tuple[access_log.Action, Callable[[Connection, int, FormInput], Done]]] = {
    "note": (access_log.Action.NOTE, _note),
    "entry": (access_log.Action.CHANGE, _entry),
    "end": (access_log.Action.CHANGE, _closing(Kind.END)),
    "revoke": (access_log.Action.CHANGE, _closing(Kind.REVOKE)),
    "guest": (access_log.Action.CHANGE, _guest),
    "uninvite": (access_log.Action.CHANGE, _uninvite),
    "trial": (access_log.Action.CHANGE, _trial),
    "change": (access_log.Action.CHANGE, _change),
    "withdraw": (access_log.Action.CHANGE, _withdraw),
}
FORMS = frozenset(_FORMS)
