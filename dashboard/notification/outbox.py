"""The outbox in the database: planned in one transaction, claimed, handed over, tried again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from dashboard.auth.sessions import new_token, token_hash
from dashboard.notification.messages import OpenAlarm
from dashboard.notification.plan_file import Plan, PlanFileUnfit
from dashboard.notification.planner import (
    OWED_WITHIN,
    SINGLE_WITHIN,
    Device,
    NewMessage,
    Recent,
    Situation,
    alarm_messages,
    daily_messages,
)
from dashboard.notification.push_sender import Browser
from dashboard.notification.replacing import Outdated, replacements
from dashboard.notification.roster import by_monday, monday_of
from dashboard.store.alarms import PRIORITIES
from schemas.queries import queries

CLAIM = timedelta(minutes=3)  # longer than any hand-over takes
CLAIMED_MAX = 8
ALARMS_MAX = 10_000
OUTDATED_MAX = 200  # the others are replaced the next time
RETRY_FIRST, RETRY_MAX = timedelta(seconds=15), timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(hours=24)
LINK_LIFETIME = timedelta(hours=24)

_SQL, _PUSH = queries("notification"), queries("push")
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Claimed:
    """A message that this process hands over now; `cleared_at`: all that it tells of is over."""

    message_id: UUID
    kind: str
    recipient: str
    channel: int
    subject: str
    body: str
    notice: Mapping[str, Any] | None
    attempts: int
    created_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True)
class Site:
    """The site of a plan; `country` is whose public holidays count."""

    site_id: int
    zone: ZoneInfo
    country: str | None


def site_of(connection: Connection, plan: Plan) -> Site:
    """Return the site that the file names. Raises PlanFileUnfit."""
    row = connection.execute(_SQL["site"], {"site": plan.site}).fetchone()
    if row is None:
        raise PlanFileUnfit(f"site: the database has no site {plan.site!r}.")
    return Site(row[0], ZoneInfo(row[1]), row[2])


def plan_messages(
    connection: Connection, plan: Plan, now: datetime, push_key: str | None = None
) -> int:
    """Put what is due into the outbox, in one transaction; return how many messages.

    Browsers that know `push_key` are told too; none without one. Nothing while another process does
    the same. Raises PlanFileUnfit, psycopg.Error.
    """
    with connection.transaction():
        site = site_of(connection, plan)
        asked = {"site": site.site_id}
        row = connection.execute(_SQL["try_to_plan"], asked).fetchone()
        if row is None or not row[0]:
            return 0
        first = monday_of((now - OWED_WITHIN).astimezone(site.zone).date())
        weeks = _weeks(connection, site, first)
        devices = _devices(connection, site, push_key)
        here = Situation(plan, weeks, site.zone, now, site.country, devices)
        alarms = _open_alarms(connection, plan, site)
        messages = [
            *alarm_messages(alarms, _recent(connection, site, now), here),
            *daily_messages(here),
            *replacements(_outdated(connection, site, now), here),
        ]
        return sum(_add(connection, message, site, now) for message in messages)


def not_to_call(connection: Connection, plan: Plan, site: Site) -> set[str]:
    """Return the logins of the file whose accounts are not of the staff of its site."""
    asked = {"site": site.site_id, "logins": [*plan.people, *plan.fallback]}
    return {login for (login,) in connection.execute(_SQL["not_to_call"], asked)}


def _weeks(connection: Connection, site: Site, first: date) -> Any:
    asked = {"site": site.site_id, "from": first}
    return by_monday(connection.execute(_SQL["roster"], asked).fetchall())


def _devices(
    connection: Connection, site: Site, push_key: str | None
) -> Mapping[str, Sequence[Device]]:
    """Return the browsers of the site's staff by login."""
    found: dict[str, list[Device]] = defaultdict(list)
    if push_key is not None:
        asked = {"site": site.site_id, "server_key": push_key}
        for login, *told in connection.execute(_PUSH["devices"], asked):
            found[login].append(Device(*told))
    return found


def _open_alarms(connection: Connection, plan: Plan, site: Site) -> list[OpenAlarm]:
    wanted = [name for name in PRIORITIES if name in plan.priorities]
    asked = {"site": site.site_id, "priorities": wanted, "limit": ALARMS_MAX}
    with connection.cursor(row_factory=class_row(OpenAlarm)) as cursor:
        return cursor.execute(_SQL["to_answer"], asked).fetchall()


