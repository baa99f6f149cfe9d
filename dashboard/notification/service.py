"""The notifier: plans messages when alarms move, hands them over, and tries again."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

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
        outbox.plan_messages(connection, self._plan, self._now())
        return self._send_due(connection)

    def _send_due(self, connection: psycopg.Connection) -> int:
        sent = 0
        claimed = outbox.claim(connection, self._now())
        sendings = [
            (message, channel and self._sender.begin(channel, message.subject, body))
            for message in claimed
            for channel, body in [self._addressed(connection, message)]
        ]
        for message, sending in sendings:
            try:
                if sending is None:
                    raise SendFailed("the file of the notifier has no such channel")
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

    def _addressed(self, connection: psycopg.Connection, message: outbox.Claimed):  # type: ignore[no-untyped-def]
        """Return the channel of a message, None if the file lacks it, and its text with a link."""
        person = self._plan.people.get(message.recipient)
        if person is None or message.channel >= len(person.channels):
            return None, message.body
        token = None
        if message.kind == "alarm":
            token = outbox.new_link(connection, message, self._now())
        body = message.body
        if token is not None:
            zone = outbox.site_of(connection, self._plan).zone
            body += "\n" + Writer(person.language, zone, self._plan.address).link(token)
        return person.channels[message.channel], body
