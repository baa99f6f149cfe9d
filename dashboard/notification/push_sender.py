"""Hands a notice over to the push service of a browser, encrypted for that browser alone.

Only HTTPS, only to hosts that the site allows, and never to where a redirect leads.
"""

import json
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any
from uuid import UUID

import httpx2
from apprise.utils.pem import ApprisePEMController
from cryptography.hazmat.primitives.asymmetric import ec

from dashboard.limits.push_settings import host_of, may_be_private, takes
from dashboard.notification.push_keys import PushKey
from dashboard.notification.sender import SendFailed

REQUEST_TIMEOUT_S = 20.0
# What is not told within this is of no use any more, and is in the list of alarms anyway.
TTL_S: Mapping[str, int] = {"high": 4 * 3_600, "medium": 12 * 3_600, "low": 24 * 3_600}
TTL_OTHER_S = 12 * 3_600
URGENCY: Mapping[str, str] = {"high": "high", "medium": "normal", "low": "low"}
GONE = frozenset({404, 410})
# IPv6 networks whose addresses end with an IPv4 one: compatible (RFC 4291), NAT64 (RFC 6052).
EMBEDDING = (ip_network("::/96"), ip_network("64:ff9b::/96"))

# It logs each address that is asked, and that of a browser is known to nobody else.
logging.getLogger("httpx2").setLevel(logging.WARNING)


class Gone(SendFailed):
    """The push service has no such browser any more."""


@dataclass(frozen=True)
class Browser:
    """A browser: where it takes messages, and the keys for which they are encrypted."""

    endpoint: str
    p256dh: bytes
    auth: bytes


class PushSender:
    """Sends to browsers; `contact` is whom a push service may ask about us."""

    def __init__(
        self,
        key: PushKey,
        hosts: str,
        contact: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.public_key = key.public
        self._key = key
        self._hosts = hosts
        self._contact = contact
        self._now = now

    def begin(self, device: Browser, notice: Mapping[str, Any]) -> Future[str]:
        """Begin to hand a notice over; the future tells by which kind of channel, or SendFailed.

        The thread keeps no process from its end, however long the push service hangs.
        """
        sending: Future[str] = Future()

        def send() -> None:
            try:
                self._send(device, notice)
                sending.set_result("push")
            except SendFailed as error:
                sending.set_exception(error)
            except Exception as error:  # its text may hold the address
                sending.set_exception(SendFailed(f"push: {type(error).__name__}"))

        Thread(target=send, name="push", daemon=True).start()
        return sending

    def _send(self, device: Browser, notice: Mapping[str, Any]) -> None:
        host = host_of(device.endpoint)
        if host is None or not takes(self._hosts, device.endpoint):
            raise SendFailed("push: not a push service that this site allows")
        name, port = host
        if not may_be_private(self._hosts, name):
            _check_public(name, port)
        url = httpx2.URL(device.endpoint)
        origin = f"https://{url.netloc.decode()}"
        priority = str(notice.get("priority") or "")
        headers = {
            "Authorization": self._key.authorization(origin, self._contact, self._now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S.get(priority, TTL_OTHER_S)),
            "Urgency": URGENCY.get(priority, "normal"),
        }
        topic = _topic(str(notice.get("tag") or ""))
        if topic is not None:
            headers["Topic"] = topic
        content = encrypted(json.dumps(notice, ensure_ascii=False).encode(), device)
        with (
            httpx2.Client(timeout=REQUEST_TIMEOUT_S, follow_redirects=False) as client,
            client.stream("POST", url, content=content, headers=headers) as response,
        ):
            status = response.status_code  # what else it says is not read: it may have no end
        if status in GONE:
            raise Gone(f"push: {status}, the browser has ended its subscription")
        if not response.is_success:
            raise SendFailed(f"push: the service answered {status}")


def _topic(tag: str) -> str | None:
    """Return by what a notice takes the place of one that its browser has not got yet.

    A push service takes 32 characters (RFC 8030), as many as a UUID has.
    """
    try:
        return UUID(tag).hex
    except ValueError:
        return None


def encrypted(content: bytes, device: Browser) -> bytes:
    """Return a message as RFC 8291 has it, which only the browser can read."""
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), device.p256dh)
    return ApprisePEMController("").encrypt_webpush(content, public, device.auth)


def _check_public(name: str, port: int) -> None:
    """Raise SendFailed if a name leads into a private network.

    A name that leads elsewhere a moment later has no certificate for it.
    """
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError:
        raise SendFailed("push: the service's name is not known") from None
    if not all(is_public(str(each[4][0])) for each in found):
        raise SendFailed("push: the service's name leads into a private network")


def is_public(text: str) -> bool:
    """Tell whether an address is one of the world's hosts, also by the IPv4 one that it stands for.

    Not what leads back to this machine or into the plant's network, whichever way it is written.
    """
    found = ip_address(text.partition("%")[0])
    # Of 2002::/16 newer Pythons say that nothing is of the world.
    judged: Sequence[IPv4Address | IPv6Address] = _embedded(found) or [found]
    return all(each.is_global and not each.is_multicast for each in judged)


def _embedded(found: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(found, IPv4Address):
        return []
    ends = [IPv4Address(int(found) % 2**32) for each in EMBEDDING if found in each]
    return [*ends, *(each for each in (found.ipv4_mapped, found.sixtofour) if each is not None)]
