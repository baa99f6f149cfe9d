"""Hands messages over through Apprise: e-mail, SMS gateways, Teams, Telegram, webhooks and others.

A channel that hangs keeps no other from its message: each message has a thread of its own.
"""

import logging
from concurrent.futures import Future
from threading import Thread

import apprise
from pydantic import SecretStr

# It logs addresses with what is secret in them.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
# A redirected POST becomes a GET without the message: whoever answers that has accepted nothing.
_ASSET = apprise.AppriseAsset(http_redirects=False)


class SendFailed(Exception):  # noqa: N818 - names the state; never leaves the notifier
    """A message was not handed over; the sentence holds nothing secret."""


def begin_to_send(channel: SecretStr, subject: str, body: str) -> Future[str]:
    """Begin to hand a message over; the future tells by which kind of channel, or SendFailed.

    The thread keeps no process from its end, however long the channel hangs.
    """
    sending: Future[str] = Future()

    def send() -> None:
        try:
            sending.set_result(_send(channel, subject, body))
        except SendFailed as error:
            sending.set_exception(error)

    Thread(target=send, name="send", daemon=True).start()
    return sending


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
