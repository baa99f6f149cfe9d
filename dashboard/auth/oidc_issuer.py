"""What an OpenID Connect provider's address, and its name for a person, must look like."""

from ipaddress import ip_address
from urllib.parse import urlsplit

EXAMPLE = "https://login.example.fi/realms/plant"
ISSUER_MAX_CHARACTERS = 300
SUBJECT_MAX_CHARACTERS = 255


def is_web_address(text: object) -> bool:
    """Tell whether this is an https address, or an http address on this machine."""
    if not isinstance(text, str) or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def check_issuer(text: str) -> str:
    """Let an issuer pass. Raises ValueError that says how it should look."""
    if not is_web_address(text) or len(text) > ISSUER_MAX_CHARACTERS or "?" in text or "#" in text:
        raise ValueError(f"must look like {EXAMPLE}; http only on this machine")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
