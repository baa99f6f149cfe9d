"""The notifier: plans messages when alarms move, hands them over, and tries again."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from pydantic import SecretStr

from dashboard.notification import outbox
from dashboard.notification.messages import Writer
from dashboard.notification.plan_file import Plan
from dashboard.notification.sender import Sender, SendFailed
from schemas.connection import connect

LOOK_INTERVAL_S = 5.0
RETRY_INTERVAL_S = 5.0

_log = logging.getLogger(__name__)


class Notifier:
    """Runs until told to stop; `now` is the clock."""

    def __init__(
        self,
        database_url: str,
        plan: Plan,
        sender: Sender,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database_url = database_url
        self._plan = plan
        self._sender = sender
        self._now = now
        self._stopped = threading.Event()
        self._strangers: set[str] = set()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()

    def run(self) -> None:
        """Follow alarms until stopped; a database that is away is waited for."""
        while not self._stopped.is_set():
            try:
                with connect(
                    self._database_url, autocommit=True, application_name="virtaama notify"
                ) as connection:
                    connection.execute("LISTEN virtaama_alarm")
                    _log.info("notify: alarms are followed")
                    while not self._stopped.is_set():
                        self.step(connection)
                        for _ in connection.notifies(timeout=LOOK_INTERVAL_S, stop_after=1):
                            pass
            except psycopg.OperationalError as error:
                _log.warning("notify: the database is away, trying again: %s", error)
                self._stopped.wait(RETRY_INTERVAL_S)
        self._sender.stop()

    def step(self, connection: psycopg.Connection) -> int:
        """Plan what is due and hand over what waits; return how many were handed over."""
        site = outbox.site_of(connection, self._plan)
        plan = self._callable(connection, site)
        outbox.plan_messages(connection, plan, self._now())
        return self._send_due(connection, plan, site)

    def _callable(self, connection: psycopg.Connection, site: outbox.Site) -> Plan:
        """Return the plan with those only who may learn of the site's alarms; say who may not."""
        strangers = outbox.not_to_call(connection, self._plan, site)
        if strangers != self._strangers:
            self._strangers = strangers
            told = ", ".join(sorted(strangers)) or "nobody"
            _log.warning("notify: not called, being no staff of %s: %s", self._plan.site, told)
            if strangers.issuperset(self._plan.fallback):
                _log.error("notify: the fallback of %s has nobody left to call", self._plan.site)
        return self._plan.without(strangers)

    def _send_due(self, connection: psycopg.Connection, plan: Plan, site: outbox.Site) -> int:
        sent = 0
        claimed = outbox.claim(connection, site, self._now())
        sendings = [
            (
                message,
                None if channel is None else self._sender.begin(channel, message.subject, body),
            )
            for message in claimed
            for channel, body in [self._addressed(connection, message, plan, site)]
        ]
        for message, sending in sendings:
            try:
                if sending is None:
                    raise SendFailed("the file has no such channel for staff of the site")
                by = self._sender.finish(sending)
            except SendFailed as error:
                over = outbox.failed(connection, message, str(error), self._now())
                told = "given up" if over else f"tried {message.attempts} times"
                _log.warning("notify: message %s %s: %s", message.message_id, told, error)
            else:
                outbox.handed_over(connection, message, by, self._now())
                _log.info("notify: message %s handed over by %s", message.message_id, by)
                sent += 1
        return sent

    def _addressed(
        self,
        connection: psycopg.Connection,
        message: outbox.Claimed,
        plan: Plan,
        site: outbox.Site,
    ) -> tuple[SecretStr | None, str]:
        """Return the channel of a message, None if the file lacks it, and its text with a link."""
        person = plan.people.get(message.recipient)
        if person is None or message.channel >= len(person.channels):
            return None, message.body
        token = None
        if message.kind == "alarm":
            token = outbox.new_link(connection, message, self._now())
        body = message.body
        if token is not None:
            body += "\n" + Writer(person.language, site.zone, plan.address).link(token)
        return person.channels[message.channel], body