def _recent(connection: Connection, site: Site, now: datetime) -> dict[tuple[str, int], Recent]:
    asked = {"site": site.site_id, "since": now - SINGLE_WITHIN}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["recent"], asked).fetchall()
    return {
        (row["recipient"], row["channel"]): Recent(row["messages"], row["last_at"]) for row in rows
    }


def _outdated(connection: Connection, site: Site, now: datetime) -> Sequence[Outdated]:
    """Return which notices of browsers are no longer so."""
    asked = {"site": site.site_id, "since": now - OWED_WITHIN, "limit": OUTDATED_MAX}
    with connection.cursor(row_factory=class_row(Outdated)) as cursor:
        return cursor.execute(_PUSH["outdated"], asked).fetchall()


def _add(connection: Connection, message: NewMessage, site: Site, now: datetime) -> int:
    recipient, channel = message.channel
    values = {
        "site_id": site.site_id,
        "unique_key": message.unique_key,
        "kind": message.kind,
        "recipient": recipient,
        "channel": channel,
        "subject": message.text.subject,
        "body": message.text.body,
        "notice": Jsonb(message.text.notice) if channel < 0 else None,
        "now": now,
    }
    row = connection.execute(_SQL["add"], values).fetchone()
    if row is None:
        return 0
    told = {
        "message_id": row[0],
        "recipient": recipient,
        "channel": channel,
        "events": [event_id for event_id, _ in message.alarms],
        "levels": [level for _, level in message.alarms],
    }
    connection.execute(_SQL["add_alarms"], told)
    return 1


def withdraw(connection: Connection, site: Site, now: datetime) -> Sequence[UUID]:
    """Withdraw what waits and calls nobody any more; return which messages."""
    with connection.transaction():
        asked = {"site": site.site_id, "now": now}
        return [message for (message,) in connection.execute(_SQL["withdraw"], asked)]


def claim(
    connection: Connection, site: Site, now: datetime, quiet: Collection[str] = ()
) -> Sequence[Claimed]:
    """Return messages of a site that are due, for this process alone until CLAIM has passed.

    Not those of alarms whose priorities are all among `quiet`.
    """
    asked = {
        "site": site.site_id,
        "now": now,
        "until": now + CLAIM,
        "limit": CLAIMED_MAX,
        "quiet": list(quiet),
    }
    with connection.transaction(), connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(_SQL["claim"], asked).fetchall()


def new_link(connection: Connection, message: Claimed, now: datetime) -> str | None:
    """Return the token of a new link of a message of one alarm; None if its reader has no account.

    The database keeps its hash only.
    """
    token = new_token()
    values = {
        "token_sha256": token_hash(token),
        "message_id": message.message_id,
        "expires_at": now + LINK_LIFETIME,
    }
    with connection.transaction():
        found = connection.execute(_SQL["add_link"], values).fetchone()
    return token if found else None


def handed_over(connection: Connection, message: Claimed, by: str, now: datetime) -> None:
    """Note that a message was handed over, and by which kind of channel: it is never sent again."""
    with connection.transaction():
        values = {"message_id": message.message_id, "now": now, "by": by}
        connection.execute(_SQL["handed_over"], values)


def device(connection: Connection, site: Site, message: Claimed, push_key: str) -> Browser | None:
    """Return the browser for which a message is; None if its person is not told there any more."""
    asked = {
        "site": site.site_id,
        "login": message.recipient,
        "subscription": -message.channel,
        "server_key": push_key,
    }
    with connection.cursor(row_factory=class_row(Browser)) as cursor:
        return cursor.execute(_PUSH["device"], asked).fetchone()


def forget_device(connection: Connection, message: Claimed) -> None:
    """End the subscription of a browser that is gone."""
    with connection.transaction():
        connection.execute(_PUSH["gone"], {"subscription": -message.channel})


def failed(
    connection: Connection, message: Claimed, error: str, now: datetime, *, is_last: bool = False
) -> bool:
    """Note why a message was not handed over, and never will be if `is_last`; return whether it is
    given up.
    """
    wait = min(RETRY_FIRST * 2 ** min(message.attempts - 1, 10), RETRY_MAX)
    is_over = is_last or now - message.created_at >= GIVE_UP_AFTER
    values = {
        "message_id": message.message_id,
        "error": error,
        "next_try_at": now + wait,
        "given_up_at": now if is_over else None,
    }
    with connection.transaction():
        connection.execute(_SQL["failed"], values)
    return is_over
