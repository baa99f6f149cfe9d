"""What a person can do about an alarm, and what is done: in one transaction with the access log."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from dashboard.auth.roles import Right, may
from dashboard.limits.limit import Limit
from dashboard.pages.context import PageContext
from dashboard.store import access_log, alarm_actions
from dashboard.store.alarms import Alarm
from dashboard.store.errors import EntryUnfit, LimitReached, NotAllowed, Superseded
from dashboard.web.form_input import FormInput
from dashboard.web.request_user import RequestUser
from dashboard.web.services import services

SHELF_MINUTES = ("15", "60", "240", "480", "1440", "4320", "10080")
LOGGED_MAX = 20  # occurrences that a line of the access log names

_log = logging.getLogger(__name__)
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Act:
    """An act: the right it needs, the states it fits, whether it takes a text and an end."""

    right: Right
    fits: Callable[[Alarm], bool]
    run: Callable[[Connection, Alarm, FormInput], None]
    has_text: bool = False
    has_end: bool = False


def _shelve(connection: Connection, alarm: Alarm, form: FormInput) -> None:
    minutes = int(form.choice("until", SHELF_MINUTES))
    until = form.now + timedelta(minutes=minutes)
    alarm_actions.shelve(connection, alarm.alarm_id, until, _text(form))


def _text(form: FormInput) -> str:
    return form.needed("text", alarm_actions.TEXT_CHARACTERS_MAX)


ACTS = {
    "comment": Act(
        Right.ANSWER_ALARMS,
        lambda _alarm: True,
        lambda connection, alarm, form: alarm_actions.comment(
            connection, alarm.alarm_id, alarm.occurrence, _text(form)
        ),
        has_text=True,
    ),
    "shelve": Act(
        Right.ANSWER_ALARMS,
        lambda alarm: alarm.state != "out_of_service",
        _shelve,
        has_text=True,
        has_end=True,
    ),
    "unshelve": Act(
        Right.ANSWER_ALARMS,
        lambda alarm: alarm.state == "shelved",
        lambda connection, alarm, form: alarm_actions.unshelve(
            connection, alarm.alarm_id, _text(form)
        ),
        has_text=True,
    ),
    "reset": Act(
        Right.ANSWER_ALARMS,
        lambda alarm: alarm.state.startswith("latched"),
        lambda connection, alarm, _form: alarm_actions.reset(connection, alarm.alarm_id),
    ),
    "approve": Act(
        Right.APPROVE_ALARMS,
        lambda alarm: alarm.out_of_service_asked_by is not None,
        lambda connection, alarm, _form: alarm_actions.approve_out_of_service(
            connection, alarm.alarm_id
        ),
    ),
    "out_of_service": Act(
        Right.ANSWER_ALARMS,
        lambda alarm: alarm.state != "out_of_service" and not alarm.out_of_service_asked_by,
        lambda connection, alarm, form: alarm_actions.ask_out_of_service(
            connection, alarm.alarm_id, _text(form)
        ),
        has_text=True,
    ),
    "return": Act(
        Right.ANSWER_ALARMS,
        lambda alarm: alarm.state == "out_of_service" or bool(alarm.out_of_service_asked_by),
        lambda connection, alarm, form: alarm_actions.return_to_service(
            connection, alarm.alarm_id, _text(form)
        ),
        has_text=True,
    ),
}


def offered(alarm: Alarm, user: RequestUser) -> list[str]:
    """Return the acts that somebody may do to an alarm as it stands."""
    return [key for key, act in ACTS.items() if may(user.role, act.right) and act.fits(alarm)]


def act(context: PageContext, key: str, alarm: Alarm, form: FormInput) -> str:
    """Do an act; return why it could not be done, or an empty text. Raises FormUnfit."""
    detail = {
        "alarm": alarm.key,
        "text": form.text("text")[: alarm_actions.TEXT_CHARACTERS_MAX],
        "until_minutes": form.text("until"),
    }
    said = {name: value for name, value in detail.items() if value}
    return write(
        context, f"alarm_{key}", said, lambda connection: ACTS[key].run(connection, alarm, form)
    )


def acknowledge(context: PageContext, occurrences: Sequence[UUID]) -> tuple[int, str]:
    """Acknowledge what was seen; return how many nobody had acknowledged, and why it failed."""
    found: list[int] = []
    detail: dict[str, Any] = {"count": len(occurrences)}
    detail["occurrences"] = [str(one) for one in occurrences[:LOGGED_MAX]]

    def run(connection: Connection) -> None:
        found.append(alarm_actions.acknowledge(connection, occurrences))

    said = write(context, "alarm_acknowledge", detail, run)
    return (found[0] if found else 0), said


def write(
    context: PageContext,
    what: str,
    detail: dict[str, Any],
    run: Callable[[Connection], None],
    superseded: str = "alarms.superseded",
) -> str:
    """Do something with the access log in one transaction; return why it failed, or nothing."""
    user, display = context.user, context.display
    event = access_log.AuditEvent(access_log.Action.CHANGE, what, detail=detail, client=user.client)
    try:
        with services().database.open_to_write(user.viewer) as connection:
            access_log.record(connection, event)
            run(connection)
    except LimitReached as reached:
        services().refusals.count(Limit(reached.limit), user.viewer, "acts on alarms")
        return display.text(f"reached.{reached.limit}", allowed=reached.allowed)
    except (NotAllowed, psycopg.errors.InsufficientPrivilege):
        _refused(user, what)
        return display.text("alarms.not_allowed")
    except Superseded as error:
        return display.text("alarms.faster", who=error.by) if error.by else display.text(superseded)
    except EntryUnfit:
        return display.text("alarms.unfit")
    _log.info("alarms: %s by %s", what, user.viewer)
    return ""


def _refused(user: RequestUser, what: str) -> None:
    """Log that somebody tried; not with which alarm, which may not be theirs to know of."""
    event = access_log.AuditEvent(access_log.Action.REFUSED, what, client=user.client)
    try:
        with services().database.open_to_write(user.viewer) as connection:
            access_log.record(connection, event)
    except LimitReached as reached:
        services().refusals.count(Limit(reached.limit), user.viewer, "refused acts on alarms")
    except psycopg.errors.InsufficientPrivilege:
        _log.warning("alarms: %s by %s, who is nobody now", what, user.viewer)
