"""What a browser says of itself when it is to be told of alarms, or is another one now. Pure."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from dashboard.limits.push_settings import takes
from dashboard.pages.notices.browser_name import browser_name
from dashboard.store.push_devices import NewDevice
from dashboard.web import callback_input
from dashboard.web.services import PushOffer

P256DH_BYTES, AUTH_BYTES = 65, 16
TEXT_CHARACTERS_MAX = 1_000


class Unfit(Exception):  # noqa: N818 - names the state; never leaves the page
    """It cannot be told; `text` is the key of the sentence that says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def read(sent: Mapping[str, Any], language: str, offer: PushOffer) -> tuple[NewDevice, str]:
    """Return a browser and the key of ours that it knows. Raises Unfit."""
    endpoint, p256dh, auth, agent = (
        callback_input.text(sent.get(name))[: TEXT_CHARACTERS_MAX + 1]
        for name in ("endpoint", "p256dh", "auth", "agent")
    )
    public, secret = _decoded(p256dh), _decoded(auth)
    is_whole = len(public) == P256DH_BYTES and len(secret) == AUTH_BYTES
    if offer.key is None or not is_whole or sent.get("key") != offer.key:
        raise Unfit("push.unfit")
    if not takes(offer.hosts, endpoint):
        raise Unfit("push.other_host")
    return NewDevice(endpoint, public, secret, language, browser_name(agent)), offer.key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
