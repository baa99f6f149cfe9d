"""Whom a push service may ask about the notices of a site. Pure."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from dashboard.notification.plan_file import Plan

# What the push services of Chromium and Firefox put up with, and Apple's refuses.
NOBODY = "mailto:root@localhost"
# Names that nobody outside can look up (RFC 6761, 6762, 8375, and what many networks use).
_INSIDE = ("local", "localhost", "invalid", "test", "internal", "lan", "home.arpa")


def contact_of(plan: Plan) -> str | None:
    """Return the contact that every push service takes; None if the file names none."""
    stated = plan.contact or plan.address
    return stated if _can_be_looked_up(stated) else None


def _can_be_looked_up(contact: str) -> bool:
    if contact.startswith("mailto:"):
        host = contact.rpartition("@")[2]
    else:
        parts = urlsplit(contact)
        host = (parts.hostname or "") if parts.scheme == "https" else ""
    host = host.lower().rstrip(".")
    if "." not in host or any(host.endswith(f".{each}") for each in _INSIDE):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False
