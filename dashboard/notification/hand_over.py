"""Hands over what waits in the outbox, and writes down how that went."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from pydantic import SecretStr

from dashboard.notification import outbox
from dashboard.notification.messages import LINES_MAX, Writer, answer_page
from dashboard.notification.plan_file import Plan
from dashboard.notification.push_sender import Gone, PushSender
from dashboard.notification.roster import is_quiet
from dashboard.notification.sender import SendFailed, begin_to_send

WAIT_S = 5.0  # for what was begun just now; what takes longer is looked at the next time
AT_ONCE_MAX = 8  # messages on their way to one channel

Send = Callable[[SecretStr, str, str], Future[str]]
"""Begins to send a subject and a text to a channel; the future tells by which kind of channel."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ways:
    """How messages are sent: to channels of the file, to browsers (None: to none), how long both
    may take.
    """

    send: Send = begin_to_send
    push: PushSender | None = None
    timeout_s: float = 45.0


@dataclass
class _UnderWay:
    """A message on its way; `is_failed`: it has been noted that no answer came in time."""

    message: outbox.Claimed
    sending: Future[str]
    until_s: float
    is_failed: bool = False


class HandOver:
    """Messages on their way; one is not sent anew before its channel has let go of it.

    What a channel accepts too late, or while the database is away, is written down nevertheless.
    """

    def __init__(self, now: Callable[[], datetime], ways: Ways) -> None:
        self._now = now
        self._ways = ways
        self._under_way: dict[UUID, _UnderWay] = {}

    def step(self, connection: psycopg.Connection, plan: Plan, site: outbox.Site) -> int:
        """Begin with what is due, note what has ended; return how many were handed over."""
        begun, now = [], self._now()
        for message_id in outbox.withdraw(connection, site, now):
            _log.info("notify: message %s withdrawn, it calls nobody any more", message_id)
        quiet = {
            priority
            for priority, rule in plan.priorities.items()
            if is_quiet(rule, site.country, now, site.zone)
        }
        for message in outbox.claim(connection, site, now, quiet):
            try:
                begun.append(self._begin(connection, message, plan, site))
            except SendFailed as error:
                self._failed(connection, message, error)
        wait(begun, WAIT_S)
        return sum(self._ended(connection, each) for each in list(self._under_way.values()))

    def _begin(
        self, connection: psycopg.Connection, message: outbox.Claimed, plan: Plan, site: outbox.Site
    ) -> Future[str]:
        """Begin to send a message, with a link if it is of one alarm. Raises SendFailed, Gone."""
        address = (message.recipient, message.channel)
        busy = [each.message for each in self._under_way.values()]
        if any(each.message_id == message.message_id for each in busy):
            raise SendFailed("still no answer")
        if sum((each.recipient, each.channel) == address for each in busy) >= AT_ONCE_MAX:
            raise SendFailed(f"{AT_ONCE_MAX} messages to this channel have no answer")
        to = self._to_browser if message.channel < 0 else self._to_channel
        sending = to(connection, message, plan, site)
        until_s = time.monotonic() + self._ways.timeout_s
        self._under_way[message.message_id] = _UnderWay(message, sending, until_s)
        return sending

    def _to_channel(
        self, connection: psycopg.Connection, message: outbox.Claimed, plan: Plan, site: outbox.Site
    ) -> Future[str]:
        """Begin to send to a channel of the file. Raises SendFailed."""
        person = plan.people.get(message.recipient)
        if person is None or message.channel >= len(person.channels):
            raise SendFailed("the file has no such channel for staff of the site")
        writer = Writer(person.language, site.zone, plan.address)
        lines, token = [message.body], self._token(connection, message)
        if message.cleared_at is not None:
            lines.append(writer.cleared(message.cleared_at))
        if token is not None:
            lines.append(writer.link(token))
        body = "\n".join(lines)
        return self._ways.send(person.channels[message.channel], message.subject, body)

    def _to_browser(
        self, connection: psycopg.Connection, message: outbox.Claimed, plan: Plan, site: outbox.Site
    ) -> Future[str]:
        """Begin to send to a browser. Raises SendFailed, Gone."""
        push = self._ways.push
        if push is None:
            raise SendFailed("push: this notifier has no key")
        browser = outbox.device(connection, site, message, push.public_key)
        if browser is None:
            raise Gone("push: the browser's person has ended it, or is no staff of the site")
        notice, token = dict(message.notice or {}), self._token(connection, message)
        if message.cleared_at is not None:
            writer = Writer(notice["language"], site.zone, plan.address)
            notice["lines"] = [writer.cleared(message.cleared_at), *notice["lines"]][:LINES_MAX]
        if token is not None:
            notice["path"] = urlsplit(plan.address).path + answer_page(token)
        return push.begin(browser, notice)

    def _token(self, connection: psycopg.Connection, message: outbox.Claimed) -> str | None:
        """Return what the link of a message of one alarm ends with."""
        if message.kind != "alarm":
            return None
        return outbox.new_link(connection, message, self._now())

    def _ended(self, connection: psycopg.Connection, each: _UnderWay) -> bool:
        """Note what has ended, or takes too long; tell whether it was handed over."""
        is_done = each.sending.done()
        error: BaseException | None = None
        if is_done:
            error = each.sending.exception()
        elif time.monotonic() >= each.until_s:
            error = SendFailed(f"no answer within {self._ways.timeout_s:g} s")
        if error is not None and not each.is_failed:
            self._failed(connection, each.message, error)
            each.is_failed = True
        is_handed_over = is_done and error is None
        if is_handed_over:
            by = each.sending.result()
            outbox.handed_over(connection, each.message, by, self._now())
            _log.info("notify: message %s handed over by %s", each.message.message_id, by)
        if is_done:
            del self._under_way[each.message.message_id]
        return is_handed_over

    def _failed(
        self, connection: psycopg.Connection, message: outbox.Claimed, error: BaseException
    ) -> None:
        is_gone = isinstance(error, Gone)
        if is_gone:
            outbox.forget_device(connection, message)
        over = outbox.failed(connection, message, str(error), self._now(), is_last=is_gone)
        told = "given up" if over else f"tried {message.attempts} times"
        _log.warning("notify: message %s %s: %s", message.message_id, told, error)
