"""The notifier: plans messages when alarms move, hands them over, and tries again."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from dashboard.notification import outbox
from dashboard.notification.hand_over import HandOver, Ways
from dashboard.notification.plan_file import Plan
from schemas.connection import connect

LOOK_INTERVAL_S = 5.0
RETRY_INTERVAL_S = 5.0
ALL_BUT_PUSH = Ways()

_log = logging.getLogger(__name__)


class Notifier:
    """Runs until told to stop; `now` is the clock."""

    def __init__(
        self,
        database_url: str,
        plan: Plan,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ways: Ways = ALL_BUT_PUSH,
    ) -> None:
        self._database_url = database_url
        self._plan = plan
        self._now = now
        self._push_key = None if ways.push is None else ways.push.public_key
        self._hand_over = HandOver(now, ways)
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
                        if self.step(connection):
                            continue  # more may wait
                        for _ in connection.notifies(timeout=LOOK_INTERVAL_S, stop_after=1):
                            pass
            except psycopg.OperationalError as error:
                _log.warning("notify: the database is away, trying again: %s", error)
                self._stopped.wait(RETRY_INTERVAL_S)

    def step(self, connection: psycopg.Connection) -> int:
        """Plan what is due and hand over what waits; return how many were handed over."""
        site = outbox.site_of(connection, self._plan)
        plan = self._callable(connection, site)
        outbox.plan_messages(connection, plan, self._now(), self._push_key)
        return self._hand_over.step(connection, plan, site)

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
