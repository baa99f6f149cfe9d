"""Hands messages over through Apprise: e-mail, SMS gateways, Teams, Telegram, webhooks and others.

A channel that hangs keeps no other from its message: each has a thread and a time of its own.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import apprise
from pydantic import SecretStr

SEND_TIMEOUT_S = 45.0
AT_ONCE_MAX = 8

# It logs addresses with what is secret in them.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
# A redirected POST becomes a GET without the message: whoever answers that has accepted nothing.
_ASSET = apprise.AppriseAsset(http_redirects=False)


class SendFailed(Exception):  # noqa: N818 - names the state; never leaves the notifier
    """A message was not handed over; the sentence holds nothing secret."""


class Sender:
    """Sends in threads of its own."""

    def __init__(self, timeout_s: float = SEND_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(AT_ONCE_MAX, "send")

    def begin(self, channel: SecretStr, subject: str, body: str) -> Future[str]:
        """Begin to send; the future is for `finish`."""
        return self._threads.submit(_send, channel, subject, body)

    def finish(self, sending: Future[str]) -> str:
        """Return by which kind of channel it was handed over. Raises SendFailed."""
        try:
            return sending.result(self._timeout_s)
        except FutureTimeoutError:
            raise SendFailed(f"no answer within {self._timeout_s:g} s") from None

    def stop(self) -> None:
        """Let go of what still hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _send(channel: SecretStr, subject: str, body: str) -> str:
    scheme = channel.get_secret_value().partition(":")[0]
    kind = scheme if scheme.isalnum() else "channel"
    target = apprise.Apprise(asset=_ASSET)
    try:
        if not target.add(channel.get_secret_value()):
            raise SendFailed(f"{kind}: the address is none that Apprise knows")
        if not target.notify(title=subject, body=body, body_format=apprise.NotifyFormat.TEXT):
            raise SendFailed(f"{kind}: not accepted")
    except SendFailed:
        raise
    except Exception as error:  # whatever a plugin raises; its text may hold the address
        raise SendFailed(f"{kind}: {type(error).__name__}") from None
    return kind
